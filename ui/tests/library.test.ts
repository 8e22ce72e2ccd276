// What is done with an article as a whole, on the built page: named, pinned, deleted and brought back, as a conversation is.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { openEditor } from './support/editor.ts';
import { problem } from './support/fake.js';
import { Keys } from './support/keys.ts';
import { setHidden, useDesk } from './support/page.ts';

const desk = useDesk({ reducedMotion: 'reduce' });
const keys = new Keys(desk);
const rows = () => desk.$('conversation-list').locator('li');
const row = (id: string) => desk.page.locator(`[data-row="${id}"]`);
const missing = (on = desk.page) => desk.$('problem', on).getByText('找不到这篇文稿');

/** Titles as they stand in the list, without how far an article has come. */
const titles = () => rows().locator('.title').allInnerTexts();

async function menu(id: string, item: string): Promise<void> {
  await row(id).hover();
  await row(id).locator('[data-testid=row-menu]').click();
  await desk.$(item).click();
}

async function name(words: string): Promise<void> {
  await desk.$('title-field').fill(words);
  await desk.$('title-field').press('Enter');
}

test('an article is named and pinned among the conversations, and has its own title back without a name', async () => {
  desk.fake.createConversation('江南');
  const { made } = await openArticle(desk, TEXTS);
  await expect.poll(titles).toEqual(['春茶与水温', '江南']);
  await menu(made.id, 'row-rename');
  await name(' 给老周 ');
  await expect.poll(titles).toEqual(['给老周', '江南']);
  await desk.$('desk-title').getByText('给老周').waitFor();
  await expect.poll(() => desk.page.title()).toBe('给老周 · 翰墨');
  expect(made.plan.title).toBe('春茶与水温');
  desk.fake.createConversation('塞外');
  await menu(made.id, 'row-pin');
  await desk.$('conversation-list').getByRole('heading', { name: '置顶' }).waitFor();
  await expect.poll(titles).toEqual(['给老周', '塞外', '江南']);
  const download = desk.page.waitForEvent('download');
  await desk.$('article-download').click();
  expect((await download).suggestedFilename()).toBe('给老周.md');
  await desk.$('desk-title').click();
  await name('');
  await desk.$('desk-title').getByText('春茶与水温').waitFor();
  await expect.poll(titles).toEqual(['春茶与水温', '塞外', '江南']);
  await menu(made.id, 'row-pin');
  await desk.$('conversation-list').getByRole('heading', { name: '置顶' }).waitFor({ state: 'detached' });
});

test('the open article is deleted while it is written, and comes back with one click', async () => {
  desk.fake.articles.script.everyMs = 2_000;
  const { made } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.$('article-pause').waitFor();
  await menu(made.id, 'row-delete');
  await desk.page.locator('.examples').waitFor();
  expect([new URL(desk.page.url()).pathname, await rows().count(), made.job]).toEqual(['/', 0, null]);
  await desk.$('offer').getByText('文稿已删除').waitFor();
  await desk.$('offer-take').click();
  await desk.page.waitForURL(`**/a/${made.id}`);
  await desk.$('article-write').waitFor();
  await expect.poll(titles).toEqual(['春茶与水温']);
});

test('what is typed last goes to the server before the article is deleted', async () => {
  const { made, content, saved } = await openEditor(desk);
  await content.press('Control+End');
  await desk.page.keyboard.type('最后一句。');
  await menu(made.id, 'row-delete');
  await desk.$('offer-take').click();
  await desk.page.waitForURL(`**/a/${made.id}`);
  expect(saved()).toContain('最后一句。');
});

test('a tab that has a deleted article open says so, and shows it again when it is back', async () => {
  const { made } = await openArticle(desk, TEXTS);
  const other = await desk.open(`a/${made.id}`);
  await desk.$('desk-title', other).waitFor();
  await desk.page.bringToFront();
  await menu(made.id, 'row-delete');
  await desk.$('offer-take').waitFor();
  await setHidden(other, false); // somebody comes back to it
  await missing(other).waitFor();
  expect(await desk.$('desk-title', other).count()).toBe(0);
  await expect.poll(() => other.title()).not.toContain('春茶');
  await desk.$('offer-take').click();
  await desk.page.waitForURL(`**/a/${made.id}`);
  await setHidden(other, false);
  await desk.$('desk-title', other).getByText('春茶与水温').waitFor();
});

test('what was typed into an article that somebody deleted is kept, and saved when it is back', async () => {
  const { made, content, saved, waitSaved } = await openEditor(desk);
  made.deleted = true;
  desk.fake.state.refuse = (method, path) => method === 'GET' && /^articles\/\w+$/.test(path) && [503, {}];
  await content.press('Control+End');
  await desk.page.keyboard.type('没有白写。');
  await waitSaved('refused');
  made.deleted = false;
  desk.fake.state.refuse = null;
  await setHidden(desk.page, false);
  await expect.poll(saved).toContain('没有白写。');
});

test('what cannot be done is said, and nothing of it is shown as done', async () => {
  const { made } = await openArticle(desk, TEXTS);
  for (const [method, item] of Object.entries({ PATCH: 'row-pin', DELETE: 'row-delete' })) {
    desk.fake.state.refuse = (asked) => asked === method && [507, problem('disk_full', `磁盘满了：${method}`)];
    await menu(made.id, item);
    await desk.$('problem').getByText(`磁盘满了：${method}`).waitFor();
  }
  expect([made.pinned, made.deleted, await rows().count()]).toEqual([false, false, 1]);
  expect(new URL(desk.page.url()).pathname).toBe(`/a/${made.id}`);
});

test('the row of an article by keyboard: named, pinned, deleted, and nothing of it loses the focus', async () => {
  const { made } = await openArticle(desk, TEXTS);
  await desk.$('new-conversation').click();
  const link = `[data-row=${made.id}] a`;
  const button = `[data-row=${made.id}] [data-testid=row-menu]`;
  await keys.use(button);
  await keys.holds('row-rename');
  await keys.press('Enter');
  await keys.holds('title-field');
  await keys.type('老周');
  await keys.press('Enter');
  await keys.holds(link);
  await expect.poll(titles).toEqual(['老周']);
  await keys.use(button);
  await keys.press('ArrowDown', 'Enter');
  await expect.poll(() => made.pinned).toBe(true);
  await keys.holds(button);
  await keys.press('Enter', 'ArrowUp', 'Enter');
  await keys.holds('offer-take');
  await keys.press('Enter');
  await keys.holds(link);
  await keys.press('Enter');
  await keys.use('desk-title');
  await keys.holds('title-field');
  await keys.press('Escape');
  await keys.holds('desk-title');
});
