// Pure: the block of Markdown (paragraph, list, table, code) that a place stands in.
const FENCE = /^\s{0,3}(`{3,}|~{3,})/;

export interface Range {
  from: number;
  to: number;
}

/** The block around a range, without the blank lines about it; a code block to its closing mark, or to the end where it has none. */
export function blockAround(text: string, { from, to }: Range): Range {
  const fenced = codeBlocks(text).find((block) => block.from <= from && from < block.to);
  if (fenced) return { from: fenced.from, to: Math.max(fenced.to, lineEnd(text, to)) };
  let start = text.lastIndexOf('\n', from - 1) + 1;
  while (start > 0) {
    const before = text.lastIndexOf('\n', start - 2) + 1;
    if (text.slice(before, start - 1).trim() === '' || text.startsWith('#', before)) break;
    start = before;
  }
  let end = lineEnd(text, to);
  while (end < text.length) {
    const behind = lineEnd(text, end + 1);
    const line = text.slice(end + 1, behind);
    if (line.trim() === '' || line.startsWith('#')) break;
    end = behind;
  }
  return { from: start, to: end };
}

/** Without the white space at its ends. */
export function trimmed(text: string, { from, to }: Range): Range {
  while (from < to && /\s/.test(text.charAt(from))) from++;
  while (to > from && /\s/.test(text.charAt(to - 1))) to--;
  return { from, to };
}

/** A range that is cut out, with the lines that would stand empty. */
export function cut(text: string, { from, to }: Range): Range {
  const whole = (from === 0 || text[from - 1] === '\n') && (to === text.length || text[to] === '\n');
  if (!whole) return { from, to };
  while (to < text.length && text[to] === '\n') to++;
  return { from, to };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function codeBlocks(text: string): Range[] {
  const blocks: Range[] = [];
  let [mark, from, at] = ['', 0, 0];
  for (const line of text.split('\n')) {
    const found = FENCE.exec(line)?.[1];
    if (found && mark === '') [mark, from] = [found, at];
    else if (found && found.startsWith(mark) && line.trim() === found) {
      blocks.push({ from, to: at + line.length });
      mark = '';
    }
    at += line.length + 1;
  }
  if (mark !== '') blocks.push({ from, to: text.length });
  return blocks;
}
