/*
 * Pure: where each section stands in the whole text of its article, and places in it: code points of a section's text, as the server counts,
 * to UTF-16 units of the whole, as the editor does, and back.
 *
 * The whole is put together here as the server does it (title, headings, texts); where the two differ, no place is certain and there is none.
 */
import type { Article, Place } from '../wire/articletypes';

/** `start` to `end` is the section's text, without its heading. */
export interface Span {
  id: string;
  heading: string;
  start: number;
  end: number;
}

/** The white space that the server leaves off around a text: the wide spaces of a Chinese paragraph stay. */
const AROUND = /^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g;
const BEFORE = /^[ \t\n\r\f\v]*/;
const bare = (text: string) => text.replace(AROUND, '');
const indentOf = (text: string) => BEFORE.exec(text)?.[0].length ?? 0;

export function layout({ plan, sections, text }: Pick<Article, 'plan' | 'sections' | 'text'>): Span[] {
  if (!plan) return [];
  const parts = plan.title === '' ? [] : [`# ${plan.title}`];
  const spans: Span[] = [];
  let at = parts[0] === undefined ? 0 : parts[0].length + 2;
  for (const { id, heading, text: source, state, version } of sections) {
    if (state === 'skipped' || (source === '' && version === 0)) continue;
    const head = plan.headed && heading !== '' ? `## ${heading}` : '';
    const body = bare(source);
    if (head !== '') {
      parts.push(head);
      at += head.length + 2;
    }
    // A heading with nothing under it: the place right behind it.
    const start = body === '' ? at - 2 : at;
    if (head !== '' || body !== '') spans.push({ id, heading, start, end: start + body.length });
    if (body !== '') {
      parts.push(body);
      at += body.length + 2;
    }
  }
  return parts.join('\n\n') + (parts.length > 0 ? '\n' : '') === text ? spans : [];
}

/** Where the section stands, if it is a file of code: that is changed as a whole. */
export function fileOf(article: Article, section: string | undefined): Span | undefined {
  if (!article.sections.some(({ id, file }) => file && id === section)) return undefined;
  return layout(article).find(({ id }) => id === section);
}

const points = (text: string) => [...text].length;

/** UTF-16 units from the beginning of `text` to its code point `at`. */
function units(text: string, at: number): number {
  let index = 0;
  for (let left = at; left > 0 && index < text.length; left--) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return index;
}

/** The range in the whole text; null where the section does not stand in it. White space before a section's text is not part of the whole. */
export function rangeOf(article: Article, spans: Span[], place: Place): { from: number; to: number } | null {
  const span = spans.find(({ id }) => id === place.section);
  const source = article.sections.find(({ id }) => id === place.section)?.text;
  if (!span || source === undefined) return null;
  const indent = indentOf(source);
  const inside = (at: number) => Math.min(span.end, Math.max(span.start, span.start + units(source, at) - indent));
  return { from: inside(place.start), to: inside(place.end) };
}

/** The place in a section's text of a range of the whole; null unless it lies within the text of one section. */
export function placeIn(article: Article, spans: Span[], from: number, to: number): Place | null {
  const span = spans.find(({ start, end }) => start <= from && to <= end);
  const source = article.sections.find(({ id }) => id === span?.id)?.text;
  if (!span || source === undefined) return null;
  const indent = indentOf(source);
  const start = points(source.slice(0, from - span.start + indent));
  return { section: span.id, start, end: start + points(article.text.slice(from, to)) };
}
