// A word from the browser when long work ends while nobody looks. Permission is asked for by a button beside the first long work, never at start.
import { readStored, writeStored } from './prefs.svelte';

const KEY = 'hanmo.notify';
/** An answer that takes longer than this is long work; an article always is. */
export const LONG_MS = 20_000;

/** Null where the browser cannot: Chrome on Android has the constructor, and throws from it. Nothing is shown without permission. */
function say(words: string): Notification | null {
  try {
    return new Notification('翰墨', { body: words, tag: 'hanmo' });
  } catch {
    return null;
  }
}

class Notify {
  #answered = $state(readStored<boolean>(KEY, false));
  /** Whether the button is worth showing: the browser can, and nobody has said yes or no. */
  readonly open = $derived(
    !this.#answered && 'Notification' in globalThis && Notification.permission === 'default' && say('') !== null,
  );

  async ask(): Promise<void> {
    await Notification.requestPermission();
    this.refuse();
  }

  /** Whatever was said is not asked again. */
  refuse(): void {
    this.#answered = true;
    writeStored(KEY, true);
  }

  /** Says that work has ended, if the page is hidden and the browser may; a click comes back to it. */
  ended(words: string): void {
    if (!document.hidden || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
    const said = say(words);
    if (!said) return;
    said.onclick = () => {
      focus();
      said.close();
    };
  }
}

export const notify = new Notify();
