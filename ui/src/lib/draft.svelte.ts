// What is being composed: free text, and the fields beside it. One for the page, as there is one input.
import { blank, isPlain } from './brief';
import { readDraft } from './drafts';
import type { BriefFields } from './prompttypes';

class Draft {
  fields = $state<BriefFields>(blank());
  /** Whether the fields are shown. */
  open = $state(false);

  show(conversation: string | null): void {
    this.fill(readDraft(conversation));
  }

  /** Puts something else in place of what is there. */
  fill(fields: BriefFields): void {
    Object.assign(this.fields, fields);
    this.open = !isPlain(fields);
  }

  /** Puts new values into some fields; fields that are not empty are shown. */
  change(changes: Partial<BriefFields>): void {
    Object.assign(this.fields, changes);
    if (!isPlain(this.fields)) this.open = true;
  }

  clear(): void {
    this.fill(blank());
  }
}

export const draft = new Draft();
