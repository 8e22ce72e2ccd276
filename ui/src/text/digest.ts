/*
 * Pure: what the page tells about a Markdown text line by line: its headings and its length.
 *
 * Counting is by line and remembered by line, so that a keystroke in a long text counts one line.
 */
export interface Heading {
  level: number;
  text: string;
  /** UTF-16 offset of its line. */
  from: number;
}

export interface Count {
  /** Han characters. */
  han: number;
  /** Words of other scripts; a number is a word. */
  words: number;
}

export interface Digest extends Count {
  headings: Heading[];
}

const HAN = /\p{Script=Han}/gu;
const WORD = /[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu;
const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
const HEADING = /^(#{1,6})[ \t]+(\S.*)$/;
const MOST_KNOWN = 20_000;
const known = new Map<string, Count>();

export function countLine(line: string): Count {
  const before = known.get(line);
  if (before) return before;
  const rest = line.replace(HAN, ' ');
  const count = { han: line.match(HAN)?.length ?? 0, words: rest.match(WORD)?.length ?? 0 };
  if (known.size > MOST_KNOWN) known.clear();
  known.set(line, count);
  return count;
}

export function count(text: string): Count {
  let [han, words] = [0, 0];
  for (const line of text.split('\n')) {
    const found = countLine(line);
    han += found.han;
    words += found.words;
  }
  return { han, words };
}

export function digest(lines: Iterable<string>): Digest {
  const headings: Heading[] = [];
  let [han, words, from, fence] = [0, 0, 0, ''];
  for (const line of lines) {
    const found = countLine(line);
    han += found.han;
    words += found.words;
    const mark = FENCE.exec(line)?.[1];
    if (mark && fence === '') fence = mark;
    else if (mark && mark.startsWith(fence) && line.trim() === mark) fence = '';
    else if (fence === '') {
      const [, level, text] = HEADING.exec(line) ?? [];
      if (level && text) headings.push({ level: level.length, text: text.trim(), from });
    }
    from += line.length + 1;
  }
  return { headings, han, words };
}

/** The heading that a place of the text stands under; -1 before the first. */
export function headingAt(headings: readonly Heading[], at: number): number {
  return headings.findLastIndex(({ from }) => from <= at);
}

const LONGEST_PIECE = 2_500;

/** The text in pieces that can be shown each by itself: at headings and, where none comes, at a blank line; never inside a code block. */
export function pieces(text: string): string[] {
  const out: string[] = [];
  let [piece, fence] = ['', ''];
  for (const line of text.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    const blank = line.trim() === '' && piece.length > LONGEST_PIECE;
    if (fence === '' && piece !== '' && (blank || HEADING.test(line))) {
      out.push(piece);
      piece = '';
    }
    if (mark && fence === '') fence = mark;
    else if (mark && mark.startsWith(fence) && line.trim() === mark) fence = '';
    piece += `${line}\n`;
  }
  if (piece.trim() !== '') out.push(piece);
  return out;
}
