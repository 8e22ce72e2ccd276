// Tells the server what is being typed, so that it is read before it is sent. Asked for while one types, not only when typing rests.
import { ApiError, Unreachable } from '../wire/api';

const EVERY_MS = 700;

export interface Typed {
  /** Of which input it is. */
  place: string;
  empty: boolean;
  /** Tells what is typed now; where it is empty, that there is nothing any more. */
  tell: () => Promise<unknown>;
}

/** For a component, while it is there: what `typed` gives is told as it changes. Null while nothing is to be read. */
export function readsAhead(typed: () => Typed | null): ReadAhead {
  const ahead = new ReadAhead();
  $effect(() => ahead.update(typed()));
  $effect(() => () => ahead.stop());
  return ahead;
}

export class ReadAhead {
  #typed: Typed | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The place of what was told last, while the server may be reading it. */
  #told: string | null = null;

  /** Null while nothing is to be read. That an input is empty is told where something was told of it before. */
  update(typed: Typed | null): void {
    this.#typed = typed?.empty && typed.place !== this.#told ? null : typed;
    if (this.#typed) this.#timer ??= setTimeout(() => void this.#tell(), EVERY_MS);
  }

  /** What was typed is given up: told at once. */
  giveUp(typed: Typed): void {
    this.update({ ...typed, empty: true });
    void this.#tell();
  }

  /** The server has it, and reads it no more. */
  sent(): void {
    this.#told = null;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#typed = null;
  }

  async #tell(): Promise<void> {
    const typed = this.#typed;
    this.stop();
    if (!typed) return;
    this.#told = typed.empty ? null : typed.place;
    try {
      await typed.tell();
    } catch (error) {
      // What is wrong with it is said when it is sent; until then it is only not read ahead.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }
}
