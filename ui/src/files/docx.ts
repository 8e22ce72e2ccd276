/*
 * A .docx as Markdown. Loaded when the first one comes.
 *
 * Rules
 *   - A zip says of itself what it likes. Before anything is read, every part of XML in it is unfolded and counted, and given up past a limit;
 *     pictures are never unfolded.
 *   - mammoth makes HTML of it, by styles (what a paragraph is) and not by looks; DOMPurify makes nodes of that; `markdown.ts` makes Markdown.
 *   - Pictures stay out, and are named.
 */
import JSZip from 'jszip';
import mammoth from 'mammoth';
import { toNodes } from '../markdown/sanitize';
import { markdownOf } from './markdown';
import { Refusal } from './refusal';

export interface Converted {
  text: string;
  /** What the pictures are called that were left out; '' for one without a name. */
  pictures: string[];
}

/** A novel of 300,000 characters takes a tenth of it. */
const MOST_XML_BYTES = 32_000_000;
const MAIN = 'word/document.xml';
const MORE_TAGS = ['sup', 'sub'];
const MORE_ATTRIBUTES = ['colspan', 'rowspan'];
const LEVELS = [1, 2, 3, 4, 5, 6];

const STYLES = [
  "p[style-name='Title'] => h1.title:fresh",
  "p[style-name='标题'] => h1.title:fresh",
  ...LEVELS.map((level) => `p[style-name='标题 ${level}'] => h${level}:fresh`),
  ...['Quote', 'Intense Quote', '引用', '明显引用'].map((name) => `p[style-name='${name}'] => blockquote > p:fresh`),
  ...['HTML Preformatted', 'Source Code', 'Code', '代码'].map((name) => `p[style-name='${name}'] => pre:separator('\\n')`),
  ...['HTML Code', 'Verbatim Char'].map((name) => `r[style-name='${name}'] => code`),
];

/** `Refusal`: "kind" (a zip of another kind), "encrypted", "broken", "unfolds" (limit in MB), "too_long" (n, limit). */
export async function fromDocx(bytes: ArrayBuffer, room: number): Promise<Converted> {
  const zip = await open(bytes);
  if (!zip.file(MAIN)) throw new Refusal('kind');
  await measure(zip);
  const n = lettersIn((await zip.file(MAIN)?.async('string')) ?? '');
  if (n > room) throw new Refusal('too_long', { n, limit: room });
  const pictures: string[] = [];
  const convertImage = mammoth.images.imgElement((image) => {
    pictures.push((image as { altText?: string }).altText?.trim() ?? '');
    return Promise.resolve({ src: '' });
  });
  const html = await mammoth.convertToHtml({ arrayBuffer: bytes }, { styleMap: STYLES, convertImage }).catch(broken);
  return { text: markdownOf(toNodes(html.value, MORE_TAGS, MORE_ATTRIBUTES)), pictures };
}

function open(bytes: ArrayBuffer): Promise<JSZip> {
  return JSZip.loadAsync(bytes).catch((error: unknown) => {
    throw new Refusal(/encrypted/i.test(String(error)) ? 'encrypted' : 'broken');
  });
}

const broken = (error: unknown): never => {
  throw new Refusal('broken', undefined, { cause: error });
};

/** JSZip's documented stream, which its types leave out. */
interface Unfolding {
  on(event: 'data', take: (piece: Uint8Array) => void): this;
  on(event: 'error', take: (error: Error) => void): this;
  on(event: 'end', take: () => void): this;
  resume(): this;
  pause(): this;
}

interface Streamed {
  internalStream(type: 'uint8array'): Unfolding;
}

/** Unfolds every part of XML piece by piece and keeps nothing of it. */
async function measure(zip: JSZip): Promise<void> {
  let size = 0;
  for (const entry of zip.file(/\.(?:xml|rels)$/i)) {
    await new Promise<void>((resolve, reject) => {
      const stream = (entry as unknown as Streamed).internalStream('uint8array');
      stream
        .on('data', (piece) => {
          size += piece.length;
          if (size <= MOST_XML_BYTES) return;
          stream.pause();
          reject(new Refusal('unfolds', { limit: MOST_XML_BYTES / 1_000_000 }));
        })
        .on('error', (error) => reject(new Refusal('broken', undefined, { cause: error })))
        .on('end', () => resolve())
        .resume();
    });
  }
}

/** How many characters of text the main part has. */
function lettersIn(xml: string): number {
  let n = 0;
  for (const [, text = ''] of xml.matchAll(/<w:t(?:\s[^>]*)?>([^<]*)</g)) n += text.length;
  return n;
}
