// The dialect, block by block, as strings; what the DOM makes of it is renderer.test.ts.
import { describe, expect, test } from 'vitest';
import { closeInline, holdBackMarks } from '../src/markdown/close.ts';
import { md } from '../src/markdown/parser.ts';
import { plain } from '../src/markdown/plain.ts';

const render = (text: string) => md.render(text, { references: {} }).trim();

describe('Chinese emphasis', () => {
  test.each([
    ['**真，**她', '<p><strong>真，</strong>她</p>'],
    ['他说**「重要」**的事', '<p>他说<strong>「重要」</strong>的事</p>'],
    ['**这句（带括号）。**后', '<p><strong>这句（带括号）。</strong>后</p>'],
    ['*着重*与*k*', '<p><em class="han">着重</em>与<em>k</em></p>'],
  ])('%s', (text, html) => expect(render(text)).toBe(html));
});

describe('formulas', () => {
  test.each(['$a+b$', '能量 $E=mc^2$。', '\\(x\\)', '\\[ x \\]', '$$x$$ 在行内', '$5$', '\\[a+b\\]', '$x_1$、$x_2$'])(
    '%s is one',
    (text) => expect(render(text)).toContain('class="math'),
  );
  test.each([
    '$5 and $10',
    '价格是 $5 到 $10。',
    '从$5涨到$10',
    'US$20 或 C$30',
    '只要 $5',
    '\\$a\\$',
    '`$a$`',
    '\\[1\\]',
    '\\[注\\] 文字',
    '5$ 和 6$',
    '$ a $',
  ])('%s is none', (text) => expect(render(text)).not.toContain('class="math'));
  test('a block may follow a paragraph without a blank line and keeps its backslashes', () => {
    expect(render('公式：\n$$\n\\frac{a}{b} \\\\ c\n$$\n后文')).toBe(
      '<p>公式：</p>\n<div class="math display">\\frac{a}{b} \\\\ c</div>\n<p>后文</p>',
    );
  });
  test('a block that is never closed ends at the blank line and shows its source', () => {
    expect(render('$$\na+b\n\n后文')).toBe('<div class="tex-source">$$\na+b</div>\n<p>后文</p>');
  });
});

describe('nothing is loaded and nothing runs', () => {
  test('an image is a link', () =>
    expect(render('![图](https://b.example/i.png)')).toBe(
      '<p><a class="image" href="https://b.example/i.png" target="_blank" rel="noreferrer noopener">图</a></p>',
    ));
  test('an image in a link does not nest links', () =>
    expect(render('[![图](https://b.example/i.png)](https://c.example)')).toBe(
      '<p><a href="https://c.example" target="_blank" rel="noreferrer noopener"><span class="image">图</span></a></p>',
    ));
  test.each(['[a](javascript:alert(1))', '[a](data:text/html,x)', '[a](/api/logout)', '[a](//evil.example)', '<vbscript:x>'])(
    '%s is no link',
    (text) => expect(render(text)).not.toContain('<a'),
  );
  test('HTML is text', () => expect(render('<b onclick=x>hi</b>')).toBe('<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>'));
  test('alignment is a class', () => expect(render('|a|\n|:-:|\n|b|')).not.toContain('style'));
});

test('a single line end stays one', () => expect(render('床前明月光\n疑是地上霜')).toBe('<p>床前明月光<br>\n疑是地上霜</p>'));

describe('virtual close', () => {
  test.each([
    ['他说**重要', '他说**重要**'],
    ['他说**重要*', '他说**重要**'],
    ['他说**', '他说'],
    ['**a** 和 *b', '**a** 和 *b*'],
    ['***a', '***a***'],
    ['~~删', '~~删~~'],
    ['用 `code', '用 `code`'],
    ['用 `', '用'],
    ['``a`', '``a``'],
    ['`**`x', '`**`x'],
    ['2 * 3', '2 * 3'],
    ['\\*不是', '\\*不是'],
    ['见[《茶经》](https://exa', '见《茶经》'],
    ['**粗 `x', '**粗 `x`**'],
  ])('%j shows as %j', (text, shown) => expect(closeInline(text).text).toBe(shown));
  test.each(['设 $x_1 ', '设 \\(x_1 ', '设 $$x '])('%j: an open formula is closed and shown as source', (text) =>
    expect(closeInline(text).openMath).toBe(true),
  );
  test('a price is not an open formula', () =>
    expect(closeInline('价格是 $5 到')).toEqual({ text: '价格是 $5 到', openMath: false }));
  test.each([
    ['段落\n-', '段落\n'],
    ['段落\n=', '段落\n'],
    ['段落\n```', '段落\n'],
    ['> a\n> -', '> a\n'],
    ['段落\n- a', '段落\n- a'],
  ])('%j is held back as %j', (text, shown) => expect(holdBackMarks(text)).toBe(shown));
});

describe('a heading told without its marks', () => {
  test.each([
    ['**重点** 与 *细节*', '重点 与 细节'],
    ['用 `git add` 提交', '用 git add 提交'],
    ['见[说明](https://example.com/a)', '见说明'],
    ['~~旧~~ 新，$E=mc^2$，AT&amp;T', '旧 新，E=mc^2，AT&T'],
    ['***又粗又斜***', '又粗又斜'],
    ['\\*原样\\*', '*原样*'],
    ['src/__init__.py', 'src/__init__.py'],
    ['2 * 3 * 4，**没有关上', '2 * 3 * 4，**没有关上'],
    ['普通的标题', '普通的标题'],
  ])('%s', (text, told) => expect(plain(text)).toBe(told));
});
