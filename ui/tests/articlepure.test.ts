// What the article pages compute: no browser, no server.
import { expect, test } from 'vitest';
import { activity, inFlight, planEffect, tidy } from '../src/article/articles';
import type { Article, Plan } from '../src/wire/articletypes';
import { diff, readable } from '../src/text/diff';
import { overlay } from '../src/article/overlay';
import { fromField, placeOf, slice } from '../src/text/spans';

const plan: Plan = {
  title: '春茶',
  headed: true,
  sections: [
    { id: 's1', heading: '一', points: ['甲', '乙'], words: 100, note: '', skipped: false },
    { id: 's2', heading: '二', points: ['丙'], words: 200, note: '', skipped: false },
  ],
};
const section = { heading: '', target: 100, words: 0, version: 1, state: 'written' as const, file: false };
const article = (over: Partial<Article>): Article => ({
  ...({ id: 'a', title: '', state: 'paused', job: null, edits: [], findings: [] } as unknown as Article),
  plan,
  sections: [
    { ...section, id: 's1', text: '写好了。' },
    { ...section, id: 's2', text: '半截。', state: 'waiting' },
  ],
  ...over,
});
const changed = (at: number, part: object): Plan => ({
  ...plan,
  sections: plan.sections.map((one, i) => (i === at ? { ...one, ...part } : one)),
});

test.each([
  ['nothing changed', plan, [], []],
  [
    'a heading, a note, blank points, order: the text stays',
    changed(0, { heading: '新', note: '记', points: [' 甲 ', '', '乙'] }),
    [],
    [],
  ],
  ['the order', { ...plan, sections: plan.sections.toReversed() }, [], []],
  ['other points', changed(0, { points: ['甲'] }), ['s1'], []],
  ['another length', changed(0, { words: 101 }), ['s1'], []],
  ['a section that waits', changed(1, { words: 900 }), [], []],
  ['one taken out', { ...plan, sections: plan.sections.slice(1) }, [], ['s1']],
])('what a changed plan costs: %s', (_, draft, anew, removed) => {
  expect(planEffect(article({}), draft)).toEqual({ anew, removed });
});

test('a new section has no id on the wire', () => {
  expect(tidy({ ...plan, sections: [{ heading: ' 三 ', points: [''], words: 10 }] }).sections).toEqual([
    { heading: '三', points: [], words: 10, note: '', skipped: false },
  ]);
});

test('polishing is not writing: nothing is in flight then', () => {
  const job = { id: 'j', queue_place: null, section: 's1', done: 0.5 };
  const sections = [{ ...section, id: 's1', text: '写', state: 'writing' as const }];
  expect(inFlight(article({ state: 'writing', sections, job: { ...job, kind: 'write' } }))?.id).toBe('s1');
  expect(inFlight(article({ state: 'writing', sections, job: { ...job, kind: 'polish' } }))).toBe(null);
  expect(activity(article({ state: 'writing' }))).toBe('write');
  expect(activity(article({ state: 'paused' }))).toBe(null);
});

test.each([
  ['', '', ''],
  ['', '新的', '新的'],
  ['已读的', '', '已读的'],
  ['已读的', '已读', '已读的'],
  ['已读的', '已读的又写', '已读的又写'],
  ['停在这里，', '接着写', '停在这里，接着写'],
  ['停在这里，接着', '接着写', '停在这里，接着写'],
  ['一样一样', '一样一样一样', '一样一样一样'],
  ['第二次写的这一节。', '第一次写的一节。第二次写的这一节。完', '第二次写的这一节。完'],
])('read %j and heard %j make %j', (read, heard, whole) => {
  expect(overlay(read, heard)).toBe(whole);
});

test('a selection is placed in code points, and only where it is certain', () => {
  const source = '𠮷野家的茶，𠮷野家的水。\n\n**慢慢**注水。';
  expect(placeOf(source, ' 茶，𠮷野 ')).toEqual({ start: 4, end: 8 });
  expect(slice(source, { start: 4, end: 8 })).toBe('茶，𠮷野');
  expect(placeOf(source, '野家')).toBe(null); // twice
  expect(placeOf(source, '慢慢注水')).toBe(null); // formatted
  expect(placeOf('哈哈哈', '哈哈')).toBe(null); // twice, one over the other
  expect(placeOf(source, '  ')).toBe(null);
  expect(fromField(source, source.indexOf('茶'), source.indexOf('茶') + 4)).toEqual({ start: 4, end: 7 });
});

const joined = (parts: { kind: string; text: string }[], but: string) =>
  parts
    .filter(({ kind }) => kind !== but)
    .map(({ text }) => text)
    .join('');

test.each([
  ['水温越高，苦味出来得越快。', '水越热，苦味出来得越快。'],
  ['揭盖等三分钟，约降到八十度。', '揭盖等三分钟，水约降到八十度。'],
  ['', '全新的一句。'],
  ['整句删去。', ''],
  ['The water cools quickly.', 'The water cools slowly, and evenly.'],
  ['完全不同', '毫无关系的另一句话'],
  ['一句。'.repeat(3000), `${'一句。'.repeat(1500)}换了。${'二句。'.repeat(1500)}`],
])('a difference holds both texts (%#)', (before, after) => {
  for (const parts of [diff(before, after), readable(before, after)]) {
    expect(joined(parts, 'ins')).toBe(before);
    expect(joined(parts, 'del')).toBe(after);
    expect(parts.some(({ text }) => text === '')).toBe(false);
  }
});

test('a difference marks words, and a text that is another altogether stands in two pieces', () => {
  expect(diff('The water cools quickly.', 'The water cools slowly.')).toEqual([
    { kind: 'same', text: 'The water cools ' },
    { kind: 'del', text: 'quickly' },
    { kind: 'ins', text: 'slowly' },
    { kind: 'same', text: '.' },
  ]);
  expect(readable('龙井用八十度的水。', '铁观音不怕热，三十秒出汤。').map(({ kind }) => kind)).toEqual(['del', 'ins']);
  expect(readable('不变。', '不变。')).toEqual([{ kind: 'same', text: '不变。' }]);
});
