/*
 * What the checks find in answers.
 *
 * Rules
 *   - An answer is looked over when it rests in sight; who scrolls past asks for nothing.
 *   - One at a time, the one that came into sight last first: a conversation of any length costs what is read of it.
 *   - What was found stays known; an answer that is there does not change.
 */
import { ApiError, Unreachable } from '../wire/api';
import type { Finding } from '../wire/articletypes';

const REST_MS = 400;
const MOST_KNOWN = 500;

interface Wish {
  key: string;
  ask: () => Promise<{ findings: Finding[] }>;
  tell: (findings: Finding[]) => void;
}

class AnswerChecks {
  readonly #known = new Map<string, Finding[]>();
  #wishes: Wish[] = [];
  #busy = false;

  known(key: string): Finding[] | undefined {
    return this.#known.get(key);
  }

  /** Returns what takes the wish back. */
  want(wish: Wish): () => void {
    const timer = setTimeout(() => {
      this.#wishes.push(wish);
      void this.#work();
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      this.#wishes = this.#wishes.filter((other) => other !== wish);
    };
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let wish = this.#wishes.pop(); wish; wish = this.#wishes.pop()) await this.#grant(wish);
    } finally {
      this.#busy = false;
    }
  }

  async #grant({ key, ask, tell }: Wish): Promise<void> {
    try {
      const { findings } = await ask();
      this.#known.set(key, findings);
      for (const old of this.#known.keys()) if (this.#known.size > MOST_KNOWN) this.#known.delete(old);
      tell(findings);
    } catch (error) {
      // An answer without its checks is an answer; the status line says when the server is away.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }
}

export const answerChecks = new AnswerChecks();
