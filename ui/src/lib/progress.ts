// Pure: from ticks of progress to seconds left and speed. Time is handed in, in milliseconds.
import type { PromptProgress } from './types';

interface Tick {
  at: number;
  done: number;
}

/** Seconds until a prompt is read. Uses the rate seen so far; before there is one, the speed this machine is known for. */
export class ReadingEstimate {
  #first: Tick | undefined;
  #last: Tick | undefined;
  #total = 0;

  tick(progress: PromptProgress, at: number): void {
    const tick = { at, done: progress.done };
    this.#first ??= tick;
    this.#last = tick;
    this.#total = progress.total;
  }

  secondsLeft(knownTokensPerSecond: number | null): number | null {
    if (!this.#first || !this.#last) return null;
    const seen = this.#last.done - this.#first.done;
    const rate = seen > 0 ? (seen * 1000) / Math.max(1, this.#last.at - this.#first.at) : knownTokensPerSecond;
    return rate ? Math.max(1, Math.ceil((this.#total - this.#last.done) / rate)) : null;
  }
}

/** Units per second over the last seconds of writing. */
export class Speed {
  readonly #ticks: Tick[] = [];

  tick(done: number, at: number, windowMs = 8_000): void {
    this.#ticks.push({ at, done });
    while (this.#ticks.length > 2 && (this.#ticks[0]?.at ?? at) < at - windowMs) this.#ticks.shift();
  }

  perSecond(): number | null {
    const [first, last] = [this.#ticks[0], this.#ticks.at(-1)];
    if (!first || !last || last.at - first.at < 800) return null;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }
}
