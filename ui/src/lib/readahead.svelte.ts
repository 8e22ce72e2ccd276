// Tells the server what is being typed, so that it is read before it is sent. Asked for while one types, not only when typing rests.
import { api, ApiError, Unreachable } from './api';
import type { Outgoing } from './prompttypes';

const EVERY_MS = 700;

/** `beside`: as another version of that question. */
interface Typed {
  message: Outgoing;
  conversation: string | null;
  beside?: string | undefined;
}

/** For a component, while it is there: what `typed` gives is told as it changes. Null where there is nothing to send. */
export function readsAhead(typed: () => Typed | null): void {
  const ahead = new ReadAhead();
  $effect(() => {
    const now = typed();
    ahead.update(now?.message ?? null, now?.conversation ?? null, now?.beside);
  });
  $effect(() => () => ahead.stop());
}

export class ReadAhead {
  #typed: Typed | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Null where there is nothing to send. */
  update(message: Outgoing | null, conversation: string | null, beside?: string): void {
    this.#typed = message && { message, conversation, beside };
    if (message) this.#timer ??= setTimeout(() => void this.#tell(), EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#typed = null;
  }

  async #tell(): Promise<void> {
    this.#timer = undefined;
    const typed = this.#typed;
    this.#typed = null;
    if (!typed) return;
    try {
      await api.readAhead(typed.conversation, typed.message, typed.beside);
    } catch (error) {
      // What is wrong with it is said when it is sent; until then it is only not read ahead.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }
}
