// What a block gets after it stands in the page: formulas typeset, code coloured, a copy button. Both libraries load when first needed.
import type { HLJSApi } from 'highlight.js';
import { toNodes } from './sanitize';

type Katex = typeof import('katex').default;

const LONGEST_HIGHLIGHT = 60_000;
const CACHED_FORMULAS = 400;

let katex: Katex | null = null;
let katexLoading: Promise<Katex> | undefined;
let hljsLoading: Promise<HLJSApi> | undefined;
const formulas = new Map<string, Node>();

function loadKatex(): Promise<Katex> {
  katexLoading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => (katex = module.default));
  return katexLoading;
}

function loadHighlight(): Promise<HLJSApi> {
  hljsLoading ??= import('highlight.js/lib/common').then((module) => module.default);
  return hljsLoading;
}

/** Typesets in place. KaTeX builds nodes itself here; its string output carries style attributes, which the CSP refuses. */
function typeset(el: HTMLElement, engine: Katex): void {
  if (el.dataset['done']) return;
  const tex = el.textContent;
  const displayMode = el.classList.contains('display');
  const key = `${displayMode ? 'D' : 'I'}${tex}`;
  let formula = formulas.get(key);
  if (!formula) {
    const box = document.createElement('span');
    try {
      engine.render(tex, box, { displayMode, throwOnError: true, trust: false, strict: 'ignore', maxExpand: 500, maxSize: 40 });
      formula = box;
    } catch {
      // What KaTeX cannot read stays readable as source.
      el.classList.replace('math', 'tex-source');
      return;
    }
    if (formulas.size >= CACHED_FORMULAS) formulas.clear();
    formulas.set(key, formula);
  }
  el.replaceChildren(formula.cloneNode(true));
  el.dataset['done'] = '1';
}

async function highlight(figure: HTMLElement): Promise<void> {
  const code = figure.querySelector('code');
  const lang = figure.dataset['lang']?.toLowerCase();
  if (!code || !lang || code.textContent.length > LONGEST_HIGHLIGHT) return;
  const hljs = await loadHighlight();
  if (!hljs.getLanguage(lang)) return;
  code.replaceChildren(toNodes(hljs.highlight(code.textContent, { language: lang, ignoreIllegals: true }).value));
}

/** What is wider than the page has to be reached by keyboard to be scrolled; what is not need not. */
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (!(target instanceof HTMLElement)) continue;
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute('tabindex');
  }
});

function addCopyButton(figure: HTMLElement, label: string): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy-code';
  button.dataset['testid'] = 'copy';
  button.textContent = label;
  figure.querySelector('figcaption')?.append(button);
}

/** `final`: the block will not change any more, so colouring it is worth the time. Resolves when everything lazy is in place. */
export function enrich(block: Element, final: boolean, copyLabel: string): Promise<unknown> {
  const waits: Promise<unknown>[] = [];
  const find = (selector: string) => [
    ...(block.matches(selector) ? [block as HTMLElement] : []),
    ...block.querySelectorAll<HTMLElement>(selector),
  ];
  for (const el of find('pre, .table, div.math')) wide.observe(el);
  for (const el of find('.math')) {
    if (katex) typeset(el, katex);
    else waits.push(loadKatex().then((engine) => typeset(el, engine)));
  }
  for (const figure of find('figure.code')) {
    if (!figure.querySelector('.copy-code')) addCopyButton(figure, copyLabel);
    if (final) waits.push(highlight(figure));
  }
  return Promise.all(waits);
}
