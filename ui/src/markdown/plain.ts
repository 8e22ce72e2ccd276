// Pure: one line of Markdown, a heading or a title, told without its marks: for the outline, the tab, a list.
import type { Token } from 'markdown-it';
import { md } from './parser';

const MARKS = /[*_`~[\\$&]|<https?:|\\\(/;
const PATH = /^[\w./-]+$/;

/** Whether it is the same with and without marks. A path ("__init__.py") has none. */
export const isPlain = (text: string): boolean => !MARKS.test(text) || PATH.test(text);

export function plain(text: string): string {
  return isPlain(text) ? text : md.parseInline(text, { references: {} }).map(told).join('');
}

function told({ type, content, children }: Token): string {
  if (type === 'softbreak' || type === 'hardbreak') return ' ';
  return children && children.length > 0 ? children.map(told).join('') : content;
}
