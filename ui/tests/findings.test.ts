// What the checks find: underlined where it stands, said in a card, mended in the text by a click or a key, and undone.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { openEditor } from './support/editor.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const at = (text: string | undefined, words: string) => {
  const start = [...(text ?? '').slice(0, (text ?? '').indexOf(words))].length;
  return { start, end: start + [...words].length };
};
const found = (index: number, words: string, text: string, more: object = {}) => ({
  ...{ code: 'x', section: `s${index + 1}`, index, text, ...at(TEXTS[index], words), other: null, fix: null, action: '' },
  ...more,
});
const hot = at(TEXTS[1], '慢慢');

function given() {
  desk.fake.articles.script.findings = [
    { code: 'short', section: null, index: null, text: '全文太短。', start: 0, end: 0, other: null, fix: null, action: 'continue' },
    found(1, '**慢慢**', '粗体用错了。', { fix: { start: hot.start, end: hot.end, text: '缓缓' } }),
    found(1, '铁观音不怕热', '说过了。', { action: 'rephrase' }),
    found(2, '龙井用九十度的水。', '混进来的话。', { action: 'remove' }),
  ];
}

test('a certain fix is made in place, by key or click, and undo takes it back', async () => {
  given();
  const { content, text, saved } = await openEditor(desk);
  await expect.poll(() => content.locator('[data-finding]').count()).toBeGreaterThanOrEqual(3);
  await content.press('F8');
  await desk.$('finding-card').getByText('粗体用错了。').waitFor();
  await content.press('Control+Enter');
  await expect.poll(() => desk.page.evaluate(() => document.activeElement?.textContent)).toBe('改成“缓缓”');
  await desk.page.keyboard.press('Enter');
  await expect.poll(text).toContain('**缓缓**注入');
  await expect.poll(saved).toContain('**缓缓**注入');
  await content.press('Control+z');
  await expect.poll(text).toContain('**慢慢**注入');
});

test('next and previous go around; the card closes with Esc and gives the keys back', async () => {
  given();
  const { content } = await openEditor(desk);
  await content.locator('[data-finding]').first().waitFor();
  const card = desk.$('finding-card');
  await content.press('Shift+F8');
  await card.getByText('混进来的话。').waitFor();
  await desk.page.keyboard.press('F8');
  await card.getByText('粗体用错了。').waitFor();
  await desk.$('finding-next').click();
  await card.getByText('说过了。').waitFor();
  await desk.page.keyboard.press('Escape');
  await card.waitFor({ state: 'hidden' });
  await expect.poll(() => content.evaluate((host) => host === document.activeElement)).toBe(true);
  await content.locator('[data-finding="3"]').first().click();
  await card.getByText('混进来的话。').waitFor();
});

test('what the model would mend is asked for in its place; what is to go, goes', async () => {
  given();
  const { bodies, text, saved } = await openEditor(desk);
  await desk.$('findings-toggle').click();
  const panel = desk.$('findings-panel');
  await expect.poll(() => panel.locator('li').count()).toBe(4);
  await panel.locator('li').nth(2).locator('[data-testid=finding-mend]').click();
  await desk.$('suggestion').first().waitFor();
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'rephrase', ...at(TEXTS[1], '铁观音不怕热') }]);
  await desk.page.keyboard.press('Escape');
  await panel.locator('li').nth(3).locator('[data-testid=finding-mend]').click();
  await expect.poll(text).not.toContain('龙井用九十度的水');
  await expect.poll(saved).not.toContain('龙井用九十度的水');
  await panel.locator('li').nth(0).locator('[data-testid=finding-mend]').click(); // the whole goes on from its end
  await desk.$('suggestion').first().waitFor();
  expect(bodies('POST', '/sections/s3/rewrite')).toMatchObject([{ kind: 'continue' }]);
});

test('from the list over the text, the editor opens and mends it there', async () => {
  given();
  const { made } = await openArticle(desk);
  await desk.$('article-findings').locator('li').nth(1).locator('[data-testid=finding-mend]').click();
  await desk.page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  await expect.poll(() => desk.fake.articles.text(made)).toContain('**缓缓**注入');
});

test('under an answer there is a quiet line, with a mended copy', async () => {
  desk.fake.script.findings = [
    found(0, '绿茶', '少了一个字。', { section: null, start: 0, end: 1, fix: { start: 0, end: 1, text: '您' } }),
  ];
  await desk.ask('写一句话');
  await desk.finish('stop').waitFor();
  await desk.$('answer-checks').locator('summary').click();
  expect(await desk.$('answer-checks').innerText()).toMatch(/1 处需要看一看[\s\S]*少了一个字。/);
  await desk.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.$('answer-mended').click();
  await expect.poll(() => desk.page.evaluate(() => navigator.clipboard.readText())).toMatch(/^您推开门/);
});

test('an answer that its model ended in the middle goes on; one that is too short and whole does not', async () => {
  const finding = (code: string, text: string) =>
    found(0, '绿茶', text, { code, section: null, start: 0, end: 0, action: 'continue' });
  Object.assign(desk.fake.script, { text: '要带的东西：', findings: [finding('may_be_unfinished', '可能未写完。')] });
  await desk.ask('写一句话');
  await desk.$('answer-checks').locator('summary').click();
  Object.assign(desk.fake.script, { text: '一把伞。', findings: [finding('article_too_short', '全文太短。')] });
  await desk.$('answer-continue').click();
  await expect.poll(() => desk.answer()).toBe('要带的东西：一把伞。');
  await desk.$('answer-checks').getByText('全文太短。').waitFor({ state: 'attached' });
  expect(await desk.$('answer-continue').count()).toBe(0);
});
