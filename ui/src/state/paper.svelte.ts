// Whether the page is on its way to paper: then all of a text has to be there, and not only what is in sight.
import { flushSync } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';

class Paper {
  #asked = $state(false);
  readonly #media = new MediaQuery('print');

  get on(): boolean {
    return this.#asked || this.#media.current;
  }

  /** The browser takes its picture as soon as this returns. */
  readonly begin = (): void => flushSync(() => void (this.#asked = true));
  readonly end = (): void => void (this.#asked = false);
}

export const paper = new Paper();
