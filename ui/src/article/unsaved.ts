// What of an article is not saved yet: kept in this browser, and belonging to its tab. What a tab that is gone has left comes to the next one.
import { moveStored, readStored, writeStored } from '../state/prefs.svelte';
import { leftBehind, maybeHere, me } from '../state/tabs';
import type { Plan } from '../wire/articletypes';

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

export interface UnsavedPlan {
  /** The plan that it was made from. */
  base: Plan;
  plan: Plan;
  at: number;
}

const planKeyOf = (article: string, tab: string) => `hanmo.plan.${article}@${tab}`;
const keyOf = (article: string, tab: string) => `hanmo.manuscript.${article}@${tab}`;

export const readUnsaved = (article: string): Unsaved | null => readStored<Unsaved | null>(keyOf(article, me), null);
export const writeUnsaved = (article: string, unsaved: Unsaved | null): void => writeStored(keyOf(article, me), unsaved);

export const readPlan = (article: string): UnsavedPlan | null => readStored<UnsavedPlan | null>(planKeyOf(article, me), null);
export const writePlan = (article: string, unsaved: UnsavedPlan | null): void => writeStored(planKeyOf(article, me), unsaved);

/** Makes what a tab that is gone has left this tab's own, unless it has something itself. */
export async function recallUnsaved(article: string): Promise<void> {
  await Promise.all([recall(keyOf, article), recall(planKeyOf, article)]);
}

async function recall(key: typeof keyOf, article: string): Promise<void> {
  if (readStored<unknown>(key(article, me), null)) return;
  for (const { tab } of leftBehind<{ at: number }>(key(article, '')))
    if (!(await maybeHere(tab, ANSWER_MS))) return moveStored(key(article, tab), key(article, me));
}
