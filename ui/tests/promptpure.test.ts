// Pure: fields, answers and order.
import { expect, test } from 'vitest';
import { asked, blank, countFilled, inOrder, isEmpty, isPlain, withAnswer, withAnswers } from '../src/lib/brief.ts';
import type { Question } from '../src/lib/prompttypes.ts';

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
