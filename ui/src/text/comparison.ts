/*
 * Pure: what changed between two versions of a whole text, for reading. Paragraphs are compared first, and within those that changed the words;
 * what did not change is left out but for the paragraph beside a change.
 */
import { readable, type Part } from './diff';

export type Row = { kind: 'changed'; parts: Part[] } | { kind: 'beside'; text: string } | { kind: 'unchanged'; n: number };

const MOST_CELLS = 16_000_000;
type Step = 'same' | 'del' | 'ins';

/** From `a` to `b`, paragraph by paragraph. */
function steps(a: string[], b: string[]): [Step, string][] {
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const as =
    (step: Step) =>
    (text: string): [Step, string] => [step, text];
  const [old, fresh] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const middle = old.length * fresh.length > MOST_CELLS ? [...old.map(as('del')), ...fresh.map(as('ins'))] : common(old, fresh);
  return [...a.slice(0, head).map(as('same')), ...middle, ...(tail > 0 ? a.slice(-tail) : []).map(as('same'))];
}

function common(a: string[], b: string[]): [Step, string][] {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => best[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: [Step, string][] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(['same', a[i++] ?? '']);
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) out.push(['del', a[i++] ?? '']);
    else out.push(['ins', b[j++] ?? '']);
  }
  return out;
}

const paragraphs = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

export function comparison(before: string, after: string): Row[] {
  const rows: Row[] = [];
  let same: string[] = [];
  let del: string[] = [];
  let ins: string[] = [];
  const settle = (last: boolean) => {
    const first = rows.length === 0;
    const beside = first ? 1 : last ? 1 : 2;
    if (same.length <= beside) rows.push(...same.map((text): Row => ({ kind: 'beside', text })));
    else {
      const [above, below] = [first ? [] : same.slice(0, 1), last ? [] : same.slice(-1)];
      rows.push(...above.map((text): Row => ({ kind: 'beside', text })));
      rows.push({ kind: 'unchanged', n: same.length - above.length - below.length });
      rows.push(...below.map((text): Row => ({ kind: 'beside', text })));
    }
    same = [];
  };
  const changed = () => {
    if (del.length + ins.length > 0) rows.push({ kind: 'changed', parts: readable(del.join('\n'), ins.join('\n')) });
    [del, ins] = [[], []];
  };
  for (const [step, text] of steps(paragraphs(before), paragraphs(after))) {
    if (step === 'same') {
      changed();
      same.push(text);
      continue;
    }
    if (same.length > 0) settle(false);
    (step === 'del' ? del : ins).push(text);
  }
  changed();
  if (rows.length === 0) return [];
  if (same.length > 0) settle(true);
  return rows;
}
