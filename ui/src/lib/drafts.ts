// What is typed but not sent survives a reload, one draft for each conversation: free text as a string, fields as they are.
import { blank, isPlain } from './brief';
import { readStored, writeStored } from './prefs.svelte';
import type { BriefFields } from './prompttypes';

const KEY = (conversation: string | null) => `hanmo.draft.${conversation ?? 'new'}`;

export function readDraft(conversation: string | null): BriefFields {
  const stored = readStored<string | Partial<BriefFields>>(KEY(conversation), '');
  return typeof stored === 'string' ? blank(stored) : { ...blank(), ...stored };
}

export function writeDraft(conversation: string | null, draft: BriefFields): void {
  writeStored(KEY(conversation), isPlain(draft) ? draft.text : draft);
}
