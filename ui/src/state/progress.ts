// Pure: from ticks of progress to speed. Time is handed in, in milliseconds.
interface Tick {
  at: number;
  done: number;
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
