// The open article. The server owns it; this class reads it again and again, often while it is written, not at all in a hidden tab.
import { api, ApiError, Unreachable } from './api';
import { isMoving } from './articles';
import { PlanDraft } from './plan.svelte';
import type { Article, Problem } from './types';

const MOVING_MS = 700;
const RESTING_MS = 5_000;

export type ArticleEvent = 'started' | 'paused' | 'done';
type Asked = 'plan' | 'write' | 'pause';

export class OpenArticle {
  readonly id: string;
  readonly plan: PlanDraft;
  now = $state.raw<Article | null>(null);
  /** What was asked for and is not yet seen to have happened. */
  asked = $state<Asked | null>(null);
  /** Why the last action was not done, or the article could not be read. */
  problem = $state.raw<Problem | null>(null);
  missing = $state(false);
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #poll = 0;
  /** The problem of the last reading; it goes when the article can be read again. */
  #unread: Problem | null = null;
  readonly #onEvent: (event: ArticleEvent) => void;
  readonly #onChange: (article: Article) => void;

  constructor(id: string, onEvent: (event: ArticleEvent) => void, onChange: (article: Article) => void) {
    this.id = id;
    this.plan = new PlanDraft(id);
    this.#onEvent = onEvent;
    this.#onChange = onChange;
  }

  async start(): Promise<void> {
    document.addEventListener('visibilitychange', this.#onVisibility);
    await this.poke();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#onVisibility);
    void this.plan.flush();
  }

  /** Ask now, and then go on as usual. */
  async poke(): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#poll;
    let wait = RESTING_MS;
    try {
      const article = await api.article(this.id);
      if (mine !== this.#poll || this.#closed) return;
      this.#show(article);
      wait = isMoving(article) ? MOVING_MS : RESTING_MS;
    } catch (error) {
      if (mine !== this.#poll || this.#closed) return;
      if (error instanceof ApiError) {
        this.problem = this.#unread = error.problem;
        this.missing = error.status === 404;
        if (this.missing) return;
      } else if (error instanceof Unreachable) wait = 2 * MOVING_MS;
    }
    if (!this.#closed && !document.hidden) this.#timer = setTimeout(() => void this.poke(), wait);
  }

  makePlan(): Promise<void> {
    return this.#ask('plan', () => api.planArticle(this.id));
  }

  /** Begins, or goes on where it stopped. What is unsaved in the plan is saved first. */
  async write(): Promise<void> {
    if (this.asked) return;
    this.asked = 'write';
    const saved = await this.plan.flush();
    this.asked = null;
    if (saved) await this.#ask('write', () => api.writeArticle(this.id));
  }

  pause(): Promise<void> {
    return this.#ask('pause', () => api.pauseArticle(this.id));
  }

  async #ask(asked: Asked, act: () => Promise<unknown>): Promise<void> {
    if (this.asked) return;
    this.asked = asked;
    this.problem = null;
    try {
      await act();
      await this.poke();
      // It stops at the end of a step; until then the page says that it was asked to.
      if (asked === 'pause' && this.now?.state === 'writing') return;
    } catch (error) {
      if (error instanceof ApiError) this.problem = error.problem;
      void this.poke();
    }
    this.asked = null;
  }

  #show(article: Article): void {
    const before = this.now;
    this.now = article;
    this.missing = false;
    if (this.problem === this.#unread || (before && before.state !== article.state)) this.problem = null;
    if (article.state === 'writing') this.plan.drop();
    if (article.plan) this.plan.adopt(article.plan);
    if (this.asked === 'pause' && article.state !== 'writing') this.asked = null;
    this.#onChange(article);
    if (!before || before.state === article.state) return;
    if (article.state === 'writing') this.#onEvent('started');
    else if (article.state === 'done' || article.state === 'paused') this.#onEvent(article.state);
  }

  readonly #onVisibility = () => {
    clearTimeout(this.#timer);
    if (document.hidden) void this.plan.flush();
    else void this.poke();
  };
}
