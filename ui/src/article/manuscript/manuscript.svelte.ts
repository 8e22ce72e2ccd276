/*
 * The whole text of an article as the writer has it, and its way to the server.
 *
 * Rules
 *   - One text is the truth, and it is the editor's while one is open. It is saved whole, made from a revision: where the server has another text
 *     meanwhile it says so, and then nothing is saved until the writer has chosen.
 *   - What is not saved yet is kept in this browser from the first keystroke on, and goes only when the server has it. A save that finds nobody is
 *     tried again, sooner when the browser says that it is online.
 *   - One save at a time; what is typed meanwhile is saved after it. Where its answer is lost and the server has that very text, it was saved.
 *   - An article that was left is still saved, until it is opened again: what is kept is the new opening's then.
 *   - Another text of the server takes the place of this one only where nothing is unsaved; the editor takes it as a change that can be undone.
 */
import { api, ApiError } from '../../wire/api';
import type { Article } from '../../wire/articletypes';
import type { Problem } from '../../wire/types';
import { activity } from '../articles';
import { readUnsaved, writeUnsaved } from '../unsaved';

export type Saved = 'saved' | 'changed' | 'saving' | 'offline' | 'conflict' | 'refused';

/** What the server has, where this text was made from an older one. */
export interface Theirs {
  text: string;
  revision: number;
}

/** The server leaves off white space; a text that it has all the same is no other one. */
const alike = (a: string, b: string) => a.replace(/\s+/g, '') === b.replace(/\s+/g, '');

const KEEP_MS = 250;
const SAVE_MS = 1_500;
/** A text that is typed without a pause is saved at least so often. */
const LATEST_MS = 12_000;
const RETRY_MS = [2_000, 4_000, 8_000, 15_000, 30_000];

export class Manuscript {
  readonly id: string;
  saved = $state<Saved>('saved');
  theirs = $state.raw<Theirs | null>(null);
  /** Why the server does not take it. */
  problem = $state.raw<Problem | null>(null);
  /** The state of an editor that was closed, with what it can undo; whoever made it knows what it is. */
  shelved: unknown = null;
  /** Turns when the text is another without the editor having changed it. */
  replaced = $state(0);
  #text = '';
  #source: (() => string) | null = null;
  /** What was given up for the server's text, until an editor has it to undo. */
  #before: string | null = null;
  /** The server's text, and its revision, that this one was made from; null before the first reading. */
  #base: Theirs | null = null;
  /** The text of a save whose answer has not come: the server may have it. */
  #sent: string | null = null;
  #writing = false;
  /** A save was put off until the model has written. */
  #held = false;
  #dirty = false;
  #since = 0;
  #retries = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #onSaved: (article: Article) => void;
  readonly #isLast: () => boolean;

  /** `isLast`: whether the article was not opened again since. */
  constructor(id: string, onSaved: (article: Article) => void, isLast: () => boolean) {
    this.id = id;
    this.#onSaved = onSaved;
    this.#isLast = isLast;
    addEventListener('online', this.#onOnline);
  }

  get text(): string {
    return this.#source ? this.#source() : this.#text;
  }

  /** The text that the server had when this one was made from it. */
  get base(): string {
    return this.#base?.text ?? '';
  }

  get dirty(): boolean {
    return this.#dirty;
  }

  /** An editor holds the text from now on, until what is returned is called. */
  attach(source: () => string): () => void {
    this.#source = source;
    this.#before = null;
    return () => {
      this.#text = source();
      this.#source = null;
    };
  }

  /** The writer changed the text in the editor. */
  changed(): void {
    if (!this.#dirty) this.#since = Date.now();
    this.#dirty = true;
    if (this.saved === 'saved' || this.saved === 'refused') this.saved = 'changed';
    this.problem = null;
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => this.#keep(), KEEP_MS);
    if (this.saved === 'conflict' || this.saved === 'offline') return;
    this.#saveIn(Math.max(0, Math.min(SAVE_MS, this.#since + LATEST_MS - Date.now())));
  }

  /** The writer changed it beside the server's. */
  retype(text: string): void {
    this.#text = text;
    this.changed();
  }

  /** The article as it was read. */
  adopt(article: Article): void {
    const doing = activity(article);
    this.#writing = doing === 'plan' || doing === 'write';
    if (!this.#base) return this.#begin(article);
    if (this.saved === 'saving' || article.revision < this.#base.revision) return;
    // What waited for the model to have written, or found the article deleted, can be saved now.
    if (!this.#writing && (this.#held || this.problem?.code === 'article_not_found')) this.#saveIn(0);
    if (article.text === this.#base.text) {
      this.#base = { text: article.text, revision: article.revision };
    } else if (this.#dirty) {
      // The next save is told what stands there now.
      if (!this.#writing && this.saved === 'changed') this.#saveIn(0);
    } else if (!this.#writing) this.#put(article.text, article.revision);
  }

  /** Saves now what is unsaved. True when the server has it all. */
  flush(): Promise<boolean> {
    clearTimeout(this.#saveTimer);
    return this.#inTurn(() => this.#save());
  }

  /** Something else that changes the text on the server in a way that this text shows already; it waits for the save before it. */
  through(act: () => Promise<Article>): Promise<void> {
    return this.#inTurn(async () => {
      const article = await act();
      this.#base = { text: article.text, revision: article.revision };
      this.#onSaved(article);
      if (this.text === article.text) this.#isSaved();
    });
  }

  /** The writer's text, whatever the server has. */
  keepMine(): Promise<boolean> {
    if (!this.theirs) return Promise.resolve(false);
    this.#base = this.theirs;
    this.theirs = null;
    this.saved = 'changed';
    this.#keep();
    return this.flush();
  }

  takeTheirs(): void {
    if (!this.theirs) return;
    const { text, revision } = this.theirs;
    this.#before = this.text;
    this.#isSaved();
    this.#put(text, revision);
  }

  close(): void {
    removeEventListener('online', this.#onOnline);
    clearTimeout(this.#keepTimer);
    if (this.#dirty) {
      this.#keep();
      void this.flush();
    }
    clearTimeout(this.#saveTimer);
  }

  /** The page is being hidden, and may not come back. */
  hide(): void {
    if (!this.#dirty) return;
    this.#keep();
    if (this.saved === 'changed') void this.flush();
  }

  #begin(article: Article): void {
    const kept = readUnsaved(this.id);
    this.#base = { text: article.text, revision: article.revision };
    this.#text = article.text;
    if (!kept || kept.text === article.text) return writeUnsaved(this.id, null);
    const saved = kept.revision === article.revision || [kept.sent, kept.text].some((sent) => sent && alike(sent, article.text));
    if (!saved) this.#base = { text: '', revision: kept.revision };
    this.#sent = kept.sent;
    this.#text = kept.text;
    this.#dirty = true;
    this.saved = 'changed';
    this.#saveIn(0);
  }

  /** The server's text in the place of this one. */
  #put(text: string, revision: number): void {
    this.#base = { text, revision };
    this.#text = text;
    this.replaced++;
  }

  /** The text as an editor opens with it: one after the other, so that the last can be undone. */
  get opening(): string[] {
    return [...(this.#before === null ? [] : [this.#before]), this.text];
  }

  /** What an editor has to make of its text where that was replaced. */
  get wanted(): string {
    return this.#text;
  }

  async #save(): Promise<boolean> {
    while (this.#dirty) {
      if (!this.#isLast()) return false;
      this.#held = this.#writing;
      if (this.#writing || this.saved === 'conflict' || !this.#base) return false;
      const text = this.text;
      const before = this.#sent;
      this.#sent = text;
      this.#keep();
      this.#dirty = false;
      this.saved = 'saving';
      try {
        const article = await api.saveText(this.id, text, this.#base.revision);
        this.#base = { text: article.text, revision: article.revision };
        this.#sent = null;
        this.saved = this.#dirty ? 'changed' : 'saved';
        this.#keep();
        this.#onSaved(article);
      } catch (error) {
        this.#dirty = true;
        this.#failed(error, before);
        return false;
      }
    }
    this.#isSaved();
    return true;
  }

  #isSaved(): void {
    clearTimeout(this.#keepTimer);
    clearTimeout(this.#saveTimer);
    if (this.#isLast()) writeUnsaved(this.id, null);
    this.#dirty = false;
    this.#retries = 0;
    this.theirs = this.problem = null;
    this.saved = 'saved';
  }

  /** `before`: what an earlier save sent that was not answered. */
  #failed(error: unknown, before: string | null): void {
    if (error instanceof ApiError) this.#sent = null;
    this.#keep();
    if (!(error instanceof ApiError)) {
      this.saved = 'offline';
      return this.#saveIn(RETRY_MS[Math.min(this.#retries++, RETRY_MS.length - 1)] ?? SAVE_MS);
    }
    const { code, params } = error.problem;
    if (code === 'article_changed' && typeof params?.['text'] === 'string' && typeof params['revision'] === 'number') {
      const theirs = { text: params['text'], revision: params['revision'] };
      if (before !== null && alike(before, theirs.text)) {
        this.#base = theirs;
        this.saved = 'changed';
        return this.#saveIn(0);
      }
      this.theirs = theirs;
      this.saved = 'conflict';
    } else if (code === 'article_writing') {
      this.#held = true;
      this.saved = 'changed';
    } else {
      this.problem = error.problem;
      this.saved = 'refused';
    }
  }

  #keep(): void {
    if (this.#dirty && this.#base && this.#isLast())
      writeUnsaved(this.id, { text: this.text, revision: this.#base.revision, sent: this.#sent, at: Date.now() });
  }

  #saveIn(ms: number): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.flush(), ms);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  readonly #onOnline = () => {
    if (this.saved === 'offline') this.#saveIn(0);
  };
}
