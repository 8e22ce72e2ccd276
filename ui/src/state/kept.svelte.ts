// Something that is being typed, kept in this browser as a draft of its tab until it is saved or given up.
import { openKept, writeKept } from './drafts';

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export class Kept<T> {
  now: T;
  readonly #place: string;

  /** `begin`: what stands there at first, with what was kept or without. */
  constructor(place: string, begin: (kept: T | null) => T) {
    this.#place = place;
    const { draft, mine } = openKept<T>(place);
    const shown = begin(draft);
    this.now = $state(shown);
    void mine.then((mine) => {
      // It is another tab's. What was typed into it meanwhile is not.
      if (mine || !same($state.snapshot(this.now), shown)) return;
      writeKept(place, null);
      this.now = begin(null);
    });
  }

  /** Null where there is nothing to keep. */
  keep(value: T | null): void {
    writeKept(this.#place, value);
  }

  /** Where `value` is given: unless something else is kept by now. */
  drop(value?: T): void {
    if (value === undefined || same(openKept<T>(this.#place).draft, value)) this.keep(null);
  }
}
