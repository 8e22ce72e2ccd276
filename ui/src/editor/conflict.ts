// Two texts side by side: theirs to read, mine to change; what differs is marked, and an arrow takes one place over.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { MergeView } from '@codemirror/merge';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { look } from './look';

interface Options {
  parent: HTMLElement;
  theirs: string;
  mine: string;
  nonce: string;
  labels: { theirs: string; mine: string };
  take: string;
  unchanged: string;
  /** Mine was changed. */
  onchange: (mine: string) => void;
}

const sides = EditorView.theme({
  '&': { height: 'auto', fontSize: '15px' },
  '.cm-scroller': { lineHeight: '1.75', overflow: 'visible' },
  '.cm-content': { padding: '10px 8px 30px' },
  '&.cm-merge-a .cm-changedText, &.cm-merge-b .cm-changedText': {
    background: 'color-mix(in srgb, var(--warn) 26%, transparent)',
  },
  '&.cm-merge-a .cm-changedLine, &.cm-merge-b .cm-changedLine': {
    backgroundColor: 'color-mix(in srgb, var(--warn) 9%, transparent)',
  },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"⋯"' },
  '.cm-collapsedLines': { background: 'var(--over)', color: 'var(--quiet)', fontFamily: 'var(--sans)', fontSize: '13px' },
});

/** What is folded is a button that Tab finds; the library knows it only by its click. */
const folds = EditorView.updateListener.of(({ view }) => nameFolds(view));

function nameFolds(view: EditorView): void {
  for (const fold of view.contentDOM.querySelectorAll<HTMLElement>('.cm-collapsedLines')) {
    fold.tabIndex = 0;
    fold.role = 'button';
  }
}

const unfold = EditorView.domEventHandlers({
  keydown({ key, target }) {
    const fold = target instanceof HTMLElement && target.matches('.cm-collapsedLines') && target;
    if (!fold || (key !== 'Enter' && key !== ' ')) return false;
    fold.click();
    return true;
  },
});

/** The arrows hear only the mouse's button going down: a key's click is told to them as that. */
function takenByKey({ target, detail }: MouseEvent): void {
  const arrow = target instanceof Element && detail === 0 && target.closest('.cm-merge-revert button');
  if (arrow) arrow.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
}

/** What is returned takes both away. */
export function compare({ parent, theirs, mine, nonce, labels, take, unchanged, onchange }: Options): () => void {
  const changed = EditorView.updateListener.of(({ docChanged, state }) => docChanged && onchange(state.doc.toString()));
  const both = (label: string): Extension => [
    EditorView.cspNonce.of(nonce),
    EditorView.lineWrapping,
    EditorState.phrases.of({ 'Revert this chunk': take, '$ unchanged lines': unchanged }),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false' }),
    Prec.high([folds, unfold]),
    look,
    sides,
  ];
  const view = new MergeView({
    parent,
    a: { doc: theirs, extensions: [both(labels.theirs), EditorState.readOnly.of(true)] },
    b: { doc: mine, extensions: [both(labels.mine), history(), keymap.of([...historyKeymap, ...defaultKeymap]), changed] },
    revertControls: 'a-to-b',
    gutter: false,
    collapseUnchanged: { margin: 3, minSize: 6 },
    diffConfig: { scanLimit: 1_000, timeout: 200 },
  });
  [view.a, view.b].forEach(nameFolds);
  view.dom.addEventListener('click', takenByKey);
  return () => view.destroy();
}
