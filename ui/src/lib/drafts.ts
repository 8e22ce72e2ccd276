// What is typed but not sent survives a reload: one draft for each conversation (free text as a string, fields as they are), one of a new article.
import type { ArticleDraft } from './articledraft';
import { blank, isPlain } from './brief';
import { readStored, writeStored } from './prefs.svelte';
import type { BriefFields } from './prompttypes';

const KEY = (conversation: string | null) => `hanmo.draft.${conversation ?? 'new'}`;
export const ARTICLE_KEY = 'hanmo.draft.article';

export function readDraft(conversation: string | null): BriefFields {
  const stored = readStored<string | Partial<BriefFields>>(KEY(conversation), '');
  return typeof stored === 'string' ? blank(stored) : { ...blank(), ...stored };
}

export function writeDraft(conversation: string | null, draft: BriefFields): void {
  writeStored(KEY(conversation), isPlain(draft) ? draft.text : draft);
}

export const readArticleDraft = (): Partial<ArticleDraft> => readStored<Partial<ArticleDraft>>(ARTICLE_KEY, {});
/** Changes parts of the draft; the others stay. */
export const writeArticleDraft = (draft: Partial<ArticleDraft>): void =>
  writeStored(ARTICLE_KEY, { ...readArticleDraft(), ...draft });
