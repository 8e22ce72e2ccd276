// Keys, the palette, high contrast and paper.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { setHidden, useDesk } from './support/page.ts';

const desk = useDesk();
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|svelte)$/.test(name) && !name.endsWith('commands.ts'))
  .map((name) => readFileSync(`src/${name}`, 'utf8'))
  .join('\n');
const options = () => desk.page.locator('#palette-list [role=option] span').allInnerTexts();

test('every key that the page listens for stands in the table of commands', () => {
  const table = readFileSync('src/page/commands.ts', 'utf8');
  const known = new Set(
    [...table.matchAll(/keys: \[([^\]]*)\]/g)].flatMap((m) => [...(m[1] ?? '').matchAll(/'([^']+)'/g)].map((k) => k[1])),
  );
  const last = new Set([...known].map((keys) => keys?.split('+').at(-1)?.toLowerCase()));
  const heard = [...sources.matchAll(/\.key(?:\.toLowerCase\(\))? [!=]== '([^']+)'/g)].map((m) => m[1]?.toLowerCase());
  expect(heard.length).toBeGreaterThan(15);
  expect([...new Set(heard)].filter((key) => !last.has(key))).toEqual([]);
});

test('the sheet of keys shows the whole table, and opens by ? except where one types', async () => {
  await desk.$('input').press('?');
  expect(await desk.$('key-sheet').count()).toBe(0);
  expect(await desk.$('input').inputValue()).toBe('?');
  await desk.$('templates').focus();
  await desk.page.keyboard.press('?');
  await desk.$('key-sheet').waitFor();
  const keys = await desk.$('key-sheet').locator('kbd').allInnerTexts();
  const table = readFileSync('src/page/commands.ts', 'utf8');
  const wanted = [...table.matchAll(/keys: \[([^\]]*)\]/g)].flatMap((m) => (m[1] ?? '').split(',')).length;
  expect(keys.length).toBe(wanted);
  expect(keys).toContain('Shift + Enter');
  await desk.page.keyboard.press('Escape');
  await desk.$('key-sheet').waitFor({ state: 'detached' });
  await desk.$('keys').click();
  await desk.$('key-sheet').waitFor();
});

test('the palette goes to commands, conversations, articles and templates by name', async () => {
  await desk.ask('写一句关于雨的话');
  await desk.finish('stop').waitFor();
  await desk.page.keyboard.press('Control+k');
  await desk.$('palette-query').waitFor();
  const known = ['新会话', '新文稿', '模板库', '快捷键', '打印', '写一句关于雨的话', '周报'];
  await expect.poll(options).toEqual(expect.arrayContaining(known));
  expect(await options()).not.toContain('停止');
  await desk.$('palette-query').fill('模板 周');
  await expect.poll(options).toEqual(['周报']);
  await desk.page.keyboard.press('Enter');
  await desk.$('template-use').waitFor();
  expect(await desk.$('palette').count()).toBe(0);
  await desk.page.keyboard.press('Control+k');
  await desk.$('palette-query').fill('雨');
  await desk.page.keyboard.press('Enter');
  await desk.$('message-user').waitFor();
  await desk.page.keyboard.press('Control+k');
  await desk.$('palette-query').fill('没有这样的');
  await expect.poll(options).toEqual([]);
  await desk.page.keyboard.press('Enter');
  await desk.page.keyboard.press('Control+k');
  await desk.$('palette').waitFor({ state: 'detached' });
});

test('the palette is walked by arrows, tells where it is, and leaves the input method alone', async () => {
  await desk.$('input').waitFor();
  await desk.page.keyboard.press('Control+k');
  const active = () => desk.$('palette-query').getAttribute('aria-activedescendant');
  await expect.poll(active).toBe('palette-0');
  await desk.page.keyboard.press('ArrowDown');
  await expect.poll(active).toBe('palette-1');
  await desk.page.keyboard.press('ArrowUp');
  await desk.page.keyboard.press('ArrowUp');
  await expect.poll(async () => Number((await active())?.slice(8))).toBeGreaterThan(5);
  await desk
    .$('palette-query')
    .evaluate((el) => el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true })));
  expect(await desk.$('palette').count()).toBe(1);
  await desk.$('palette-query').fill('外观');
  await desk.page.keyboard.press('Enter');
  await desk.page.locator('html[data-theme=light]').waitFor();
});

test('high contrast is the third look, and is there again before the first paint', async () => {
  await desk.$('theme-toggle').click();
  await desk.$('theme-toggle').click();
  await desk.page.locator('html[data-theme=contrast]').waitFor();
  await desk.page.reload({ waitUntil: 'commit' });
  await desk.page.locator('html[data-theme=contrast]').waitFor();
  await desk.$('theme-toggle').click();
  await desk.page.locator('html[data-theme=dark]').waitFor();
});

test('on paper there is the conversation, all of it, black on white, and nothing else', async () => {
  desk.fake.script.text = Array.from({ length: 60 }, (_, i) => `第 ${i} 段：雨还在下。`).join('\n\n');
  desk.fake.script.piece = 200;
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  await desk.page.emulateMedia({ media: 'print' });
  for (const id of ['input', 'status-line', 'conversation-list', 'finish-reason']) expect(await desk.$(id).isVisible()).toBe(false);
  expect(await desk.$('message-user').isVisible()).toBe(true);
  const paper = await desk.page.evaluate(() => ({
    long: document.documentElement.scrollHeight > 2 * innerHeight,
    clipped: [...document.querySelectorAll('.page, .desk, .frame, .scroller')].filter(
      (el) => getComputedStyle(el).overflowY !== 'visible',
    ).length,
    ink: getComputedStyle(document.querySelector('.prose p') ?? document.body).color,
  }));
  expect(paper).toEqual({ long: true, clipped: 0, ink: 'rgb(0, 0, 0)' });
});

test('the tour is three steps on the empty desk, once; each outlines its place', async () => {
  const outlined = (id: string) => desk.$(id).evaluate((el) => getComputedStyle(el.closest('form') ?? el).outlineStyle === 'solid');
  await desk.$('tour').waitFor();
  await desk.$('templates').focus(); // the input's own focus must not be taken for it
  expect(await outlined('input')).toBe(true);
  await desk.$('tour-next').focus();
  await desk.page.keyboard.press('Enter');
  expect(await desk.$('tour').innerText()).toMatch(/2 \/ 3/);
  expect(await outlined('templates')).toBe(true);
  await desk.page.keyboard.press('Enter');
  expect(await outlined('keys')).toBe(true);
  await desk.page.keyboard.press('Enter');
  await desk.$('tour').waitFor({ state: 'detached' });
  await desk.page.reload();
  await desk.page.locator('.examples').waitFor();
  expect(await desk.$('tour').count()).toBe(0);
});

test('skipped, the tour does not come again', async () => {
  await desk.$('tour-skip').click();
  await desk.page.reload();
  await desk.page.locator('.examples').waitFor();
  expect(await desk.$('tour').count()).toBe(0);
});

test('on a phone too the tour is three steps, outlines what is there, and leaves the input free', async () => {
  await desk.page.setViewportSize({ width: 390, height: 844 });
  await desk.$('tour').waitFor();
  const box = async (id: string) => (await desk.$(id).boundingBox()) ?? { y: 0, height: 0 };
  const [tour, input] = [await box('tour'), await box('input')];
  expect(tour.y + tour.height).toBeLessThan(input.y);
  await desk.$('input').fill('写一句话');
  for (const place of ['.drawer', '.status .model']) {
    await desk.$('tour-next').click();
    expect(await desk.page.locator(place).isVisible()).toBe(true);
    expect(await desk.page.locator(place).evaluate((el) => getComputedStyle(el).outlineStyle)).toBe('solid');
  }
  expect(await desk.$('tour').innerText()).toMatch(/3 \/ 3/);
  await desk.$('tour-next').click();
  await desk.$('tour').waitFor({ state: 'detached' });
});

test('at the first long work one may ask to be told, and is told of its end while the page is hidden', async () => {
  await desk.page.addInitScript(() => {
    const told: string[] = [];
    class Stub {
      onclick = null;
      static permission = 'default';
      static requestPermission = () => Promise.resolve((Stub.permission = 'granted'));
      constructor(_: string, { body }: { body: string }) {
        if (Stub.permission === 'granted') told.push(body);
      }
    }
    Object.assign(window, { told, Notification: Stub });
  });
  await desk.page.reload();
  desk.fake.articles.script.still = ({ kind }) => kind === 'write';
  await desk.$('new-article').click();
  expect(await desk.$('notify').count()).toBe(0);
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  await desk.$('article-write').click();
  await desk.$('notify-yes').click();
  await desk.$('notify').waitFor({ state: 'detached' });
  await setHidden(desk.page, true);
  desk.fake.articles.script.still = () => false;
  await expect
    .poll(() => desk.page.evaluate(() => (window as unknown as { told: string[] }).told), { timeout: 30_000 })
    .toEqual(['文稿写完了。']);
});

test('where the browser cannot tell, as on Android, it is not offered, and an answer ends as ever', async () => {
  await desk.page.addInitScript(() => {
    class Illegal {
      onclick = null;
      static permission = 'default';
      constructor() {
        throw new TypeError('Illegal constructor');
      }
    }
    Object.assign(window, { Notification: Illegal });
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  await desk.page.reload();
  desk.fake.articles.script.still = ({ kind }) => kind === 'write';
  await desk.$('new-article').click();
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  await desk.$('article-write').click();
  await desk.$('article-pause').waitFor();
  expect(await desk.$('notify').count()).toBe(0);
  desk.fake.articles.script.still = () => false;
  await expect.poll(() => desk.fake.articles.view(desk.fake.articles.articles.get('a1')).state).toBe('done');
  await desk.page.evaluate(() => Object.assign(Notification, { permission: 'granted' }));
  await desk.$('new-conversation').click();
  desk.fake.script.still = ({ text }) => text !== '';
  await desk.ask('写一句关于雨的话');
  await desk.$('message-assistant').locator('.prose').waitFor();
  for (const conversation of desk.fake.state.conversations.values()) conversation.title = '后来的标题';
  desk.fake.script.still = () => false;
  await desk.finish('stop').waitFor();
  await desk.page.getByText('后来的标题').first().waitFor();
});
