// Files that are dropped, pasted or chosen: what they are, by their bytes, and their text. What they are not is said by a `Refusal`.
import { decode } from './decode';
import { Refusal } from './refusal';

export const ACCEPTED = '.md,.markdown,.txt,.docx';
const TEXT_NAME = /\.(?:md|markdown|txt)$/i;
const WORD_NAME = /\.docx?$/i;
/** Four bytes for each character that fits anywhere, and some room. */
const MOST_TEXT_BYTES = 2_000_000;
/** Most of a large .docx is pictures, which are not unfolded. */
const MOST_WORD_BYTES = 50_000_000;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** Compound files: a .doc, or a .docx with a password. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0];
const ENCRYPTED = [...'EncryptedPackage'].flatMap((letter) => [letter.charCodeAt(0), 0]);

export interface Taken {
  text: string;
  /** The names of pictures that stayed out; '' for one without. */
  pictures: string[];
}

/** The files of a drop or a paste; none where there is text to take instead. A copied file may carry its name as text. */
export function filesIn(data: DataTransfer | null): File[] {
  const files = [...(data?.files ?? [])];
  const text = data?.getData('text/plain').trim() ?? '';
  return text === '' || text === files.map(({ name }) => name).join('\n') ? files : [];
}

/** The texts of all files, with a blank line between them; all of it or nothing. `room`: how many characters fit. */
export async function readFiles(files: readonly File[], room: number): Promise<Taken> {
  const texts: string[] = [];
  const pictures: string[] = [];
  for (const file of files) {
    const taken = await readFile(file, room);
    const text = taken.text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
    if (text === '') throw new Refusal('empty');
    texts.push(text);
    pictures.push(...taken.pictures);
  }
  const text = texts.join('\n\n');
  if (text.length > room) throw new Refusal('too_long', { n: text.length, limit: room });
  return { text, pictures };
}

async function readFile(file: File, room: number): Promise<Taken> {
  const word = WORD_NAME.test(file.name);
  if (!word && !TEXT_NAME.test(file.name)) throw new Refusal('kind');
  const most = word ? MOST_WORD_BYTES : MOST_TEXT_BYTES;
  if (file.size > most) throw new Refusal('large', { limit: most / 1_000_000 });
  if (file.size === 0) throw new Refusal('empty');
  const bytes = await file.arrayBuffer();
  if (!word) return { text: decode(new Uint8Array(bytes)), pictures: [] };
  checkWord(new Uint8Array(bytes));
  const { fromDocx } = await import('./docx');
  return fromDocx(bytes, room);
}

/** A .docx is a zip, whatever its name. */
function checkWord(bytes: Uint8Array): void {
  if (begins(bytes, ZIP)) return;
  if (!begins(bytes, COMPOUND)) throw new Refusal('broken');
  throw new Refusal(contains(bytes, ENCRYPTED) ? 'encrypted' : 'old_word');
}

const begins = (bytes: Uint8Array, with_: number[], at = 0) => with_.every((byte, i) => bytes[at + i] === byte);

function contains(bytes: Uint8Array, wanted: number[]): boolean {
  for (let at = bytes.indexOf(wanted[0] ?? 0); at !== -1; at = bytes.indexOf(wanted[0] ?? 0, at + 1))
    if (begins(bytes, wanted, at)) return true;
  return false;
}
