// Places that stay where they are in the text while it is changed around them.
import { StateEffect, StateField } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

const marked = StateEffect.define<{ id: number; at: number }>();
const released = StateEffect.define<number>();
let ids = 0;

export const places = StateField.define<ReadonlyMap<number, number>>({
  create: () => new Map(),
  update(held, transaction) {
    if (held.size === 0 && transaction.effects.length === 0) return held;
    const now = new Map([...held].map(([id, at]) => [id, transaction.changes.mapPos(at, 1)]));
    for (const effect of transaction.effects) {
      if (effect.is(marked)) now.set(effect.value.id, effect.value.at);
      if (effect.is(released)) now.delete(effect.value);
    }
    return now;
  },
});

/** Holds a place; what is returned lets it go and says where it is now. */
export function holdPlace(view: EditorView, at: number): () => number {
  const id = ids++;
  view.dispatch({ effects: marked.of({ id, at }) });
  return () => {
    const now = view.state.field(places).get(id) ?? view.state.selection.main.head;
    view.dispatch({ effects: released.of(id) });
    return now;
  };
}
