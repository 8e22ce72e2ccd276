// What may come into the text from outside. What may not leaves everything as it was, and is said in one sentence.
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/** As the server takes it. */
export const LONGEST = 300_000;

export type Refused = { why: 'not_text' } | { why: 'too_long'; n: number; limit: number };

// NUL and its like come from files that are no text, and so does what a decoder could not read.
// eslint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000e-\u001f]|\ufffd{3}/;
const LOOKED_AT = 100_000;

export function whyNot(text: string, files: number, there: number): Refused | null {
  if (text === '') return files > 0 ? { why: 'not_text' } : null;
  if (there + text.length > LONGEST) return { why: 'too_long', n: text.length, limit: LONGEST };
  return BINARY.test(text.slice(0, LOOKED_AT)) ? { why: 'not_text' } : null;
}

export function onlyText(onrefused: (refused: Refused) => void): Extension {
  const take = (event: Event, data: DataTransfer | null, view: EditorView): boolean => {
    const { from, to } = view.state.selection.main;
    const refused = data && whyNot(data.getData('text/plain'), data.files.length, view.state.doc.length - (to - from));
    if (!refused) return false;
    event.preventDefault();
    onrefused(refused);
    return true;
  };
  return [
    EditorView.domEventHandlers({
      paste: (event, view) => take(event, event.clipboardData, view),
      drop: (event, view) => take(event, event.dataTransfer, view),
    }),
    // Whatever way it came.
    EditorState.changeFilter.of((transaction) => {
      const fits =
        !transaction.docChanged ||
        transaction.newDoc.length <= LONGEST ||
        transaction.newDoc.length <= transaction.startState.doc.length;
      if (!fits) onrefused({ why: 'too_long', n: transaction.newDoc.length - transaction.startState.doc.length, limit: LONGEST });
      return fits;
    }),
  ];
}
