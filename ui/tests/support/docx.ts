// Real .docx files, written by hand: a zip with the parts that Word writes, or less, or worse.
import JSZip from 'jszip';

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const MORE =
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" ' +
  'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ' +
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
  'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const TYPES = `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`;
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const relationships = (rows: string[]) =>
  `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${rows.join('')}</Relationships>`;
const STYLES = [
  ['Title', 'Title'],
  ['Heading1', 'heading 1'],
  ['Heading2', 'heading 2'],
  ['Quote', 'Quote'],
].map(([id, name]) => `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`);
const NUMBERING = ['bullet', 'decimal'].map(
  (format, i) =>
    `<w:abstractNum w:abstractNumId="${i}">${[0, 1].map((level) => `<w:lvl w:ilvl="${level}"><w:numFmt w:val="${format}"/></w:lvl>`).join('')}</w:abstractNum>`,
);

export const text = (words: string, marks = '') =>
  `<w:r>${marks === '' ? '' : `<w:rPr>${marks}</w:rPr>`}<w:t xml:space="preserve">${words}</w:t></w:r>`;
export const bold = (words: string) => text(words, '<w:b/>');
export const italic = (words: string) => text(words, '<w:i/>');
export const raised = (words: string) => text(words, '<w:vertAlign w:val="superscript"/>');
export const link = (words: string, id: string) => `<w:hyperlink r:id="${id}">${text(words)}</w:hyperlink>`;
export const paragraph = (inside: string, style = '') =>
  `<w:p>${style === '' ? '' : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}${inside}</w:p>`;
export const item = (inside: string, list: 1 | 2, level = 0) =>
  `<w:p><w:pPr><w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr></w:pPr>${inside}</w:p>`;
export const cell = (inside: string, more = '') => `<w:tc><w:tcPr>${more}</w:tcPr>${paragraph(inside)}</w:tc>`;
export const table = (...rows: string[][]) => `<w:tbl>${rows.map((row) => `<w:tr>${row.join('')}</w:tr>`).join('')}</w:tbl>`;
export const picture = (description: string) =>
  `<w:r><w:drawing><wp:inline><wp:docPr id="1" name="p" descr="${description}"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="image"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`;

export interface Parts {
  links?: Record<string, string>;
  footnotes?: string[];
  /** Any part by its name, instead of or beside the usual ones. */
  parts?: Record<string, string | Uint8Array>;
}

/** A .docx with these paragraphs and tables. */
export async function docx(body: string, { links = {}, footnotes = [], parts = {} }: Parts = {}): Promise<Buffer> {
  const zip = new JSZip();
  const rows = [
    `<Relationship Id="styles" Type="${OFFICE}/styles" Target="styles.xml"/>`,
    `<Relationship Id="numbering" Type="${OFFICE}/numbering" Target="numbering.xml"/>`,
    `<Relationship Id="footnotes" Type="${OFFICE}/footnotes" Target="footnotes.xml"/>`,
    `<Relationship Id="image" Type="${OFFICE}/image" Target="media/image1.png"/>`,
    ...Object.entries(links).map(
      ([id, to]) => `<Relationship Id="${id}" Type="${OFFICE}/hyperlink" Target="${to}" TargetMode="External"/>`,
    ),
  ];
  const notes = footnotes.map((note, i) => `<w:footnote w:id="${i + 1}">${paragraph(text(note))}</w:footnote>`);
  const usual: Record<string, string | Uint8Array> = {
    '[Content_Types].xml': TYPES,
    '_rels/.rels': relationships([`<Relationship Id="main" Type="${OFFICE}/officeDocument" Target="word/document.xml"/>`]),
    'word/_rels/document.xml.rels': relationships(rows),
    'word/document.xml': `${XML}<w:document ${W} ${MORE}><w:body>${body}</w:body></w:document>`,
    'word/styles.xml': `${XML}<w:styles ${W}>${STYLES.join('')}</w:styles>`,
    'word/numbering.xml': `${XML}<w:numbering ${W}>${NUMBERING.join('')}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>`,
    'word/footnotes.xml': `${XML}<w:footnotes ${W}>${notes.join('')}</w:footnotes>`,
    'word/media/image1.png': new Uint8Array(100),
  };
  for (const [name, content] of Object.entries({ ...usual, ...parts })) zip.file(name, content);
  return zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' });
}

export const footnote = (id: number) => `<w:r><w:footnoteReference w:id="${id}"/></w:r>`;

/** A compound file, as older Word and password protection write: its head, and the names of its streams. */
export function compound(stream: string): Buffer {
  const head = Buffer.alloc(512);
  Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]).copy(head);
  return Buffer.concat([head, Buffer.from(stream, 'utf16le'), Buffer.alloc(512)]);
}

/** The same zip, of which every entry says that it is encrypted. */
export function locked(zip: Buffer): Buffer {
  const copy = Buffer.from(zip);
  for (const [mark, at] of [
    [0x04034b50, 6],
    [0x02014b50, 8],
  ] as const)
    for (let i = 0; i + 4 < copy.length; i++)
      if (copy.readUInt32LE(i) === mark) copy.writeUInt16LE(copy.readUInt16LE(i + at) | 1, i + at);
  return copy;
}
