/*
 * Which proposed edits the writer takes. Choices are sent one batch at a time, so that a quick hand on the keyboard does not outrun the server.
 * Where a part of a batch is settled already (by an edit that overlaps it, or in another tab), the rest is sent without it; where a batch fails,
 * it stands open again, and what was chosen since goes its way.
 */
import { api, ApiError } from '../../wire/api';
import type { Article, Edit } from '../../wire/articletypes';
import { proposed } from '../articles';

export type Verdict = 'accept' | 'reject';

type Chosen = Readonly<Record<string, Verdict>>;

const those = (chosen: Chosen, wanted: (id: string) => boolean): Chosen =>
  Object.fromEntries(Object.entries(chosen).filter(([id]) => wanted(id)));

export class EditChoices {
  #chosen = $state.raw<Chosen>({});
  #sending = false;
  readonly #id: string;
  readonly #ready: () => Promise<unknown>;
  readonly #onDone: (article: Article) => void;
  readonly #onFailed: (error: unknown) => void;

  /** `ready`: what is waited for before the server changes the text. */
  constructor(id: string, ready: () => Promise<unknown>, onDone: (article: Article) => void, onFailed: (error: unknown) => void) {
    this.#id = id;
    this.#ready = ready;
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
      try {
        await this.#ready();
        this.#onDone(await this.#settle(batch));
      } catch (error) {
        this.#onFailed(error);
      }
      this.#chosen = those(this.#chosen, (id) => !(id in batch));
    }
    this.#sending = false;
  }

  async #settle(batch: Chosen): Promise<Article> {
    const of = (verdict: Verdict) => Object.keys(batch).filter((id) => batch[id] === verdict);
    try {
      return await api.settleEdits(this.#id, of('accept'), of('reject'));
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== 'edit_settled') throw error;
      const article = await api.article(this.#id);
      const open = proposed(article).map(({ id }) => id);
      const left = those(batch, (id) => open.includes(id));
      if (Object.keys(left).length === Object.keys(batch).length) throw error;
      return Object.keys(left).length === 0 ? article : this.#settle(left);
    }
  }
}
