// Tells the server what is being typed, so that it is read before it is sent. Asked for while one types, not only when typing rests.
import { ApiError, Unreachable } from './api';

const EVERY_MS = 700;

/** Tells what is typed now. */
type Tell = () => Promise<unknown>;

/** For a component, while it is there: what `typed` gives is told as it changes. Null where there is nothing to send. */
export function readsAhead(typed: () => Tell | null): void {
  const ahead = new ReadAhead();
  $effect(() => ahead.update(typed()));
  $effect(() => () => ahead.stop());
}

export class ReadAhead {
  #typed: Tell | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Null where there is nothing to send. */
  update(typed: Tell | null): void {
    this.#typed = typed;
    if (typed) this.#timer ??= setTimeout(() => void this.#tell(), EVERY_MS);
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
      await typed();
    } catch (error) {
      // What is wrong with it is said when it is sent; until then it is only not read ahead.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }
}
