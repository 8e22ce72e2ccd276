// A conversation of 500 messages with Markdown opens without a long stand-still, scrolls, and keeps all its text findable.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';
import { RICH } from './support/texts.js';

const desk = useDesk();
const MESSAGES = 500;
/** Measured: 265 to 395 ms, on 2 cores that others used too. The bound leaves room for a slower machine. */
const LONGEST_MS = 3000;

test('500 messages open in small steps', async () => {
  const conversation = desk.fake.createConversation('长谈');
  for (let i = 0; i < MESSAGES; i++)
    desk.fake.addMessage(conversation, i % 2 ? 'assistant' : 'user', i % 2 ? `# 第 ${i} 条\n\n${RICH}` : `问题 ${i}`);
  await desk.page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: 'longtask',
    });
  });
  await desk.$('search').fill('长谈');
  await desk.$('hit').first().click();
  await desk.page.getByRole('heading', { name: `第 ${MESSAGES - 1} 条` }).waitFor();
  const scroller = desk.page.locator('.scroller');
  expect(await desk.page.locator('[data-message]').count()).toBe(MESSAGES);
  expect(await desk.page.locator('.prose').count()).toBeLessThan(30);
  expect(await scroller.evaluate((el) => el.scrollHeight - el.scrollTop - el.clientHeight)).toBeLessThan(64);
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
  const tasks = await desk.page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  console.log(`500 messages: long tasks ${tasks.map(Math.round).join(', ')} ms`);
  expect(Math.max(0, ...tasks)).toBeLessThan(LONGEST_MS);
  expect(await desk.page.evaluate(() => document.querySelector('[data-message] .far')?.textContent)).toBe('问题 0');
});
