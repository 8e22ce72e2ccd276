// What can be done with one section: rewriting all of it or what is selected, and editing its source.
import { expect, test } from 'vitest';
import { openArticle, select, TEXTS } from './support/article.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const section = (at: number) => desk.$('text-section').nth(at);
/** What is written stands still as soon as something of it is there. */
const begun = ({ kind, text }: { kind: string; text: string }) => kind === 'write' && text !== '';
const menu = (at: number) => desk.$('section-menu').nth(at).click();

test('what is selected is rewritten, by its place in the source', async () => {
  const { bodies, tab } = await openArticle(desk);
  await select(section(1), '铁观音不怕热');
  await desk.$('text-pick').click();
  expect(await desk.$('section-dialog').innerText()).toContain('铁观音不怕热');
  await desk.$('section-instruction').fill('加上时间');
  await desk.$('rewrite-expand').click();
  await desk.$('edit').waitFor();
  const start = [...(TEXTS[1] ?? '').slice(0, (TEXTS[1] ?? '').indexOf('铁观音'))].length;
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'expand', instruction: '加上时间', start, end: start + 6 }]);
  expect(await desk.$('edit-diff').locator('del').innerText()).toBe('铁观音不怕热');
  await desk.$('edit-accept').click();
  await tab('全文');
  await section(1).getByText('慢慢注入。换过的一段。').waitFor();
});

test('where the selection is not certain in the source, it is said and the whole section is offered', async () => {
  const { bodies } = await openArticle(desk);
  await select(section(1), '慢慢注入');
  await desk.$('section-menu').nth(1).click(); // the selection survives the button
  expect(await desk.$('section-unplaced').innerText()).toContain('只能改整节');
  await desk.$('rewrite-shorten').click();
  await desk.$('edit').waitFor();
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'shorten' }]);
});

test('a file of code is changed as a whole', async () => {
  const { bodies, made } = await openArticle(desk);
  made.sections[1].file = true;
  await desk.page.reload();
  await select(section(1), '铁观音不怕热');
  await desk.$('text-pick').click();
  await desk.$('section-instruction').fill('加上时间');
  expect(await desk.$('rewrite-expand').count()).toBe(0);
  await desk.$('rewrite-anew').click();
  await desk.$('edit').waitFor();
  expect(bodies('POST', '/sections/s2/rewrite')).toMatchObject([{ kind: 'anew', instruction: '加上时间' }]);
});

test('the source is edited by hand; what the server does not take is kept', async () => {
  const { bodies, made, tab } = await openArticle(desk);
  await menu(1);
  await desk.$('section-edit').click();
  expect(await desk.$('section-source').inputValue()).toBe(TEXTS[1]);
  await desk.$('section-source').fill('手写的**一节**。');
  desk.fake.state.refuse = (method) => method === 'PUT' && [409, problem('section_in_flight', '这一节正在写', '', '等它写完。')];
  await desk.$('source-save').click();
  await section(1).locator('[data-testid=problem]').getByText('这一节正在写').waitFor();
  desk.fake.state.refuse = null;
  await desk.page.reload();
  await menu(1);
  await desk.$('section-edit').click();
  expect(await desk.$('section-source').inputValue()).toBe('手写的**一节**。');
  desk.fake.articles.setText(made, made.sections[1], '别处写的。', 'edited');
  await section(1).getByText('这一节在别处改过了').waitFor();
  await desk.$('section-source').press('Control+Enter');
  await section(1).locator('strong').getByText('一节').waitFor();
  expect(bodies('PUT', '/sections/s2').at(-1)).toEqual({ text: '手写的**一节**。' });
  await tab('版本');
  expect(await desk.$('version').first().innerText()).toMatch(/手改[\s\S]*三种茶/);
});

test('by keyboard: a selection in the source is rewritten too, and the menu is reached from the board', async () => {
  const { bodies, tab } = await openArticle(desk);
  await tab('各节');
  await desk.$('section-menu').nth(2).focus();
  await desk.page.keyboard.press('Enter');
  await desk.$('section-edit').focus();
  await desk.page.keyboard.press('Enter');
  await desk.$('section-source').waitFor();
  await desk.page.keyboard.press('Control+Home');
  await desk.page.keyboard.press('Shift+End');
  await desk.$('source-pick').focus();
  await desk.page.keyboard.press('Enter');
  await desk.$('rewrite-rephrase').click();
  await desk.$('edit').waitFor();
  expect(bodies('POST', '/sections/s3/rewrite')).toEqual([{ kind: 'rephrase', start: 0, end: [...(TEXTS[2] ?? '')].length }]);
});

test('the section in flight waits, and a refusal is said in the menu', async () => {
  desk.fake.articles.script.still = begun;
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  desk.fake.state.refuse = (_, path) =>
    path.endsWith('/rewrite') && [409, problem('article_writing', '正在写这篇文稿', '', '等它写完，或先暂停。')];
  await menu(0);
  await desk.$('rewrite-tone').click();
  await desk.$('section-dialog').getByText('等它写完，或先暂停。').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.$('section-dialog').waitFor({ state: 'hidden' });
  await desk.$('article-write').click();
  await tab('各节');
  await desk.page.locator('[data-testid=article-section-state][data-state=writing]').waitFor();
  await menu(0);
  expect(await desk.$('section-polish').isDisabled()).toBe(true);
  expect(await desk.$('section-edit').isDisabled()).toBe(false);
  await desk.page.keyboard.press('Escape');
  await menu(1);
  await desk.$('section-dialog').getByText('现在还不能改写').waitFor();
  expect(await desk.$('section-edit').isDisabled()).toBe(true);
});

test('a section that is written can be rewritten while others are still being written', async () => {
  const { script } = desk.fake.articles;
  script.still = (on) => on.kind === 'rewrite' || begun(on);
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.page.locator('[data-testid=article-section-state][data-state=writing]').waitFor();
  await menu(0);
  await desk.$('rewrite-tone').click();
  await desk.$('edits-empty').getByText('有建议就会出现在这里').waitFor();
  script.still = begun;
  await desk.$('edit').waitFor();
  await expect.poll(() => desk.page.locator('[aria-live=polite]').first().innerText()).toBe('看完了，有 1 处建议。');
  await desk.$('edit-accept').click();
  await tab('全文');
  await section(0).getByText('换过的一段。').waitFor();
  expect(await desk.$('article-progress').innerText()).toContain('正在写');
});

test('a rewrite that fails while others are being written says so at once', async () => {
  desk.fake.articles.script.still = begun;
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.page.locator('[data-testid=article-section-state][data-state=writing]').waitFor();
  desk.fake.articles.script.problem = problem('rewrite_unchanged', '没有换出别的说法', '', '换一条要求再试。');
  await menu(0);
  await desk.$('rewrite-tone').click();
  await desk.page.getByText('没有换出别的说法').waitFor();
  await tab('各节');
  expect(await desk.$('article-progress').innerText()).toContain('正在写');
});

test('a menu that is opened again at once stays open', async () => {
  const { tab } = await openArticle(desk);
  await tab('全文');
  await menu(0);
  await desk.page.locator('dialog[data-testid=section-dialog][open]').waitFor();
  await desk.page.evaluate(() => {
    document.querySelector<HTMLDialogElement>('[data-testid=section-dialog]')?.close(); // it hears of that later
    document.querySelector<HTMLElement>('[data-testid=section-menu]')?.click();
  });
  await desk.page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  expect(await desk.page.locator('dialog[data-testid=section-dialog][open]').count()).toBe(1);
});
