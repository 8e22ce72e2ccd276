// A conversation of 500 messages with Markdown opens without a long stand-still, scrolls, and keeps all its text findable.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';
import { RICH } from './support/texts.js';

const desk = useDesk();
const MESSAGES = 500;
/** How many answers are made of Markdown as it opens: those of the last messages, and what lies one and a half screens above them. */
const AT_ONCE = 4;
/** How many more in one go while one scrolls up, a screen at a time. */
const IN_ONE_GO = 2;
/** How many answers are looked over meanwhile: those that rest in sight. */
const CHECKED = 14;

interface Work {
  made: number[];
  tasks: number[];
}
const work = (): Promise<Work> =>
  desk.page.evaluate(() => {
    const { made, tasks } = window as unknown as Work;
    return { made, tasks };
  });

test('500 messages open in small steps', async () => {
  const conversation = desk.fake.createConversation('长谈');
  for (let i = 0; i < MESSAGES; i++)
    if (i % 2) desk.fake.addAnswer(conversation, `# 第 ${i} 条\n\n${RICH}`);
    else desk.fake.addMessage(conversation, 'user', `问题 ${i}`);
  await desk.page.evaluate(() => {
    // The work that a task does is told to an observer right after it.
    const made: number[] = [];
    const tasks: number[] = [];
    Object.assign(window, { made, tasks });
    const answers = (node: Node) =>
      node instanceof Element ? node.querySelectorAll('.prose').length + Number(node.matches('.prose')) : 0;
    new MutationObserver((records) => {
      const sum = records.flatMap(({ addedNodes }) => [...addedNodes]).reduce((n, node) => n + answers(node), 0);
      if (sum > 0) made.push(sum);
    }).observe(document.body, { childList: true, subtree: true });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: 'longtask',
    });
  });
  await desk.$('search').fill('长谈');
  await desk.$('hit').first().click();
  await desk.page.getByRole('heading', { name: `第 ${MESSAGES - 1} 条` }).waitFor();
  const scroller = desk.page.locator('.scroller');
  expect(await desk.page.locator('[data-message]').count()).toBe(MESSAGES);
  const opened = await work();
  expect(opened.made.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(AT_ONCE);
  await expect.poll(() => scroller.evaluate((el) => el.scrollHeight - el.scrollTop - el.clientHeight)).toBeLessThan(64);
  for (let i = 0; i < 12; i++) {
    await scroller.evaluate((el) => el.scrollBy(0, -el.clientHeight));
    await desk.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const seen = await scroller.evaluate((el) => {
    const { top, bottom } = el.getBoundingClientRect();
    const visible = [...el.querySelectorAll('[data-message]')].filter((m) => {
      const box = m.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
    return { all: visible.length, bare: visible.filter((m) => m.querySelector('.far')).length };
  });
  expect(seen.all).toBeGreaterThan(0);
  expect(seen.bare).toBe(0);
  expect(desk.fake.state.log.filter((r) => r.path === 'checks').length).toBeLessThanOrEqual(CHECKED);
  const { made, tasks } = await work();
  console.log(`500 messages: answers made ${made.join(', ')}; long tasks ${tasks.map(Math.round).join(', ')} ms`);
  expect(Math.max(...made.slice(opened.made.length))).toBeLessThanOrEqual(IN_ONE_GO);
  expect(await desk.page.evaluate(() => document.querySelector('[data-message] .far')?.textContent)).toBe('问题 0');
});
