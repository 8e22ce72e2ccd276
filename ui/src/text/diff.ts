/*
 * Pure: what changed between two versions of a passage, word by word, for reading.
 *
 * A longest common subsequence over words (Intl.Segmenter knows where Chinese words end), of what is left between the common beginning and end.
 * Where that would be too much work, sentences are compared instead. A lone character between two changes belongs to them: confetti does not read.
 */
export interface Part {
  kind: 'same' | 'del' | 'ins';
  text: string;
}

const MOST_CELLS = 2_000_000;
/** With less than this share kept, the old and the new are better read one after the other. */
const READABLE = 0.35;

function segments(text: string, granularity: 'word' | 'sentence'): string[] {
  return [...new Intl.Segmenter('zh', { granularity }).segment(text)].map(({ segment }) => segment);
}

function common(a: string[], b: string[]): Part[] {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  const at = (cell: number) => best[cell] as number;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const here = i * width + j;
      const below = here + width;
      best[here] = a[i] === b[j] ? at(below + 1) + 1 : Math.max(at(below), at(here + 1));
    }
  const parts: Part[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push({ kind: 'same', text: a[i++] ?? '' });
      j++;
    } else if (j >= b.length || (i < a.length && at((i + 1) * width + j) >= at(i * width + j + 1)))
      parts.push({ kind: 'del', text: a[i++] ?? '' });
    else parts.push({ kind: 'ins', text: b[j++] ?? '' });
  }
  return parts;
}

/** Runs of the same kind are one part; in a change, what goes stands before what comes. */
function joined(parts: Part[]): Part[] {
  const out: Part[] = [];
  let [del, ins] = ['', ''];
  const settle = () => {
    if (del !== '') out.push({ kind: 'del', text: del });
    if (ins !== '') out.push({ kind: 'ins', text: ins });
    del = ins = '';
  };
  parts.forEach((part, i) => {
    const lone = [...part.text].length === 1 && parts[i - 1]?.kind !== 'same' && parts[i + 1]?.kind !== 'same';
    if (part.kind === 'del') del += part.text;
    else if (part.kind === 'ins') ins += part.text;
    else if (lone && i > 0 && i < parts.length - 1) {
      del += part.text;
      ins += part.text;
    } else {
      settle();
      const last = out.at(-1);
      if (last?.kind === 'same') last.text += part.text;
      else out.push({ ...part });
    }
  });
  settle();
  return out;
}

export function diff(before: string, after: string): Part[] {
  for (const granularity of ['word', 'sentence'] as const) {
    const [a, b] = [segments(before, granularity), segments(after, granularity)];
    let head = 0;
    while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++;
    let tail = 0;
    while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    const [old, fresh] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
    if (old.length * fresh.length > MOST_CELLS) continue;
    const same = (words: string[]): Part[] => words.map((text) => ({ kind: 'same', text }));
    return joined([...same(a.slice(0, head)), ...common(old, fresh), ...same(tail > 0 ? a.slice(-tail) : [])]);
  }
  return replaced(before, after);
}

const replaced = (before: string, after: string): Part[] =>
  [
    { kind: 'del' as const, text: before },
    { kind: 'ins' as const, text: after },
  ].filter(({ text }) => text !== '');

/** The difference as it is best read: marked within the text, or the old and then the new. */
export function readable(before: string, after: string): Part[] {
  const parts = diff(before, after);
  const kept = parts.reduce((sum, part) => sum + (part.kind === 'same' ? part.text.length : 0), 0);
  return kept >= READABLE * Math.max(before.length, after.length) ? parts : replaced(before, after);
}
