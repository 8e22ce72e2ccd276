// What the browser tests call through `window.harness`: the real renderer under the production CSP, and an oracle that renders at once.
import '../../src/styles/tokens.css';
import '../../src/styles/base.css';
import '../../src/styles/prose.css';
import { md, normalize } from '../../src/markdown/parser';
import { BlockRenderer } from '../../src/markdown/renderer';
import { toNodes } from '../../src/markdown/sanitize';
import { chunks, markdown, seeded } from './generate';
import './window';

const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (e) => violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));

function host(): HTMLElement {
  const el = document.createElement('div');
  el.className = 'prose';
  document.body.append(el);
  return el;
}

/** The bare structure: without the marks of a finished block and of what is wider than the page. */
function bare(root: HTMLElement): string {
  const copy = root.cloneNode(true) as HTMLElement;
  copy.querySelectorAll('.done').forEach((el) => {
    el.classList.remove('done');
    if (el.className === '') el.removeAttribute('class');
  });
  copy.querySelectorAll('[tabindex]').forEach((el) => el.removeAttribute('tabindex'));
  return [...copy.children].map((el) => el.outerHTML).join('\n');
}

/** One markdown-it render of the whole text: shares no code with the block logic. */
function oracle(text: string): string {
  const box = document.createElement('div');
  box.append(toNodes(md.render(normalize(text), { references: {} })));
  return [...box.children].map((el) => el.outerHTML).join('\n');
}

export interface Failure {
  seed: number;
  text: string;
  sizes: number[];
  got: string;
  want: string;
}

function streamOnce(parts: string[]): string {
  const root = host();
  const renderer = new BlockRenderer(root, { enrich: false });
  let committed: Element[] = [];
  for (const part of parts) {
    renderer.write(part);
    // Committed blocks stay: the very same nodes, in the same places.
    const now = [...root.children].slice(0, renderer.numCommitted);
    committed.forEach((node, i) => {
      if (now[i] !== node) throw new Error(`committed block ${i} was replaced`);
    });
    committed = now;
  }
  renderer.end();
  const got = bare(root);
  root.remove();
  return got;
}

/** Streams random texts in random pieces and compares with the oracle. */
function property(from: number, count: number): Failure[] {
  const failures: Failure[] = [];
  for (let seed = from; seed < from + count && failures.length < 3; seed++) {
    const r = seeded(seed);
    const text = markdown(r);
    const parts = chunks(r, text);
    const want = oracle(text);
    let got: string;
    try {
      got = streamOnce(parts);
    } catch (error) {
      got = String(error instanceof Error ? error.stack : error);
    }
    if (got !== want) failures.push({ seed, text, sizes: parts.map((p) => p.length), got, want });
  }
  return failures;
}

/** The same with formulas and colours: what a reader sees in the end must not depend on the pieces either. */
async function enriched(text: string, size: number): Promise<{ streamed: string; full: string }> {
  const [a, b] = [host(), host()];
  const streamed = new BlockRenderer(a, { copyLabel: 'copy' });
  for (let at = 0; at < text.length; at += size) streamed.write(text.slice(at, at + size));
  streamed.end();
  const full = new BlockRenderer(b, { copyLabel: 'copy' });
  full.set(text);
  await streamed.settled();
  await full.settled();
  const result = { streamed: bare(a), full: bare(b) };
  a.remove();
  b.remove();
  return result;
}

const SAFE_TAGS = new Set(
  'P H1 H2 H3 H4 H5 H6 UL OL LI BLOCKQUOTE PRE CODE EM STRONG S A BR HR TABLE THEAD TBODY TR TH TD DIV SPAN FIGURE FIGCAPTION BUTTON'.split(
    ' ',
  ),
);
const SAFE_ATTRIBUTES = new Set([
  'class',
  'href',
  'title',
  'start',
  'target',
  'rel',
  'data-lang',
  'data-testid',
  'type',
  'tabindex',
  'data-done',
  'aria-hidden',
  'style',
]);

function unsafe(root: HTMLElement): string[] {
  const found: string[] = [];
  for (const el of root.querySelectorAll('*')) {
    if (el.closest('.katex')) continue; // built by KaTeX with trust: false; its links and classes are checked below
    if (!SAFE_TAGS.has(el.tagName)) found.push(`<${el.tagName}>`);
    for (const { name, value } of el.attributes) {
      if (!SAFE_ATTRIBUTES.has(name) || name.startsWith('on')) found.push(`${el.tagName} ${name}=${value}`);
      if (name === 'style') found.push(`${el.tagName} style=${value}`);
      if (name === 'href' && !/^(https?:\/\/|mailto:)/i.test(value)) found.push(`href=${value}`);
    }
  }
  for (const el of root.querySelectorAll('.katex a, .katex img, .katex [id], .katex script')) found.push(`katex ${el.outerHTML}`);
  return found;
}

async function attack(payload: string): Promise<string[]> {
  const root = host();
  const renderer = new BlockRenderer(root, { copyLabel: 'copy' });
  const found = new Set<string>();
  for (const character of payload) {
    renderer.write(character);
    unsafe(root).forEach((f) => found.add(f));
  }
  renderer.end();
  await renderer.settled();
  unsafe(root).forEach((f) => found.add(f));
  root.remove();
  return [...found];
}

/** Render times of a stream, one write a frame as the page does it. */
async function bench(text: string, size: number): Promise<{ times: number[]; gaps: number[]; equal: boolean }> {
  const root = host();
  root.style.maxWidth = '680px';
  const renderer = new BlockRenderer(root, { copyLabel: 'copy' });
  const times: number[] = [];
  const gaps: number[] = [];
  let before = performance.now();
  for (let at = 0; at < text.length; at += size) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    gaps.push(start - before);
    before = start;
    renderer.write(text.slice(at, at + size));
    times.push(performance.now() - start);
  }
  renderer.end();
  await renderer.settled();
  const full = host();
  const whole = new BlockRenderer(full, { copyLabel: 'copy' });
  whole.set(text);
  await whole.settled();
  return { times, gaps, equal: bare(root) === bare(full) };
}

function render(text: string, streaming = false): string {
  const root = host();
  const renderer = new BlockRenderer(root, { enrich: false });
  if (streaming) renderer.write(text);
  else renderer.set(text);
  const html = bare(root);
  root.remove();
  return html;
}

const harness = { property, enriched, attack, bench, render, violations, streamOnce };
export type Harness = typeof harness;
window.harness = harness;
