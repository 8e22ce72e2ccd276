// Files that are dropped, pasted and chosen: into a new article, the input and the whole text. What cannot be taken is said in one sentence.
import { expect, test } from 'vitest';
import * as word from './support/docx.ts';
import { openEditor } from './support/editor.ts';
import { problem } from './support/fake.js';
import { drop, paste, type Named } from './support/files.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const note = () => desk.$('file-note').innerText();
const md = (bytes: string): Named => ({ name: '资料.md', bytes });
const docx = async (body: string, parts?: word.Parts): Promise<Named> => ({ name: '稿.docx', bytes: await word.docx(body, parts) });
const REPORT =
  word.paragraph(word.text('春茶报告'), 'Title') +
  word.paragraph(word.bold('一、水温'), 'Heading1') +
  word.paragraph(
    word.text('绿茶怕') + word.bold('开水') + word.text('，要') + word.italic('慢') + word.text('。见') + word.link('标准', 'to'),
  ) +
  word.paragraph(word.text('面积 20 m') + word.raised('2') + word.text('，约 10') + word.raised('3') + word.text(' 株。')) +
  word.item(word.text('龙井'), 1) +
  word.item(word.text('明前'), 1, 1) +
  word.item(word.text('铁观音'), 1) +
  word.paragraph(word.text('步骤')) +
  word.item(word.text('烧水'), 2) +
  word.item(word.text('等三分钟'), 2) +
  word.table(
    [word.cell(word.text('茶')), word.cell(word.text('水温')), word.cell(word.text('备注'))],
    [word.cell(word.text('龙井|明前')), word.cell(word.text('80'), '<w:gridSpan w:val="2"/>')],
    [word.cell(word.text('普洱'), '<w:vMerge w:val="restart"/>'), word.cell(word.text('95')), word.cell(word.text('生'))],
    [word.cell('', '<w:vMerge/>'), word.cell(word.text('100')), word.cell(word.text('熟'))],
  ) +
  word.paragraph(word.text('水为茶之母。'), 'Quote') +
  word.paragraph(word.text('# 不是标题，2*3*4，snake_case，') + word.text('见注') + word.footnote(1)) +
  word.paragraph(word.picture('冲泡流程图')) +
  word.paragraph(word.picture(''));
const MARKDOWN = `# 春茶报告

## 一、水温

绿茶怕**开水**，要*慢*。见[标准](https://example.org/a%28b%29)

面积 20 m²，约 10³ 株。

- 龙井
  - 明前
- 铁观音

步骤

1. 烧水
2. 等三分钟

| 茶 | 水温 | 备注 |
| --- | --- | --- |
| 龙井\\|明前 | 80 |  |
| 普洱 | 95 | 生 |
|  | 100 | 熟 |

> 水为茶之母。

\\# 不是标题，2\\*3*4，snake_case，见注[1]

[1] 第一条注。`;

test('a Word file becomes Markdown, and its pictures are named as left out', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('按下面的资料写');
  const links = { to: 'https://example.org/a(b)' };
  await drop(desk.page, 'article-brief', [await docx(REPORT, { links, footnotes: ['第一条注。'] })]);
  await expect.poll(() => desk.$('article-brief').inputValue()).toBe(`按下面的资料写\n\n${MARKDOWN}`);
  expect(await note()).toContain('2 张图片没有放入：冲泡流程图。');
  await desk.$('file-note').locator('button').click();
  await desk.$('file-note').waitFor({ state: 'detached' });
});

test('several files come one after another, by drop, paste and choice, in the encodings there are', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  const value = () => desk.$('article-brief').inputValue();
  await drop(desk.page, 'article-brief', [md('\ufeff# 资料\r\n\r\n　　一句。\r\n'), { name: 'b.txt', bytes: '二' }]);
  await expect.poll(value).toBe('# 资料\n\n　　一句。\n\n二');
  await paste(desk.page, 'article-brief', {
    files: [{ name: 'gbk.txt', bytes: Buffer.from('d6d0cec4a1a3', 'hex') }],
    text: 'gbk.txt',
  });
  await expect.poll(value).toMatch(/\n\n中文。$/);
  await desk.$('file-input').setInputFiles({ name: 'c.md', mimeType: 'text/markdown', buffer: Buffer.from('三') });
  await expect.poll(value).toMatch(/\n\n三$/);
  // Where there is text beside a picture of it, the text is what is pasted.
  await paste(desk.page, 'article-brief', { files: [{ name: 'image.png', bytes: 'PNG' }], text: '复制的一段' });
  expect(await desk.$('file-note').count()).toBe(0);
});

test("a text of one's own is opened in the editor, and what was left out of it is told", async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('别的要求');
  await desk.$('manuscript-input').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('PNG') });
  await expect.poll(note).toContain('只能放入');
  const file = await docx(
    word.paragraph(word.text('我的春茶'), 'Title') + word.paragraph(word.text('头一段。') + word.picture('封面')),
  );
  await desk.$('manuscript-input').setInputFiles({ name: file.name, mimeType: 'application/zip', buffer: file.bytes as Buffer });
  await desk.page.waitForURL(/\/a\/.+/);
  await desk.$('file-note').getByText('1 张图片没有放入：封面。').waitFor();
  const editor = desk.page.locator('.cm-content');
  await editor.getByText('头一段。').waitFor();
  await expect.poll(() => editor.evaluate((el) => el === document.activeElement)).toBe(true);
  expect(desk.fake.state.log.find((r) => r.path.endsWith('articles/open'))?.body).toEqual({
    text: '# 我的春茶\n\n头一段。',
    name: '稿',
  });
  await desk.page.goto(`${desk.fake.url}a`);
  expect(await desk.$('article-brief').inputValue()).toBe('别的要求');
});

test('a text that the server refuses is told of under the button', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  desk.fake.state.refuse = (method, path) =>
    method === 'POST' && path.endsWith('articles/open') && [507, problem('disk_full', '磁盘满了', '', '腾一点地方。')];
  await desk.$('manuscript-input').setInputFiles({ name: 'b.md', mimeType: 'text/markdown', buffer: Buffer.from('一段。') });
  await desk.$('problem').getByText('磁盘满了').waitFor();
  expect(new URL(desk.page.url()).pathname).toBe('/a');
});

const big = (size: number) => new Uint8Array(size);
const REFUSED: [string, () => Promise<Named> | Named, string][] = [
  ['a picture', () => ({ name: 'a.png', bytes: 'PNG' }), '只能放入'],
  ['a zip of another kind', async () => ({ name: 'a.docx', bytes: await zipOf({ 'xl/workbook.xml': '<x/>' }) }), '只能放入'],
  ['a .doc under another name', () => ({ name: 'a.docx', bytes: word.compound('WordDocument') }), '旧版 Word'],
  ['a file with a password', () => ({ name: 'a.docx', bytes: word.compound('EncryptedPackage') }), '密码'],
  ['an encrypted zip', async () => ({ name: 'a.docx', bytes: word.locked(await word.docx(word.paragraph(''))) }), '密码'],
  ['half a file', async () => ({ name: 'a.docx', bytes: (await word.docx(REPORT)).subarray(0, 900) }), '打不开'],
  ['no Word file', () => ({ name: 'a.docx', bytes: 'hello' }), '打不开'],
  ['broken XML', () => docx('', { parts: { 'word/document.xml': '<w:document><w:body>' } }), '打不开'],
  ['a zip bomb', () => docx('', { parts: { 'word/footnotes.xml': big(200_000_000) } }), '展开后超过 32 MB'],
  ['too much text', () => docx(word.paragraph(word.text('字'.repeat(200_000)))), '文件里有 200,000 个字符，这里还放得下'],
  ['20 MB of text', () => ({ name: 'a.txt', bytes: Buffer.alloc(20_000_000, 'x') }), '最多 2 MB'],
  ['a program', () => ({ name: 'a.txt', bytes: Buffer.from('7f454c460201010000', 'hex') }), '不是文字'],
  ['an unknown encoding', () => ({ name: 'a.txt', bytes: Buffer.from('636166e92c206e61ef7665', 'hex') }), 'UTF-8'],
  ['nothing', () => ({ name: 'a.md', bytes: '' }), '没有文字'],
];

async function zipOf(parts: Record<string, string>): Promise<Buffer> {
  const { default: JSZip } = await import('jszip');
  const zip = new JSZip();
  for (const [name, content] of Object.entries(parts)) zip.file(name, content);
  return zip.generateAsync({ type: 'nodebuffer' });
}

test('what cannot be taken is said in one sentence, and nothing is lost', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写好的要求');
  for (const [what, file, said] of REFUSED) {
    await drop(desk.page, 'article-brief', [await file()]);
    await expect.poll(note, { message: what, timeout: 20_000 }).toContain(said);
    expect((await note()).trim().split('\n').length, what).toBe(1);
    expect(await desk.$('article-brief').inputValue(), what).toBe('写好的要求');
    await desk.$('file-note').locator('button').click();
  }
});

test('a file of twenty megabytes of pictures is taken for its text', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  const noise = Buffer.from(Array.from({ length: 20_000_000 }, (_, i) => (i * i * 31 + i) & 255));
  const file = await docx(word.paragraph(word.text('短短一句。')), { parts: { 'word/media/image1.png': noise } });
  await desk.$('file-input').setInputFiles({ name: file.name, mimeType: 'application/zip', buffer: file.bytes as Buffer });
  await expect.poll(() => desk.$('article-brief').inputValue(), { timeout: 20_000 }).toBe('短短一句。');
});

test('in the whole text a file comes in where it is dropped, and one undo takes it out', async () => {
  const { content, text, saved, waitSaved } = await openEditor(desk);
  const before = await text();
  const line = content.locator('.cm-line', { hasText: '铁观音不怕热' });
  const box = await line.boundingBox();
  const body = word.paragraph(word.text('一、水温'), 'Heading1') + word.paragraph(word.text('绿茶怕开水。') + word.picture(''));
  await drop(desk.page, 'manuscript', [await docx(body)], { x: (box?.x ?? 0) + 2, y: (box?.y ?? 0) + 8 });
  await expect.poll(text).toContain('# 一、水温');
  const [lead, tail] = (await text()).split('# 一、水温\n\n绿茶怕开水。');
  expect(lead).toMatch(/三种水\n\n$/);
  expect(tail).toMatch(/^\n\n龙井用八十度的水/);
  await desk.$('file-note').getByText('1 张图片没有放入').waitFor();
  await waitSaved();
  expect(saved()).toContain('绿茶怕开水。');
  await content.press('Control+z');
  await expect.poll(text).toBe(before);
});

test('in the whole text a file is pasted and chosen at the cursor, and what is typed meanwhile stays', async () => {
  const { content, text, saved } = await openEditor(desk);
  await content.press('Control+End');
  await paste(desk.page, 'manuscript', { files: [{ name: 'a.txt', bytes: '粘贴的。' }] });
  await expect.poll(text).toContain('九十度的水。\n粘贴的。');
  await content.press('Control+Home');
  await desk.$('file-input').setInputFiles({ name: 'b.md', mimeType: 'text/markdown', buffer: Buffer.from('头一段\n\n又一段') });
  await expect.poll(text).toMatch(/^头一段\n\n又一段\n\n# 春茶与水温/);
  await drop(desk.page, 'manuscript', [{ name: 'c.png', bytes: 'PNG' }]);
  await expect.poll(note).toContain('只能放入');
  const long = await docx(word.paragraph(word.text('字'.repeat(200_000))));
  await paste(desk.page, 'manuscript', { files: [long] });
  await expect.poll(() => saved().length, { timeout: 20_000 }).toBeGreaterThan(200_000);
  expect(await desk.$('file-reading').count()).toBe(0);
  expect(await desk.$('file-note').count()).toBe(0); // 200,000 characters fit here
});

test('in the input a file becomes part of the draft, and is sent with it', async () => {
  await desk.$('input').fill('总结这篇');
  await drop(desk.page, 'input', [await docx(word.paragraph(word.text('茶。')))]);
  await expect.poll(() => desk.$('input').inputValue()).toBe('总结这篇\n\n茶。');
  await desk.$('file-input').setInputFiles({ name: 'b.md', mimeType: 'text/markdown', buffer: Buffer.from('水。') });
  await expect.poll(() => desk.$('input').inputValue()).toBe('总结这篇\n\n茶。\n\n水。');
  await drop(desk.page, 'input', [await docx(word.paragraph(word.text('字'.repeat(200_000))))]);
  await expect.poll(note).toContain('文件里有 200,000 个字符，这里还放得下');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(desk.fake.state.log.find((r) => r.path.endsWith('/messages'))?.body).toMatchObject({ text: '总结这篇\n\n茶。\n\n水。' });
});

test('the converter is loaded when the first Word file comes', async () => {
  const loaded: string[] = [];
  desk.page.on('request', (request) => loaded.push(request.url()));
  await desk.page.reload();
  await drop(desk.page, 'input', [{ name: 'a.txt', bytes: '字' }]);
  await expect.poll(() => desk.$('input').inputValue()).toBe('字');
  expect(loaded.filter((url) => /docx/.test(url))).toEqual([]);
  await drop(desk.page, 'input', [await docx(word.paragraph(word.text('茶。')))]);
  await expect.poll(() => desk.$('input').inputValue()).toContain('茶。');
  expect(loaded.filter((url) => /docx/.test(url))).toHaveLength(1);
});
