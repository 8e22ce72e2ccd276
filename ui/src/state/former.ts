/*
 * What an older version of the page has kept of what was typed is taken over.
 *
 * That was one text a place, under a key that names no tab. It becomes what a tab that is gone has left: the first tab that opens the place takes
 * it, where nothing newer was left there.
 */
import { readStored, storedKeys, writeStored } from './prefs.svelte';

type Fields = Record<string, unknown>;

/** A tab that is not here any more. */
const GONE = '@former';
/** Before any other. */
const at = 0;

const fields = (kept: unknown): unknown => (typeof kept === 'string' ? { text: kept } : kept);

/** What the brief of an article was before it had fields. */
function article(kept: Fields): Fields {
  const { text, ...rest } = kept;
  return typeof text === 'string' ? { fields: { text }, ...rest } : kept;
}

const draft = (place: string, kept: unknown): [string, Fields] => [`hanmo.draft.${place}`, { draft: kept, at }];

/** By the beginning of the former key: what comes behind that, and what was kept, as the key and the value of today. */
const KINDS: Record<string, (rest: string, kept: unknown) => [string, Fields]> = {
  'hanmo.draft.': (place, kept) => draft(place, place === 'article' ? article(kept as Fields) : fields(kept)),
  'hanmo.section.': (place, kept) => draft(`section.${place}`, fields(kept)),
  'hanmo.template.': (place, kept) => draft(`template.${place}`, kept),
  'hanmo.fill.': (place, kept) => draft(`fill.${place}`, kept),
  'hanmo.plan.': (place, kept) => [`hanmo.plan.${place}`, { ...(kept as Fields), at }],
  'hanmo.manuscript.': (place, kept) => [`hanmo.manuscript.${place}`, { sent: null, ...(kept as Fields), at }],
};
/** Of the page of today, and no text. */
const OTHERS = ['hanmo.manuscript.mode'];

/** Where there is no room for both, what was kept stays where it is until there is. */
export function takeOver(): void {
  for (const [begins, today] of Object.entries(KINDS)) {
    for (const former of storedKeys(begins)) {
      const kept = readStored<unknown>(former, null);
      if (former.includes('@') || OTHERS.includes(former) || kept === null) continue;
      const [key, value] = today(former.slice(begins.length), kept);
      writeStored(key + GONE, value);
      if (readStored<unknown>(key + GONE, null) !== null) writeStored(former, null);
    }
  }
}
