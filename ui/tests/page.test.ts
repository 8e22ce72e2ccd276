// The built page against a scripted server: asking, keeping, opening, and what the machine says.
import { expect, test } from 'vitest';
import { PAGE } from './support/browser.js';
import { problem, startFake } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const sentBodies = () =>
  desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith('/messages')).map((r) => r.body.text);

test('a request becomes a conversation with an answer, an address and a place in the library', async () => {
  await desk.ask('写一句话');
  await desk.finish('stop').waitFor();
  expect(await desk.$('message-user').innerText()).toBe('写一句话');
  expect(await desk.$('message-assistant').locator('.prose').innerHTML()).toContain('<strong>雨</strong>');
  expect(await desk.$('input').inputValue()).toBe('');
  expect(new URL(desk.page.url()).pathname).toMatch(/^\/c\/c\w+$/);
  await expect.poll(() => desk.$('conversation-list').locator('[aria-current=page]').innerText()).toBe('写一句话');
  await desk.$('new-conversation').click();
  expect(await desk.$('message-user').count()).toBe(0);
  await desk.page.goBack();
  await desk.finish('stop').waitFor();
});

test('an example fills the input and is not sent', async () => {
  await desk.page.locator('.examples button').first().click();
  expect(await desk.$('input').inputValue()).toContain('Python');
  expect(sentBodies()).toEqual([]);
});

test('Enter that belongs to the input method does not send; Shift+Enter makes a line', async () => {
  await desk.$('input').fill('ni');
  for (const init of [{ isComposing: true }, { keyCode: 229 }])
    await desk
      .$('input')
      .evaluate(
        (el, more) => el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more })),
        init,
      );
  await desk.$('input').press('Shift+Enter');
  expect(await desk.$('input').inputValue()).toBe('ni\n');
  expect(sentBodies()).toEqual([]);
});

test('a refused request keeps the text, says why, and survives a reload', async () => {
  desk.fake.state.refuse = (_method, path) =>
    path.endsWith('/messages') && [429, problem('queue_full', '排队已满', '已有 8 个在等。', '等一个写完再送出。')];
  await desk.ask('一段要紧的文字');
  await desk.$('problem').waitFor();
  expect(await desk.$('problem').innerText()).toContain('等一个写完再送出。');
  expect(await desk.$('input').inputValue()).toBe('一段要紧的文字');
  await desk.page.reload();
  await desk.page.waitForFunction(
    () => document.querySelector<HTMLTextAreaElement>('[data-testid=input]')?.value === '一段要紧的文字',
  );
  desk.fake.state.refuse = null;
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(sentBodies().at(-1)).toBe('一段要紧的文字');
});

test('a password: the door, a wrong word, and in', async () => {
  desk.fake.state.password = '墨';
  await desk.page.reload();
  await desk.$('login-password').fill('水');
  await desk.$('login-submit').click();
  await desk.$('problem').waitFor();
  await desk.$('login-password').fill('墨');
  await desk.$('login-submit').click();
  await desk.$('input').waitFor();
  desk.fake.state.signedIn = false; // the session ends elsewhere: the next poll shows the door again
  await desk.$('login-password').waitFor({ timeout: 15_000 });
});

test('an engine elsewhere is named, where texts leave for it is said, and models are not changed here', async () => {
  const { engine } = desk.fake.state.status;
  Object.assign(engine, { remote: 'studio.example:8081', leaves: true, model: 'm', model_name: 'the-model-there', threads: 0 });
  await desk.page.reload();
  expect(await desk.$('texts-go-to').innerText()).toBe('文字会发往 studio.example:8081');
  await desk.page.setViewportSize({ width: 360, height: 740 });
  expect(await desk.$('texts-go-to').isVisible(), 'on a telephone, too').toBe(true);
  await desk.page.locator('.status .model').click();
  expect(await desk.$('elsewhere').innerText()).toContain('studio.example:8081');
  expect(await desk.page.getByRole('dialog').getByText('使用', { exact: true }).count()).toBe(0);
  const said = () => desk.$('status-line').innerText();
  Object.assign(engine, { state: 'failed', leaves: false, problem: problem('remote_away', '连不上', '', '') });
  await expect.poll(said, { timeout: 10_000 }).toContain('没有应答');
  Object.assign(engine, { problem: problem('remote_key_refused', '密钥不对', '', '') });
  await expect.poll(said, { timeout: 10_000 }).toContain('不能使用');
  await expect.poll(() => desk.$('texts-go-to').count()).toBe(0);
});

test('status, notices and a download are shown, and their buttons act', async () => {
  Object.assign(desk.fake.state.status, {
    notices: [
      { code: 'better', params: {}, text: 'Qwen3-4B 已可使用。', action: { kind: 'use_model', model: 'qwen3-4b', label: '换用' } },
    ],
    downloads: [
      {
        model: 'qwen3-1.7b',
        name: 'Qwen3-1.7B',
        state: 'downloading',
        source: 'ModelScope',
        received_bytes: 5e8,
        total_bytes: 1e9,
        bytes_per_second: 2e6,
        seconds_left: 250,
        problem: null,
      },
    ],
  });
  await desk.page.reload();
  await desk.$('download').waitFor();
  expect((await desk.$('download').innerText()).replace(/\s+/g, ' ')).toMatch(
    /Qwen3-1.7B.*来自 ModelScope.*500 MB \/ 1 GB.*2 MB\/秒.*还要 4 分钟/,
  );
  await expect
    .poll(() => desk.$('status-line').innerText())
    .toMatch(/Qwen3-4B-Instruct-2507[\s\S]*就绪[\s\S]*9\.8 字\/秒[\s\S]*内存 3\.1 GB[\s\S]*排队 0/);
  await desk.$('notice').getByRole('button').click();
  await desk.$('download').getByText('暂停').click();
  await expect
    .poll(() => desk.fake.state.log.map((r) => `${r.method} ${r.path}`))
    .toEqual(expect.arrayContaining(['POST models/qwen3-4b/use', 'DELETE models/qwen3-1.7b/pull']));
  await desk.$('download').getByText('用我已有的文件').click();
  await desk.page.locator('dialog input').fill('/models/a.txt');
  await desk.page.locator('dialog .primary').click();
  await desk.page.locator('dialog [data-testid=problem]').waitFor();
  await desk.page.locator('dialog input').fill('"/models/a.gguf"');
  await desk.page.locator('dialog .primary').click();
  await desk.page.locator('dialog').waitFor({ state: 'hidden' });
  expect(desk.fake.state.log.findLast((r) => r.path === 'models/use-file')?.body).toEqual({ path: '/models/a.gguf' });
  await desk.page.locator('.model').click();
  await desk.page.locator('#model-menu').getByText('使用', { exact: true }).click();
  await expect.poll(() => desk.fake.state.log.some((r) => r.path === 'models/qwen2.5-coder-1.5b/use')).toBe(true);
});

test('theme and language are remembered, and the server is asked in that language', async () => {
  await desk.$('theme-toggle').click();
  await desk.$('lang-toggle').click();
  await desk.page.getByText('What shall we write today').waitFor();
  await desk.page.reload();
  await desk.page.getByText('What shall we write today').waitFor();
  expect(await desk.page.locator('html').evaluate((el) => [el.getAttribute('data-theme'), el.getAttribute('lang')])).toEqual([
    'light',
    'en',
  ]);
  expect(desk.fake.state.log.at(-1)?.language).toBe('en');
});

test('the page works under a root path', async () => {
  const prefixed = await startFake({ root: PAGE, rootPath: '/x/' });
  Object.assign(prefixed.script, desk.fake.script);
  await desk.page.goto(prefixed.url);
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  expect(new URL(desk.page.url()).pathname).toMatch(/^\/x\/c\//);
  await desk.page.reload();
  await desk.finish('stop').waitFor();
  await desk.page.goto('about:blank');
  await prefixed.close();
});

test('everything is reached with Tab, and only start and end are announced', async () => {
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  await expect.poll(() => desk.page.locator('[aria-live=polite]').innerText()).toBe('这次写作结束： 写完');
  const reached = new Set<string>();
  for (let i = 0; i < 50; i++) {
    await desk.page.keyboard.press('Tab');
    reached.add(
      await desk.page.evaluate(
        () => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.className.split(' ')[0] ?? '',
      ),
    );
  }
  for (const id of ['new-conversation', 'copy', 'input', 'theme-toggle', 'lang-toggle', 'model', 'splitter'])
    expect([...reached]).toContain(id);
});

test('on a phone the library is a drawer and nothing is wider than the screen', async () => {
  await desk.page.setViewportSize({ width: 390, height: 800 });
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await desk.$('conversation-list').isVisible()).toBe(false);
  await desk.page.locator('.drawer').click();
  await desk.$('conversation-list').waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.$('conversation-list').waitFor({ state: 'hidden' });
});

test('an address that was cut off in its middle is shown all the same', async () => {
  const made = desk.fake.createConversation('旧谈');
  desk.fake.addMessage(made, 'user', '一句旧话。');
  await desk.page.goto(`${desk.fake.url}c/${made.id}#%`);
  await desk.page.getByText('一句旧话。').first().waitFor();
});

test('a conversation that is not there says so and leads on', async () => {
  await desk.page.goto(`${desk.fake.url}c/nowhere`);
  await desk.$('problem').waitFor();
  await desk.page.locator('.missing a').click();
  await desk.page.locator('.examples').waitFor();
});
