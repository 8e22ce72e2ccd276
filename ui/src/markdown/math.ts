/*
 * LaTeX in Markdown: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` become an element that holds the TeX source as text; enrich.ts lets KaTeX fill it.
 *
 * Two rules keep it safe for a stream. (1) A formula block is decided line by line: it runs from its opening line to the first line that ends
 * with the closing mark, or to a blank line; text that comes later never changes where it ended. Without a closing mark it shows as source.
 * (2) Money is not mathematics: `$` opens only before a non-space and not after a letter or digit, closes only after a non-space and not
 * before a digit (pandoc's rule), and what starts with a digit must contain an operator or be a bare number.
 */
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

/** `open`: the closing mark has not arrived (yet), so the source is shown and not typeset. */
export type MathMeta = Record<string, unknown> & { display: boolean; open: boolean };

const FENCES = [
  ['$$', '$$'],
  ['\\[', '\\]'],
] as const;

const OPERATOR = /[\\^_={}+<>|/*-]/;

/** Where the formula that opens at `from` ends, or -1. `close` is the closing mark; an escaped `\$` does not close. */
export function findClose(src: string, from: number, close: string, max = src.length): number {
  for (let at = src.indexOf(close, from); at !== -1 && at + close.length <= max; at = src.indexOf(close, at + 1)) {
    let slashes = 0;
    while (src.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

export function opensDollar(src: string, at: number, max = src.length): boolean {
  const next = src[at + 1];
  return at + 1 < max && next !== undefined && !/\s|\$/.test(next) && !/[A-Za-z0-9$]/.test(src[at - 1] ?? ' ');
}

function closesDollar(src: string, open: number, at: number): boolean {
  const body = src.slice(open + 1, at);
  if (body === '' || /\s$/.test(body) || /\n\s*\n/.test(body) || /[0-9]/.test(src[at + 1] ?? ' ')) return false;
  return !/^\d/.test(body) || OPERATOR.test(body) || /^[\d.,%]+$/.test(body);
}

/** The end of `$…$` that opens at `open`, or -1. Only the nearest `$` may close, so that a sentence with two prices stays a sentence. */
export function findDollarClose(src: string, open: number, max = src.length): number {
  const at = findClose(src, open + 1, '$', max);
  return at !== -1 && closesDollar(src, open, at) ? at : -1;
}

function mathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const indent = state.sCount[startLine] ?? 0;
  if (indent - state.blkIndent >= 4) return false;
  const line = (n: number) => state.src.slice((state.bMarks[n] ?? 0) + (state.tShift[n] ?? 0), state.eMarks[n]);
  const first = line(startLine);
  const fence = FENCES.find(([open]) => first.startsWith(open));
  if (!fence) return false;
  const [open, close] = fence;
  const rest = first.slice(open.length).trimEnd();
  const inFirst = findClose(rest, 0, close);
  if (inFirst !== -1 && inFirst + close.length < rest.length) return false;
  if (inFirst !== -1 && (inFirst === 0 || (open === '\\[' && !looksLikeBracketMath(rest.slice(0, inFirst))))) return false;
  if (silent) return true;

  const body = [inFirst === -1 ? rest : rest.slice(0, inFirst)];
  let closed = inFirst !== -1;
  let next = startLine + 1;
  for (; !closed && next < endLine && !state.isEmpty(next) && (state.sCount[next] ?? 0) >= state.blkIndent; next++) {
    const text = line(next).trimEnd();
    const at = text.endsWith(close) ? findClose(text, text.length - close.length, close) : -1;
    closed = at !== -1;
    body.push(closed ? text.slice(0, at) : text);
  }
  const token = state.push('math_block', 'div', 0);
  token.block = true;
  token.content = closed ? body.join('\n').trim() : open + body.join('\n');
  token.meta = { display: true, open: !closed } satisfies MathMeta;
  token.map = [startLine, next];
  state.line = next;
  return true;
}

/** `\[1\]` is an escaped bracket, `\[ x \]` and `\[a+b\]` are formulas. */
function looksLikeBracketMath(body: string): boolean {
  return /^\s/.test(body) || OPERATOR.test(body);
}

function mathInline(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  let mark: readonly [string, string] | undefined;
  let end = -1;
  if (src.startsWith('$$', pos)) {
    mark = ['$$', '$$'];
    end = findClose(src, pos + 2, '$$', posMax);
  } else if (src[pos] === '$') {
    if (!opensDollar(src, pos, posMax)) return false;
    mark = ['$', '$'];
    end = findDollarClose(src, pos, posMax);
  } else if (src.startsWith('\\(', pos) || src.startsWith('\\[', pos)) {
    mark = src[pos + 1] === '(' ? ['\\(', '\\)'] : ['\\[', '\\]'];
    end = findClose(src, pos + 2, mark[1], posMax);
  }
  if (!mark || end === -1) return false;
  const body = src.slice(pos + mark[0].length, end);
  if (body.trim() === '' || (mark[0].startsWith('\\') && !/[A-Za-z0-9\\]/.test(body))) return false;
  if (mark[0] === '\\[' && !looksLikeBracketMath(body)) return false;
  if (!silent) {
    const token = state.push('math_inline', 'span', 0);
    token.content = body.trim();
    token.markup = mark[0];
    token.meta = { display: mark[0] === '$$' || mark[0] === '\\[', open: false } satisfies MathMeta;
  }
  state.pos = end + mark[1].length;
  return true;
}

export function math(md: MarkdownIt): void {
  const escape = md.utils.escapeHtml;
  md.block.ruler.before('fence', 'math_block', mathBlock, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
  md.inline.ruler.before('escape', 'math_inline', mathInline);
  md.renderer.rules['math_block'] = (tokens, i) => {
    const token = tokens[i];
    if (!token) return '';
    const { open } = token.meta as MathMeta;
    return `<div class="${open ? 'tex-source' : 'math display'}">${escape(token.content)}</div>\n`;
  };
  md.renderer.rules['math_inline'] = (tokens, i) => {
    const token = tokens[i];
    if (!token) return '';
    const { display, open } = token.meta as MathMeta;
    if (open) return `<span class="tex-source">${escape(token.markup + token.content)}</span>`;
    return `<span class="math${display ? ' display' : ''}">${escape(token.content)}</span>`;
  };
}
