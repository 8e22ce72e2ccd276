// What the checks found, underlined in the text. The marks move with what is typed, until the next review.
import { StateEffect, StateField, type EditorState } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

export interface Found {
  from: number;
  to: number;
  /** Its place in the list that was given. */
  index: number;
}

const setFound = StateEffect.define<readonly Found[]>();
const mark = (index: number) => Decoration.mark({ class: 'cm-found', index, attributes: { 'data-finding': String(index) } });

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(setFound))
        marks = Decoration.set(
          effect.value.filter(({ from, to }) => from < to).map(({ from, to, index }) => mark(index).range(from, to)),
          true,
        );
    return marks;
  },
  provide: (self) => EditorView.decorations.from(self),
});

/** `onpick`: a mark was clicked. */
export function foundMarks(onpick: (index: number) => void) {
  return [
    field,
    EditorView.domEventHandlers({
      click(event) {
        const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-finding]') : null;
        if (target) onpick(Number(target.dataset['finding']));
        return false;
      },
    }),
  ];
}

export function showFound(view: EditorView, found: readonly Found[]): void {
  view.dispatch({ effects: setFound.of(found) });
}

/** Where the marks are now, in the order of the text. */
export function found(state: EditorState): Found[] {
  const out: Found[] = [];
  for (const cursor = state.field(field).iter(); cursor.value; cursor.next())
    out.push({ from: cursor.from, to: cursor.to, index: (cursor.value.spec as { index: number }).index });
  return out;
}

/** The next mark from the cursor on, around the end. */
export function nextFound(state: EditorState, step: 1 | -1): Found | undefined {
  const all = found(state);
  const { head } = state.selection.main;
  return step === 1 ? (all.find(({ from }) => from > head) ?? all[0]) : (all.findLast(({ from }) => from < head) ?? all.at(-1));
}
