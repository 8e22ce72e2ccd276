/*
 * Nodes as Markdown: headings, paragraphs, emphasis, lists, tables, quotes, code and links, as the page reads them.
 *
 * Rules
 *   - Only what would be read as a mark is escaped; a text without marks comes out letter by letter.
 *   - Under a title, headings go one level down: an article has one first heading.
 *   - A table is what has more than one cell; its first row becomes the head, as Markdown has no table without.
 */
const SUPER: Record<string, string> = {
  ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((raised, digit) => [String(digit), raised])),
  ...{ '+': '⁺', '-': '⁻', '−': '⁻', '=': '⁼', '(': '⁽', ')': '⁾', n: 'ⁿ', i: 'ⁱ' },
};
const SUB: Record<string, string> = {
  ...Object.fromEntries([...'₀₁₂₃₄₅₆₇₈₉'].map((lowered, digit) => [String(digit), lowered])),
  ...{ '+': '₊', '-': '₋', '−': '₋', '=': '₌', '(': '₍', ')': '₎' },
};
/** The way back from a note to its place. */
const BACK = '↑';

interface Place {
  /** How many levels headings go down. */
  down: number;
  /** In a cell a text is one line. */
  cell: boolean;
}

export function markdownOf(root: ParentNode): string {
  const place = { down: root.querySelector('h1.title') ? 1 : 0, cell: false };
  return blocks(root, place).join('\n\n').trim();
}

function blocks(parent: ParentNode, place: Place): string[] {
  return [...parent.childNodes].flatMap((node) => block(node, place)).filter((text) => text.trim() !== '');
}

function block(node: ChildNode, place: Place): string[] {
  if (!(node instanceof HTMLElement)) return [inline(node, place).trim()];
  const tag = node.localName;
  if (/^h[1-6]$/.test(tag)) return [heading(node, place)];
  if (tag === 'ul' || tag === 'ol') return isNotes(node) ? notes(node, place) : [list(node, place)];
  if (tag === 'blockquote') return [prefixed(blocks(node, place).join('\n\n'), '> ')];
  if (tag === 'pre') return [fenced(node.textContent)];
  if (tag === 'table') return table(node, place);
  return [unmarked(lines(inline(node, place)))];
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();

function heading(node: HTMLElement, place: Place): string {
  const level = Number(node.localName[1]) + (node.classList.contains('title') ? 0 : place.down);
  const text = inlines(node, { ...place, cell: true }, { strong: true, em: false });
  return text.trim() === '' ? '' : `${'#'.repeat(Math.min(6, level))} ${text.replace(/\s+/g, ' ').trim()}`;
}

function list(node: Element, place: Place): string {
  const items = [...node.children].map((item, i) => {
    const mark = node.localName === 'ol' ? `${i + 1}. ` : '- ';
    return mark + indented(itemBlocks(item, place).join('\n'), mark.length);
  });
  return items.join('\n');
}

/** An item's own line, and what is below it. */
function itemBlocks(item: Element, place: Place): string[] {
  const [parts, run]: [string[], ChildNode[]] = [[], []];
  const close = () => {
    const text = lines(run.map((node) => inline(node, place)).join(''));
    if (text !== '') parts.push(text);
    run.length = 0;
  };
  for (const node of item.childNodes) {
    if (!(node instanceof HTMLElement) || !/^(?:ul|ol|p|table|blockquote|pre)$/.test(node.localName)) {
      run.push(node);
      continue;
    }
    close();
    parts.push(...block(node, place));
  }
  close();
  return parts;
}

/** Footnotes stand at the end as a list of which each item leads back. */
const isNotes = (node: Element) =>
  node.localName === 'ol' && node.children.length > 0 && [...node.children].every((item) => item.textContent.trim().endsWith(BACK));

const notes = (node: Element, place: Place) =>
  [...node.children].map((item, i) => `[${i + 1}] ${itemBlocks(item, place).join(' ').replace(BACK, '').trim()}`);

function table(node: HTMLElement, place: Place): string[] {
  const rows = [...node.querySelectorAll('tr')].filter((row) => row.closest('table') === node);
  const only = rows.length === 1 && rows[0]?.children.length === 1 ? rows[0].children[0] : undefined;
  if (only) return blocks(only, place); // a frame around a text
  const grid = gridOf(rows, (cell) => cellText(cell, place));
  const width = Math.max(0, ...grid.map((row) => row.length));
  if (width === 0) return [];
  const told = grid.map((row) => `| ${Array.from({ length: width }, (_, i) => row[i] ?? '').join(' | ')} |`);
  told.splice(1, 0, `|${' --- |'.repeat(width)}`);
  return [told.join('\n')];
}

const cellText = (cell: Element, place: Place) =>
  blocks(cell, { ...place, cell: true })
    .join(' ')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|');

/** Every cell in its column; what a wide or a high one covers is empty. */
function gridOf(rows: Element[], text: (cell: Element) => string): string[][] {
  const grid: string[][] = rows.map(() => []);
  rows.forEach((row, y) => {
    let x = 0;
    for (const cell of row.children) {
      while (grid[y]?.[x] !== undefined) x++;
      const [wide, high] = [span(cell, 'colspan'), span(cell, 'rowspan')];
      for (let dy = 0; dy < Math.min(high, rows.length - y); dy++)
        for (let dx = 0; dx < wide; dx++) (grid[y + dy] ??= [])[x + dx] = dx + dy === 0 ? text(cell) : '';
      x += wide;
    }
  });
  return grid;
}

const span = (cell: Element, name: string) => Math.max(1, Math.min(100, Number(cell.getAttribute(name)) || 1));

// ------------------------------------------------------------------------------------------------------------------- inline

interface Style {
  strong: boolean;
  em: boolean;
}

function inline(node: ChildNode, place: Place, style: Style = { strong: false, em: false }): string {
  if (node instanceof Text) return escaped(node.data);
  if (!(node instanceof HTMLElement)) return '';
  const tag = node.localName;
  if (tag === 'br') return place.cell ? ' ' : '\n';
  if (tag === 'strong' && !style.strong) return wrapped(inlines(node, place, { ...style, strong: true }), '**');
  if (tag === 'em' && !style.em) return wrapped(inlines(node, place, { ...style, em: true }), '*');
  if (tag === 's') return wrapped(inlines(node, place, style), '~~');
  if (tag === 'code') return coded(node.textContent);
  if (tag === 'sup') return shifted(node, SUPER, '^');
  if (tag === 'sub') return shifted(node, SUB, '_');
  const href = tag === 'a' ? node.getAttribute('href') : null;
  if (href !== null) return linked(inlines(node, place, style), href);
  return inlines(node, place, style);
}

const inlines = (parent: ParentNode, place: Place, style: Style) =>
  [...parent.childNodes].map((node) => inline(node, place, style)).join('');

/** Marks stand at letters: white space goes outside. */
function wrapped(text: string, mark: string): string {
  const [, before = '', inside = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  return inside === '' ? text : `${before}${mark}${inside}${mark}${after}`;
}

function linked(text: string, href: string): string {
  const label = text.trim();
  const to = href.replace(/[\s()<>]/g, (letter) => encodeURIComponent(letter).replace('(', '%28').replace(')', '%29'));
  return label === '' ? '' : `[${label.replaceAll(/\n/g, ' ')}](${to})`;
}

/** Raised and lowered digits have letters of their own; notes stay as they are. */
function shifted(node: HTMLElement, letters: Record<string, string>, mark: string): string {
  const text = node.textContent.trim();
  if (/^\[\d+\]$/.test(text)) return text;
  const told = [...text].map((letter) => letters[letter]);
  if (told.every((letter) => letter !== undefined)) return told.join('');
  return text.length === 1 || /^[\p{L}\p{N}]+$/u.test(text) ? `${mark}${escaped(text)}` : `${mark}(${escaped(text)})`;
}

function coded(text: string): string {
  const fence = '`'.repeat(longestRun(text, '`') + 1);
  return text.trim() === '' ? text : `${fence}${/^`|`$/.test(text) ? ` ${text} ` : text}${fence}`;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1));
  return `${fence}\n${text.replace(/\n+$/, '')}\n${fence}`;
}

const longestRun = (text: string, letter: string) =>
  Math.max(0, ...[...text.matchAll(new RegExp(`\\${letter}+`, 'g'))].map(([run]) => run.length));

const prefixed = (text: string, prefix: string) =>
  text
    .split('\n')
    .map((line) => (prefix + line).trimEnd())
    .join('\n');

const indented = (text: string, by: number) => text.replace(/\n(?=.)/g, `\n${' '.repeat(by)}`);

// ------------------------------------------------------------------------------------------------------------------ escapes

/** What is a mark wherever it stands. An underscore inside of a word is none, nor is a lone dollar. */
function escaped(text: string): string {
  return text
    .replace(/[\r\n\t\u00a0]+/g, ' ')
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/\*(?=[^*]*\*)|^\*|\*$|`|(?<![\p{L}\p{N}_])_(?=\S)|(?<=\S)_(?![\p{L}\p{N}_])|\](?=\()|~~/gu, '\\$&')
    .replace(/\$(?=\S[^$]*\$)/g, '\\$');
}

/** What is a mark at the beginning of a block. Numbers that were typed stay a list: that is what they are. */
const unmarked = (text: string) => text.replace(/^(?:#{1,6}(?= )|>|[-+*](?= )|=+$|-{3,}$)/gm, '\\$&');
