// The whole text in the editor: saved by itself, kept where it cannot be, written with any keyboard, and shown in three ways.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { editing, openEditor } from './support/editor.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const WHOLE = `# 春茶与水温\n\n## 为什么怕开水\n\n${TEXTS[0]}\n\n## 三种茶，三种水\n\n${TEXTS[1]}\n\n## 凉得多快\n\n${TEXTS[2]}\n`;

test('what is typed is saved by itself, and the sections follow', async () => {
  const { content, text, saved, made, waitSaved, saving, bodies } = await openEditor(desk);
  expect(await text()).toBe(WHOLE);
  await waitSaved();
  await content.press('Control+End');
  await saving(() => desk.page.keyboard.insertText('\n## 水从哪里来\n\n山泉水最好。'));
  expect(saved()).toBe(`${WHOLE}\n## 水从哪里来\n\n山泉水最好。\n`);
  expect(made.sections.map((s: { id: string; heading: string }) => [s.id, s.heading]).at(-1)).toEqual(['s4', '水从哪里来']);
  expect(bodies('PUT', '/text')).toMatchObject([{ base_revision: 4 }]);
  await content.press('Control+z');
  await desk.page.keyboard.press('Control+z');
  await desk.page.reload();
  await desk.page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor(); // the way it is shown is remembered
});

test('leaving the editor saves at once, and coming back can still undo', async () => {
  const { content, tab, saved, text } = await openEditor(desk);
  await content.press('Control+Home');
  await desk.page.keyboard.press('End');
  await desk.page.keyboard.type('前言。');
  await tab('提纲');
  await expect.poll(saved).toContain('前言。');
  await tab('全文');
  await desk.page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  expect(await text()).toContain('前言。');
  await content.press('Control+z');
  await expect.poll(text).not.toContain('前言。');
});

test('offline in the middle of a save loses nothing: it is kept, said, and tried again', async () => {
  const { content, saved, waitSaved } = await openEditor(desk);
  desk.fake.state.down = true;
  await content.press('Control+End');
  await desk.page.keyboard.type('离线写的。');
  await waitSaved('offline');
  await expect.poll(() => desk.$('manuscript-saved').innerText()).toBe('未保存 · 离线'); // it tries again meanwhile
  await desk.page.keyboard.type('接着写。');
  expect(saved()).not.toContain('离线写的');
  desk.fake.state.down = false;
  await desk.page.evaluate(() => dispatchEvent(new Event('online')));
  await waitSaved();
  expect(saved()).toContain('离线写的。接着写。');
});

test('what could not be saved is there again after the page was closed', async () => {
  const { content, saved, waitSaved } = await openEditor(desk);
  desk.fake.state.refuse = (method, path) =>
    method === 'PUT' && path.endsWith('/text') && [507, problem('disk_full', '磁盘满了', '', '腾一点地方。')];
  await content.press('Control+End');
  await desk.page.keyboard.type('要紧的一句。');
  await waitSaved('refused');
  await desk.$('problem').getByText('腾一点地方').first().waitFor();
  desk.fake.state.refuse = null;
  await desk.page.reload();
  await waitSaved();
  expect(saved()).toContain('要紧的一句。');
});

test('an input method composes without being disturbed', async () => {
  const { content, text, saved, waitSaved } = await openEditor(desk);
  await content.press('Control+End');
  const counted = () => desk.$('manuscript-count').innerText();
  await expect.poll(counted).toMatch(/\d+ \/ 300 字/);
  const before = await counted();
  const cdp = await desk.context.newCDPSession(desk.page);
  for (const composed of ['c', 'ch', 'cha', '茶'])
    await cdp.send('Input.imeSetComposition', { text: composed, selectionStart: composed.length, selectionEnd: composed.length });
  await expect.poll(counted).not.toBe(before); // the page looks at the text while it is composed
  expect(await text()).toBe(`${WHOLE}茶`);
  await cdp.send('Input.insertText', { text: '茶香' });
  await expect.poll(text).toBe(`${WHOLE}茶香`);
  await waitSaved();
  expect(saved()).toContain('茶香');
});

test('what is no text, or far too much, is not taken in, and nothing is lost', async () => {
  const { content, text } = await openEditor(desk);
  const put = (kind: 'binary' | 'long') =>
    content.evaluate((host, what) => {
      const data = new DataTransfer();
      data.setData('text/plain', what === 'binary' ? 'PNG\u0000\u0001\u0002' : '字'.repeat(20_000_000));
      host.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, kind);
  await put('binary');
  await desk.$('manuscript-told').getByText('那里面不是文字').waitFor();
  await desk.$('manuscript-told').locator('button').click();
  await put('long');
  await desk.$('manuscript-told').getByText('要放进来的有 20,000,000 个字符，整篇最多 300,000 个').waitFor();
  expect(await text()).toBe(WHOLE);
});

test('outline, length, and only the text', async () => {
  const { content, pick } = await openEditor(desk);
  await desk.$('outline-toggle').click();
  const headings = () => desk.$('outline-heading').allInnerTexts();
  await expect.poll(headings).toEqual(['春茶与水温', '为什么怕开水', '三种茶，三种水', '凉得多快']);
  await desk.$('outline-heading').nth(2).click();
  await desk.page.locator('[data-testid=outline] [aria-current]').getByText('三种茶').waitFor();
  await desk.page.keyboard.press('End');
  await desk.page.keyboard.type('啊 ok');
  await desk.$('outline-heading').getByText('三种水啊 ok').waitFor();
  await expect.poll(() => desk.$('manuscript-count').innerText()).toMatch(/\d+ \/ 300 字[\s\S]*汉字 \d+ · 词 1/);
  await pick('铁观音不怕热');
  await desk.$('manuscript-selected').getByText('已选 6 字').waitFor();
  await desk.$('focus-enter').click();
  await desk.page.locator('.library').waitFor({ state: 'hidden' });
  expect(await desk.page.locator('main header').first().isVisible()).toBe(false);
  await content.press('Escape'); // the selection's bar first
  await desk.page.keyboard.press('Escape');
  await desk.page.locator('.library').waitFor();
});

test('beside the source it is shown how it reads, and only what changed is drawn again', async () => {
  const { content, mode } = await openEditor(desk);
  await mode('并排');
  const preview = desk.$('preview');
  await preview.locator('strong').getByText('慢慢').waitFor();
  await preview
    .locator('h2')
    .first()
    .evaluate((h) => h.setAttribute('data-same', ''));
  await content.press('Control+End');
  await desk.page.keyboard.type('**新的**');
  await preview.locator('strong').getByText('新的').waitFor();
  expect(await preview.locator('[data-same]').count()).toBe(1);
  await mode('阅读');
  await desk.$('article-text').getByText('新的').waitFor();
});

test('while the model writes the text is to read, and it is said', async () => {
  desk.fake.articles.script.still = ({ kind }) => kind === 'write';
  const shown = await openArticle(desk, [TEXTS[0] ?? '', TEXTS[1] ?? '']);
  await shown.tab('全文');
  const { mode, waitSaved, saved } = await editing(desk, shown);
  await desk.page.keyboard.press('Control+End');
  await desk.page.keyboard.type('我补一句。');
  await desk.$('article-write').click(); // what is unsaved goes first
  await desk.$('manuscript-locked').waitFor();
  expect(saved()).toContain('我补一句。');
  await expect.poll(() => desk.$('manuscript').count()).toBe(0);
  await desk.$('article-pause').click();
  await desk.page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  await waitSaved();
  await mode('阅读');
});
