// The template library in the page: finding, filling, using, writing, exchanging; by keyboard too.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const names = () => desk.$('template-list').locator('strong').allInnerTexts();
const card = (id: string) => desk.page.locator(`[data-testid=template-list] [data-id="${id}"]`);
const sent = (path: string) => desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith(path)).map((r) => r.body);
const shown = () => desk.$('template-text').innerText();

async function makeOwn(name = '我的信', text = '写给{{谁}}'): Promise<void> {
  await desk.page.goto(`${desk.fake.url}t/new`);
  await desk.$('template-name').fill(name);
  await desk.$('template-text').fill(text);
  await desk.$('template-save').click();
  await desk.$('template-use').waitFor();
}

test('a template is found, filled and put into the input with its preset, and what was written there stays behind it', async () => {
  await desk.$('input').fill('这是我的草稿');
  await desk.$('template-menu').click();
  await desk.$('template-pick').click();
  await desk.$('template-search').fill('周报');
  await expect.poll(names).toEqual(['周报']);
  await card('zh-weekly-report').click();
  await expect.poll(shown).toContain('整理成后端开发的周报');
  expect(await desk.$('template-text').locator('mark').allInnerTexts()).toEqual(['记录']);
  await desk.$('template-value').nth(1).fill('修了登录超时');
  await expect.poll(() => desk.$('template-text').locator('mark').count()).toBe(0);
  await desk.$('template-use').click();
  await desk.$('brief-form').waitFor();
  expect(await desk.$('brief-role').inputValue()).toBe('职场写作者');
  expect(await desk.$('input').inputValue()).toBe('记录：\n修了登录超时\n\n这是我的草稿');
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('问答');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  const { brief, preset } = sent('/messages')[0];
  expect(preset).toBe('qa');
  expect(brief).toMatchObject({ task: '整理成后端开发的周报', text: '记录：\n修了登录超时\n\n这是我的草稿', words: null });
  await desk.ask('再短一点');
  await expect.poll(() => sent('/messages').at(1)).toEqual({ text: '再短一点', preset: 'qa' });
});

test('a template goes to the conversation that asked for it', async () => {
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  const address = desk.page.url();
  await desk.$('template-menu').click();
  await desk.$('template-pick').click();
  await card('zh-email').click();
  await desk.$('template-use').click();
  await desk.$('message-user').waitFor();
  expect(desk.page.url()).toBe(address);
  expect(await desk.$('brief-task').inputValue()).toBe('写一封邮件');
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('对话');
});

test('a template for an article fills the new article, with its length', async () => {
  await desk.$('templates').click();
  await card('zh-short-story').click();
  await desk.$('template-use').click();
  await desk.$('article-brief').waitFor();
  expect(await desk.$('brief-task').inputValue()).toBe('写一篇小说：雨夜修伞');
  expect(await desk.$('article-words').inputValue()).toBe('2000');
  await desk.$('article-plan').click();
  await expect.poll(() => sent('articles').length).toBe(1);
  expect(sent('articles')[0]).toMatchObject({
    brief: { task: '写一篇小说：雨夜修伞' },
    words: 2000,
    lang: 'zh',
    preset: 'creative',
  });
});

test('a variable that nothing fills is named, and its field is ready for it; what was typed survives a reload', async () => {
  await desk.page.goto(`${desk.fake.url}t/zh-weekly-report`);
  await desk.$('template-value').first().fill('编辑');
  await desk.$('template-value').first().press('Control+Enter');
  await desk.$('problem').waitFor();
  expect(await desk.$('problem').innerText()).toContain('“记录”没有填');
  expect(await desk.$('template-value').nth(1).getAttribute('aria-invalid')).toBe('true');
  await expect
    .poll(() =>
      desk
        .$('template-value')
        .nth(1)
        .evaluate((el) => el === document.activeElement),
    )
    .toBe(true);
  await desk.page.reload();
  await desk.$('template-value').first().waitFor();
  expect(await desk.$('template-value').first().inputValue()).toBe('编辑');
});

test('what is in the input becomes a template; its variables are asked for as they are written', async () => {
  await desk.$('input').fill('给{{谁}}写一封信');
  await desk.$('template-menu').click();
  await desk.$('template-keep').click();
  expect(await desk.$('template-text').inputValue()).toBe('给{{谁}}写一封信');
  await desk.$('template-task').fill('写信，语气{{语气}}');
  expect(await desk.$('template-variables').locator('strong').allInnerTexts()).toEqual(['语气', '谁']);
  await desk.page.getByLabel('语气: 默认值').fill('亲切');
  await desk.$('template-save').click();
  await desk.$('problem').waitFor();
  expect(await desk.$('problem').innerText()).toContain('给它起一个名称');
  await desk.$('template-name').fill('写信');
  await desk.$('template-name').press('Control+Enter');
  await desk.$('template-use').waitFor();
  await expect.poll(shown).toContain('语气亲切');
  expect(new URL(desk.page.url()).pathname).toBe('/t/t1');
  expect(desk.fake.templates.own.get('t1').variables).toEqual([
    { name: '语气', default: '亲切', hint: '' },
    { name: '谁', default: '', hint: '' },
  ]);
  await desk.$('new-conversation').click();
  expect(await desk.$('input').inputValue()).toBe('给{{谁}}写一封信');
});

test('a built-in template is copied to be changed; an own one is edited, removed and put back', async () => {
  await desk.page.goto(`${desk.fake.url}t/zh-weekly-report`);
  await desk.$('template-use').waitFor();
  expect(await desk.$('template-edit').count()).toBe(0);
  expect(await desk.$('template-remove').count()).toBe(0);
  await desk.$('template-copy').click();
  await desk.$('template-name').waitFor();
  expect(await desk.$('template-name').inputValue()).toBe('周报（我的）');
  await desk.$('template-name').fill('我的周报');
  await desk.$('template-save').click();
  await desk.$('template-use').waitFor();
  await desk.$('template-edit').click();
  await desk.$('template-cancel').click();
  await desk.$('template-remove').click();
  await desk.$('template-undo').waitFor();
  expect(await desk.$('template-said').innerText()).toContain('已删除“我的周报”');
  await expect.poll(names).toEqual(['周报', '邮件', '短篇小说']);
  await desk.$('template-undo').click();
  await expect.poll(names).toEqual(['我的周报', '周报', '邮件', '短篇小说']);
});

test('an unsaved template survives a reload and Esc, and giving it up forgets it', async () => {
  await desk.page.goto(`${desk.fake.url}t/new`);
  await desk.$('template-task').fill('写到一半');
  await desk.page.reload();
  await desk.$('template-task').waitFor();
  expect(await desk.$('template-task').inputValue()).toBe('写到一半');
  await desk.page.keyboard.press('Escape');
  await desk.$('template-new').click();
  await desk.$('template-task').waitFor();
  expect(await desk.$('template-task').inputValue()).toBe('写到一半');
  await desk.$('template-cancel').click();
  await desk.$('template-new').click();
  await desk.$('template-task').waitFor();
  expect(await desk.$('template-task').inputValue()).toBe('');
});

test('a file is imported by choosing and by dropping, told of, and a bad one is refused in words', async () => {
  await desk.$('templates').click();
  const file = {
    hanmo_templates: 1,
    templates: [{ name: '外来的', brief: { text: '写' }, description: '', kind: 'conversation', preset: 'qa' }],
  };
  const payload = (text: string) => ({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await desk.$('template-file').setInputFiles(payload('{'));
  await desk.$('problem').waitFor();
  await desk.$('template-file').setInputFiles(payload(JSON.stringify(file)));
  await expect.poll(() => desk.$('template-said').innerText()).toBe('已导入 1 个模板。');
  expect(await desk.$('problem').count()).toBe(0);
  await expect.poll(names).toContain('外来的');
  const drop = await desk.page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'b.json', { type: 'application/json' }));
    return transfer;
  }, JSON.stringify(file));
  for (const type of ['dragover', 'drop'])
    await desk.page.dispatchEvent('[data-testid=template-list]', type, { dataTransfer: drop });
  await expect.poll(() => desk.$('template-said').innerText()).toContain('另有 1 个原来就有');
});

test('templates are downloaded as a file', async () => {
  await makeOwn();
  const [download] = await Promise.all([desk.page.waitForEvent('download'), desk.$('template-export').click()]);
  expect(new URL(download.url()).search).toBe('?ids=t1');
  await download.cancel();
});

test('the library is used by keyboard: search, down to a card, in, and back', async () => {
  await desk.$('templates').click();
  await card('zh-email').waitFor();
  const focused = () =>
    desk.page.evaluate(() => (document.activeElement as HTMLElement).dataset['id'] ?? document.activeElement?.tagName);
  await expect.poll(focused).toBe('INPUT');
  await desk.page.keyboard.press('ArrowDown');
  await expect.poll(focused).toBe('zh-weekly-report');
  await desk.page.keyboard.press('ArrowRight');
  await expect.poll(focused).toBe('zh-email');
  await desk.page.keyboard.press('ArrowUp');
  await desk.page.keyboard.press('ArrowUp');
  await expect.poll(focused).toBe('INPUT');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('Enter');
  await desk.$('template-use').waitFor();
  await desk.page.keyboard.press('Escape');
  await card('zh-email').waitFor();
  await card('zh-email').focus();
  await desk.page.keyboard.press('/');
  await expect.poll(focused).toBe('INPUT');
});

test('the built-in templates are there in the other language, and nothing is wider than a phone', async () => {
  await desk.page.setViewportSize({ width: 390, height: 800 });
  await desk.page.goto(`${desk.fake.url}t`);
  await card('zh-email').waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await desk.page.locator('.library-of .segments').getByText('English').click();
  await expect.poll(names).toEqual(['Email']);
  await desk.page.goto(`${desk.fake.url}t/zh-weekly-report`);
  await desk.$('template-use').waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await desk.page.goto(`${desk.fake.url}t/new`);
  await desk.$('template-save').waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test('a template that is not there says so', async () => {
  await desk.page.goto(`${desk.fake.url}t/nowhere`);
  await desk.$('problem').waitFor();
  expect(await desk.$('problem').innerText()).toContain('找不到这个模板');
});

test('a prompt of fields becomes a template of the same parts', async () => {
  await desk.$('brief-toggle').click();
  const fields = { role: '资深编辑', task: '写一封{{哪种}}信', language: '英文', words: '800' };
  for (const [name, value] of Object.entries(fields)) await desk.$(`brief-${name}`).fill(value);
  await desk.$('template-menu').click();
  await desk.$('template-keep').click();
  for (const [name, value] of Object.entries(fields)) expect(await desk.$(`template-${name}`).inputValue()).toBe(value);
  expect(await desk.$('template-text').inputValue()).toBe('');
  await desk.$('template-name').fill('信');
  await desk.$('template-save').click();
  await desk.$('template-use').waitFor();
  expect(desk.fake.templates.own.get('t1').brief).toMatchObject({ ...fields, words: 800, text: '' });
});
