// The search field of the library: asks a moment after the last letter, and shows only what answers to what stands in the field.
import { problemOf } from '../state/problems';
import { api } from '../wire/api';
import type { Hit, Problem } from '../wire/types';

const REST_MS = 150;

export class Search {
  query = $state('');
  hits = $state.raw<Hit[] | null>(null);
  more = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The hit that Enter opens. */
  at = $state(0);
  /** What the hits are hits of, and what was asked for last. */
  #answered = '';
  #asked = '';
  /** Enter, before there was an answer. */
  #follow: ((hit: Hit) => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** After each change of the field; letters that an input method is still composing do not count. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#follow = null;
    if (this.query.trim() === '') return this.clear();
    this.#timer = setTimeout(() => void this.#ask(this.query), REST_MS);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.query = this.#answered = this.#asked = '';
    this.#follow = null;
    this.hits = null;
    this.more = false;
    this.problem = null;
    this.at = 0;
  }

  move(step: number): void {
    const count = this.hits?.length ?? 0;
    if (count > 0) this.at = (this.at + step + count) % count;
  }

  /** Opens the chosen hit; where what stands in the field is not answered yet, the first one as soon as it is. */
  open(follow: (hit: Hit) => void): void {
    const hit = this.hits?.[this.at];
    if (this.query === this.#answered) {
      if (hit) follow(hit);
    } else if (this.query.trim() !== '') {
      this.#follow = follow;
      clearTimeout(this.#timer);
      if (this.query !== this.#asked) void this.#ask(this.query);
    }
  }

  async #ask(query: string): Promise<void> {
    this.#asked = query;
    const follow = (hit?: Hit) => {
      if (hit) this.#follow?.(hit);
      this.#follow = null;
    };
    try {
      const { hits, more } = await api.search(query);
      if (query !== this.query) return;
      this.hits = hits;
      this.more = more;
      this.problem = null;
      this.#answered = query;
    } catch (error) {
      if (query !== this.query) return;
      this.problem = problemOf(error);
      this.hits = null;
      this.#answered = this.#asked = '';
    }
    this.at = 0;
    follow(this.hits?.[0]);
  }
}
