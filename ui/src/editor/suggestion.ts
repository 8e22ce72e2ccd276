/*
 * A suggestion in its place in the text: what goes is struck, what comes stands behind it, and each change is taken or left.
 *
 * Rules
 *   - The text changes only where a change is taken; so undo takes back what the model wrote as it does what was typed.
 *   - A suggestion moves with the text. A change whose words the writer touches is theirs, and is no suggestion any more.
 *   - While it is being written, what has come so far stands under the passage.
 */
import { isolateHistory } from '@codemirror/commands';
import { EditorState, Prec, StateEffect, StateField, type ChangeDesc, type Transaction } from '@codemirror/state';
import { Decoration, EditorView, keymap, WidgetType, type DecorationSet } from '@codemirror/view';
import type { Part } from '../text/diff';

export interface Change {
  from: number;
  to: number;
  insert: string;
}

export interface Suggestion {
  from: number;
  to: number;
  /** What has come so far; null once the changes are there. */
  live: string | null;
  changes: readonly Change[];
  accepted: number;
  rejected: number;
}

export interface SuggestionWords {
  accept: string;
  reject: string;
  waiting: string;
}

const begin = StateEffect.define<{ from: number; to: number }>();
const tell = StateEffect.define<string>();
const propose = StateEffect.define<readonly Change[]>();
const settle = StateEffect.define<{ change: Change; verdict: 'accepted' | 'rejected' }>();
const drop = StateEffect.define<null>();

/** Whether the writer was inside of it; right before and right behind it is not. */
function touched({ from, to }: Change, changes: ChangeDesc): boolean {
  if (from === to) return changes.touchesRange(from) === 'cover';
  return Boolean(to - from > 1 ? changes.touchesRange(from + 1, to - 1) : changes.touchesRange(from, to));
}

function moved(now: Suggestion, changes: ChangeDesc): Suggestion {
  const open = now.changes.filter((change) => !touched(change, changes));
  return {
    ...now,
    from: changes.mapPos(now.from, -1),
    to: changes.mapPos(now.to, 1),
    changes: open.map(({ from, to, insert }) => ({
      insert,
      from: changes.mapPos(from, 1),
      to: Math.max(changes.mapPos(from, 1), changes.mapPos(to, -1)),
    })),
  };
}

function next(now: Suggestion | null, transaction: Transaction): Suggestion | null {
  for (const effect of transaction.effects) {
    if (effect.is(begin)) now = { ...effect.value, live: '', changes: [], accepted: 0, rejected: 0 };
    if (effect.is(drop)) now = null;
    if (!now) continue;
    if (effect.is(tell)) now = { ...now, live: effect.value };
    if (effect.is(propose)) now = { ...now, live: null, changes: effect.value };
    if (effect.is(settle)) {
      const { change, verdict } = effect.value;
      now = { ...now, changes: now.changes.filter((one) => one !== change), [verdict]: now[verdict] + 1 };
    }
  }
  if (now && transaction.docChanged) now = moved(now, transaction.changes);
  return now && now.live === null && now.changes.length === 0 ? null : now;
}

class Coming extends WidgetType {
  constructor(
    readonly text: string,
    readonly words: SuggestionWords,
  ) {
    super();
  }
  override eq(other: Coming): boolean {
    return other.text === this.text;
  }
  toDOM(): HTMLElement {
    const host = document.createElement('div');
    host.className = 'cm-coming';
    host.dataset['testid'] = 'suggestion-live';
    host.append(this.text === '' ? this.words.waiting : this.text);
    return host;
  }
  override updateDOM(dom: HTMLElement): boolean {
    dom.replaceChildren(this.text === '' ? this.words.waiting : this.text);
    return true;
  }
}

class Verdicts extends WidgetType {
  constructor(
    readonly change: Change,
    readonly words: SuggestionWords,
  ) {
    super();
  }
  override eq(other: Verdicts): boolean {
    return other.change.insert === this.change.insert && other.change.from === this.change.from;
  }
  toDOM(view: EditorView): HTMLElement {
    const host = document.createElement('span');
    host.className = 'cm-verdicts';
    host.dataset['testid'] = 'suggestion';
    if (this.change.insert !== '') {
      const ins = document.createElement('ins');
      ins.append(this.change.insert);
      host.append(ins);
    }
    const button = (sign: string, label: string, verdict: 'accepted' | 'rejected') => {
      const made = document.createElement('button');
      made.type = 'button';
      made.append(sign);
      made.title = label;
      made.setAttribute('aria-label', label);
      made.className = verdict;
      made.dataset['testid'] = `suggestion-${verdict}`;
      // The change as it is now: what is typed before it moves it.
      made.onclick = () => {
        const at = view.posAtDOM(host);
        const change = suggestion(view.state)?.changes.find((one) => one.insert === this.change.insert && one.to === at);
        if (change) choose(view, [change], verdict);
      };
      host.append(made);
    };
    button('✓', this.words.accept, 'accepted');
    button('✗', this.words.reject, 'rejected');
    return host;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

const field = StateField.define<Suggestion | null>({ create: () => null, update: next });

function shown(now: Suggestion | null, state: EditorState, words: SuggestionWords): DecorationSet {
  if (!now) return Decoration.none;
  const end = state.doc.lineAt(now.to).to;
  if (now.live !== null) {
    const coming = Decoration.widget({ widget: new Coming(now.live, words), block: true, side: 1 }).range(end);
    return now.from < now.to
      ? Decoration.set([Decoration.mark({ class: 'cm-asked' }).range(now.from, now.to), coming], true)
      : Decoration.set([coming]);
  }
  const marks = now.changes.flatMap((change) => {
    const verdicts = Decoration.widget({ widget: new Verdicts(change, words), side: 1 }).range(change.to);
    return change.from < change.to ? [Decoration.mark({ class: 'cm-gone' }).range(change.from, change.to), verdicts] : [verdicts];
  });
  return Decoration.set(marks, true);
}

export const suggestion = (state: EditorState): Suggestion | null => state.field(field);

export function beginSuggestion(view: EditorView, from: number, to: number): void {
  view.dispatch({ effects: begin.of({ from, to }), selection: { anchor: to } });
}

export function tellSuggestion(view: EditorView, text: string): void {
  if (suggestion(view.state)?.live != null) view.dispatch({ effects: tell.of(text) });
}

/** The difference as changes of the passage, which begins at `from`. */
export function proposeParts(view: EditorView, parts: readonly Part[]): void {
  const now = suggestion(view.state);
  if (!now) return;
  const changes: Change[] = [];
  let at = now.from;
  for (const { kind, text } of parts) {
    const last = changes.at(-1);
    if (kind === 'ins' && last?.to === at && last.insert === '') last.insert = text;
    else if (kind === 'ins') changes.push({ from: at, to: at, insert: text });
    else {
      if (kind === 'del') changes.push({ from: at, to: at + text.length, insert: '' });
      at += text.length;
    }
  }
  const first = changes[0];
  const show = first ? [EditorView.scrollIntoView(first.from, { y: 'nearest', yMargin: 90 })] : [];
  view.dispatch({ effects: [propose.of(changes), ...show] });
}

export function dropSuggestion(view: EditorView): void {
  if (suggestion(view.state)) view.dispatch({ effects: drop.of(null) });
}

export function choose(view: EditorView, changes: readonly Change[], verdict: 'accepted' | 'rejected'): void {
  if (changes.length === 0) return;
  const effects = changes.map((change) => settle.of({ change, verdict }));
  view.dispatch(
    verdict === 'rejected'
      ? { effects }
      : { effects, changes: [...changes], userEvent: 'input.suggestion', annotations: isolateHistory.of('full') },
  );
  view.focus();
}

const all = (view: EditorView) => suggestion(view.state)?.changes ?? [];

/** The change that the cursor is at, or the first behind it. */
function current(state: EditorState): Change | undefined {
  const changes = suggestion(state)?.changes ?? [];
  const { head } = state.selection.main;
  return changes.find(({ to }) => to >= head) ?? changes[0];
}

function step(by: 1 | -1) {
  return (view: EditorView): boolean => {
    const changes = all(view);
    const { head } = view.state.selection.main;
    const to =
      by === 1
        ? (changes.find(({ from }) => from > head) ?? changes[0])
        : (changes.findLast(({ from }) => from < head) ?? changes.at(-1));
    if (!to) return false;
    view.dispatch({ selection: { anchor: to.from }, scrollIntoView: true });
    return true;
  };
}

function one(verdict: 'accepted' | 'rejected') {
  return (view: EditorView): boolean => {
    const change = current(view.state);
    if (!change) return false;
    choose(view, [change], verdict);
    return true;
  };
}

/** `onsettled`: nothing of it is open any more; `onstop`: Esc while it is being written. */
export function suggestions(words: SuggestionWords, onsettled: (was: Suggestion, now: EditorState) => void, onstop: () => void) {
  const whole =
    (verdict: 'accepted' | 'rejected') =>
    (view: EditorView): boolean => {
      const now = suggestion(view.state);
      if (!now) return false;
      if (now.live !== null && verdict === 'rejected') onstop();
      else if (now.live === null) choose(view, now.changes, verdict);
      return true;
    };
  return [
    field,
    EditorView.decorations.compute([field], (state) => shown(state.field(field), state, words)),
    EditorView.updateListener.of(({ startState, state, transactions }) => {
      const was = suggestion(startState);
      if (!was || was.live !== null || suggestion(state)) return;
      let [accepted, rejected] = [was.accepted, was.rejected];
      for (const transaction of transactions)
        for (const effect of transaction.effects)
          if (effect.is(settle) && effect.value.verdict === 'accepted') accepted++;
          else if (effect.is(settle)) rejected++;
      onsettled({ ...was, accepted, rejected }, state);
    }),
    Prec.highest(
      keymap.of([
        { key: 'Alt-Enter', run: whole('accepted') },
        { key: 'Escape', run: whole('rejected') },
        { key: 'Alt-ArrowDown', run: step(1) },
        { key: 'Alt-ArrowUp', run: step(-1) },
        { key: 'Alt-y', mac: 'Ctrl-Alt-y', run: one('accepted') },
        { key: 'Alt-n', mac: 'Ctrl-Alt-n', run: one('rejected') },
      ]),
    ),
  ];
}
