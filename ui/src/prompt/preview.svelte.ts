// The preview of what is being composed: asked for once typing rests, never waited for.
import { ApiError, Unreachable } from '../wire/api';
import type { BriefFields, Preview } from '../wire/prompttypes';

const REST_MS = 400;

export class PromptPreview {
  now = $state.raw<Preview | null>(null);
  failed = $state(false);
  /** Of which draft `now` is: a mend may only be put into that. */
  of = $state.raw('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  isOf(fields: BriefFields): boolean {
    return this.of === JSON.stringify(fields);
  }

  /** `look` is null where there is nothing to send. */
  update(fields: BriefFields, look: (() => Promise<Preview>) | null): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    if (!look) {
      this.now = null;
      this.failed = false;
      return;
    }
    const of = JSON.stringify(fields);
    this.#timer = setTimeout(() => void this.#ask(look, of, turn), REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#turn++;
  }

  async #ask(look: () => Promise<Preview>, of: string, turn: number): Promise<void> {
    try {
      const now = await look();
      if (turn !== this.#turn) return;
      this.now = now;
      this.of = of;
      this.failed = false;
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
      if (turn !== this.#turn) return;
      this.now = null;
      this.failed = true;
    }
  }
}
