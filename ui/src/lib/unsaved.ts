// What of an article is not saved yet: kept in this browser, and belonging to its tab. What a tab that is gone has left comes to the next one.
import { moveStored, readStored, writeStored } from './prefs.svelte';
import { leftBehind, maybeHere, me } from './tabs';

export interface Unsaved {
  text: string;
  /** The revision that it was made from. */
  revision: number;
  /** What was on its way to the server when this was kept. */
  sent: string | null;
  at: number;
}

/** A tab of a busy machine answers late, and its text would be saved as this one's. */
const ANSWER_MS = 1_000;

const keyOf = (article: string, tab: string) => `hanmo.manuscript.${article}@${tab}`;

export const readUnsaved = (article: string): Unsaved | null => readStored<Unsaved | null>(keyOf(article, me), null);
export const writeUnsaved = (article: string, unsaved: Unsaved | null): void => writeStored(keyOf(article, me), unsaved);

/** Makes what a tab that is gone has left this tab's own, unless it has something itself. */
export async function recallUnsaved(article: string): Promise<void> {
  if (readUnsaved(article)) return;
  for (const { tab } of leftBehind<Unsaved>(keyOf(article, '')))
    if (!(await maybeHere(tab, ANSWER_MS))) return moveStored(keyOf(article, tab), keyOf(article, me));
}
