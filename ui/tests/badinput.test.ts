// What does not belong into a field, two tabs with something unsent, and a server that is away in the wrong moment.
import { expect, test } from 'vitest';
import { openEditor } from './support/editor.ts';
import { paste } from './support/files.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const said = () => desk.$('problem').last().innerText();
const BINARY = 'PNG\u0000\u0001\u0002';

/** 20 MB are made in the page; Chromium's own paste is not asked, as it never is with an event of ours. */
const pasteLong = (on: string) =>
  desk.page
    .locator(`[data-testid=${on}]`)
    .first()
    .evaluate((el) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', '字'.repeat(20_000_000));
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      return !el.dispatchEvent(event);
    });

const FIELDS: [string, string, string][] = [
  ['the input', '', 'input'],
  ['a new article', 'a', 'article-brief'],
  ['a template', 't/new', 'template-text'],
  ['a variable of a template', 't/zh-weekly-report', 'template-value'],
];

test.each(FIELDS)('in %s binary and twenty million characters are refused, and what is there stays', async (_, path, field) => {
  await desk.page.goto(desk.fake.url + path);
  await desk.$(field).first().fill('写好的');
  await paste(desk.page, field, { text: BINARY });
  await expect.poll(said).toContain('那里面不是文字');
  expect(await pasteLong(field)).toBe(true);
  await expect.poll(said).toContain('要放进来的有 20,000,000 个字符，这一栏最多 150,000 个');
  expect(await desk.$(field).first().inputValue()).toBe('写好的');
});

test('so they are in a field of the brief', async () => {
  await desk.$('brief-toggle').click();
  await desk.$('brief-task').fill('写一篇讲春茶的文章');
  expect(await pasteLong('brief-task')).toBe(true);
  await expect.poll(said).toContain('最多 150,000 个');
  expect(await desk.$('brief-task').inputValue()).toBe('写一篇讲春茶的文章');
});

test('a paste of usual size is left to the browser', async () => {
  const prevented = await desk.$('input').evaluate((el) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', '一段文字'.repeat(1000));
    return !el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  expect(prevented).toBe(false);
});

test('a file that nobody takes does not open in the place of the page', async () => {
  await desk.page.goto(`${desk.fake.url}t`);
  const prevented = await desk.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'a.txt'));
    const on = document.querySelector('[data-testid=status-line]') ?? document.body;
    return ['dragover', 'drop'].map(
      (type) => !on.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })),
    );
  });
  expect(prevented).toEqual([true, true]);
});

test('two tabs at one place keep two drafts, and each finds its own again', async () => {
  await desk.$('input').fill('第一个标签页写的');
  const second = await desk.open();
  const input = desk.$('input', second);
  await expect.poll(() => input.inputValue()).toBe('');
  await input.fill('第二个写的');
  await desk.page.reload();
  await second.reload();
  await expect.poll(() => desk.$('input').inputValue()).toBe('第一个标签页写的');
  await expect.poll(() => input.inputValue()).toBe('第二个写的');
  await input.press('Enter');
  await desk.finish('stop', second).waitFor();
  expect(await desk.$('input').inputValue()).toBe('第一个标签页写的');
  await second.goto(desk.fake.url);
  await expect.poll(() => desk.$('input', second).inputValue()).toBe('');
});

test('the draft of a tab that was closed comes to the next one, once', async () => {
  const gone = await desk.open();
  await desk.$('input', gone).fill('没有送出的');
  await gone.close({ runBeforeUnload: false });
  const next = await desk.open();
  await expect.poll(() => desk.$('input', next).inputValue()).toBe('没有送出的');
  const third = await desk.open();
  await expect.poll(() => desk.$('input', third).inputValue()).toBe('');
  await desk.$('input', next).fill('');
  await next.reload();
  await desk.$('input', next).waitFor();
  expect(await desk.$('input', next).inputValue()).toBe('');
});

test('two new articles in two tabs are two', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('第一篇讲春茶');
  const second = await desk.open('a');
  await expect.poll(() => desk.$('article-brief', second).inputValue()).toBe('');
  await desk.$('article-brief', second).fill('第二篇讲秋水');
  await desk.page.reload();
  await expect.poll(() => desk.$('article-brief').inputValue()).toBe('第一篇讲春茶');
  await second.reload();
  await expect.poll(() => desk.$('article-brief', second).inputValue()).toBe('第二篇讲秋水');
});

test('a message that meets nobody stays in the input, says so, and goes when it is sent again', async () => {
  await desk.$('input').fill('要紧的一句');
  desk.fake.state.down = true;
  await desk.$('input').press('Enter');
  await desk.$('problem').waitFor();
  expect(await desk.$('input').inputValue()).toBe('要紧的一句');
  desk.fake.state.down = false;
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(await desk.$('input').inputValue()).toBe('');
});

test('a server that starts anew in the middle of a save has the text in the end', async () => {
  const { content, saved, waitSaved } = await openEditor(desk);
  let starting = true;
  await desk.page.route('**/text', (route) => {
    if (!starting) return route.continue();
    // As a proxy answers while nobody is behind it.
    return route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' });
  });
  await content.press('Control+End');
  await desk.page.keyboard.type('重启时写的。');
  await waitSaved('offline');
  starting = false;
  await waitSaved(); // by itself
  expect(saved()).toContain('重启时写的。');
});
