// The built page while an answer is being written: stop, continue, reload, broken connections, the queue.
import { expect, test } from 'vitest';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const written = () => desk.$('message-assistant').locator('.prose');
/** An answer stands still once it is so long. */
const stillAt = (length: number) => (desk.fake.script.still = ({ text }) => text.length >= length);
const goOn = () => (desk.fake.script.still = () => false);

test('Esc stops, the text stays, and continue adds to the same message', async () => {
  Object.assign(desk.fake.script, { text: '一二三四五六七八九十。'.repeat(40) });
  stillAt(30);
  await desk.ask('数数');
  await written().getByText('六').waitFor();
  expect(await desk.$('stop').isVisible()).toBe(true);
  await desk.page.keyboard.press('Escape');
  await desk.finish('cancelled').waitFor();
  const kept = await desk.answer();
  goOn();
  desk.fake.script.text = '（续）';
  await desk.$('continue').click();
  await desk.finish('stop').waitFor();
  expect(await desk.answer()).toBe(`${kept}（续）`);
  expect(await desk.page.locator('.prose > p').count()).toBe(1);
});

test('each way to end has its words; length, interruption and error can be continued', async () => {
  const ends = { length: '到达长度上限，可继续', interrupted: '已中断，可继续', error: '出错了' };
  for (const [reason, words] of Object.entries(ends)) {
    const why = reason === 'error' ? problem('engine_died', '引擎退出了', '写到这里的都在。', '等它就绪后继续。') : null;
    Object.assign(desk.fake.script, { finish: reason, problem: why });
    await desk.$('new-conversation').click();
    await desk.ask('写');
    await desk.finish(reason).waitFor();
    expect(await desk.finish(reason).innerText()).toBe(words);
    expect(await desk.$('continue').isVisible()).toBe(true);
    if (why) expect(await desk.$('problem').innerText()).toContain('等它就绪后继续。');
  }
});

test('queue place and reading progress are said in words', async () => {
  const { script } = desk.fake;
  script.queued = 3;
  script.still = ({ place }) => place === 3;
  await desk.ask('写');
  await desk.page.getByText('在排队，第 3 位').waitFor();
  script.still = ({ place }) => place === 1;
  await desk.page.getByText('在排队，下一个就是').waitFor();
  script.still = ({ status }) => status === 'reading';
  await desk.page.getByText(/正在读入 [\d,]+ \/ 2,010 个词元 · 约 \d+ 秒/).waitFor();
  expect(await desk.page.locator('.assistant [role=progressbar]').getAttribute('aria-valuenow')).toMatch(/^\d+$/);
});

test('what did not fit into the context is said', async () => {
  Object.assign(desk.fake.script, { dropped: 4 });
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  expect(await desk.$('message-assistant').innerText()).toContain('最早的 4 条没有放进这次的上下文。');
});

test('a reload and a second tab pick the stream up where it is', async () => {
  Object.assign(desk.fake.script, { text: '一二三四五六七八九十。'.repeat(20) });
  stillAt(30);
  await desk.ask('数数');
  await written().waitFor();
  await desk.page.reload();
  const second = await desk.open(`c/${[...desk.fake.state.conversations.keys()][0]}`);
  for (const tab of [desk.page, second]) await desk.$('message-assistant', tab).locator('.prose.live').waitFor();
  goOn();
  for (const tab of [desk.page, second]) {
    await desk.finish('stop', tab).waitFor();
    expect(await desk.answer(tab)).toBe(desk.fake.script.text);
  }
});

test('a broken connection resumes without a gap or a repetition', async () => {
  Object.assign(desk.fake.script, { text: '一二三四五六七八九十。'.repeat(20), everyMs: 20, cutStream: true });
  await desk.ask('数数');
  await desk.finish('stop').waitFor();
  expect(await desk.answer()).toBe(desk.fake.script.text);
});

test('when the event stream is refused for good, the generation is asked for until it ends', async () => {
  desk.fake.state.refuse = (_method, path) => path.endsWith('/events') && [503, problem('no_streams', '没有')];
  Object.assign(desk.fake.script, { text: '一二三。'.repeat(30), everyMs: 30 });
  await desk.ask('数数');
  await desk.finish('stop').waitFor();
  expect(await desk.answer()).toBe(desk.fake.script.text);
});

test('a server that goes away is said calmly, and the text is finished when it is back', async () => {
  Object.assign(desk.fake.script, { text: '一二三四五六七八九十。'.repeat(20) });
  stillAt(30);
  await desk.ask('数数');
  await written().waitFor();
  desk.fake.state.down = true;
  for (const g of desk.fake.state.generations.values()) for (const res of g.readers) res.destroy();
  await desk.page.locator('[data-testid=model-state][data-state=unreachable]').waitFor();
  expect(await desk.$('notice').innerText()).toContain('正在重试');
  desk.fake.state.down = false;
  goOn();
  await desk.finish('stop').waitFor();
  expect(await desk.answer()).toBe(desk.fake.script.text);
  await desk.page.locator('[data-testid=model-state][data-state=ready]').waitFor();
});

test('reading further up is not disturbed by what is written below', async () => {
  Object.assign(desk.fake.script, { text: '一二三四五六七八九十。\n\n'.repeat(120), piece: 12 });
  stillAt(800);
  await desk.page.setViewportSize({ width: 900, height: 500 });
  await desk.ask('数数');
  const scroller = desk.page.locator('.scroller');
  await expect.poll(() => written().locator('p').count()).toBeGreaterThan(60);
  await desk.page.waitForFunction(() => (document.querySelector('.scroller')?.scrollTop ?? 0) > 300);
  await scroller.evaluate((el) => (el.scrollTop = 40));
  await desk.page.getByRole('button', { name: '回到最新' }).waitFor();
  const height = await scroller.evaluate((el) => el.scrollHeight);
  goOn();
  await desk.page.waitForFunction((h) => (document.querySelector('.scroller')?.scrollHeight ?? 0) > h + 200, height);
  expect(await scroller.evaluate((el) => el.scrollTop)).toBe(40);
  await desk.page.getByRole('button', { name: '回到最新' }).click();
  await desk.page.waitForFunction(() => {
    const el = document.querySelector('.scroller');
    return el !== null && el.scrollHeight - el.scrollTop - el.clientHeight < 4;
  });
});
