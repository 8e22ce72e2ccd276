// Seeded random Markdown: everything that could make a stream and a full render differ, joined without mercy.
export type Random = () => number;

export function seeded(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const int = (r: Random, n: number) => Math.floor(r() * n);
const pick = <T>(r: Random, items: readonly T[]): T => items[int(r, items.length)] as T;
const many = (r: Random, max: number, make: () => string, join: string) => Array.from({ length: 1 + int(r, max) }, make).join(join);

const PLAIN = [
  '她推开门，',
  '雨还在下。',
  'the quick ',
  'fox',
  '「重要」',
  '（括号）',
  '价格 $5 和 $10 ',
  'a * b ',
  '2 > 1 ',
  ' & ',
  '😀',
  '\\*',
  '…',
  '1,240 字',
  'x_y_z',
];
const INLINE = [
  '**真，**她',
  '他说**「重要」**的事',
  '**这句（带括号）。**后',
  '*斜体*',
  '***both***',
  '~~删去~~',
  '`code`',
  '``a ` b``',
  '$a_1+b^2$',
  '$$x^2$$',
  '\\(e^{i\\pi}\\)',
  '\\[ \\sum_i \\]',
  '[链接](https://a.example/x "t")',
  '[ref]',
  '[文字][ref]',
  '[Ref2][]',
  '![图](https://b.example/i.png)',
  '![alt][ref]',
  '<https://c.example>',
  '<b>html</b>',
  '<script>alert(1)</script>',
  '[bad](javascript:alert(1))',
  '**未闭合',
  '*未',
  '`未',
  '$未 x_1',
  '\\(未',
  '~~未',
  '[未](http',
  '&amp;',
  '&#x41;',
  '  \n',
  '\\\n',
  '\n',
];

function inline(r: Random): string {
  return many(r, 5, () => (r() < 0.5 ? pick(r, PLAIN) : pick(r, INLINE)), r() < 0.5 ? '' : ' ');
}

const indent = (text: string, by: string) =>
  text
    .split('\n')
    .map((l) => by + l)
    .join('\n');

function list(r: Random, depth: number): string {
  const marker = pick(r, ['- ', '* ', '+ ', '1. ', '2) ', '- [ ] ', '- [x] ']);
  const item = () => {
    const body =
      r() < 0.3 && depth > 0 ? `${inline(r)}\n${indent(block(r, depth - 1), pick(r, ['  ', '   ', '    ']))}` : inline(r);
    return marker + body;
  };
  return many(r, 4, item, pick(r, ['\n', '\n', '\n\n']));
}

function table(r: Random): string {
  const cols = 1 + int(r, 3);
  const row = () => `| ${Array.from({ length: cols }, () => inline(r).replaceAll('\n', ' ')).join(' | ')} |`;
  const rule = `|${Array.from({ length: cols }, () => pick(r, ['---', ':--', '--:', ':-:'])).join('|')}|`;
  return [row(), rule, ...Array.from({ length: int(r, 4) }, row)].join('\n');
}

function fence(r: Random): string {
  const mark = pick(r, ['```', '~~~', '````']);
  const body = many(r, 3, () => pick(r, ['print("你好")', 'if a < b:', '', '**no**', '``', '# x', '$$', '</code>', '- y']), '\n');
  return `${mark}${pick(r, ['', 'python', ' js title="a"', 'c++', 'no"such<lang'])}\n${body}${r() < 0.75 ? `\n${mark}` : ''}`;
}

const blocks: ((r: Random, depth: number) => string)[] = [
  (r) => inline(r),
  (r) => inline(r),
  (r) => `${'#'.repeat(1 + int(r, 6))} ${inline(r)}`,
  (r) => `${inline(r)}\n${pick(r, ['===', '---', '-', '='])}`,
  (r) => pick(r, ['---', '***', '___', '- - -', '--', '**']),
  (r, d) => list(r, d),
  (r, d) => list(r, d),
  (r) => table(r),
  (r) => fence(r),
  (r, d) => indent(d > 0 ? block(r, d - 1) : inline(r), pick(r, ['> ', '>', '> > '])),
  (r) =>
    `$$${pick(r, ['', '\n'])}${pick(r, ['E=mc^2', '\\frac{a}{b}\n+ c', '\\begin{aligned}\na&=b\\\\\nc&=d\n\\end{aligned}', '# h', ''])}${pick(r, ['\n$$', '$$', '', '\n'])}`,
  (r) => `\\[${pick(r, ['', '\n'])}x^2 + ${pick(r, ['y', '\n\ny'])}${pick(r, ['\n\\]', '\\]', ' \\] 尾'])}`,
  (r) => `    ${pick(r, ['indented code', '缩进'])}\n\n    more`,
  (r) => `[ref]: https://r${int(r, 9)}.example/x${pick(r, ['', ' "title"', "\n'two\nlines'", ' "open'])}`,
  () => `[ref2]: <https://r2.example>\n[ref]: https://later.example`,
  (r) =>
    pick(r, [
      '<div onclick="x()">',
      '<!-- c -->',
      '<svg onload=alert(1)>',
      '\t- tab',
      '| a | b',
      '|-|',
      '\0',
      '\r',
      '\\',
      '1986\\. x',
    ]),
];

export function block(r: Random, depth: number): string {
  return pick(r, blocks)(r, depth);
}

export function markdown(r: Random, maxBlocks = 9): string {
  let text = '';
  for (let n = 1 + int(r, maxBlocks); n > 0; n--)
    text += block(r, 2) + pick(r, ['\n\n', '\n\n', '\n', '\r\n\r\n', '\n\n\n', '\n  \n']);
  return r() < 0.5 ? text.trimEnd() : text;
}

export function chunks(r: Random, text: string): string[] {
  const out: string[] = [];
  const longest = pick(r, [1, 3, 8, 40, 400]);
  for (let at = 0; at < text.length;) {
    const size = 1 + int(r, longest);
    out.push(text.slice(at, at + size));
    at += size;
  }
  return out;
}
