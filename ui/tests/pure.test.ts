// The pure parts: the path through the tree, the text of a message, counting, estimates, days.
import { describe, expect, test } from 'vitest';
import { fileName, percent, samePlan, tail } from '../src/article/articles.ts';
import { groupByDay } from '../src/library/days.ts';
import { Speed } from '../src/state/progress.ts';
import { activePath, below, countWords, messageText, textBefore, versions } from '../src/conversation/thread.ts';
import type { Generation, Message } from '../src/wire/types.ts';

const generation = (id: string, more: Partial<Generation> = {}): Generation => ({
  id,
  message_id: 'm',
  status: 'finished',
  text: '',
  finish_reason: 'stop',
  problem: null,
  continues: null,
  dropped_messages: 0,
  left_out_messages: 0,
  model: null,
  timings: null,
  created_at: 0,
  ...more,
});
const message = (id: string, parent_id: string | null, more: Partial<Message> = {}): Message => ({
  id,
  parent_id,
  role: 'assistant',
  text: '',
  created_at: 0,
  cleared: false,
  generations: [],
  ...more,
});

test('versions are the messages under the same one, in the order they were made', () => {
  const tree = [message('q', null), message('a', 'q'), message('b', 'q'), message('c', 'b'), message('r', null)];
  const ids = (id: string) =>
    versions(tree)
      .get(id)
      ?.map((m) => m.id);
  expect([ids('a'), ids('b'), ids('c'), ids('r')]).toEqual([['a', 'b'], ['a', 'b'], ['c'], ['q', 'r']]);
  expect([...below(tree, 'b')]).toEqual(['b', 'c']);
});

describe('activePath', () => {
  const messages = [message('a', null), message('b', 'a'), message('b2', 'a'), message('c', 'b')];
  const ids = (active_id: string | null) => activePath({ messages, active_id }).map((m) => m.id);

  test('goes from the root to the active leaf and leaves siblings out', () => {
    expect(ids('c')).toEqual(['a', 'b', 'c']);
    expect(ids('b2')).toEqual(['a', 'b2']);
  });
  test('takes the newest message when none is active', () => expect(ids(null)).toEqual(['a', 'b', 'c']));
  test('ends on a cycle', () => {
    const cycle = [message('x', 'y'), message('y', 'x')];
    expect(activePath({ messages: cycle, active_id: 'x' }).map((m) => m.id)).toEqual(['y', 'x']);
  });
});

describe('messageText', () => {
  const first = generation('1', { text: '雨停', finish_reason: 'length' });
  test('a running continuation follows what it continues', () => {
    const running = generation('2', { text: '了。', status: 'writing', finish_reason: null, continues: '1' });
    expect(messageText(message('m', null, { text: '雨停', generations: [first, running] }))).toBe('雨停了。');
    expect(textBefore(message('m', null, { generations: [first, running] }), running)).toBe('雨停');
  });
  test('a finished message is what the server says it is', () => {
    const done = generation('2', { text: '了。', continues: '1' });
    expect(messageText(message('m', null, { text: '雨停了。（改过）', generations: [first, done] }))).toBe('雨停了。（改过）');
  });
  test('a regenerated answer does not carry the old text', () => {
    const again = generation('2', { text: '新', status: 'writing', finish_reason: null });
    expect(messageText(message('m', null, { text: '雨停', generations: [first, again] }))).toBe('新');
  });
});

test.each([
  ['', 0],
  ['你好，世界', 4],
  ['hello brave world', 3],
  ['用 Python 3.12 写，don’t stop', 6],
])('countWords(%j) is %i', (text, n) => expect(countWords(text)).toBe(n));

test('Speed is measured over the last seconds, not since the beginning', () => {
  const speed = new Speed();
  for (let s = 0; s <= 10; s++) speed.tick(s * 2, s * 1000);
  for (let s = 1; s <= 12; s++) speed.tick(20 + s * 10, 10_000 + s * 1000);
  expect(speed.perSecond()).toBeCloseTo(10, 1);
});

test('conversations are grouped at the midnight of this computer', () => {
  const noon = new Date(2026, 10, 22, 12).getTime() / 1000;
  const head = (id: string, hours: number) => ({ id, title: '', created_at: 0, updated_at: noon - hours * 3600 });
  const groups = groupByDay([head('a', 1), head('b', 11.9), head('c', 12.1)], noon);
  expect(groups.map((g) => g.items.map((c) => c.id))).toEqual([['a', 'b'], ['c']]);
  expect(groupByDay([], noon)).toEqual([]);
});

test('conversations and articles stand in one list, newest first', () => {
  const noon = new Date(2026, 10, 22, 12).getTime() / 1000;
  const groups = groupByDay([{ updated_at: noon - 60 }, { updated_at: noon }, { updated_at: noon - 30 }], noon);
  expect(groups.map((g) => g.items.map((item) => item.updated_at - noon))).toEqual([[0, -30, -60]]);
});

test.each([
  [{ words: 0, target: 0, state: 'new' as const }, 0],
  [{ words: 310, target: 500, state: 'writing' as const }, 62],
  [{ words: 512, target: 500, state: 'writing' as const }, 99],
  [{ words: 460, target: 500, state: 'done' as const }, 100],
])('percent(%j) is %i', (head, n) => expect(percent(head)).toBe(n));

test.each([
  ['春茶与水温', '春茶与水温.md'],
  ['a/b\\c:*?"<>|d', 'a b c d.md'],
  ['../../.ssh', 'ssh.md'],
  ['con', '未命名.md'],
  ['\u202e\n ', '未命名.md'],
  ['字'.repeat(300), `${'字'.repeat(80)}.md`],
  ['结尾有点。. .', '结尾有点。.md'],
])('fileName(%j) is %j', (title, name) => expect(fileName(title, '未命名')).toBe(name));

test('the tail of a section is plain words', () => {
  expect(tail('## 小标题\n\n- **雨** 还在下。\n> 她说\n')).toBe('小标题 雨 还在下。 她说');
  expect(tail('一二三四五', 3)).toBe('三四五');
});

test('plans are the same when only blanks differ', () => {
  const plan = (points: string[]) => ({ title: ' 茶', headed: true, sections: [{ heading: '水', points, words: 100 }] });
  expect(samePlan(plan(['a ', '']), plan(['a']))).toBe(true);
  expect(samePlan(plan(['a']), plan(['b']))).toBe(false);
});
