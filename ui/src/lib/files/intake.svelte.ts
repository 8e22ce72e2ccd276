// One place that takes files: what it reads now, why it took nothing, what it left out.
import { filesIn, readFiles } from './reading';
import { Refusal } from './refusal';

/** How many pictures are named; the others are counted. */
const NAMED = 3;

export class Intake {
  reading = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  pictures = $state.raw<string[]>([]);

  readonly named = $derived(this.pictures.filter((name) => name !== '').slice(0, NAMED));

  /** The text of the files, or null where they are not taken; then it is said why. `room`: how many characters fit. */
  async take(files: readonly File[], room: number): Promise<string | null> {
    if (files.length === 0 || this.reading) return null;
    this.forget();
    this.reading = true;
    try {
      const { text, pictures } = await readFiles(files, room);
      this.pictures = pictures;
      return text;
    } catch (error) {
      this.refusal = error instanceof Refusal ? error : new Refusal('failed');
      if (this.refusal !== error) throw error;
      return null;
    } finally {
      this.reading = false;
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
