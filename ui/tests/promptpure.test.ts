// Pure: fields, answers and order.
import { expect, test } from 'vitest';
import {
  asked,
  blank,
  countFilled,
  inOrder,
  isEmpty,
  isPlain,
  putOver,
  since,
  withAnswer,
  withAnswers,
  wordsIn,
} from '../src/prompt/brief.ts';
import type { Question } from '../src/wire/prompttypes.ts';

const question = (field: Question['field'], label = '题材：'): Question => ({ code: label, text: '', label, answers: [], field });

test('free text alone is a text, anything else is a brief', () => {
  expect(asked(blank('写茶'))).toEqual({ text: '写茶' });
  const fields = { ...blank('写茶'), words: 300 };
  expect(asked(fields)).toEqual({ brief: fields });
  expect([isPlain(blank('x')), isPlain(fields), isEmpty(blank(' \n')), isEmpty(fields)]).toEqual([true, false, true, false]);
  expect(countFilled({ ...fields, role: ' ', task: 'y' })).toBe(2);
});

test('an answer is a line of a text, or goes to its field', () => {
  expect(withAnswer(blank('写小说\n'), question('requirements'), '悬疑').text).toBe('写小说\n题材：悬疑');
  const fields = { ...blank('写小说'), task: '写' };
  expect(withAnswer(fields, question('audience'), '孩子').audience).toBe('孩子');
  expect(withAnswer(fields, question('words'), '约 1500 字').words).toBe(1500);
  const said = { '1,500 字': 1500, '1.2 万': 12_000, '2k': 2000, 三四千: null };
  for (const [answer, words] of Object.entries(said)) expect(wordsIn(answer), answer).toBe(words);
  expect(withAnswer(fields, question('words', '篇幅：'), '一页').requirements).toBe('篇幅：一页');
  expect(withAnswer({ ...fields, requirements: '短' }, question('requirements'), '悬疑').requirements).toBe('短\n题材：悬疑');
});

test('questions without an answer leave the brief as it is', () => {
  const questions = [question('requirements', '甲：'), question('requirements', '乙：')];
  expect(withAnswers(blank('写'), questions, new Map([['乙：', '是']])).text).toBe('写\n乙：是');
});

test('moving a condition gives the requirements in their new order', () => {
  const three = ['甲', '乙', '丙'].map((text) => ({ kind: 'own', text, conflicts_with: [] }));
  expect(inOrder({ constraints: three, unlisted: '' }, 2, 0)).toBe('丙\n甲\n乙');
  expect(inOrder({ constraints: three, unlisted: '如下：\n```\n甲\n```' }, 0, 1)).toBe('乙\n甲\n丙\n\n如下：\n```\n甲\n```');
});

test('what is put over a draft of fields leaves its fields; what it says otherwise is kept behind the text', () => {
  const label = (name: string) => `${name}：`;
  const draft = { ...blank('我的话'), role: '诗人', audience: '孩子', requirements: '押韵\n短', words: 300, language: 'en' };
  const upper = { ...blank('周报：'), role: '编辑', task: '整理周报', requirements: '短\n不空话', words: 800 };
  const both = putOver(upper, draft, label);
  expect(both).toEqual({
    ...draft,
    ...{ role: '编辑', task: '整理周报', requirements: '短\n不空话\n押韵', words: 800 },
    text: '周报：\n\nrole：诗人\n\n我的话',
  });
  expect(putOver(upper, both, label)).toEqual({ ...both, text: '周报：\n\nrole：诗人\n\n我的话' });
  expect(putOver(upper, blank(), label)).toEqual(upper);
  expect(putOver(blank('我'), draft, label)).toEqual({ ...draft, text: '我\n\n我的话' });
  const code = { ...upper, requirements: '短\n```\n押韵\n```' };
  expect(putOver(code, draft, label)).toMatchObject({ requirements: code.requirements, text: expect.stringContaining('押韵\n短') });
  expect(putOver(blank(), draft, label)).toEqual(draft);
});

test('what was put behind a text that was sent is what is left; anything else is left whole', () => {
  const sent = blank('讲个故事\n');
  expect(since(sent, sent)).toEqual(blank());
  expect(since(sent, blank('讲个故事\n\n资料'))).toEqual(blank('资料'));
  const other = { ...blank('讲个故事'), words: 300 };
  expect(since(sent, other)).toEqual(other);
  expect(since(sent, blank('换一个'))).toEqual(blank('换一个'));
});
