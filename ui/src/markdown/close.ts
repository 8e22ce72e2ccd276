/*
 * Virtual close: while a text is still being written, its last paragraph is shown as if the marks that are open were already closed, so that
 * `**重要` is bold from its first character and does not jump later. Only the tail goes through here; the finished text never does.
 */
import type { MarkdownIt, Token } from 'markdown-it';
import { findClose, findDollarClose, opensDollar } from './math';

export interface Closed {
  text: string;
  /** The last formula was closed by us: show its source. */
  openMath: boolean;
}

interface Mark {
  run: string;
  at: number;
}

const isSpace = (c: string | undefined) => c === undefined || /\s/.test(c);

/** Drops a last line that so far consists of marks only: `-` could become a list, a rule or a heading of the line above. */
export function holdBackMarks(tail: string): string {
  const start = tail.lastIndexOf('\n') + 1;
  return /^[ \t>]*(?:[-=*+_#`~|$]{1,3}|\\[[\]()]?)?[ \t]*$/.test(tail.slice(start)) ? tail.slice(0, start) : tail;
}

export function closeInline(content: string): Closed {
  let text = content.replace(/!?\[([^[\]]*)\]\([^()\s]*$/, '$1');
  const open: Mark[] = [];
  for (let i = 0; i < text.length;) {
    const c = text[i] ?? '';
    if (c === '\\' && text[i + 1] !== '(' && text[i + 1] !== '[') i += 2;
    else if (c === '`') {
      const run = /^`+/.exec(text.slice(i))?.[0] ?? c;
      const end = closingTicks(text, i + run.length, run);
      if (end === -1) {
        const body = text.slice(i + run.length).replace(/`+$/, '');
        text = body.trim() === '' ? text.slice(0, i) : text.slice(0, i) + run + body + run;
        break;
      }
      i = end;
    } else if (c === '$' || c === '\\') {
      const [end, closed] = mathEnd(text, i);
      if (closed !== null) return { text: closeMarks(open, closed), openMath: true };
      i = end;
    } else if (c === '*' || c === '~') {
      const run = (c === '*' ? /^\*+/ : /^~+/).exec(text.slice(i))?.[0] ?? c;
      if (c === '*' || run.length === 2) step(open, { run, at: i }, text);
      i += run.length;
    } else i++;
  }
  return { text: closeMarks(open, text), openMath: false };
}

function closingTicks(text: string, from: number, run: string): number {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let m = runs.exec(text); m; m = runs.exec(text)) if (m[0].length === run.length) return m.index + run.length;
  return -1;
}

/** Either [where the formula ends, null], or [_, the text with the open formula closed]. */
function mathEnd(text: string, at: number): [number, string | null] {
  const mark = text.startsWith('$$', at) ? '$$' : text[at] === '$' ? '$' : text.slice(at, at + 2);
  if (mark === '$') {
    if (!opensDollar(text, at)) return [at + 1, null];
    const end = findDollarClose(text, at);
    if (end !== -1) return [end + 1, null];
    // A lone `$` is money until it shows a sign of TeX.
    const body = text.slice(at + 1);
    return /[\\^_{}]/.test(body) && !body.includes('$') && !body.includes('\n') ? [at, `${text.trimEnd()}$`] : [at + 1, null];
  }
  const close = mark === '$$' ? '$$' : mark === '\\(' ? '\\)' : '\\]';
  const end = findClose(text, at + 2, close);
  if (end !== -1) return [end + 2, null];
  const body = text.slice(at + 2).replace(/[$\\]$/, '');
  if (mark !== '$$' && !/[\\^_{}=]/.test(body)) return [at + 2, null];
  return body.trim() === '' ? [at + 2, null] : [at, text.slice(0, at + 2) + body.trimEnd() + close];
}

/** Pairs runs of `*` and `~~` as CommonMark does, as far as it takes to know which are still open. */
function step(open: Mark[], mark: Mark, text: string): void {
  const end = mark.at + mark.run.length;
  const top = open.at(-1);
  const canClose = !isSpace(text[mark.at - 1]);
  if (canClose && top && top.run[0] === mark.run[0]) {
    if (mark.run.length >= top.run.length) {
      open.pop();
      const left = mark.run.slice(top.run.length);
      if (left) step(open, { run: left, at: end - left.length }, text);
      return;
    }
    if (end < text.length) {
      top.run = top.run.slice(mark.run.length);
      return;
    }
  }
  if (!isSpace(text[end]) || end === text.length) open.push(mark);
}

function closeMarks(open: Mark[], text: string): string {
  let body = text.trimEnd();
  // A mark with nothing after it, or half of a closing mark, is not shown at all.
  for (let last = open.at(-1); last && last.at + last.run.length === body.length; last = open.at(-1)) {
    body = body.slice(0, last.at).trimEnd();
    open.pop();
  }
  return open.reduceRight((all, mark) => all + mark.run, body);
}

/** A core rule that runs only with `env.streaming`: closes the last paragraph of the tail between the block and the inline phase. */
export function virtualClose(md: MarkdownIt): void {
  md.core.ruler.after('block', 'virtual_close', (state) => {
    if (!state.env['streaming']) return;
    const last = state.tokens.findLastIndex(
      (t) => t.type === 'inline' || t.type === 'fence' || t.type === 'math_block' || t.type === 'hr',
    );
    const token = state.tokens[last];
    if (token?.type !== 'inline') return;
    const { text, openMath } = closeInline(token.content);
    token.content = text;
    if (openMath) state.env['openMath'] = token;
  });
  md.core.ruler.after('inline', 'open_math', (state) => {
    const inline = state.env['openMath'] as Token | undefined;
    const formula = inline?.children?.findLast((t) => t.type === 'math_inline');
    if (formula) formula.meta = { ...(formula.meta as object), open: true };
  });
}
