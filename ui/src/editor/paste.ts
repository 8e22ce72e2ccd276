// What comes into the text from outside: text as it is, files by whoever reads them. What may not come in leaves everything as it was.
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { filesIn } from '../files/reading';
import { LONGEST, whyNot, type Refused } from '../text/onlytext';

export interface Incoming {
  onrefused: (refused: Refused) => void;
  /** Files for the place `at`. */
  onfiles: (files: File[], at: number) => void;
}

export function incoming({ onrefused, onfiles }: Incoming): Extension {
  const take = (event: Event, data: DataTransfer | null, view: EditorView, at: number): boolean => {
    const files = filesIn(data);
    const { from, to } = view.state.selection.main;
    const refused =
      data && files.length === 0 && whyNot(data.getData('text/plain'), data.files.length, view.state.doc.length - (to - from));
    if (files.length > 0) onfiles(files, at);
    else if (refused) onrefused(refused);
    else return false;
    event.preventDefault();
    return true;
  };
  return [
    EditorView.domEventHandlers({
      paste: (event, view) => take(event, event.clipboardData, view, view.state.selection.main.from),
      drop: (event, view) => take(event, event.dataTransfer, view, view.posAtCoords({ x: event.clientX, y: event.clientY }, false)),
    }),
    // Whatever way it came.
    EditorState.changeFilter.of((transaction) => {
      const fits =
        !transaction.docChanged ||
        transaction.newDoc.length <= LONGEST.manuscript ||
        transaction.newDoc.length <= transaction.startState.doc.length;
      if (!fits)
        onrefused({
          why: 'too_long',
          n: transaction.newDoc.length - transaction.startState.doc.length,
          limit: LONGEST.manuscript,
        });
      return fits;
    }),
  ];
}
