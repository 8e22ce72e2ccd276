// Every answer is looked over when it rests in sight, and none that is only scrolled past.
import { expect, test } from 'vitest';
import { FINDING } from './support/deskscenes.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const ANSWERS = 40;
const checked = () => desk.fake.state.log.filter((r) => r.path === 'checks').map((r) => (r.body as { text: string }).text);
const line = (at: number) => desk.page.locator('[data-role=assistant]').nth(at).locator('[data-testid=answer-checks]');

async function open(): Promise<void> {
  desk.fake.script.findings = [FINDING, { ...FINDING, code: 'may_be_unfinished', fix: null, action: 'continue' }];
  const made = desk.fake.createConversation('长谈');
  for (let i = 0; i < ANSWERS; i++) {
    desk.fake.addMessage(made, 'user', `问题 ${i}`);
    desk.fake.addAnswer(made, `第 ${i} 个回答。${'茶要慢慢喝。'.repeat(60)}`);
  }
  await desk.page.goto(`${desk.fake.url}c/${made.id}`);
  await desk.page.getByText(`第 ${ANSWERS - 1} 个回答`).waitFor();
}

test('an earlier answer is looked over once it rests in sight, with what was asked before it, and only once', async () => {
  await open();
  await line(ANSWERS - 1).waitFor();
  expect(checked().length).toBeLessThan(6);
  const target = desk.page.locator('[data-role=assistant]').nth(5);
  // What comes near takes its full height only then, and may push it out of sight again.
  const show = async () => (await target.scrollIntoViewIfNeeded(), line(5).count());
  await expect.poll(show, { interval: 800, timeout: 30_000 }).toBe(1);
  const request = desk.fake.state.log.find(
    (r) => r.path === 'checks' && String((r.body as { text: string }).text).startsWith('第 5 个'),
  );
  expect(request?.body).toMatchObject({ brief: '问题 5', finish_reason: 'stop' });
  await line(5).locator('summary').click();
  expect(await line(5).innerText()).toContain('少了一个字。');
  expect(await line(5).locator('[data-testid=answer-mended]').count()).toBe(1);
  expect(await line(5).locator('[data-testid=answer-continue]').count()).toBe(0); // only the last one goes on
  const before = checked().filter((text) => text.startsWith('第 5 个')).length;
  await desk.$('new-conversation').click();
  await desk.page.goBack();
  await expect.poll(show, { interval: 800, timeout: 30_000 }).toBe(1);
  expect(checked().filter((text) => text.startsWith('第 5 个')).length).toBe(before);
});

test('who scrolls past asks for nothing, and never for two at once', async () => {
  let [now, most] = [0, 0];
  await desk.page.route('**/api/checks', async (route) => {
    most = Math.max(most, ++now);
    await route.continue();
    now--;
  });
  await desk.page.clock.install();
  await open();
  await line(ANSWERS - 1).waitFor();
  const scroller = desk.page.locator('.scroller').first();
  /** Until it is told what is in sight now. */
  const scroll = (to: 'up' | 'top') =>
    scroller.evaluate((el, where) => {
      el.scrollTop = where === 'top' ? 0 : el.scrollTop - el.clientHeight;
      return new Promise<void>((told) => {
        const observer = new IntersectionObserver(() => (observer.disconnect(), told()));
        observer.observe(el);
      });
    }, to);
  await desk.page.clock.pauseAt(Date.now() + 10_000); // however slow the machine is, nobody rests on the way
  for (let i = 0; i < 40; i++) {
    await scroll('up');
    await desk.page.clock.runFor(16);
  }
  await scroll('top');
  await desk.page.clock.resume();
  await line(0).waitFor();
  expect(checked().length).toBeLessThan(ANSWERS / 2);
  expect(checked().some((text) => text.startsWith('第 20 个'))).toBe(false);
  expect(most).toBe(1);
});

test('the last answer is asked for one place again: the block and the reason stand in the input', async () => {
  const CODE = '```python\nprint(1\n```';
  const answer = `先看代码：\n\n${CODE}\n\n再看一句。`;
  const start = [...answer.slice(0, answer.indexOf('print'))].length;
  const finding = {
    ...FINDING,
    fix: null,
    code: 'code_does_not_parse',
    text: '代码解析不了。',
    action: 'again',
    start,
    end: start + 5,
  };
  desk.fake.script.findings = [finding, { ...finding, text: '没有提到水温。', action: 'add', start: 0, end: 0 }];
  const made = desk.fake.createConversation('代码');
  desk.fake.addMessage(made, 'user', '写代码');
  desk.fake.addAnswer(made, answer);
  await desk.page.goto(`${desk.fake.url}c/${made.id}`);
  await line(0).locator('summary').click();
  await desk.$('input').fill('先说一句');
  await line(0).locator('[data-testid=answer-ask]').first().click();
  await expect.poll(() => desk.$('input').inputValue()).toMatch(/^先说一句\n\n.*代码解析不了。/);
  expect((await desk.$('input').inputValue()).endsWith(CODE)).toBe(true);
  expect(await desk.$('input').evaluate((el) => el === document.activeElement)).toBe(true);
  await line(0).locator('[data-testid=answer-ask]').nth(1).click();
  await expect.poll(() => desk.$('input').inputValue()).toContain('没有提到水温。');
});
