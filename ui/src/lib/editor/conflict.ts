// Two texts side by side: theirs to read, mine to change; what differs is marked, and an arrow takes one place over.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
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

export function compare({ parent, theirs, mine, nonce, labels, take, unchanged }: Options): {
  text: () => string;
  close: () => void;
} {
  const both = (label: string): Extension => [
    EditorView.cspNonce.of(nonce),
    EditorView.lineWrapping,
    EditorState.phrases.of({ 'Revert this chunk': take, '$ unchanged lines': unchanged }),
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
    look,
    sides,
  ];
  const view = new MergeView({
    parent,
    a: { doc: theirs, extensions: [both(labels.theirs), EditorState.readOnly.of(true)] },
    b: { doc: mine, extensions: [both(labels.mine), history(), keymap.of([...historyKeymap, ...defaultKeymap])] },
    revertControls: 'a-to-b',
    gutter: false,
    collapseUnchanged: { margin: 3, minSize: 6 },
    diffConfig: { scanLimit: 1_000, timeout: 200 },
  });
  return { text: () => view.b.state.doc.toString(), close: () => view.destroy() };
}
