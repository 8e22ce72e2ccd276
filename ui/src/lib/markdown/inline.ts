// One line of Markdown, a heading or a title: with its marks as they are meant, or as plain text. A path ("__init__.py") is no Markdown.
import type { Token } from 'markdown-it';
import { md } from './parser';
import { toNodes } from './sanitize';

const MARKS = /[*_`~[\\$&]|<https?:|\\\(/;
const PATH = /^[\w./-]+$/;

const isPlain = (text: string) => !MARKS.test(text) || PATH.test(text);

/** What stands in the place of `text`. */
export function inlineNodes(text: string): DocumentFragment | string {
  return isPlain(text) ? text : toNodes(md.renderInline(text, { references: {} }));
}

/** For the outline, the tab, a list: nothing there shows marks. */
export function plain(text: string): string {
  if (isPlain(text)) return text;
  return md.parseInline(text, { references: {} }).map(told).join('');
}

function told({ type, content, children }: Token): string {
  if (type === 'softbreak' || type === 'hardbreak') return ' ';
  return children && children.length > 0 ? children.map(told).join('') : content;
}
