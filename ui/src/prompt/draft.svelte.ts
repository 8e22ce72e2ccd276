// What is being composed: free text, and the fields beside it. One for the page, as there is one input.
import { SvelteSet } from 'svelte/reactivity';
import type { Into } from '../files/intake.svelte';
import { openDraft, readDraft, writeDraft } from '../state/drafts';
import type { BriefFields } from '../wire/prompttypes';
import { behind, blank, isPlain, sameFields, since } from './brief';

class Draft {
  fields = $state<BriefFields>(blank());
  /** Whether the fields are shown. */
  open = $state(false);
  /** How often a request was put in. */
  added = $state(0);
  /** The conversations whose draft is on its way to the server. */
  readonly sending = new SvelteSet<string | null>();
  /** Those of them that are not wanted any more. */
  readonly unwanted = new SvelteSet<string | null>();

  /** Where it is being composed. */
  #place: string | null = null;
  #shown: BriefFields | null = null;

  show(conversation: string | null): void {
    this.#place = conversation;
    const { draft, mine } = openDraft(conversation);
    const shown = (this.#shown = { ...blank(), ...draft });
    this.fill(shown);
    void mine.then((mine) => {
      // It is another tab's. What was typed into it meanwhile is not.
      if (mine || this.#shown !== shown || !sameFields(this.fields, shown)) return;
      writeDraft(conversation, blank());
      this.show(conversation);
    });
  }

  /** What is composed belongs to the conversation that was made of it. */
  moveTo(conversation: string): void {
    this.#place = conversation;
  }

  /** The text at a place: what is put behind it is kept there, also where the input is another place's by then. */
  at(conversation: string | null): Into {
    const here = () => this.#place === conversation;
    const fields = () => (here() ? $state.snapshot(this.fields) : readDraft(conversation));
    return {
      get text() {
        return fields().text;
      },
      put: (text) => {
        const now = fields();
        const both = { ...now, text: behind(now.text, text) };
        if (here()) this.change({ text: both.text });
        writeDraft(conversation, both);
      },
    };
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

  /** Puts a request behind what is written; the input is gone to. */
  add(request: string): void {
    this.change({ text: behind(this.fields.text, request) });
    this.added++;
  }

  /** What is on its way to the server is not sent, or its answer is stopped. */
  stop(conversation: string | null): void {
    if (this.sending.has(conversation)) this.unwanted.add(conversation);
  }

  /** Whether that was said while it was on its way from one place to another. */
  isUnwanted(from: string | null, to: string | null): boolean {
    return this.unwanted.has(from) || this.unwanted.has(to);
  }

  /** What was sent to a conversation goes from its input, which is the one that is shown if it is `here`; what came into it meanwhile stays. */
  sent(fields: BriefFields, conversation: string, here: boolean): void {
    const left = since(fields, here ? $state.snapshot(this.fields) : readDraft(conversation));
    if (here) this.fill(left);
    writeDraft(conversation, left);
  }

  /** Nothing of it is on its way any more. */
  over(conversation: string | null): void {
    this.sending.delete(conversation);
    this.unwanted.delete(conversation);
  }
}

export const draft = new Draft();
