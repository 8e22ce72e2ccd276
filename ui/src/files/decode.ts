/*
 * Pure: the bytes of a text file as text.
 *
 * Rules
 *   - A byte order mark decides. Without one it is UTF-8 if it is that to the last byte, else GB18030 (GBK, GB2312) if it reads like it.
 *   - Nearly every sequence of bytes is some GB18030: what counts as Chinese lies in the area of GB2312, where texts of other double-byte
 *     encodings and of Latin-1 do not stay.
 *   - A guess is never made in silence: what is neither is refused in words.
 */
import { isBinary } from '../text/onlytext';
import { Refusal } from './refusal';

/** Of the double bytes of a Chinese text, at least so many lie in the area of GB2312; of Big5 and Shift-JIS little more than half. */
const IN_GB2312 = 0.9;

const MARKS = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** The text with `\n` at the ends of its lines. `Refusal`: "not_text", "encoding". */
export function decode(bytes: Uint8Array): string {
  const marked = MARKS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
  if (!marked && bytes.includes(0)) throw new Refusal('not_text');
  const encodings = marked ? [marked.encoding] : ['utf-8', ...(readsAsChinese(bytes) ? ['gb18030'] : [])];
  for (const encoding of encodings) {
    const text = tryDecode(bytes, encoding);
    if (text === null) continue;
    if (isBinary(text)) throw new Refusal('not_text');
    return text.replace(/\r\n?/g, '\n');
  }
  throw new Refusal('encoding');
}

function tryDecode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null; // It is not this one.
  }
}

function readsAsChinese(bytes: Uint8Array): boolean {
  let [pairs, common] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    const [lead, trail] = [bytes[i] ?? 0, bytes[i + 1] ?? 0];
    if (lead < 0x80) continue;
    pairs++;
    if (lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1) common++;
    i += trail >= 0x30 && trail <= 0x39 ? 3 : 1; // rare characters take four bytes
  }
  return pairs > 0 && common >= IN_GB2312 * pairs;
}
