// What is typed but not sent survives a reload: one draft and one preset for each conversation, one draft of a new article.
import { readStored, writeStored } from './prefs.svelte';
import type { Preset } from './templatetypes';

const KEY = (conversation: string | null) => `hanmo.draft.${conversation ?? 'new'}`;
const PRESET_KEY = (conversation: string | null) => `hanmo.preset.${conversation ?? 'new'}`;
export const ARTICLE_KEY = 'hanmo.draft.article';

export const readDraft = (conversation: string | null): string => readStored<string>(KEY(conversation), '');
export const writeDraft = (conversation: string | null, text: string): void => writeStored(KEY(conversation), text);

/** The preset that a template chose for a conversation. */
export const readPreset = (conversation: string | null): Preset | null => readStored<Preset | null>(PRESET_KEY(conversation), null);
export const writePreset = (conversation: string | null, preset: Preset | null): void =>
  writeStored(PRESET_KEY(conversation), preset === 'chat' ? null : preset);

interface ArticleDraft {
  text: string;
  words: number | null;
  lang: 'auto' | 'zh' | 'en';
}

export const readArticleDraft = (): Partial<ArticleDraft> => readStored<Partial<ArticleDraft>>(ARTICLE_KEY, {});
/** Changes parts of the draft; the others stay. */
export const writeArticleDraft = (draft: Partial<ArticleDraft>): void =>
  writeStored(ARTICLE_KEY, { ...readArticleDraft(), ...draft });
