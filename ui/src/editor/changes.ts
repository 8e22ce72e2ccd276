// Pure: from one text to another as the fewest changes, so that cursor, undo and marks stay where they belong.
import { diff } from '@codemirror/merge';
import { ChangeSet, type ChangeSpec } from '@codemirror/state';

const THOROUGH = { scanLimit: 1_000, timeout: 40 };

export function changesTo(before: string, after: string): ChangeSpec[] {
  if (before === after) return [];
  return diff(before, after, THOROUGH).map(({ fromA, toA, fromB, toB }) => ({
    from: fromA,
    to: toA,
    insert: after.slice(fromB, toB),
  }));
}

/** Takes places in `before` to `after`. */
export function mapping(before: string, after: string): (place: number, side: -1 | 1) => number {
  const changes = ChangeSet.of(changesTo(before, after), before.length, '\n');
  return (place, side) => changes.mapPos(Math.min(place, before.length), side);
}
