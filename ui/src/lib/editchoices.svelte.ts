// Which proposed edits the writer takes. Choices are sent one batch at a time, so that a quick hand on the keyboard does not outrun the server.
import { api } from './api';
import { proposed } from './articles';
import type { Article, Edit } from './articletypes';

export type Verdict = 'accept' | 'reject';

export class EditChoices {
  #chosen = $state.raw<Readonly<Record<string, Verdict>>>({});
  #sending = false;
  readonly #id: string;
  readonly #onDone: (article: Article) => void;
  readonly #onFailed: (error: unknown) => void;

  constructor(id: string, onDone: (article: Article) => void, onFailed: (error: unknown) => void) {
    this.#id = id;
    this.#onDone = onDone;
    this.#onFailed = onFailed;
  }

  /** What is still to be chosen, in the order of the text. */
  open(article: Article): Edit[] {
    const place = (edit: Edit) => article.sections.findIndex(({ id }) => id === edit.section);
    return proposed(article)
      .filter((edit) => !(edit.id in this.#chosen) && place(edit) !== -1)
      .toSorted((a, b) => place(a) - place(b) || a.start - b.start);
  }

  choose(ids: string[], verdict: Verdict): void {
    this.#chosen = { ...this.#chosen, ...Object.fromEntries(ids.map((id) => [id, verdict])) };
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (Object.keys(this.#chosen).length > 0) {
      const batch = this.#chosen;
      const of = (verdict: Verdict) => Object.keys(batch).filter((id) => batch[id] === verdict);
      try {
        this.#onDone(await api.settleEdits(this.#id, of('accept'), of('reject')));
        this.#chosen = Object.fromEntries(Object.entries(this.#chosen).filter(([id]) => !(id in batch)));
      } catch (error) {
        this.#chosen = {}; // they stand open again
        this.#onFailed(error);
      }
    }
    this.#sending = false;
  }
}
