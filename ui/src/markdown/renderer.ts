/*
 * BlockRenderer: streamed Markdown into a live DOM, where what is finished is never touched again.
 *
 * Theory. CommonMark's block phase reads line by line. Once a top-level block has begun on a complete line, the blocks before it are closed
 * for good: no later text can change where they end. So the text is kept in two parts. The *committed* part is parsed once; its nodes stay
 * (selection, scroll position and the browser's layout survive). The *tail*, from the end of the last-but-one block, is parsed again for each
 * piece that arrives, with unclosed marks closed virtually (close.ts).
 *
 * Three things would break the equality with one full render, and are handled: half a line may still become anything, so only complete lines
 * decide a commit; a link definition produces no block, so the tail starts where the previous block ended and not where the next one begins;
 * a definition may come after its use, so then `end()` renders once more and replaces only the blocks that differ.
 */
import { holdBackMarks } from './close';
import { enrich } from './enrich';
import { blockTokens, normalize, renderBlocks, topLevel, type Env } from './parser';
import { toNodes } from './sanitize';

/** From here on a text is long: what is finished and far away is not laid out (prose.css). Below, it would only hide text from `innerText`. */
const LONG_BLOCKS = 200;

interface Block {
  html: string;
  nodes: Element[];
}

export interface RendererOptions {
  copyLabel?: string;
  /** Off in tests that compare bare structure. */
  enrich?: boolean;
}

export class BlockRenderer {
  readonly #root: HTMLElement;
  readonly #options: RendererOptions;
  #source = '';
  #held = ''; // a '\r' at the end of a chunk may be half of '\r\n'
  #offset = 0;
  #references: Env['references'] = {};
  #lateDefinition = false;
  #committed: Block[] = [];
  #tail: Block[] = [];
  #pending: Promise<unknown>[] = [];

  constructor(root: HTMLElement, options: RendererOptions = {}) {
    this.#root = root;
    this.#options = options;
    root.replaceChildren();
    delete root.dataset['long'];
  }

  /** Number of blocks that will not change any more. */
  get numCommitted(): number {
    return this.#committed.length;
  }

  /** Adds a piece of the stream and shows it. */
  write(chunk: string): void {
    this.#append(chunk);
    if (chunk.includes('\n') || chunk.includes('\r')) this.#commitClosedBlocks();
    const env: Env = { references: { ...this.#references }, streaming: true };
    this.#replaceTail(renderBlocks(holdBackMarks(this.#source.slice(this.#offset)), env));
  }

  /** The text is complete: shows it without virtual closes. */
  end(): void {
    this.#append('', true);
    this.#commit(this.#source.length);
    if (this.#lateDefinition) this.#renderAgain();
  }

  /** Shows a complete text at once. */
  set(text: string): void {
    this.#root.replaceChildren();
    delete this.#root.dataset['long'];
    this.#source = this.#held = '';
    this.#offset = 0;
    this.#references = {};
    this.#lateDefinition = false;
    this.#committed = [];
    this.#tail = [];
    this.#append(text, true);
    this.#commit(this.#source.length);
  }

  /** Resolves when formulas and code colours are in place. */
  async settled(): Promise<void> {
    while (this.#pending.length > 0) await Promise.allSettled(this.#pending.splice(0));
  }

  #append(chunk: string, last = false): void {
    let text = this.#held + chunk;
    this.#held = !last && text.endsWith('\r') ? '\r' : '';
    if (this.#held) text = text.slice(0, -1);
    this.#source += normalize(text);
  }

  #commitClosedBlocks(): void {
    const complete = this.#source.slice(this.#offset, this.#source.lastIndexOf('\n') + 1);
    const blocks = topLevel(blockTokens(complete, { references: { ...this.#references } }));
    const lines = blocks.at(-2)?.[0]?.map?.[1];
    if (lines === undefined) return;
    let cut = this.#offset;
    for (let n = 0; n < lines; n++) cut = this.#source.indexOf('\n', cut) + 1;
    this.#commit(cut);
  }

  /** Everything up to `cut` is final: parse that slice alone, keep the nodes that already show it. */
  #commit(cut: number): void {
    const known = Object.keys(this.#references).length;
    const htmls = renderBlocks(this.#source.slice(this.#offset, cut), { references: this.#references });
    if (this.#committed.length > 0 && Object.keys(this.#references).length > known) this.#lateDefinition = true;
    this.#offset = cut;
    for (const [i, html] of htmls.entries()) {
      const shown = this.#tail[i];
      const block = shown?.html === html ? shown : this.#make(html);
      if (shown !== block) {
        const before = shown?.nodes[0] ?? null;
        for (const node of block.nodes) this.#root.insertBefore(node, before);
        this.#remove(shown);
      }
      this.#finish(block);
      this.#committed.push(block);
    }
    if (this.#committed.length > LONG_BLOCKS) this.#root.dataset['long'] = '';
    const left = this.#tail.splice(0).slice(htmls.length);
    if (cut === this.#source.length) left.forEach((block) => this.#remove(block));
    else this.#tail = left;
  }

  #replaceTail(htmls: string[]): void {
    for (const [i, html] of htmls.entries()) {
      const shown = this.#tail[i];
      if (shown?.html === html) continue;
      const block = this.#make(html);
      if (this.#options.enrich !== false) for (const node of block.nodes) void enrich(node, false, this.#options.copyLabel ?? '');
      const before = shown?.nodes[0] ?? null;
      for (const node of block.nodes) this.#root.insertBefore(node, before);
      this.#remove(shown);
      this.#tail[i] = block;
    }
    this.#tail.splice(htmls.length).forEach((block) => this.#remove(block));
  }

  #renderAgain(): void {
    const htmls = renderBlocks(this.#source, { references: {} });
    htmls.forEach((html, i) => {
      const shown = this.#committed[i];
      if (shown?.html === html) return;
      const block = this.#make(html);
      const before = shown?.nodes[0] ?? null;
      for (const node of block.nodes) this.#root.insertBefore(node, before);
      this.#remove(shown);
      this.#committed[i] = block;
      this.#finish(block);
    });
    this.#committed.splice(htmls.length).forEach((block) => this.#remove(block));
  }

  #make(html: string): Block {
    return { html, nodes: [...toNodes(html).children] };
  }

  #remove(block: Block | undefined): void {
    block?.nodes.forEach((node) => node.remove());
  }

  #finish(block: Block): void {
    for (const node of block.nodes) {
      node.classList.add('done');
      if (this.#options.enrich !== false) this.#pending.push(enrich(node, true, this.#options.copyLabel ?? ''));
    }
    if (this.#pending.length > 256) void this.settled();
  }
}
