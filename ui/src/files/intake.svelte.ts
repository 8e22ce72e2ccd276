// One place that takes files, one after another: what it reads now, why it took nothing, what it left out.
import { filesIn, readFiles } from './reading';
import { Refusal } from './refusal';

/** How many pictures are named; the others are counted. */
const NAMED = 3;

/** A text that files come into. */
export interface Into {
  readonly text: string;
  /** Puts the text of a file behind it. */
  put(text: string): void;
}

export class Intake {
  /** How many gestures are being read, or wait for that. */
  reading = $state(0);
  refusal = $state.raw<Refusal | null>(null);
  pictures = $state.raw<string[]>([]);
  #turn: Promise<unknown> = Promise.resolve();

  readonly named = $derived(this.pictures.filter((name) => name !== '').slice(0, NAMED));

  /** The text of the files, or null where they are not taken; then it is said why. `room`: how many characters fit, when it is their turn. */
  take(files: readonly File[], room: () => number): Promise<string | null> {
    if (files.length === 0) return Promise.resolve(null);
    if (this.reading === 0) this.forget();
    this.reading++;
    const taken = this.#turn.then(() => this.#read(files, Math.max(0, room())));
    this.#turn = taken.catch(() => {});
    return taken;
  }

  async #read(files: readonly File[], room: number): Promise<string | null> {
    try {
      const { text, pictures } = await readFiles(files, room);
      this.pictures = [...this.pictures, ...pictures];
      return text;
    } catch (error) {
      this.refusal = error instanceof Refusal ? error : new Refusal('failed');
      if (this.refusal !== error) throw error;
      return null;
    } finally {
      this.reading--;
    }
  }

  /** The files of a drop or a paste, which then is nobody else's. */
  static from(event: DragEvent | ClipboardEvent): File[] {
    const files = filesIn(event instanceof ClipboardEvent ? event.clipboardData : event.dataTransfer);
    if (files.length > 0) event.preventDefault();
    return files;
  }

  forget(): void {
    this.refusal = null;
    this.pictures = [];
  }
}
