// What is filled in for a new article. It stays in this browser until the server has accepted it.
import { behind, blank as blankBrief } from '../../prompt/brief';
import { params } from '../../prompt/params.svelte';
import { openArticleDraft, readArticleDraft, writeArticleDraft } from '../../state/drafts';
import type { ArticleDraft } from './articledraft';

/** Where the parameters of a new article are kept. */
export const ARTICLE_PARAMS = 'article';

const blank = (): ArticleDraft => ({
  fields: blankBrief(),
  words: null,
  lang: 'auto',
  format: 'prose',
  materials: { style: '', glossary: '', characters: '', facts: '' },
});

const same = (a: ArticleDraft, b: ArticleDraft) => JSON.stringify(a) === JSON.stringify(b);

/** What is on its way to the server is not changed or sent again meanwhile, nor by a writer who left and came back. */
class OnItsWay {
  now = $state(false);
}

export const onItsWay = new OnItsWay();

export class NewArticleDraft {
  now = $state<ArticleDraft>(blank());

  constructor() {
    this.#show();
  }

  #show(): void {
    const { draft, mine } = openArticleDraft();
    const empty = blank();
    const shown = {
      ...empty,
      ...draft,
      fields: { ...empty.fields, ...draft?.fields },
      materials: { ...empty.materials, ...draft?.materials },
    };
    this.now = shown;
    void mine.then((mine) => {
      // It is another tab's. What was typed into it meanwhile is not.
      if (mine || !same($state.snapshot(this.now), shown)) return;
      writeArticleDraft(null);
      this.#show();
    });
  }

  get text(): string {
    return this.now.fields.text;
  }

  /** Puts the text of a file behind what is written; the writer may be elsewhere by then. */
  put(text: string): void {
    const kept = this.#isKept();
    this.now.fields.text = behind(this.text, text);
    if (kept) this.keep();
  }

  #isKept(): boolean {
    return same({ ...blank(), ...readArticleDraft() }, $state.snapshot(this.now));
  }

  /** Call from an effect. */
  keep(): void {
    const now = $state.snapshot(this.now);
    writeArticleDraft(same(now, blank()) ? null : now);
  }

  /** The server has it. Where the writer went elsewhere meanwhile (`here` is false), what was written since stays. */
  forget(here: boolean): void {
    if (here || this.#isKept()) writeArticleDraft(null);
    if (!here) return;
    params.show(ARTICLE_PARAMS);
    params.clear();
  }
}
