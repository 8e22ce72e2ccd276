// Cards at a place in the text (what can be done with a selection, what a check found): the element is the page's own, the editor only places it.
import { StateEffect, StateField } from '@codemirror/state';
import { EditorView, showTooltip, tooltips, type Tooltip } from '@codemirror/view';

const place = StateEffect.define<{ at: number; dom: HTMLElement; above: boolean } | null>();

/** The editor knows a card by its maker: one that moves must not be taken down and put up again. */
const makers = new WeakMap<HTMLElement, Tooltip['create']>();

function maker(dom: HTMLElement): Tooltip['create'] {
  const made = makers.get(dom) ?? (() => ({ dom, overlap: false }));
  makers.set(dom, made);
  return made;
}

const field = StateField.define<Tooltip | null>({
  create: () => null,
  update(card, transaction) {
    if (card && transaction.docChanged) card = { ...card, pos: transaction.changes.mapPos(card.pos) };
    for (const effect of transaction.effects)
      if (effect.is(place))
        card = effect.value && {
          pos: effect.value.at,
          above: effect.value.above,
          strictSide: false,
          create: maker(effect.value.dom),
        };
    return card;
  },
  provide: (self) => showTooltip.from(self),
});

export const cards = [field, tooltips({ position: 'absolute' })];

/** A card that is there already stays, with the focus that it has. */
export function showCard(view: EditorView, at: number, dom: HTMLElement, above = false): void {
  const now = view.state.field(field);
  if (now?.pos !== at || !dom.isConnected || now.above !== above) view.dispatch({ effects: place.of({ at, dom, above }) });
}

export function hideCard(view: EditorView): void {
  if (view.state.field(field)) view.dispatch({ effects: place.of(null) });
}
