/*
 * What is typed but not sent survives a reload: one draft for each conversation, one for each question that is asked otherwise, one of a new
 * conversation, one of a new article; and one at any other place (`Kept`).
 *
 * Rules
 *   - A draft belongs to the tab in which it is typed. Two tabs at one place have two, and neither writes over the other's.
 *   - A tab without one takes the draft of a tab that is gone: its own from before a reload, else the newest. It is shown at once, and given up
 *     again where its tab turns out to be open.
 *   - A tab that was only asleep has its text still, and keeps it anew with the next key: nothing is lost by mistaking it.
 */
import type { ArticleDraft } from '../article/new/articledraft';
import { blank, isEmpty } from '../prompt/brief';
import type { BriefFields } from '../wire/prompttypes';
import { readStored, writeStored } from './prefs.svelte';
import { leftBehind, maybeHere, me } from './tabs';

const ARTICLE = 'article';

interface Kept<T> {
  draft: T;
  at: number;
}

export interface Opened<T> {
  draft: T | null;
  /** False where it is the draft of another tab after all. */
  mine: Promise<boolean>;
}

const keyOf = (place: string, tab: string) => `hanmo.draft.${place}@${tab}`;
const placeOf = (conversation: string | null) => conversation ?? 'new';
const placeOfEdit = (conversation: string, message: string) => `${conversation}.${message}`;

export const openDraft = (conversation: string | null): Opened<BriefFields> => open(placeOf(conversation));

export const readDraft = (conversation: string | null): BriefFields => ({ ...blank(), ...openDraft(conversation).draft });

export function writeDraft(conversation: string | null, draft: BriefFields): void {
  write(placeOf(conversation), isEmpty(draft) ? null : draft);
}

export const openEdit = (conversation: string, message: string): Opened<BriefFields> => open(placeOfEdit(conversation, message));
/** Null where the question is as it was. */
export const writeEdit = (conversation: string, message: string, draft: BriefFields | null): void =>
  write(placeOfEdit(conversation, message), draft);
export const hasEdit = (conversation: string, message: string): Promise<boolean> => isKept(placeOfEdit(conversation, message));

export const openArticleDraft = (): Opened<Partial<ArticleDraft>> => open(ARTICLE);
export const readArticleDraft = (): Partial<ArticleDraft> => openArticleDraft().draft ?? {};
/** Null where nothing is written. */
export const writeArticleDraft = (draft: Partial<ArticleDraft> | null): void => write(ARTICLE, draft);

export const openKept = <T>(place: string): Opened<T> => open<T>(place);
/** Null where there is nothing to keep. */
export const writeKept = (place: string, draft: unknown): void => write(place, draft);

function open<T>(place: string): Opened<T> {
  const own = readStored<Kept<T> | null>(keyOf(place, me), null);
  if (own) return { draft: own.draft, mine: Promise.resolve(true) };
  const left = () => leftBehind<Kept<T>>(keyOf(place, ''));
  const [found] = left();
  if (!found) return { draft: null, mine: Promise.resolve(true) };
  const { draft } = found.kept;
  const settle = (here: boolean) => {
    if (!here) for (const { tab, kept } of left()) if (same(kept.draft, draft)) writeStored(keyOf(place, tab), null);
    return !here;
  };
  return { draft, mine: maybeHere(found.tab).then(settle) };
}

/** Whether this tab has a draft, or would take one of a tab that is gone. */
async function isKept(place: string): Promise<boolean> {
  if (readStored<Kept<unknown> | null>(keyOf(place, me), null)) return true;
  for (const { tab } of leftBehind<Kept<unknown>>(keyOf(place, ''))) if (!(await maybeHere(tab))) return true;
  return false;
}

function write(place: string, draft: unknown): void {
  writeStored(keyOf(place, me), draft === null ? null : ({ draft, at: Date.now() } satisfies Kept<unknown>));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
