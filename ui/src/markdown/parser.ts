// The one Markdown dialect of the page: CommonMark with tables, strikethrough, tasks and LaTeX; no HTML; nothing is loaded from elsewhere.
import MarkdownIt, { type Env as MarkdownItEnv, type RendererRule, type Token } from 'markdown-it';
import cjkFriendly from 'markdown-it-cjk-friendly';
import { virtualClose } from './close';
import { math } from './math';

export interface Env extends MarkdownItEnv {
  references: Record<string, { title: string; href: string }>;
  /** The text is a tail that still grows: unclosed marks are closed virtually. */
  streaming?: boolean;
}

type Parser = InstanceType<typeof MarkdownIt>;

const LINK = /^(?:https?:\/\/|mailto:)/i;

function links(md: Parser): void {
  md.validateLink = (url) => LINK.test(url.trim());
  const attrs = 'target="_blank" rel="noreferrer noopener"';
  md.renderer.rules['link_open'] = (tokens, i, options, _env, self) => {
    const token = tokens[i];
    token?.attrSet('target', '_blank');
    token?.attrSet('rel', 'noreferrer noopener');
    return self.renderToken(tokens, i, options);
  };
  // An image would be a request to another machine, with whatever a prompt hid in its address: it is shown as a link that a person may follow.
  md.renderer.rules['image'] = (tokens, i, options, env, self) => {
    const token = tokens[i];
    if (!token) return '';
    const { escapeHtml } = md.utils;
    const src = String(token.attrGet('src') ?? '');
    const alt = escapeHtml(self.renderInlineAsText(token.children ?? [], options, env) || src);
    const depth = tokens.slice(0, i).reduce((n, t) => n + (t.type === 'link_open' ? 1 : t.type === 'link_close' ? -1 : 0), 0);
    return depth > 0 ? `<span class="image">${alt}</span>` : `<a class="image" href="${escapeHtml(src)}" ${attrs}>${alt}</a>`;
  };
}

/** markdown-it aligns cells with a style attribute, which the CSP refuses. */
function tables(md: Parser): void {
  const cell: RendererRule = (tokens, i, options, _env, self) => {
    const token = tokens[i];
    const align = /text-align:\s*(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1];
    if (token && align) token.attrs = [['class', `align-${align}`]];
    return self.renderToken(tokens, i, options);
  };
  md.renderer.rules['td_open'] = cell;
  md.renderer.rules['th_open'] = cell;
  md.renderer.rules['table_open'] = () => '<div class="table"><table>\n';
  md.renderer.rules['table_close'] = () => '</table></div>\n';
}

function fences(md: Parser): void {
  const figure = (lang: string, code: string) =>
    `<figure class="code"${lang ? ` data-lang="${lang}"` : ''}><figcaption>${lang}</figcaption><pre><code>${md.utils.escapeHtml(code)}</code></pre></figure>\n`;
  md.renderer.rules['fence'] = (tokens, i) => {
    const lang = /^[A-Za-z0-9+#._-]{1,32}/.exec(tokens[i]?.info.trim() ?? '')?.[0] ?? '';
    return figure(lang, tokens[i]?.content ?? '');
  };
  md.renderer.rules['code_block'] = (tokens, i) => figure('', tokens[i]?.content ?? '');
}

/** Han characters have no italics: they are emphasised with dots below, which is a matter of style. */
function emphasis(md: Parser): void {
  md.renderer.rules['em_open'] = (tokens, i) =>
    /\p{Script=Han}/u.test(tokens[i + 1]?.content ?? '') ? '<em class="han">' : '<em>';
}

function tasks(md: Parser): void {
  md.core.ruler.after('block', 'tasks', (state) => {
    state.tokens.forEach((token, i) => {
      const item = state.tokens[i - 2];
      const box = token.type === 'inline' && item?.type === 'list_item_open' ? /^\[([ xX])\]\s+(?=\S)/.exec(token.content) : null;
      if (!box || !item) return;
      item.attrSet('class', box[1] === ' ' ? 'task' : 'task checked');
      token.content = token.content.slice(box[0].length);
    });
  });
}

// A single line end stays one: verses, addresses and dialogue are typed so, by people and by models.
export const md = new MarkdownIt({ html: false, breaks: true })
  .use(cjkFriendly)
  .use(math)
  .use(links)
  .use(tables)
  .use(fences)
  .use(emphasis);
md.use(virtualClose);
md.use(tasks);

/** markdown-it normalises line ends and NUL itself, but our offsets must mean the same text as its line numbers. */
export function normalize(text: string): string {
  return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd');
}

/** The block phase alone, for finding where top-level blocks begin and end. */
export function blockTokens(text: string, env: Env): Token[] {
  const tokens: Token[] = [];
  md.block.parse(text, md, env, tokens);
  return tokens;
}

/** Splits a token stream at level 0: one array for each top-level block. A definition is no block: its title may still grow a line. */
export function topLevel(tokens: Token[]): Token[][] {
  const blocks: Token[][] = [];
  for (const token of tokens) {
    if (token.type === 'reference_definition') continue;
    if (token.level === 0 && token.nesting >= 0) blocks.push([]);
    blocks.at(-1)?.push(token);
  }
  return blocks;
}

/** One HTML string for each top-level block of `text`. Definitions found are added to `env.references`. */
export function renderBlocks(text: string, env: Env): string[] {
  return topLevel(md.parse(text, env)).map((tokens) => md.renderer.render(tokens, md.options, env));
}
