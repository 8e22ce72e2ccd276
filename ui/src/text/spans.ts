// Places in a section's Markdown: from a selection to code points, and from code points to what is on the page.
import type { Place } from '../wire/articletypes';

type Span = Pick<Place, 'start' | 'end'>;

const length = (text: string) => [...text].length;

export function slice(source: string, { start, end }: Span): string {
  return [...source].slice(start, end).join('');
}

/** A text with its fixes in it; of two that overlap, the first. */
export function mended(source: string, fixes: readonly (Span & { text: string })[]): string {
  const points = [...source];
  let [out, done] = ['', 0];
  for (const { start, end, text } of fixes.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < done) continue;
    out += points.slice(done, start).join('') + text;
    done = end;
  }
  return out + points.slice(done).join('');
}

/** Where the selected text stands in the source; null unless it stands there exactly once, as it is. */
export function placeOf(source: string, selected: string): Span | null {
  const wanted = selected.trim();
  const at = source.indexOf(wanted);
  if (wanted === '' || at === -1 || source.includes(wanted, at + 1)) return null;
  const start = length(source.slice(0, at));
  return { start, end: start + length(wanted) };
}

/** The code points of a range that a text field reports in UTF-16 units. */
export function fromField(source: string, from: number, to: number): Span {
  const start = length(source.slice(0, from));
  return { start, end: start + length(source.slice(from, to)) };
}

/** What Markdown may change between the source and the page. */
const CHANGED = /[\s*_`#>~|\\-]/;
const bare = (text: string) => [...text].filter((c) => !CHANGED.test(c)).join('');

/** The span on the page: null where the page shows it in another way (a link, a formula). */
export function rangeIn(host: Element, source: string, span: Span): Range | null {
  const wanted = bare(slice(source, span));
  if (wanted === '') return null;
  let text = '';
  const places: [Node, number][] = [];
  const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const [i, unit] of (node.nodeValue ?? '').split('').entries())
      if (!CHANGED.test(unit)) {
        text += unit;
        places.push([node, i]);
      }
  const before = bare(slice(source, { start: 0, end: span.start }));
  let at = text.indexOf(wanted);
  for (let seen = before.indexOf(wanted); seen !== -1 && at !== -1; seen = before.indexOf(wanted, seen + 1))
    at = text.indexOf(wanted, at + 1);
  const [first, last] = [places[at], places[at + wanted.length - 1]];
  if (at === -1 || !first || !last) return null;
  const range = document.createRange();
  range.setStart(...first);
  range.setEnd(last[0], last[1] + 1);
  return range;
}
