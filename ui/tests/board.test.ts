// The board while it writes: live text, steering, a repetition taken back, the queue, and other tabs.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const state = (at: number, name: string) =>
  desk.$('article-section').nth(at).locator(`[data-testid=article-section-state][data-state=${name}]`);
const announced = () => desk.page.locator('[aria-live=polite]').first().innerText();
/** The section is written as far as this, and stands still there. */
const stillIn = (wanted: string, length = 1) =>
  (desk.fake.articles.script.still = ({ section, text }) => section === wanted && text.length >= length);
const writing = async (length?: number) => {
  stillIn('s2', length);
  const shown = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await state(1, 'writing').waitFor();
  return shown;
};

test('the section in flight is steered: longer, good as it is, skip; a note goes to the rest', async () => {
  const { made, bodies } = await writing();
  await desk.$('steer-longer').click();
  await desk.$('article-section').nth(1).getByText('/ 156 字').waitFor();
  await expect.poll(announced).toBe('这一节会长一点。');
  await desk.$('steer-enough').click();
  await expect.poll(() => bodies('POST', '/steer').length).toBe(2);
  stillIn('s3');
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
  await writing();
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
  const { made } = await writing(20);
  const { script } = desk.fake.articles;
  const tail = async () => (await desk.$('article-section-tail').innerText()).trim();
  await expect.poll(tail).toContain('叶子在杯底慢慢舒展开来。');
  script.still = () => script.repeats === null;
  await expect.poll(() => script.repeats).toBe(null);
  await expect.poll(tail).toBe(made.sections[1].text);
  expect(made.sections[1].text).not.toContain('第一口总是淡的');
  let asked = 0;
  await desk.page.route('**/api/articles/a1', () => void asked++); // it gets no answer
  const before = (await tail()).length;
  stillIn('s2', before + 30);
  await expect.poll(() => made.sections[1].text.length).toBeGreaterThanOrEqual(before + 30);
  await expect.poll(tail).toBe(made.sections[1].text);
  // that was streamed, and not asked for piece by piece
  expect(asked).toBeLessThan(3);
});

test('its place in the queue is said while another article writes', async () => {
  desk.fake.articles.script.queued = 2;
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.$('article-progress').getByText('在排队，第 2 位').waitFor();
  expect(await desk.$('steer-skip').count()).toBe(0);
  await tab('全文');
  stillIn('s2');
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
  desk.fake.articles.script.still = ({ kind }) => kind === 'polish';
  await desk.$('article-polish').click();
  await desk.$('article-progress').getByText('正在润色').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.$('article-progress').getByText('已完成').waitFor();
  expect(await desk.$('edits-empty').innerText()).toContain('还没有建议'); // stopped is not read through
});

test('an article that was paused in the middle of a section goes on where it stopped', async () => {
  const { made } = await writing(20);
  await desk.$('article-section-tail').getByText('叶子在杯底').waitFor();
  await desk.$('article-pause').click();
  await desk.$('article-progress').getByText('已暂停').waitFor();
  await state(1, 'waiting').waitFor();
  const before = made.sections[1].text;
  const tail = async () => (await desk.$('article-section-tail').innerText()).trim();
  await expect.poll(tail).toBe(before);
  stillIn('s2', before.length + 20);
  await desk.$('article-write').click();
  await state(1, 'writing').waitFor();
  await expect.poll(async () => (await tail()).length).toBeGreaterThan(before.length);
  expect(await tail()).toMatch(new RegExp(`^${before}`));
});
