// The board while it writes: live text, steering, a repetition taken back, the queue, and other tabs.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const state = (at: number, name: string) =>
  desk.$('article-section').nth(at).locator(`[data-testid=article-section-state][data-state=${name}]`);
const announced = () => desk.page.locator('[aria-live=polite]').first().innerText();
const writing = async (everyMs = 120) => {
  desk.fake.articles.script.everyMs = everyMs;
  const shown = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await state(1, 'writing').waitFor();
  return shown;
};

test('the section in flight is steered: longer, good as it is, skip; a note goes to the rest', async () => {
  const { made, bodies } = await writing();
  await desk.$('steer-longer').click();
  await desk.$('article-section').nth(1).getByText('/ 156 字').waitFor();
  expect(await announced()).toBe('这一节会长一点。');
  await desk.$('steer-enough').click();
  await state(2, 'writing').waitFor();
  await state(1, 'written').waitFor();
  expect(made.sections[1].text.length).toBeLessThan(120);
  await desk.$('steer-note').fill('收得平静一点');
  await desk.$('steer-note').press('Enter');
  await expect.poll(() => desk.$('steer-note').inputValue()).toBe('');
  await desk.$('steer-skip').click();
  await desk.$('text-section').first().waitFor(); // nothing is left to write: the text is shown
  expect(bodies('POST', '/steer')).toEqual([
    { action: 'longer' },
    { action: 'enough' },
    { action: 'note', text: '收得平静一点' },
    { action: 'skip' },
  ]);
  expect(await desk.$('text-section').count()).toBe(2);
});

test('a pause is heard though something else is still being asked for', async () => {
  await writing(2_000);
  let answer = () => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await desk.page.route('**/steer', async (route) => {
    await asked;
    await route.continue();
  });
  await desk.$('steer-longer').click();
  await desk.$('article-pause').click();
  answer();
  await desk.$('article-write').waitFor();
});

test('what cannot be steered says so and the note stays', async () => {
  await writing();
  desk.fake.state.refuse = (_, path) =>
    path.endsWith('/steer') && [409, problem('nothing_in_flight', '现在没有正在写的一节', '', '等它开始写再试。')];
  await desk.$('steer-note').fill('收得平静一点');
  await desk.$('steer-send').click();
  await desk.$('problem').getByText('现在没有正在写的一节').waitFor();
  expect(await desk.$('steer-note').inputValue()).toBe('收得平静一点');
});

test('the text comes as it is written, and a repetition that is taken back goes from the page', async () => {
  desk.fake.articles.script.repeats = 's2';
  const { made } = await writing(200);
  const tail = () => desk.$('article-section-tail').innerText();
  await expect.poll(tail).toContain('叶子在杯底慢慢舒展开来。');
  await expect.poll(() => desk.fake.articles.script.repeats, { timeout: 20_000 }).toBe(null);
  await expect.poll(async () => (await tail()).trim() === made.sections[1].text).toBe(true);
  expect(made.sections[1].text).not.toContain('第一口总是淡的');
  const asked = desk.fake.state.log.filter((r) => r.path === 'articles/a1').length;
  const before = (await tail()).length;
  await expect.poll(async () => (await tail()).length).toBeGreaterThan(before + 10);
  // that was streamed, and not asked for piece by piece
  expect(desk.fake.state.log.filter((r) => r.path === 'articles/a1').length - asked).toBeLessThan(3);
});

test('its place in the queue is said while another article writes', async () => {
  desk.fake.articles.script.queued = 2;
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.$('article-progress').getByText('在排队，第 2 位').waitFor();
  expect(await desk.$('steer-skip').count()).toBe(0);
  await tab('全文');
  desk.fake.articles.script.everyMs = 60;
  desk.fake.articles.script.queued = 0;
  await desk.$('article-progress').getByText('正在写').waitFor();
  await desk.$('text-section').nth(1).locator('.prose.live').waitFor();
  expect(await desk.page.locator('.problem').count()).toBe(0);
});

test('a text that another tab changed is shown, and a server that is away costs nothing', async () => {
  const { made, tab } = await openArticle(desk);
  await tab('全文');
  desk.fake.articles.setText(made, made.sections[0], '别处改过的第一节。', 'edited');
  await desk.$('article-text').getByText('别处改过的第一节').waitFor();
  desk.fake.state.down = true;
  await desk.$('article-polish').click();
  await desk.$('problem').getByText('连不上翰墨的服务，文字都还在。').waitFor();
  expect(await desk.$('article-text').innerText()).toContain('别处改过的第一节');
  desk.fake.state.down = false;
  desk.fake.articles.script.checkMs = 2000;
  await desk.$('article-polish').click();
  await desk.$('article-progress').getByText('正在润色').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.$('article-progress').getByText('已完成').waitFor();
  expect(await desk.$('edits-empty').innerText()).toContain('还没有建议'); // stopped is not read through
});

test('an article that was paused in the middle of a section goes on where it stopped', async () => {
  const { made } = await writing(100);
  await desk.$('article-section-tail').getByText('叶子在杯底').waitFor();
  await desk.$('article-pause').click();
  await desk.$('article-progress').getByText('已暂停').waitFor();
  await state(1, 'waiting').waitFor();
  const before = made.sections[1].text;
  expect((await desk.$('article-section-tail').innerText()).trim()).toBe(before);
  await desk.$('article-write').click();
  await state(1, 'writing').waitFor();
  await expect.poll(async () => (await desk.$('article-section-tail').innerText()).trim().length).toBeGreaterThan(before.length);
  expect(await desk.$('article-section-tail').innerText()).toMatch(new RegExp(`^${before}`));
});
