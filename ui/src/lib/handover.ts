// Where a filled template goes: into the input of a conversation, with its preset, or into a new article. What is written there stays, behind it.
import { readDraft, writeDraft } from './drafts';
import { readStored, writeStored } from './prefs.svelte';
import type { Filled, Preset } from './templatetypes';

const PRESET_KEY = (conversation: string | null) => `hanmo.preset.${conversation ?? 'new'}`;
export const ARTICLE_KEY = 'hanmo.draft.article';

/** The preset that a template chose for a conversation. */
export const readPreset = (conversation: string | null): Preset | null => readStored<Preset | null>(PRESET_KEY(conversation), null);

export function writePreset(conversation: string | null, preset: Preset | null): void {
  writeStored(PRESET_KEY(conversation), preset === 'chat' ? null : preset);
}

export function toConversation(conversation: string | null, filled: Filled): void {
  writeDraft(conversation, joined(filled.text, readDraft(conversation)));
  writePreset(conversation, filled.preset);
}

/** The other parts of the article's draft stay. */
export function toNewArticle(filled: Filled): void {
  const before = readStored<{ text?: string }>(ARTICLE_KEY, {});
  const { words } = filled.brief;
  writeStored(ARTICLE_KEY, { ...before, text: joined(filled.text, before.text ?? ''), words, lang: filled.language });
}

function joined(text: string, before: string): string {
  return before.trim() === '' || before.trim() === text.trim() ? text : `${text}\n\n${before}`;
}
