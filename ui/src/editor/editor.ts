// The editor: CodeMirror over the whole Markdown of an article. Loaded when it is first opened; the page talks to it through these functions.
import { defaultKeymap, history, historyField, historyKeymap, isolateHistory } from '@codemirror/commands';
import { markdown, markdownKeymap, markdownLanguage } from '@codemirror/lang-markdown';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { dropCursor, EditorView, keymap, placeholder } from '@codemirror/view';
import { cards } from './cards';
import { changesTo } from './changes';
import { foundMarks } from './findings';
import { look } from './look';
import { incoming, type Incoming } from './paste';
import { places } from './places';
import { suggestions, type Suggestion, type SuggestionWords } from './suggestion';

export { hideCard, showCard } from './cards';
export { holdPlace } from './places';
export { mapping } from './changes';
export { found, nextFound, showFound } from './findings';
export { beginSuggestion, choose, dropSuggestion, proposeParts, suggestion, tellSuggestion } from './suggestion';
export type { EditorView };

export interface EditorOptions extends Incoming {
  parent: HTMLElement;
  /** The text; what stands before it was there before, and comes back with undo. */
  texts: string[];
  /** The state of an editor that was closed, from `shelve`. */
  shelved: unknown;
  nonce: string;
  label: string;
  hint: string;
  words: SuggestionWords;
  /** The words of the search panel and of what is announced, by CodeMirror's English. */
  phrases: Record<string, string>;
  onchange: () => void;
  onselect: (view: EditorView) => void;
  onfinding: (index: number) => void;
  onsettled: (was: Suggestion, now: EditorState) => void;
  onstop: () => void;
  onblur: () => void;
  onscroll: () => void;
  keys: { key: string; run: (view: EditorView) => boolean }[];
}

function extensions(options: EditorOptions): Extension {
  return [
    EditorView.cspNonce.of(options.nonce),
    EditorState.phrases.of(options.phrases),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      'aria-label': options.label,
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
      'data-testid': 'manuscript',
    }),
    history({ newGroupDelay: 700 }),
    suggestions(options.words, options.onsettled, options.onstop),
    keymap.of(options.keys),
    keymap.of([...markdownKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
    markdown({ base: markdownLanguage, addKeymap: false, completeHTMLTags: false, pasteURLAsLink: false }),
    search({ top: true }),
    dropCursor(),
    placeholder(options.hint),
    cards,
    foundMarks(options.onfinding),
    incoming(options),
    places,
    look,
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !update.transactions.every((one) => one.isUserEvent('remote'))) options.onchange();
      if (update.docChanged || update.selectionSet || update.transactions.some(({ effects }) => effects.length > 0))
        options.onselect(update.view);
    }),
    EditorView.domEventHandlers({
      blur: () => options.onblur(),
      scroll: () => options.onscroll(),
    }),
  ];
}

export function openEditor(options: EditorOptions): EditorView {
  const shelf = options.shelved as { state: EditorState } | null;
  // What is to be called belongs to the page that is open now; what can be undone belongs to the text.
  const fields = { history: historyField };
  const state = shelf
    ? EditorState.fromJSON(shelf.state.toJSON(fields), { extensions: extensions(options) }, fields)
    : EditorState.create({ doc: options.texts[0] ?? '', extensions: extensions(options) });
  const view = new EditorView({ state, parent: options.parent });
  for (const text of options.texts) setText(view, text);
  return view;
}

/** Ends the editor; what is returned opens it again with all that it can undo. */
export function shelve(view: EditorView): unknown {
  const { state } = view;
  view.destroy();
  return { state };
}

/** Another text in the place of this one, as a change that can be undone. */
export function setText(view: EditorView, text: string): void {
  const changes = changesTo(view.state.doc.toString(), text);
  if (changes.length > 0) view.dispatch({ changes, userEvent: 'remote', annotations: isolateHistory.of('full') });
}

export function replaceRange(view: EditorView, from: number, to: number, insert: string): void {
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    scrollIntoView: true,
    userEvent: 'input.fix',
    annotations: isolateHistory.of('full'),
  });
  view.focus();
}

/** A text as paragraphs of their own, where it is more than a line. */
export function putIn(view: EditorView, at: number, text: string): void {
  const block = text.includes('\n');
  const before = view.state.sliceDoc(Math.max(0, at - 2), at);
  const after = view.state.sliceDoc(at, at + 2);
  const gap = (missing: boolean, there: string) => (!block || missing ? '' : '\n'.repeat(2 - (there.match(/\n/g)?.length ?? 0)));
  const lead = gap(at === 0, /\n*$/.exec(before)?.[0] ?? '');
  const tail = gap(at === view.state.doc.length, /^\n*/.exec(after)?.[0] ?? '');
  replaceRange(view, at, at, lead + text + tail);
}

/** The place at the upper third of the window. */
export function goTo(view: EditorView, from: number, to = from): void {
  view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 90 }) });
  view.focus();
}
