// What the editor stands on, without a page: places in the whole text, its headings and length, blocks, comparison, and what may come in.
import { expect, test } from 'vitest';
import type { Article, Section } from '../src/wire/articletypes.ts';
import { blockAround, cut, trimmed } from '../src/text/blocks.ts';
import { comparison } from '../src/text/comparison.ts';
import { count, digest, headingAt, pieces } from '../src/text/digest.ts';
import { changesTo, mapping } from '../src/editor/changes.ts';
import { whyNot } from '../src/text/onlytext.ts';
import { layout, placeIn, rangeOf } from '../src/text/layout.ts';
import { mended } from '../src/text/spans.ts';

const section = (id: string, heading: string, text: string, more: Partial<Section> = {}): Section => ({
  ...{ id, heading, text, target: 100, words: 0, state: 'written', version: 1, file: false },
  ...more,
});

function article(sections: Section[], text: string, headed = true): Article {
  return { plan: { title: '茶', headed, sections: [] }, sections, text } as unknown as Article;
}

test('places of sections are found in the whole text, and back, by code points', () => {
  const text = '# 茶\n\n## 水\n\n🍵热水。\n\n## 空\n\n## 山\n\n　　𠮷山泉。\n';
  const now = article(
    [
      section('s1', '水', '🍵热水。'),
      section('s2', '空', ''),
      section('s3', '跳过', '不在', { state: 'skipped' }),
      section('s4', '待写', '', { version: 0, state: 'waiting' }),
      section('s5', '山', '\n　　𠮷山泉。\n'),
    ],
    text,
  );
  const spans = layout(now);
  expect(spans.map(({ id, start, end }) => [id, text.slice(start, end)])).toEqual([
    ['s1', '🍵热水。'],
    ['s2', ''],
    ['s5', '　　𠮷山泉。'],
  ]);
  const range = rangeOf(now, spans, { section: 's1', start: 1, end: 3 });
  expect(range && text.slice(range.from, range.to)).toBe('热水');
  const from = text.indexOf('山泉');
  expect(placeIn(now, spans, from, from + 2)).toEqual({ section: 's5', start: 4, end: 6 });
  expect(rangeOf(now, spans, { section: 's5', start: 4, end: 6 })).toEqual({ from, to: from + 2 });
  expect(placeIn(now, spans, 0, 3)).toBeNull();
  expect(placeIn(now, spans, text.indexOf('热水'), from)).toBeNull();
  expect(rangeOf(now, spans, { section: 's3', start: 0, end: 1 })).toBeNull();
});

test('where the whole text is another, no place is certain', () => {
  expect(layout(article([section('s1', '水', '热水。')], '# 茶\n\n## 水\n\n别的。\n'))).toEqual([]);
  expect(layout(article([section('s1', '水', '热水。')], '# 茶\n\n热水。\n', false))).toMatchObject([{ id: 's1' }]);
});

test('headings and length are read off the lines; code hides its own', () => {
  const text = '# 春茶 tea\n\n## 水\n\n```\n# 不是\n```\n\n### 小 3.5\n';
  const found = digest(text.split('\n'));
  expect(found.headings.map(({ level, text: heading, from }) => [level, heading, text.slice(from, from + 2)])).toEqual([
    [1, '春茶 tea', '# '],
    [2, '水', '##'],
    [3, '小 3.5', '##'],
  ]);
  expect([found.han, found.words]).toEqual([6, 2]);
  expect(count(text)).toEqual({ han: 6, words: 2 });
  expect([headingAt(found.headings, 0), headingAt(found.headings, 14), headingAt([], 3)]).toEqual([0, 1, -1]);
});

test('pieces for showing are the text, cut at headings and never inside of code', () => {
  const text = `前言\n\n## 一\n\n字\n\n\`\`\`\n## 不是\n\`\`\`\n${'长'.repeat(2600)}\n\n还有\n# 二\n`;
  expect(pieces(text).join('')).toBe(`${text}\n`);
  expect(pieces(text).map((piece) => piece.slice(0, 4).trim())).toEqual(['前言', '## 一', '还有', '# 二']);
});

test('the block around a place: a paragraph, or the whole of a code block, closed or not', () => {
  const text = '## 题\n一段，\n还是它。\n\n```js\na\n\nb\n```\n\n```py\nopen';
  const block = (words: string) => {
    const from = text.indexOf(words);
    const range = blockAround(text, { from, to: from + words.length });
    return text.slice(range.from, range.to);
  };
  expect(block('还是')).toBe('一段，\n还是它。');
  expect(block('b')).toBe('```js\na\n\nb\n```');
  expect(block('open')).toBe('```py\nopen');
  expect(trimmed(' 字 ', { from: 0, to: 3 })).toEqual({ from: 1, to: 2 });
  expect(cut('一\n\n二\n\n三', { from: 3, to: 4 })).toEqual({ from: 3, to: 6 });
  expect(cut('一二三', { from: 1, to: 2 })).toEqual({ from: 1, to: 2 });
});

test('of two versions what changed is shown, with what stands beside it', () => {
  const before = ['题', '一', '二', '三', '四', '他走进了旧的花园里', '五', '六', '七'].join('\n\n');
  const after = before.replace('旧的', '新的');
  expect(comparison(before, after)).toEqual([
    { kind: 'unchanged', n: 4 },
    { kind: 'beside', text: '四' },
    { kind: 'changed', parts: expect.arrayContaining([{ kind: 'ins', text: expect.stringContaining('新') }]) },
    { kind: 'beside', text: '五' },
    { kind: 'unchanged', n: 2 },
  ]);
  expect(comparison(before, before)).toEqual([]);
  expect(comparison('', '一')).toEqual([{ kind: 'changed', parts: [{ kind: 'ins', text: '一' }] }]);
});

test('another text is reached by changes, and places go with it', () => {
  const [before, after] = ['春茶怕开水。龙井八十度。', '春茶很怕开水。龙井七十度。'];
  let made = before;
  for (const { from, to, insert } of [...changesTo(before, after)].reverse() as { from: number; to: number; insert: string }[])
    made = made.slice(0, from) + insert + made.slice(to);
  expect(made).toBe(after);
  const at = mapping(before, after)(before.indexOf('龙井'), 1);
  expect(after.slice(at, at + 2)).toBe('龙井');
  expect(mapping(before, before)(99, 1)).toBe(before.length);
});

test('only text comes in, and not too much of it', () => {
  expect(whyNot('一段 text\t\r\n𠮷', 0, 10)).toBeNull();
  expect(whyNot('', 0, 10)).toBeNull();
  expect(whyNot('', 1, 10)).toEqual({ why: 'not_text' });
  expect(whyNot('有字也有图', 1, 10)).toBeNull();
  expect(whyNot('PNG\u0000\u0001', 0, 10)).toEqual({ why: 'not_text' });
  expect(whyNot('字'.repeat(300_001), 0, 0)).toEqual({ why: 'too_long', n: 300_001, limit: 300_000 });
  expect(whyNot('字', 0, 300_000)).toMatchObject({ why: 'too_long' });
});

test('a copy is mended by code points, of two fixes in one place by the first', () => {
  const fixes = [
    { start: 4, end: 5, text: '！' },
    { start: 1, end: 2, text: '热' },
    { start: 1, end: 3, text: '冷' },
  ];
  expect(mended('🍵的的水。', fixes)).toBe('🍵热的水！');
});
