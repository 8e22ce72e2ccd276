// The open editor as the page sees it: what is selected, what stands in the text, which finding is open. The editor itself is loaded when it is needed.
import type * as Tools from '../../editor/editor';
import { phrases } from '../../editor/editorphrases';
import { Intake } from '../../files/intake.svelte';
import { t } from '../../state/i18n.svelte';
import { offers } from '../../state/offer.svelte';
import { cut, type Range } from '../../text/blocks';
import { count, digest, type Count, type Digest } from '../../text/digest';
import { fileOf, layout, placeIn, rangeOf } from '../../text/layout';
import { LONGEST, type Refused } from '../../text/onlytext';
import type { Article, Finding, Place } from '../../wire/articletypes';
import type { OpenArticle } from '../article.svelte';
import { mendOf } from '../review/mending';
import { Rewriting } from '../section/rewriting.svelte';

const REST_MS = 120;
const EMPTY: Digest = { headings: [], han: 0, words: 0 };

/** Where the text was changed since it was looked over: the finding does not fit any more. */
export type Told = Refused | { why: 'moved' };

export class EditorDesk {
  readonly article: OpenArticle;
  readonly intake = new Intake();
  digest = $state.raw<Digest>(EMPTY);
  /** The text as it was a moment ago. */
  text = $state.raw('');
  cursor = $state(0);
  /** The first line in sight. */
  top = $state(0);
  selected = $state.raw<(Range & Count) | null>(null);
  /** How many changes of a suggestion are open. */
  open = $state(0);
  /** The index of the finding whose card is open. */
  finding = $state<number | null>(null);
  told = $state.raw<Told | null>(null);
  rewriting = $state.raw<Rewriting | null>(null);
  #tools: typeof Tools | null = null;
  #view: Tools.EditorView | null = null;
  #bar: HTMLElement | null = null;
  #card: HTMLElement | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #detach = () => {};
  #pressed = false;
  #reviewed = '';

  constructor(article: OpenArticle) {
    this.article = article;
    this.intake.pictures = [...article.leftOut];
    article.leftOut = [];
  }

  mount(tools: typeof Tools, parent: HTMLElement, bar: HTMLElement, card: HTMLElement, nonce: string): void {
    const { manuscript } = this.article;
    const view = tools.openEditor({
      parent,
      nonce,
      texts: manuscript.opening,
      shelved: manuscript.shelved,
      label: t('ui.editor'),
      hint: t('ui.editor.hint'),
      words: { accept: t('ui.article.edits.accept'), reject: t('ui.article.edits.reject'), waiting: t('ui.editor.rewriting') },
      phrases: phrases(),
      onchange: () => {
        manuscript.changed();
        this.told = null;
      },
      onselect: () => this.#soon(),
      onfinding: (index) => this.show(index),
      onrefused: (refused) => (this.told = refused),
      onfiles: (files, at) => void this.takeFiles(files, at),
      onsettled: (was) => this.rewriting?.settled(was),
      onstop: () => this.rewriting?.stop(),
      onblur: () => void manuscript.flush(),
      onscroll: () => this.#scrolled(),
      keys: [
        { key: 'F8', run: () => this.next(1) },
        { key: 'Shift-F8', run: () => this.next(-1) },
        { key: 'Mod-Enter', run: () => this.#toCard() },
        { key: 'Escape', run: () => this.hide() },
      ],
    });
    [this.#tools, this.#view, this.#bar, this.#card] = [tools, view, bar, card];
    this.#detach = manuscript.attach(() => view.state.doc.toString());
    this.rewriting = new Rewriting(this.article, tools, view);
    this.#look();
    view.focus();
  }

  unmount(): void {
    clearTimeout(this.#timer);
    this.rewriting?.close();
    this.#detach();
    if (this.#tools && this.#view) this.article.manuscript.shelved = this.#tools.shelve(this.#view);
    this.#tools = this.#view = this.rewriting = null;
    this.#reviewed = '';
    void this.article.manuscript.flush();
  }

  /** The text was replaced: by the server's, or by what the writer brought together. */
  replace(text: string): void {
    if (this.#view) this.#tools?.setText(this.#view, text);
    this.#soon();
  }

  /** Underlines what the last review found. */
  review(article: Article): void {
    const reviewed = `${article.revision} ${JSON.stringify(article.findings)}`;
    if (!this.#view || this.#reviewed === reviewed) return;
    this.#reviewed = reviewed;
    if (this.finding !== null) this.hide();
    const [spans, map] = [layout(article), this.#tools?.mapping(article.text, this.#view.state.doc.toString())];
    const found = article.findings.flatMap(({ section, start, end }, index) => {
      const range = section === null || start >= end ? null : rangeOf(article, spans, { section, start, end });
      return range && map ? [{ from: map(range.from, 1), to: map(range.to, -1), index }] : [];
    });
    this.#tools?.showFound(this.#view, found);
  }

  /** Opens a finding's card at its place. */
  show(index: number): boolean {
    const at = this.#view && this.#tools?.found(this.#view.state).find((one) => one.index === index);
    if (!at || !this.#view || !this.#card) return false;
    this.finding = index;
    this.#tools?.goTo(this.#view, at.from, at.from);
    this.#tools?.showCard(this.#view, at.from, this.#card);
    return true;
  }

  next(step: 1 | -1): boolean {
    const to = this.#view && this.#tools?.nextFound(this.#view.state, step);
    return to ? this.show(to.index) : false;
  }

  /** Takes the card or the bar away; false where there is none. */
  hide(): boolean {
    const shown = this.finding !== null;
    this.finding = null;
    if (this.#view) this.#tools?.hideCard(this.#view);
    if (shown) this.#view?.focus();
    return shown;
  }

  goTo(from: number, to = from): void {
    if (this.#view) this.#tools?.goTo(this.#view, from, to);
  }

  /** Selects a place that was found in the text. */
  goToPlace(article: Article, place: Place): void {
    const range = this.#place(article, place.section, place.start, place.end);
    if (range) this.goTo(range.from, range.to);
  }

  /** Puts the text of files at a place, without one at the cursor; one undo takes it out again. */
  async takeFiles(files: File[], at = this.#view?.state.selection.main.head ?? 0): Promise<void> {
    const [view, tools] = [this.#view, this.#tools];
    if (!view || !tools) return;
    this.told = null;
    const place = tools.holdPlace(view, at);
    const text = await this.intake.take(files, () => LONGEST.manuscript - view.state.doc.length);
    const now = place();
    if (text === null) return;
    if (this.#view === view) tools.putIn(view, now, text);
    else offers.complain({ code: 'file_left', title: t('ui.file.left'), detail: '', next_step: t('ui.file.left_next') });
  }

  focus(): void {
    this.#view?.focus();
  }

  rewrite(kind: Parameters<Rewriting['start']>[1]['kind'], instruction = '', range: Range | null = this.selected): void {
    if (!range || this.rewriting?.refuses()) return;
    this.hide();
    this.selected = null;
    this.#view?.focus();
    const file = this.fileAt(range);
    void this.rewriting?.start(file ?? range, { kind, instruction }, file && range);
  }

  /** The file of code that a range stands in: it is changed as a whole. */
  fileAt(range: Range): Range | null {
    const article = this.article.now;
    const span = article && fileOf(article, this.placed(range)?.section);
    return span ? this.#range(article, span.start, span.end) : null;
  }

  /** Where a range stands in the article that was read last; null where it is not within one section. */
  placed(range: Range): Place | null {
    const article = this.article.now;
    const map = article && this.#view && this.#tools?.mapping(this.#view.state.doc.toString(), article.text);
    return article && map ? placeIn(article, layout(article), map(range.from, 1), map(range.to, -1)) : null;
  }

  choose(verdict: 'accepted' | 'rejected'): void {
    if (this.#view) this.#tools?.choose(this.#view, this.#tools.suggestion(this.#view.state)?.changes ?? [], verdict);
  }

  /** Does what mends a finding: a certain fix at once, as a change that can be undone; else the model is asked. */
  mend(article: Article, finding: Finding): void {
    const [view, tools] = [this.#view, this.#tools];
    const { fix, action = '' } = finding;
    const certain = (fix && finding.section) || action === 'remove';
    if (!view || !tools || (!certain && this.rewriting?.refuses())) return;
    this.hide();
    const text = view.state.doc.toString();
    if (fix && finding.section) {
      const range = this.#place(article, finding.section, fix.start, fix.end);
      if (range) tools.replaceRange(view, range.from, range.to, fix.text);
      return;
    }
    const span = layout(article).findLast(({ id }) => finding.section === null || id === finding.section);
    if (!span) return void (this.told = { why: 'moved' });
    const section = this.#range(article, span.start, span.end);
    const spot =
      finding.section && finding.start < finding.end ? this.#place(article, finding.section, finding.start, finding.end) : section;
    if (!spot) return;
    if (action === 'remove') {
      const { from, to } = cut(text, spot);
      tools.replaceRange(view, from, to, '');
    }
    const mend = mendOf(text, finding, spot, section, this.fileAt(section) !== null);
    if (mend) this.rewrite(mend.kind, mend.instruction, mend.range);
  }

  /** A place of a section as it stands in the editor; null, and said, where it was changed since. */
  #place(article: Article, section: string, start: number, end: number): Range | null {
    const range = rangeOf(article, layout(article), { section, start, end });
    const now = range && this.#range(article, range.from, range.to, -1);
    if (now && this.#view?.state.sliceDoc(now.from, now.to) === article.text.slice(range.from, range.to)) return now;
    this.told = { why: 'moved' };
    return null;
  }

  /** Where a range of the text that was looked over is now; with what was added at its ends (1), or without (-1). */
  #range(article: Article, from: number, to: number, ends: 1 | -1 = 1): Range {
    const map = this.#tools?.mapping(article.text, this.#view?.state.doc.toString() ?? '');
    const start = map?.(from, ends === 1 ? -1 : 1) ?? 0;
    return { from: start, to: Math.max(start, map?.(to, ends) ?? 0) };
  }

  /** In the text, where something may be being selected: what is pressed on the bar or the card is not taken away under the finger. */
  readonly press = ({ target }: PointerEvent) => {
    const onCard = target instanceof Node && [this.#bar, this.#card].some((host) => host?.contains(target));
    if (!onCard) this.#pressed = true;
  };
  readonly release = () => {
    this.#pressed = false;
    this.#soon();
  };

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), REST_MS);
  }

  #look(): void {
    const [view, tools] = [this.#view, this.#tools];
    if (!view || !tools) return;
    const { state } = view;
    this.text = state.doc.toString();
    this.digest = digest(state.doc.iterLines());
    const { from, to, head } = state.selection.main;
    this.cursor = head;
    const passage = tools.suggestion(state);
    this.open = passage?.changes.length ?? 0;
    this.selected = from < to ? { from, to, ...count(state.sliceDoc(from, to)) } : null;
    if (this.finding !== null && this.selected === null) return;
    if (this.selected && !passage && !this.#pressed && this.#bar && !view.composing) {
      this.finding = null;
      tools.showCard(view, head, this.#bar, head === from);
    } else tools.hideCard(view);
  }

  #toCard(): boolean {
    const host = this.finding === null ? (this.selected ? this.#bar : null) : this.#card;
    const first = host?.querySelector<HTMLElement>('button, input');
    first?.focus();
    return first != null;
  }

  #scrolled(): void {
    const view = this.#view;
    if (view) this.top = view.lineBlockAtHeight(view.scrollDOM.scrollTop - view.documentPadding.top).from;
  }
}
