// Text files by their bytes: marks, encodings, and what is none.
import { describe, expect, test } from 'vitest';
import { decode } from '../src/files/decode.ts';
import { Refusal } from '../src/files/refusal.ts';

const TEXT = '春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少？';
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, big: boolean) => {
  const bytes = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));
  return big ? new Uint8Array(Buffer.from(bytes).swap16()) : bytes;
};
const hex = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const why = (bytes: Uint8Array) => {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof Refusal) return error.why;
    throw error;
  }
};

/** The poem's first line in the encodings of other systems. */
const GBK = hex('b4ba c3df b2bb bef5 cffe a3ac b4a6 b4a6 ceC5 ccE4 c4F1 a1A3');
const BIG5 = hex('acb9 af76 a4a3 c4b1 bee5 a141 b342 b342 bb44 b3da b3be a143');
const SHIFT_JIS = hex('82b1 82ea 82cd 8365 8358 8367 82c5 82b7');

describe('what is text', () => {
  test.each([
    ['UTF-8', utf8(TEXT)],
    ['UTF-8 with a mark', utf8(`\ufeff${TEXT}`)],
    ['UTF-16, little end first', utf16(TEXT, false)],
    ['UTF-16, big end first', utf16(TEXT, true)],
  ])('%s', (_, bytes) => expect(decode(bytes)).toBe(TEXT));

  test('GBK, which has no mark', () => expect(decode(GBK)).toBe('春眠不觉晓，处处闻啼鸟。'));
  test('GB18030 with a rare character of four bytes in it', () =>
    expect(decode(new Uint8Array([...GBK, 0x95, 0x32, 0x82, 0x36, ...GBK, ...GBK]))).toContain('。𠀀春'));
  test('lines end in one way', () => expect(decode(utf8('a\r\nb\rc\n'))).toBe('a\nb\nc\n'));
});

describe('what is none is said', () => {
  test.each([
    ['a picture', hex('89504e47 0d0a1a0a 0000000d'), 'not_text'],
    ['control characters', utf8('a\u0001\u0002'), 'not_text'],
    ['Big5', BIG5, 'encoding'],
    ['Shift-JIS', SHIFT_JIS, 'encoding'],
    ['Latin-1', hex('6361 66e9 2c20 6e61 ef76 65'), 'encoding'],
    ['curly quotes of Windows', hex('9368 656c 6c6f 9420'), 'encoding'],
    ['UTF-8 that breaks off', utf8(TEXT).slice(0, 10), 'encoding'],
    ['half a character of UTF-16', new Uint8Array([0xff, 0xfe, 0x00, 0xd8]), 'encoding'],
  ])('%s', (_, bytes, code) => expect(why(bytes)).toBe(code));
});
