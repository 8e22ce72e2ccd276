// The built page in a real Chromium against a scripted server, under the production CSP. A violation or an uncaught error fails the test.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launch, PAGE } from './support/browser.js';
import { problem, startFake } from './support/fake.js';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let fake: Awaited<ReturnType<typeof startFake>>;
let complaints: string[] = [];

const $ = (id: string, on = page) => on.locator(`[data-testid="${id}"]`);

async function open(path = ''): Promise<Page> {
  const opened = await context.newPage();
  opened.on('pageerror', (error) => complaints.push(String(error)));
  opened.on('console', (message) => message.text().startsWith('CSP ') && complaints.push(message.text()));
  await opened.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (e) => console.log(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sample}`)),
  );
  await opened.goto(fake.url + path);
  return opened;
}

async function ask(text: string): Promise<void> {
  await $('input').fill(text);
  await $('input').press('Enter');
}

const finish = (reason: string, on = page) => on.locator(`[data-testid="finish-reason"][data-reason="${reason}"]`);
const sentBodies = () => fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith('/messages')).map((r) => r.body.text);

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => browser.close());
beforeEach(async () => {
  fake = await startFake({ root: PAGE });
  Object.assign(fake.script, { text: '她推开门，**雨**还在下。\n\n完。', piece: 3, everyMs: 5, reading: 1, readingMs: 5 });
  context = await browser.newContext();
  complaints = [];
  page = await open();
});
afterEach(async () => {
  await context.close();
  await fake.close();
  expect(complaints).toEqual([]);
});

test('a request becomes a conversation with an answer, an address and a place in the library', async () => {
  await ask('写一句话');
  await finish('stop').waitFor();
  expect(await $('message-user').innerText()).toBe('写一句话');
  expect(await $('message-assistant').locator('.prose').innerHTML()).toContain('<strong>雨</strong>');
  expect(await $('input').inputValue()).toBe('');
  expect(new URL(page.url()).pathname).toMatch(/^\/c\/c\w+$/);
  expect(await $('conversation-list').locator('[aria-current=page]').innerText()).toBe('写一句话');
  await $('new-conversation').click();
  expect(await $('message-user').count()).toBe(0);
  await page.goBack();
  await finish('stop').waitFor();
});

test('an example fills the input and is not sent', async () => {
  await page.locator('.examples button').first().click();
  expect(await $('input').inputValue()).toContain('Python');
  expect(sentBodies()).toEqual([]);
});

test('Enter that belongs to the input method does not send; Shift+Enter makes a line', async () => {
  await $('input').fill('ni');
  for (const init of [{ isComposing: true }, { keyCode: 229 }])
    await $('input').evaluate((el, more) => el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more })), init);
  await $('input').press('Shift+Enter');
  expect(await $('input').inputValue()).toBe('ni\n');
  expect(sentBodies()).toEqual([]);
});

test('a refused request keeps the text, says why, and survives a reload', async () => {
  fake.state.refuse = (_method, path) => path.endsWith('/messages') && [429, problem('queue_full', '排队已满', '已有 8 个在等。', '等一个写完再送出。')];
  await ask('一段要紧的文字');
  await $('problem').waitFor();
  expect(await $('problem').innerText()).toContain('等一个写完再送出。');
  expect(await $('input').inputValue()).toBe('一段要紧的文字');
  await page.reload();
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('[data-testid=input]')?.value === '一段要紧的文字');
  fake.state.refuse = null;
  await $('input').press('Enter');
  await finish('stop').waitFor();
  expect(sentBodies().at(-1)).toBe('一段要紧的文字');
});

test('Esc stops, the text stays, and continue adds to the same message', async () => {
  Object.assign(fake.script, { text: '一二三四五六七八九十。'.repeat(40), everyMs: 20 });
  await ask('数数');
  await $('message-assistant').locator('.prose').getByText('六').waitFor();
  expect(await $('stop').isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await finish('cancelled').waitFor();
  const kept = (await $('message-assistant').locator('.prose').innerText()).trim();
  Object.assign(fake.script, { text: '（续）', everyMs: 5 });
  await $('continue').click();
  await finish('stop').waitFor();
  expect((await $('message-assistant').locator('.prose').innerText()).trim()).toBe(`${kept}（续）`);
  expect(await page.locator('.prose > p').count()).toBe(1);
});

test('each way to end has its words; length, interruption and error can be continued', async () => {
  const ends = { length: '到达长度上限，可继续', interrupted: '已中断，可继续', error: '出错了' };
  for (const [reason, words] of Object.entries(ends)) {
    const why = reason === 'error' ? problem('engine_died', '引擎退出了', '写到这里的都在。', '等它就绪后继续。') : null;
    Object.assign(fake.script, { finish: reason, problem: why });
    await $('new-conversation').click();
    await ask('写');
    await finish(reason).waitFor();
    expect(await finish(reason).innerText()).toBe(words);
    expect(await $('continue').isVisible()).toBe(true);
    if (why) expect(await $('problem').innerText()).toContain('等它就绪后继续。');
  }
});

test('queue place and reading progress are said in words', async () => {
  Object.assign(fake.script, { queued: 3, reading: 40, readingMs: 60 });
  await ask('写');
  await page.getByText('在排队，第 3 位').waitFor();
  await page.getByText('在排队，下一个就是').waitFor();
  await page.getByText(/正在读入 [\d,]+ \/ 2,010 个词元 · 约 \d+ 秒/).waitFor();
  expect(await page.locator('.assistant [role=progressbar]').getAttribute('aria-valuenow')).toMatch(/^\d+$/);
});

test('what did not fit into the context is said', async () => {
  Object.assign(fake.script, { dropped: 4 });
  await ask('写');
  await finish('stop').waitFor();
  expect(await $('message-assistant').innerText()).toContain('最早的 4 条没有放进这次的上下文。');
});

test('a reload and a second tab pick the stream up where it is', async () => {
  Object.assign(fake.script, { text: '一二三四五六七八九十。'.repeat(20), everyMs: 15 });
  await ask('数数');
  await $('message-assistant').locator('.prose').waitFor();
  await page.reload();
  const second = await open(`c/${[...fake.state.conversations.keys()][0]}`);
  for (const tab of [page, second]) {
    await $('message-assistant', tab).locator('.prose').waitFor();
    await finish('stop', tab).waitFor();
    expect((await $('message-assistant', tab).locator('.prose').innerText()).trim()).toBe(fake.script.text);
  }
});

test('a broken connection resumes without a gap or a repetition', async () => {
  Object.assign(fake.script, { text: '一二三四五六七八九十。'.repeat(20), everyMs: 20, cutStream: true });
  await ask('数数');
  await finish('stop').waitFor();
  expect((await $('message-assistant').locator('.prose').innerText()).trim()).toBe(fake.script.text);
});

test('when the event stream is refused for good, the generation is asked for until it ends', async () => {
  fake.state.refuse = (_method, path) => path.endsWith('/events') && [503, problem('no_streams', '没有')];
  Object.assign(fake.script, { text: '一二三。'.repeat(30), everyMs: 30 });
  await ask('数数');
  await finish('stop').waitFor();
  expect((await $('message-assistant').locator('.prose').innerText()).trim()).toBe(fake.script.text);
});

test('a server that goes away is said calmly, and the text is finished when it is back', async () => {
  Object.assign(fake.script, { text: '一二三四五六七八九十。'.repeat(20), everyMs: 20 });
  await ask('数数');
  await $('message-assistant').locator('.prose').waitFor();
  fake.state.down = true;
  for (const g of fake.state.generations.values()) for (const res of g.readers) res.destroy();
  await page.locator('[data-testid=model-state][data-state=unreachable]').waitFor();
  expect(await $('notice').innerText()).toContain('正在重试');
  fake.state.down = false;
  await finish('stop').waitFor();
  expect((await $('message-assistant').locator('.prose').innerText()).trim()).toBe(fake.script.text);
  await page.locator('[data-testid=model-state][data-state=ready]').waitFor();
});

test('a password: the door, a wrong word, and in', async () => {
  fake.state.password = '墨';
  await page.reload();
  await $('login-password').fill('水');
  await $('login-submit').click();
  await $('problem').waitFor();
  await $('login-password').fill('墨');
  await $('login-submit').click();
  await $('input').waitFor();
  fake.state.signedIn = false; // the session ends elsewhere: the next poll shows the door again
  await $('login-password').waitFor({ timeout: 15_000 });
});

test('status, notices and a download are shown, and their buttons act', async () => {
  Object.assign(fake.state.status, {
    notices: [{ code: 'better', params: {}, text: 'Qwen3-4B 已可使用。', action: { kind: 'use_model', model: 'qwen3-4b', label: '换用' } }],
    downloads: [
      { model: 'qwen3-1.7b', name: 'Qwen3-1.7B', state: 'downloading', source: 'ModelScope', received_bytes: 5e8, total_bytes: 1e9, bytes_per_second: 2e6, seconds_left: 250, problem: null },
    ],
  });
  await page.reload();
  await $('download').waitFor();
  expect((await $('download').innerText()).replace(/\s+/g, ' ')).toMatch(/Qwen3-1.7B.*来自 ModelScope.*500 MB \/ 1 GB.*2 MB\/秒.*还要 4 分钟/);
  expect(await $('status-line').innerText()).toMatch(/Qwen3-4B-Instruct-2507[\s\S]*就绪[\s\S]*9\.8 字\/秒[\s\S]*内存 3\.1 GB[\s\S]*排队 0/);
  await $('notice').getByRole('button').click();
  await $('download').getByText('暂停').click();
  await expect.poll(() => fake.state.log.map((r) => `${r.method} ${r.path}`)).toEqual(
    expect.arrayContaining(['POST models/qwen3-4b/use', 'DELETE models/qwen3-1.7b/pull']),
  );
  await $('download').getByText('用我已有的文件').click();
  await page.locator('dialog input').fill('/models/a.txt');
  await page.locator('dialog .primary').click();
  await page.locator('dialog [data-testid=problem]').waitFor();
  await page.locator('dialog input').fill('"/models/a.gguf"');
  await page.locator('dialog .primary').click();
  await page.locator('dialog').waitFor({ state: 'hidden' });
  expect(fake.state.log.findLast((r) => r.path === 'models/use-file')?.body).toEqual({ path: '/models/a.gguf' });
  await page.locator('.model').click();
  await page.locator('#model-menu').getByText('使用', { exact: true }).click();
  await expect.poll(() => fake.state.log.some((r) => r.path === 'models/qwen2.5-coder-1.5b/use')).toBe(true);
});

test('theme and language are remembered, and the server is asked in that language', async () => {
  await $('theme-toggle').click();
  await $('lang-toggle').click();
  await page.getByText('What shall we write today').waitFor();
  await page.reload();
  await page.getByText('What shall we write today').waitFor();
  expect(await page.locator('html').evaluate((el) => [el.dataset['theme'], el.lang])).toEqual(['light', 'en']);
  expect(fake.state.log.at(-1)?.language).toBe('en');
});

test('the page works under a root path', async () => {
  const prefixed = await startFake({ root: PAGE, rootPath: '/x/' });
  Object.assign(prefixed.script, fake.script);
  await page.goto(prefixed.url);
  await ask('写');
  await finish('stop').waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/x\/c\//);
  await page.reload();
  await finish('stop').waitFor();
  await page.goto('about:blank');
  await prefixed.close();
});

test('reading further up is not disturbed by what is written below', async () => {
  Object.assign(fake.script, { text: '一二三四五六七八九十。\n\n'.repeat(120), piece: 12, everyMs: 15 });
  await page.setViewportSize({ width: 900, height: 500 });
  await ask('数数');
  const scroller = page.locator('.scroller');
  await page.waitForFunction(() => (document.querySelector('.scroller')?.scrollTop ?? 0) > 300);
  await scroller.evaluate((el) => (el.scrollTop = 40));
  await page.getByRole('button', { name: '回到最新' }).waitFor();
  const height = await scroller.evaluate((el) => el.scrollHeight);
  await page.waitForFunction((h) => (document.querySelector('.scroller')?.scrollHeight ?? 0) > h + 200, height);
  expect(await scroller.evaluate((el) => el.scrollTop)).toBe(40);
  await page.getByRole('button', { name: '回到最新' }).click();
  await page.waitForFunction(() => {
    const el = document.querySelector('.scroller');
    return el !== null && el.scrollHeight - el.scrollTop - el.clientHeight < 4;
  });
});

test('everything is reached with Tab, and only start and end are announced', async () => {
  await ask('写');
  await finish('stop').waitFor();
  expect(await page.locator('[aria-live=polite]').innerText()).toBe('这次写作结束： 写完');
  const reached = new Set<string>();
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.className.split(' ')[0] ?? ''));
  }
  for (const id of ['new-conversation', 'copy', 'input', 'theme-toggle', 'lang-toggle', 'model', 'splitter']) expect([...reached]).toContain(id);
});

test('on a phone the library is a drawer and nothing is wider than the screen', async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await ask('写');
  await finish('stop').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await $('conversation-list').isVisible()).toBe(false);
  await page.locator('.drawer').click();
  await $('conversation-list').waitFor();
  await page.keyboard.press('Escape');
  await $('conversation-list').waitFor({ state: 'hidden' });
});

test('a conversation that is not there says so and leads on', async () => {
  await page.goto(`${fake.url}c/nowhere`);
  await $('problem').waitFor();
  await page.locator('.missing a').click();
  await page.locator('.examples').waitFor();
});
