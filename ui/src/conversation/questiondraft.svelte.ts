// A question that is being asked otherwise: its fields as they are typed. They are kept from the first change on, until it is sent or dropped.
import { blank, sameFields } from '../prompt/brief';
import { openEdit, writeEdit } from '../state/drafts';
import type { BriefFields } from '../wire/prompttypes';
import type { Message } from '../wire/types';

export class QuestionDraft {
  fields = $state<BriefFields>(blank());
  readonly #place: readonly [conversation: string, message: string];
  readonly #before: BriefFields;

  constructor(conversation: string, { id, text, brief }: Pick<Message, 'id' | 'text' | 'brief'>) {
    this.#place = [conversation, id];
    this.#before = { ...blank(text), ...brief };
    const { draft, mine } = openEdit(...this.#place);
    const shown = { ...this.#before, ...draft };
    this.fields = { ...shown };
    void mine.then((mine) => {
      // It is another tab's. What was typed into it meanwhile is not.
      if (!mine && sameFields(this.fields, shown)) this.fields = { ...this.#before };
    });
  }

  /** Whether it is another question than the one that was sent. */
  get changed(): boolean {
    return !sameFields(this.fields, this.#before);
  }

  change(changes: Partial<BriefFields>): void {
    this.fields = { ...$state.snapshot(this.fields), ...changes };
  }

  keep(): void {
    writeEdit(...this.#place, this.changed ? $state.snapshot(this.fields) : null);
  }

  /** It was sent, or is not wanted. */
  drop(): void {
    writeEdit(...this.#place, null);
  }
}
