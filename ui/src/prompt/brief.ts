// Pure: the fields of a structured prompt, how they are sent, and how answers and an order become part of them.
import type { Asked, BriefFields, Preview, Question } from '../wire/prompttypes';

export const FIELDS = ['role', 'task', 'audience', 'requirements', 'structure', 'example', 'format', 'language', 'words'] as const;
export type FieldName = (typeof FIELDS)[number];
type Ordered = Pick<Preview, 'constraints' | 'unlisted'>;

export const blank = (text = ''): BriefFields => ({
  role: '',
  task: '',
  audience: '',
  requirements: '',
  structure: '',
  example: '',
  format: '',
  language: '',
  words: null,
  text,
});

const isFilled = (value: string | number | null) => (typeof value === 'string' ? value.trim() !== '' : value !== null);

export const countFilled = (fields: BriefFields): number => FIELDS.filter((name) => isFilled(fields[name])).length;

/** Whether there is nothing but free text. */
export const isPlain = (fields: BriefFields): boolean => countFilled(fields) === 0;

export const isEmpty = (fields: BriefFields): boolean => isPlain(fields) && fields.text.trim() === '';

export const sameFields = (a: BriefFields, b: BriefFields): boolean =>
  a.text === b.text && FIELDS.every((name) => a[name] === b[name]);

/** A text behind what is written, with a blank line between. */
export const behind = (before: string, more: string): string => (before.trim() === '' ? more : `${before.trimEnd()}\n\n${more}`);

/** What came into an input since `sent` was sent from it; where it is no more than something behind it, that alone. */
export function since(sent: BriefFields, now: BriefFields): BriefFields {
  const before = sent.text.trimEnd();
  const added = now.text.startsWith(before) && FIELDS.every((name) => now[name] === sent[name]);
  return added ? blank(now.text.slice(before.length).trimStart()) : now;
}

/** With the lines of a list behind it that it does not have. */
function withLines(list: string, more: string): string {
  const lines = list.split('\n').map((line) => line.trim());
  return [list.trimEnd(), ...more.split('\n').filter((line) => line.trim() !== '' && !lines.includes(line.trim()))].join('\n');
}

/** What is a choice and no writing: where both have made one, the upper one holds. */
const CHOICES: readonly FieldName[] = ['language', 'words'];

/** `upper` put over what is written: each part that only one of them has stays; requirements become one list; where both say something else, what
 * is under it goes behind the text, by the name of its field. Doing it again changes nothing. */
export function putOver(upper: BriefFields, under: BriefFields, label: (name: FieldName) => string): BriefFields {
  const filled = Object.fromEntries(FIELDS.filter((name) => isFilled(upper[name])).map((name) => [name, upper[name]]));
  const both: BriefFields = { ...under, ...filled };
  const joined = !`${upper.requirements}${under.requirements}`.includes('```');
  if (joined && isFilled(upper.requirements)) both.requirements = withLines(upper.requirements, under.requirements);
  const lost = FIELDS.filter((name) => {
    if (CHOICES.includes(name) || (joined && name === 'requirements')) return false;
    return isFilled(under[name]) && both[name] !== under[name];
  });
  const rest = `${under.text}\n\n`.startsWith(`${upper.text}\n\n`) ? under.text.slice(upper.text.length + 2) : under.text;
  const texts = [upper.text, ...lost.map((name) => label(name) + String(under[name]).trim()), rest];
  both.text = texts.filter((text) => text.trim() !== '').join('\n\n');
  return both;
}

/** As the server takes it: free text alone as a text, anything else as fields. */
export function asked(fields: BriefFields): Asked {
  return isPlain(fields) ? { text: fields.text } : { brief: fields };
}

const withLine = (text: string, line: string) => (text.trim() === '' ? line : `${text.trimEnd()}\n${line}`);

const SCALES: Record<string, number> = { 万: 10_000, 千: 1_000, k: 1_000, K: 1_000 };

/** The length that an answer names: "1,500 字", "1.2 万", "2k"; null where it names none. */
export function wordsIn(answer: string): number | null {
  const [, digits, scale = ''] = /(\d[\d,，]*(?:\.\d+)?)\s*([万千kK])?/.exec(answer) ?? [];
  return digits === undefined ? null : Math.round(Number(digits.replace(/[,，]/g, '')) * (SCALES[scale] ?? 1));
}

/** With an answer in it: in its field where fields are used, else as a line of the text. */
export function withAnswer(fields: BriefFields, question: Question, answer: string): BriefFields {
  if (answer === '') return fields;
  const line = question.label + answer;
  if (isPlain(fields)) return { ...fields, text: withLine(fields.text, line) };
  const words = question.field === 'words' ? wordsIn(answer) : null;
  if (words !== null) return { ...fields, words };
  if (question.field === 'audience') return { ...fields, audience: answer };
  return { ...fields, requirements: withLine(fields.requirements, line) };
}

/** With every answer that was given, by the questions' codes. */
export function withAnswers(fields: BriefFields, questions: Question[], answers: Map<string, string>): BriefFields {
  return questions.reduce((sofar, question) => withAnswer(sofar, question, answers.get(question.code) ?? ''), fields);
}

/** The requirements with the constraint at `from` moved to `to`: one a line, in the order of their priority, and under them what is no list. */
export function inOrder({ constraints, unlisted }: Ordered, from: number, to: number): string {
  const lines = constraints.map((one) => one.text);
  lines.splice(to, 0, ...lines.splice(from, 1));
  return lines.join('\n') + (unlisted && `\n\n${unlisted}`);
}
