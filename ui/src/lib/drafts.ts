// What is typed but not sent survives a reload, one draft for each conversation.
import { readStored, writeStored } from './prefs.svelte';

const KEY = (conversation: string | null) => `hanmo.draft.${conversation ?? 'new'}`;

export const readDraft = (conversation: string | null): string => readStored<string>(KEY(conversation), '');
export const writeDraft = (conversation: string | null, text: string): void => writeStored(KEY(conversation), text);
