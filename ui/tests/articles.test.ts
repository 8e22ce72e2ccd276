// The built page writes an article against a scripted server: brief, plan, board, pause, text.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { problem } from './support/fake.js';
import { setHidden, useDesk } from './support/page.ts';

const desk = useDesk();
const calls = () => desk.fake.state.log.filter((r) => r.path.startsWith('articles')).map((r) => `${r.method} ${r.path}`);
const puts = () => desk.fake.state.log.filter((r) => r.method === 'PUT').map((r) => r.body);
const headings = () =>
  desk.$('plan-heading').evaluateAll((inputs) => inputs.map((input) => (input instanceof HTMLInputElement ? input.value : '')));
const sectionState = (at: number, state: string) =>
  desk.$('article-section').nth(at).locator(`[data-testid=article-section-state][data-state=${state}]`);
/** What is written stands still in this section, once something of it is there. */
const stillIn = (wanted: string) => (desk.fake.articles.script.still = ({ section, text }) => section === wanted && text !== '');
const goOn = () => (desk.fake.articles.script.still = () => false);
const saved = () => desk.page.locator('[data-testid=plan-saved][data-state=saved]');
const inList = () => desk.$('conversation-list').locator('[data-kind=article]');
const text = () => desk.$('article-text').locator('.prose').first();
const tab = (name: string) => desk.page.getByRole('group', { name: '看提纲或全文' }).getByRole('button', { name, exact: true });

async function brief(words = '一篇讲春茶的小文', button = 'article-plan'): Promise<void> {
  await desk.$('new-article').click();
  await desk.$('article-brief').fill(words);
  await desk.page.getByRole('button', { name: '800', exact: true }).click();
  await desk.$(button).click();
}

test('brief, an edited plan, the board, pause and go on, the whole text, and out of the page', async () => {
  await brief();
  await desk.$('plan-heading').first().waitFor();
  expect(new URL(desk.page.url()).pathname).toMatch(/^\/a\/a\w+$/);
  expect(desk.fake.state.log.find((r) => r.method === 'POST' && r.path === 'articles')?.body).toEqual({
    text: '一篇讲春茶的小文',
    words: 800,
  });
  expect(await headings()).toEqual(['为什么怕开水', '三种茶，三种水', '凉得多快']);
  await expect.poll(() => inList().innerText()).toMatch(/春茶与水温[\s\S]*提纲/);

  await desk.page.clock.install(); // saved at once, however slow the hand is
  await desk.page.clock.pauseAt(Date.now() + 10_000);
  await desk.$('plan-heading').first().fill('好茶怕不怕开水');
  await desk.$('plan-remove').nth(2).click();
  await desk.$('plan-add').click();
  await desk.page.keyboard.type('收尾');
  await desk.$('plan-points').nth(2).fill('一句话收住\n\n 不要说教 ');
  await desk.$('plan-words').nth(2).fill('60');
  await desk.$('plan-up').nth(1).click();
  expect(await desk.$('plan-total').innerText()).toBe('280 / 800 字');
  await desk.page.clock.resume();
  await saved().waitFor();
  expect(desk.fake.articles.articles.get('a1').plan).toEqual({
    title: '春茶与水温',
    headed: true,
    sections: [
      { id: 's2', heading: '三种茶，三种水', points: ['龙井', '铁观音', '熟普'], words: 120, note: '', skipped: false },
      { id: 's1', heading: '好茶怕不怕开水', points: ['氨基酸与茶多酚', '水温越高越苦'], words: 100, note: '', skipped: false },
      { id: 's4', heading: '收尾', points: ['一句话收住', '不要说教'], words: 60, note: '', skipped: false },
    ],
  });

  stillIn('s2');
  desk.fake.articles.script.attention = 's1';
  desk.fake.articles.script.findings = [
    { code: 'short', section: 's1', index: 1, text: '这一节比目标少 12 字。', start: 0, end: 0, other: null },
  ];
  await desk.$('article-write').click();
  await sectionState(0, 'writing').waitFor();
  await desk.$('article-section-tail').waitFor();
  await expect
    .poll(() => desk.$('article-progress').innerText())
    .toMatch(/正在写[\s\S]*第 1 节[\s\S]*\d+ \/ 280 字[\s\S]*约 \d+ 分钟/);
  expect(await desk.$('article-section').first().innerText()).toMatch(/\d+ \/ 120 字/);
  stillIn('s1');
  await sectionState(0, 'written').waitFor();
  await desk.$('article-pause').click();
  await desk.$('article-pause').waitFor({ state: 'detached' });
  await expect.poll(() => desk.$('article-progress').innerText()).toContain('已暂停');
  await expect.poll(() => inList().innerText()).toMatch(/\d+ %/);
  goOn();
  await desk.$('article-write').click();

  await text().waitFor(); // done: the whole text is shown
  expect(await desk.$('article-text').locator('h2').allInnerTexts()).toEqual(['三种茶，三种水', '好茶怕不怕开水', '收尾']);
  expect(await desk.$('article-findings').innerText()).toMatch(/这一节比目标少 12 字。[\s\S]*第 2 节 · 好茶怕不怕开水/);
  await expect.poll(() => inList().innerText()).toMatch(/已完成/);
  await expect.poll(() => desk.page.locator('[aria-live=polite]').first().innerText()).toBe('文稿写完了。');
  await tab('各节').click();
  await sectionState(1, 'attention').waitFor();
  expect(await sectionState(1, 'attention').innerText()).toBe('需看');

  const [download] = await Promise.all([desk.page.waitForEvent('download'), desk.$('article-download').click()]);
  expect(download.suggestedFilename()).toBe('春茶与水温.md');
  expect(await readFile(await download.path(), 'utf8')).toMatch(/^# 春茶与水温\n\n## 三种茶，三种水\n/);
  await desk.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.$('article-copy').click();
  await expect.poll(() => desk.page.evaluate(() => navigator.clipboard.readText())).toMatch(/^# 春茶与水温\n/);
});

test('written at once, and read again in the middle', async () => {
  stillIn('s1');
  await brief('直接写一篇', 'article-write');
  await sectionState(0, 'writing').waitFor();
  await desk.page.reload();
  await sectionState(0, 'writing').waitFor();
  stillIn('s2');
  await sectionState(0, 'written').waitFor();
  await tab('全文').click();
  await text().getByText('水沸之后').first().waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.page.getByText('已暂停').first().waitFor();
  expect(calls()).toContain('POST articles/a1/pause');
  expect(calls().filter((call) => call.endsWith('/plan'))).toEqual([]);
});

test('what is wrong with the brief stands beside its field, and the draft stays until it is accepted', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-plan').click();
  await desk.page.locator('#brief-problem').waitFor();
  await expect
    .poll(() => desk.$('article-brief').evaluate((el) => [el.ariaInvalid, el === document.activeElement]))
    .toEqual(['true', true]);
  await desk.$('article-brief').fill('一份季度报告');
  await desk.$('article-words').fill('200000');
  await desk.page.getByRole('button', { name: 'English', exact: true }).click();
  await desk.$('article-write').click();
  await desk.page.locator('#words-problem').waitFor();
  expect(await desk.page.locator('#words-problem').innerText()).toContain('20 到 60,000 字');
  await desk.page.reload();
  expect(await desk.$('article-brief').inputValue()).toBe('一份季度报告');
  expect(await desk.$('article-words').inputValue()).toBe('200000');
  await desk.$('article-words').fill('300');
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  expect(desk.fake.state.log.findLast((r) => r.method === 'POST' && r.path === 'articles')?.body).toEqual({
    text: '一份季度报告',
    words: 300,
    lang: 'en',
  });
  await desk.$('new-article').click();
  expect(await desk.$('article-brief').inputValue()).toBe('');
});

test('a plan that the server does not take is kept, said, and can be put right', async () => {
  await brief();
  await desk.$('plan-heading').first().waitFor();
  for (let left = 3; left > 0; left--) await desk.$('plan-remove').first().click();
  await desk.page.locator('[data-testid=plan-saved][data-state=failed]').waitFor();
  expect(await desk.$('problem').innerText()).toContain('至少留一节');
  const before = puts().length;
  await desk.$('article-write').click();
  await expect.poll(() => puts().length).toBe(before + 1);
  await desk.page.locator('[data-testid=plan-saved][data-state=failed]').waitFor();
  expect(calls().some((call) => call.endsWith('/write'))).toBe(false);
  await desk.$('plan-undo').click();
  await saved().waitFor();
  expect(await headings()).toEqual(['凉得多快']);
});

test('what is typed in the plan while the server is away survives a reload and is saved', async () => {
  await brief();
  await desk.$('plan-heading').first().waitFor();
  desk.fake.state.refuse = (method) => method === 'PUT' && [502, '<html>'];
  await desk.$('plan-heading').first().fill('改过的小标题');
  await desk.page.locator('[data-testid=plan-saved][data-state=failed]').waitFor();
  await desk.page.reload();
  await desk.$('plan-heading').first().waitFor();
  expect((await headings())[0]).toBe('改过的小标题');
  desk.fake.state.refuse = null;
  await saved().waitFor();
  expect(puts().at(-1).sections[0].heading).toBe('改过的小标题');
});

test('a section moves by keyboard and keeps the focus', async () => {
  await brief();
  await desk.$('plan-heading').first().focus();
  await desk.page.keyboard.press('Alt+ArrowDown');
  await desk.page.keyboard.press('Alt+ArrowDown');
  await desk.page.keyboard.press('Alt+ArrowDown'); // already last
  expect(await headings()).toEqual(['三种茶，三种水', '凉得多快', '为什么怕开水']);
  await desk.page.keyboard.type('。');
  expect((await headings())[2]).toContain('。');
  await desk.$('plan-up').nth(1).press('Enter');
  expect((await headings())[0]).toBe('凉得多快');
  expect(
    await desk
      .$('plan-heading')
      .first()
      .evaluate((el) => el === document.activeElement),
  ).toBe(true);
});

test('the plan can be changed while paused; what is written and unchanged stays', async () => {
  stillIn('s2');
  await brief('写一篇', 'article-write');
  await sectionState(0, 'written').waitFor();
  await desk.$('article-pause').click();
  await tab('提纲').click();
  await desk.$('plan-heading').nth(2).fill('换个收尾');
  await desk.$('article-write').waitFor();
  goOn();
  await desk.$('article-write').click();
  await text().waitFor();
  expect(await desk.$('article-text').locator('h2').allInnerTexts()).toEqual(['为什么怕开水', '三种茶，三种水', '换个收尾']);
});

test('a plan that fails says why, and can be asked for again', async () => {
  desk.fake.articles.script.problem = problem('plan_failed', '没有列出提纲', '模型没有按格式写。', '再试一次，或直接写。');
  await brief();
  await desk.$('problem').waitFor();
  expect(await desk.$('problem').innerText()).toContain('模型没有按格式写');
  desk.fake.articles.script.problem = null;
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  await desk.page.goto(`${desk.fake.url}a/nowhere`);
  await desk.$('problem').waitFor();
  await desk.page.locator('.missing a').click();
  await desk.$('article-brief').waitFor();
});

test('on a phone nothing is wider than the screen, in both languages', async () => {
  const width = () => desk.page.evaluate(() => document.documentElement.scrollWidth);
  await desk.page.setViewportSize({ width: 390, height: 800 });
  await desk.$('lang-toggle').click();
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('一篇很短的小文');
  expect(await width()).toBe(390);
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  expect(await width()).toBe(390);
  stillIn('s1');
  await desk.$('article-write').click();
  await sectionState(0, 'writing').waitFor();
  expect(await sectionState(0, 'writing').innerText()).toBe('Writing');
  expect(await width()).toBe(390);
  for (const part of ['article-pause', 'article-progress']) {
    const box = await desk.$(part).boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
  }
  goOn();
  await text().waitFor();
  expect(await width()).toBe(390);
  await desk.page.locator('.drawer').click();
  await inList().waitFor();
  await expect.poll(() => inList().innerText()).toMatch(/Done/);
});

test('a hidden tab asks for no text; seen again, it catches up', async () => {
  stillIn('s1');
  await brief('写一篇', 'article-write');
  await desk.$('article-section').first().waitFor();
  const asked = () => calls().filter((call) => call === 'GET articles/a1').length;
  await setHidden(desk.page, true);
  const before = asked();
  let meanwhile = 0;
  desk.fake.articles.script.still = () => ((meanwhile = asked()), false);
  await expect.poll(() => desk.fake.articles.view(desk.fake.articles.articles.get('a1')).state).toBe('done');
  expect(meanwhile).toBeGreaterThanOrEqual(before);
  expect(meanwhile).toBeLessThanOrEqual(before + 1); // one may have been under way
  await setHidden(desk.page, false);
  await text().waitFor();
});
