// The menu that saves an article or a conversation as a file: formats, what is missing, keys, and that nothing unsaved is left behind.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openArticle } from './support/article.ts';
import { Axe } from './support/axe.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const menu = () => desk.page.locator('#export-menu');
const shown = () => menu().evaluate((el) => el.matches(':popover-open'));

async function download(act: () => Promise<unknown>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([desk.page.waitForEvent('download'), act()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

test('an article is saved in the format that is chosen, under the name that the server gives it', async () => {
  await openArticle(desk);
  await desk.$('export').click();
  const labels = await menu().locator('button span').allInnerTexts();
  expect(labels).toEqual(['Word', 'PDF', 'EPUB', '网页', 'Markdown', '纯文本', 'Obsidian 笔记']);
  expect(await (await Axe.on(desk.page)).violations()).toEqual([]);
  const file = await download(() => desk.$('export-docx').click());
  expect(file).toEqual({ name: '春茶.docx', text: 'made as docx' });
  await expect.poll(shown).toBe(false);
  expect(await desk.$('export').evaluate((el) => el === document.activeElement)).toBe(true);
});

test('a conversation is saved by keyboard alone, and from the palette', async () => {
  expect(await desk.$('export').count()).toBe(0);
  await desk.ask('写一句');
  await desk.finish('stop').waitFor();
  await desk.$('export').focus();
  await desk.page.keyboard.press('Enter');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('ArrowDown');
  const book = await download(() => desk.page.keyboard.press('Enter'));
  expect(book.name).toBe('春茶.epub');
  await desk.page.keyboard.press('Control+k');
  await desk.$('palette-query').fill('导出');
  await desk.page.keyboard.press('Enter');
  await expect.poll(shown).toBe(true);
  const note = await download(() => desk.$('export-obsidian').click());
  expect(note).toEqual({ name: '春茶.md', text: 'made as obsidian' });
});

test('what is not installed is said with the command, and the other formats go on', async () => {
  desk.fake.script.notInstalled = { pdf: problem('export_extra_missing', '还没有安装转换程序', '', '用 pip 安装后再导出。') };
  await openArticle(desk);
  await desk.$('export').click();
  await expect.poll(() => desk.$('export-pdf').innerText()).toContain('还没有安装');
  await desk.$('export-pdf').click();
  expect(await menu().locator('[data-testid=problem]').innerText()).toContain('用 pip 安装后再导出。');
  expect(await (await Axe.on(desk.page)).violations()).toEqual([]);
  expect(desk.fake.state.log.filter((r) => r.path.endsWith('/export'))).toEqual([]);
  expect((await download(() => desk.$('export-md').click())).text).toBe('made as md');
});

test('a refusal is said in the menu, in the words of the server', async () => {
  await openArticle(desk);
  desk.fake.state.refuse = (_, path) => (path.endsWith('/export') ? [501, problem('export_font_missing', '缺少字体')] : null);
  await desk.$('export').click();
  await desk.$('export-pdf').click();
  await expect.poll(() => menu().locator('[data-testid=problem]').innerText()).toBe('缺少字体');
  expect(await shown()).toBe(true);
});
