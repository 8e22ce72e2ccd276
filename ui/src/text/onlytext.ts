// Pure: what may come into a text from outside. What may not leaves everything as it was, and is said in one sentence.

/** In characters, as the server takes them. */
export const LONGEST = { message: 150_000, brief: 100_000, manuscript: 300_000 };

export type Refused = { why: 'not_text' } | { why: 'too_long'; n: number; limit: number };

// NUL and its like come from files that are no text, and so does what a decoder could not read.
// eslint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000e-\u001f]|\ufffd{3}/;
const LOOKED_AT = 100_000;

export const isBinary = (text: string): boolean => BINARY.test(text.slice(0, LOOKED_AT));

/** `files`: how many came along; `there`: how many characters stay beside it. */
export function whyNot(text: string, files: number, there: number, limit = LONGEST.manuscript): Refused | null {
  if (text === '') return files > 0 ? { why: 'not_text' } : null;
  if (there + text.length > limit) return { why: 'too_long', n: text.length, limit };
  return isBinary(text) ? { why: 'not_text' } : null;
}
