// The preview under the brief of a new article and under a changed question, and what its warnings offer.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const posts = (path: string) => desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith(path)).map((r) => r.body);
const focused = () => desk.page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
const warning = (code: string, more: object = {}) => ({ code, text: `${code}。`, params: {}, field: '', mends: [], ...more });
const mend = (label: string, fields: object) => ({ code: label, label, fields, sampling: {} });
const SUBJECT = { code: 'any.subject', text: '写什么内容？', label: '主题：', answers: ['一件小事'], field: 'requirements' };
const LENGTH = { code: 'article.length', text: '大约多长？', label: '篇幅：', answers: ['约 800 字'], field: 'words' };

async function openPreview(): Promise<void> {
  await desk.$('preview').locator('summary').first().click();
  await desk.$('preview-messages').waitFor();
}

async function askBack(): Promise<void> {
  await desk.$('warning-ask').waitFor();
  await desk.patiently(async () => {
    await desk.$('warning-ask').click();
    await desk.$('ask-back').waitFor();
  });
}

test('under the brief of an article stands what its plan asks for, with its cost, its warnings and the preset that fits', async () => {
  desk.fake.prompt.preview = {
    preset: 'creative',
    warnings: [warning('no_role', { field: 'role', mends: [mend('设为小说作者', { role: '小说作者' })] })],
    constraints: ['语气正式', '短'].map((text) => ({ kind: 'tone', text, conflicts_with: [] })),
  };
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').waitFor();
  expect(await desk.$('preview').count()).toBe(0);
  await desk.$('article-brief').fill('写一篇讲春茶的小说');
  await expect.poll(() => desk.$('preview-figures').innerText()).toBe('120 个词元 · 其中 60 个已读过 · 首字 约 2 秒');
  expect(posts('prompt/preview/article')).toEqual([{ text: '写一篇讲春茶的小说' }]);
  await openPreview();
  await desk.$('preset-use').click();
  await desk.$('mend').click();
  await expect.poll(() => desk.$('brief-role').inputValue()).toBe('小说作者');
  await desk.$('article-words').fill('900');
  await expect
    .poll(() => posts('prompt/preview/article').at(-1))
    .toEqual({ brief: expect.objectContaining({ role: '小说作者' }), words: 900, preset: 'creative' });
  await desk.page.getByRole('button', { name: '前移：短' }).click();
  await expect.poll(() => desk.$('brief-requirements').inputValue()).toBe('短\n语气正式');
  await desk.$('article-plan').click();
  await expect
    .poll(() => posts('articles').at(-1))
    .toMatchObject({ brief: { role: '小说作者', requirements: '短\n语气正式' }, words: 900, preset: 'creative' });
});

test('the price of a new article follows what is read ahead of it', async () => {
  desk.fake.prompt.preview = { cached_tokens: 0, seconds_to_first_token: 20 };
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一篇讲春茶的小说');
  await expect.poll(() => desk.$('preview-figures').innerText()).toContain('首字 约 20 秒');
  desk.fake.prompt.preview = { cached_tokens: 118, seconds_to_first_token: 1 };
  desk.fake.state.status.engine.slot_changes++;
  await expect.poll(() => desk.$('preview-figures').innerText(), { timeout: 8_000 }).toContain('首字 约 1 秒');
});

test('what an article would be refused for is said, and no count is promised', async () => {
  desk.fake.prompt.preview = { messages: [], tokens: null, prompt: null, warnings: [warning('lengths_contradict')] };
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写 300 字');
  await desk.$('preview').getByText('1 条提醒').click();
  await desk.$('warnings').getByText('lengths_contradict。').waitFor();
  expect(await desk.$('preview-figures').innerText()).toBe('');
  expect(await desk.$('preview-messages').count()).toBe(0);
});

test('under a changed question stands what would be sent; a mend that needs fields opens them', async () => {
  await desk.ask('写茶');
  await desk.finish('stop').waitFor();
  desk.fake.prompt.preview = { warnings: [warning('no_role', { field: 'role', mends: [mend('设为编辑', { role: '编辑' })] })] };
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  const editor = desk.$('message-editor');
  await expect.poll(() => editor.locator('[data-testid=preview-figures]').innerText()).toContain('120 个词元');
  const [question] = [...desk.fake.state.conversations.values()].at(-1).messages;
  expect(posts('prompt/preview').at(-1)).toMatchObject({
    text: '写茶',
    beside_id: question.id,
    conversation_id: expect.any(String),
  });
  await openPreview();
  await editor.getByText('设为编辑').click();
  await expect.poll(() => desk.$('brief-role').inputValue()).toBe('编辑');
  await desk.$('message-editor-field').press('Enter');
  await desk.$('versions').first().waitFor();
  expect(posts('/messages').at(-1)).toEqual({
    brief: expect.objectContaining({ role: '编辑', text: '写茶' }),
    beside_id: question.id,
  });
});

test('of two that conflict the reader chooses which one stays', async () => {
  desk.fake.prompt.preview = {
    warnings: [
      warning('conflict', { mends: [mend('只留“正式”', { text: '写茶，正式' }), mend('只留“随意”', { text: '写茶，随意' })] }),
    ],
  };
  await desk.$('input').fill('写茶，正式，随意');
  await openPreview();
  expect(await desk.$('mend').allInnerTexts()).toEqual(['只留“正式”', '只留“随意”']);
  await desk.$('mend').nth(1).click();
  expect(await desk.$('input').inputValue()).toBe('写茶，随意');
});

test('where a subject is missing it asks, whatever the setting; what is answered is added and not sent', async () => {
  desk.fake.prompt.preview = { warnings: [warning('vague_task', { field: 'text' })] };
  desk.fake.prompt.questions = [SUBJECT];
  await desk.$('params-toggle').click();
  await desk.$('ask-back-setting').uncheck();
  await desk.$('input').fill('写一篇小说');
  await openPreview();
  await askBack();
  await desk.$('ask-back').getByText('一件小事').click();
  expect(posts('prompt/questions')).toEqual([{ text: '写一篇小说', anyway: true }]);
  expect(await desk.$('ask-never').count()).toBe(0);
  await desk.$('ask-add').click();
  await desk.$('ask-back').waitFor({ state: 'detached' });
  expect(await desk.$('input').inputValue()).toBe('写一篇小说\n主题：一件小事');
  expect(posts('/messages')).toEqual([]);
  // Where nobody has a question, the field is there to be written.
  desk.fake.prompt.questions = [];
  await desk.$('input').fill('写点什么');
  await expect.poll(() => desk.$('preview-figures').getAttribute('class')).not.toContain('stale');
  await desk.$('warning-ask').click();
  await expect.poll(focused).toBe('input');
});

test('of an article it asks too, and a length goes where lengths are', async () => {
  desk.fake.prompt.preview = { warnings: [warning('vague_task', { field: 'text' })] };
  desk.fake.prompt.questions = [SUBJECT, LENGTH];
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一篇文章');
  await openPreview();
  await askBack();
  await desk.$('ask-back').getByText('一件小事').click();
  await desk.$('ask-back').getByText('约 800 字').click();
  await desk.$('ask-add').click();
  expect(posts('prompt/questions')).toEqual([{ text: '写一篇文章', article: true, format: 'prose', anyway: true }]);
  await expect.poll(() => desk.$('article-brief').inputValue()).toBe('写一篇文章\n主题：一件小事');
  expect(await desk.$('article-words').inputValue()).toBe('800');
  expect(posts('articles')).toEqual([]);
});
