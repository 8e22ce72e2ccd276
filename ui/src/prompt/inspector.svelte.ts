// Where the parameters stand: beside the desk where there is room (and that is remembered), else as a drawer over it.
import { MediaQuery } from 'svelte/reactivity';
import { prefs } from '../state/prefs.svelte';

class Inspector {
  drawer = $state(false);
  readonly #wide = new MediaQuery('min-width: 1100px');

  get wide(): boolean {
    return this.#wide.current;
  }

  get open(): boolean {
    return this.wide ? prefs.inspectorOpen : this.drawer;
  }

  toggle(): void {
    if (this.wide) prefs.inspectorOpen = !prefs.inspectorOpen;
    else this.drawer = !this.drawer;
  }
}

export const inspector = new Inspector();
