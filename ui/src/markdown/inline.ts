// One line of Markdown, a heading or a title, with its marks as they are meant.
import { enrich } from './enrich';
import { md } from './parser';
import { isPlain } from './plain';
import { toNodes } from './sanitize';

/** Shows `text` in `host`, instead of what stood there. */
export function showInline(host: HTMLElement, text: string): void {
  host.replaceChildren(isPlain(text) ? text : toNodes(md.renderInline(text, { references: {} })));
  void enrich(host, true, '');
}
