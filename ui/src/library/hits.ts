// Pure: where a hit stands, and its line in pieces.
import type { Route } from '../state/router.svelte';
import type { Place } from '../wire/articletypes';
import type { Hit } from '../wire/types';

/** Where a hit stands. A heading is no part of its section's text: its place is the beginning of that. */
export function routeOf(hit: Hit): Route {
  if (hit.kind === 'conversation' || hit.kind === 'message')
    return { name: 'conversation', id: hit.id, ...(hit.message_id === null ? {} : { at: hit.message_id }) };
  const places = { section: `${hit.start}-${hit.end}`, heading: '0-0', article: '', brief: '' };
  const place = places[hit.kind];
  const at = place === '' ? {} : { at: `${hit.section_id}:${place}` };
  return { name: 'article', id: hit.id, ...at };
}

/** A line in pieces, marked and not. */
export function marked({ text, spans }: Hit['snippet']): { text: string; found: boolean }[] {
  const points = [...text];
  const parts: { text: string; found: boolean }[] = [];
  let from = 0;
  const add = (to: number, found: boolean) => {
    if (to > from) parts.push({ text: points.slice(from, to).join(''), found });
    from = Math.max(from, to);
  };
  for (const [start, end] of spans) {
    add(start, false);
    add(end, true);
  }
  add(points.length, false);
  return parts;
}

/** The place that `routeOf` named in an article. */
export function placeIn(at: string): Place | null {
  const [, section, start, end] = /^([^:]+):(\d+)-(\d+)$/.exec(at) ?? [];
  return section === undefined ? null : { section, start: Number(start), end: Number(end) };
}
