// The built page against a scripted server: fields, preview, asking back, parameters.
import { expect, test } from 'vitest';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const posts = (path: string) => desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith(path)).map((r) => r.body);
const sent = () => posts('/messages').at(-1);
const figures = () => desk.$('preview-figures').innerText();
const QUESTION = { code: 'story.genre', text: '什么题材？', label: '题材：', answers: ['悬疑', '爱情'], field: 'requirements' };
const LENGTH = {
  code: 'article.length',
  text: '大约多长？',
  label: '篇幅：',
  answers: ['约 800 字', '约 1500 字'],
  field: 'words',
};

test('a prompt is built of fields, survives a reload, is sent as fields and shown as fields', async () => {
  await desk.$('brief-toggle').click();
  await desk.$('brief-role').fill('资深编辑');
  await desk.$('brief-task').fill('写一封辞职信');
  await desk.$('brief-words').fill('300');
  await desk.$('input').fill('我下个月去杭州。');
  await desk.page.reload();
  await desk.$('brief-form').waitFor();
  expect(await desk.$('brief-task').inputValue()).toBe('写一封辞职信');
  expect(await desk.$('brief-toggle').innerText()).toContain('已填 3 项');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({
    brief: expect.objectContaining({ role: '资深编辑', task: '写一封辞职信', words: 300, text: '我下个月去杭州。', audience: '' }),
  });
  expect((await desk.$('sent-brief').innerText()).split('\n')).toEqual(
    expect.arrayContaining(['角色', '资深编辑', '篇幅', '300 字']),
  );
  expect(await desk.$('brief-form').count()).toBe(0);
  await desk.$('brief-reuse').click();
  expect(await desk.$('brief-role').inputValue()).toBe('资深编辑');
  await desk.$('brief-clear').click();
  expect(await desk.$('brief-role').inputValue()).toBe('');
  expect(await desk.$('input').inputValue()).toBe('我下个月去杭州。');
});

test('Enter in a field sends, Enter that belongs to the input method does not', async () => {
  await desk.$('brief-toggle').click();
  await desk.$('brief-role').fill('bianji');
  await desk
    .$('brief-role')
    .evaluate((el) =>
      el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing: true })),
    );
  expect(posts('/messages')).toEqual([]);
  await desk.$('brief-role').press('Enter');
  await desk.finish('stop').waitFor();
  expect(sent().brief.role).toBe('bianji');
});

test('the preview says what it costs, and is asked for once typing rests', async () => {
  const REST_MS = 400;
  await desk.$('input').waitFor();
  await desk.page.clock.install();
  await desk.page.clock.pauseAt(Date.now() + 10_000);
  for (const letter of '写一句关于茶的话') {
    await desk.page.keyboard.insertText(letter);
    await desk.page.clock.runFor(REST_MS - 1);
  }
  expect(posts('prompt/preview')).toEqual([]);
  await desk.page.clock.runFor(1);
  await desk.page.clock.resume();
  await expect.poll(figures).toBe('120 个词元 · 其中 60 个已读过 · 首字 约 2 秒');
  expect(posts('prompt/preview')).toEqual([{ text: '写一句关于茶的话' }]);
  await desk.$('preview').locator('summary').first().click();
  expect(await desk.$('preview-messages').innerText()).toContain('你是翰墨。');
  await desk.$('preview-prompt').locator('summary').click();
  expect(await desk.$('preview-prompt').innerText()).toContain('<|im_start|>user');
  await desk.page.reload();
  await desk.$('preview-messages').waitFor();
  await desk.$('input').fill('');
  await desk.$('preview').waitFor({ state: 'detached' });
});

test('while the model loads there are no counts, and the page says so; a preview that fails holds nothing up', async () => {
  desk.fake.prompt.preview = { tokens: null, cached_tokens: null, prompt: null, seconds_to_first_token: null, engine: 'starting' };
  await desk.$('input').fill('写');
  await expect.poll(figures).toBe('模型就绪后显示用量');
  desk.fake.state.refuse = (_method, path) => path === 'prompt/preview' && [500, problem('unexpected', '出错了')];
  await desk.$('input').fill('写一句');
  await expect.poll(figures).toBe('预览没有取到，不影响送出。');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
});

test('warnings mend with one click: a field, a parameter, a closing mark', async () => {
  desk.fake.prompt.preview = {
    warnings: [
      { code: 'open_pair', text: '“只有一半。', params: {}, field: 'text', mends: [{ code: 'close_mark', label: '补上另一半', fields: { text: '改“茶”' }, sampling: {} }] },
      { code: 'no_role', text: '没有角色。', params: {}, field: 'role', mends: [{ code: 'set_role', label: '设为编辑', fields: { role: '编辑' }, sampling: {} }] },
      { code: 'length_over_tokens', text: '不够长。', params: {}, field: '', mends: [{ code: 'raise_tokens', label: '提高到 2560', fields: {}, sampling: { max_new_tokens: 2560 } }] },
      { code: 'no_task', text: '没有任务。', params: {}, field: 'task', mends: [] },
    ],
  }; // prettier-ignore
  await desk.$('input').fill('改“茶');
  await desk.$('preview').getByText('4 条提醒').click();
  for (const label of ['补上另一半', '设为编辑', '提高到 2560']) await desk.$('preview').getByText(label).click();
  await desk.$('preview').getByText('去写').click();
  await expect.poll(() => desk.page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('brief-task');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({
    brief: expect.objectContaining({ role: '编辑', text: '改“茶”' }),
    sampling: { max_new_tokens: 2560 },
  });
});

test('conditions are put in order, and the order becomes the requirements', async () => {
  desk.fake.prompt.preview = {
    constraints: [
      { kind: 'tone', text: '语气正式', conflicts_with: [1] },
      { kind: 'tone', text: '口语化', conflicts_with: [0] },
      { kind: 'length', text: '不超过 300 字', conflicts_with: [] },
    ],
  };
  await desk.$('input').fill('写茶，语气正式，口语化，不超过 300 字');
  await desk.$('preview').locator('summary').first().click();
  await desk.$('constraints').waitFor();
  expect(await desk.$('constraints').innerText()).toContain('与第 2 条冲突');
  await desk.page.getByRole('button', { name: '前移：不超过 300 字' }).click();
  await expect.poll(() => desk.$('brief-requirements').inputValue()).toBe('语气正式\n不超过 300 字\n口语化');
});

test('a long text is asked about first; answers are added where they can be seen, questions can be skipped', async () => {
  desk.fake.prompt.questions = [QUESTION, LENGTH];
  await desk.askAndWait('写一篇 3000 字的小说');
  expect(posts('/messages')).toEqual([]);
  expect(await desk.$('input').inputValue()).toBe('写一篇 3000 字的小说');
  await desk.$('question').nth(1).getByRole('button', { name: '跳过这一问' }).click();
  expect(await desk.$('question').count()).toBe(1);
  await desk.$('ask-back').getByText('悬疑').click();
  await desk.$('ask-add').click();
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({ text: '写一篇 3000 字的小说\n题材：悬疑' });
  expect(await desk.$('message-user').innerText()).toBe('写一篇 3000 字的小说\n题材：悬疑');
});

test('a question that is asked otherwise is asked about first, too', async () => {
  await desk.ask('写茶');
  await desk.finish('stop').waitFor();
  desk.fake.prompt.questions = [QUESTION];
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  await desk.$('message-editor-field').fill('写一篇 3000 字的小说');
  await desk.patiently(async () => {
    await desk.$('message-editor-field').press('Enter');
    await desk.$('ask-back').waitFor();
  });
  await desk.$('ask-back').getByText('悬疑').click();
  expect(posts('/messages').length).toBe(1);
  await desk.$('ask-add').click();
  await expect.poll(sent).toEqual({ text: '写一篇 3000 字的小说\n题材：悬疑', beside_id: expect.any(String) });
});

test('all questions can be skipped, or be turned off for good', async () => {
  desk.fake.prompt.questions = [QUESTION];
  await desk.askAndWait('写一篇 3000 字的小说');
  await desk.$('ask-skip-all').click();
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({ text: '写一篇 3000 字的小说' });
  await desk.askAndWait('写一篇 4000 字的小说');
  await desk.$('ask-never').click();
  await desk.finish('stop').nth(1).waitFor();
  const before = posts('prompt/questions').length;
  await desk.ask('写一篇 5000 字的小说');
  await desk.finish('stop').nth(2).waitFor();
  expect(posts('prompt/questions').length).toBe(before);
  await desk.$('params-toggle').click();
  expect(await desk.$('ask-back-setting').isChecked()).toBe(false);
});

test('a question that does not answer in time holds nothing up', async () => {
  await desk.page.route('**/api/prompt/questions', () => new Promise(() => {}));
  await desk.ask('写一篇 3000 字的小说');
  await desk.finish('stop').waitFor();
});

test('parameters are chosen, kept for the conversation, sent, reset, and warned about', async () => {
  await desk.$('params-toggle').click();
  await desk.$('preset-code').click();
  expect(await desk.$('knob-temperature').locator('.field').inputValue()).toBe('0.3');
  await desk.$('knob-temperature').locator('.field').fill('1.4');
  await desk.$('knob-temperature').locator('.field').press('Tab');
  expect(await desk.$('knob-temperature').innerText()).toContain('超出稳妥范围 0.2–1');
  await desk.$('knob-top_k').locator('.field').fill('5000');
  await desk.$('knob-top_k').locator('.field').press('Tab');
  expect(await desk.$('knob-top_k').locator('.field').inputValue()).toBe('1000');
  await desk.$('knob-top_k').getByRole('button').click();
  expect(await desk.$('knob-top_k').locator('.field').inputValue()).toBe('20');
  await desk.$('knob-seed').locator('.field').fill('7');
  await desk.$('knob-seed').locator('.field').press('Tab');
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({ text: '写', preset: 'code', sampling: { temperature: 1.4, seed: 7 } });
  await desk.page.reload();
  await desk.finish('stop').waitFor();
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('代码 · 改了 2 项');
  await desk.$('params-reset').click();
  await desk.ask('再写');
  await desk.finish('stop').nth(1).waitFor();
  expect(sent()).toEqual({ text: '再写', preset: 'code' });
  await desk.$('new-conversation').click();
  await desk.page.locator('.examples').waitFor();
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('对话');
});

test('a preset suggests itself, and can be used or refused', async () => {
  desk.fake.prompt.preview = { preset: 'code' };
  await desk.$('input').fill('写一个函数');
  await desk.$('preset-keep').click();
  await desk.$('preset-hint').waitFor({ state: 'detached' });
  desk.fake.prompt.preview = { preset: 'long' };
  await desk.$('input').fill('写一个函数，三千字');
  await desk.$('preset-use').click();
  await desk.$('preset-hint').waitFor({ state: 'detached' });
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(sent()).toEqual({ text: '写一个函数，三千字', preset: 'long' });
});

test('an article may be asked for in fields, and is asked about first', async () => {
  desk.fake.prompt.questions = [LENGTH];
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief-toggle').click();
  await desk.$('brief-task').fill('写一篇讲春茶的文章');
  await desk.page.reload();
  expect(await desk.$('brief-task').inputValue()).toBe('写一篇讲春茶的文章');
  await desk.patiently(async () => {
    await desk.$('article-plan').click();
    await desk.$('ask-back').waitFor();
  });
  await desk.$('ask-back').getByText('约 800 字').click();
  await desk.$('ask-add').click();
  await expect
    .poll(() => posts('articles').at(-1))
    .toEqual({ brief: expect.objectContaining({ task: '写一篇讲春茶的文章' }), words: 800 });
  await desk.page.waitForURL(/\/a\//);
  expect(posts('prompt/questions').at(-1)).toMatchObject({ article: true, format: 'prose' });
});

test('an article takes a preset and single parameters, which are shown with it', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一篇讲春茶的故事');
  await desk.$('params-toggle').click();
  await desk.$('preset-code').click();
  await desk.$('knob-temperature').locator('.field').fill('0.9');
  await desk.$('knob-temperature').locator('.field').press('Tab');
  expect(await desk.page.locator('[data-testid=knob-seed], [data-testid=knob-max_new_tokens]').count()).toBe(0);
  await desk.page.reload();
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('代码 · 改了 1 项');
  await desk.$('article-plan').click();
  await expect.poll(() => posts('articles').at(-1)).toMatchObject({ preset: 'code', sampling: { temperature: 0.9 } });
  // What was asked for is an article, and no draft any more.
  await desk.$('article-params').or(desk.$('plan-title')).first().waitFor();
  const made = desk.fake.articles.create({ text: '写茶', preset: 'code', sampling: { temperature: 0.9 } });
  await desk.page.goto(`${desk.fake.url}a/${made.id}`);
  expect(await desk.$('article-params').innerText()).toMatch(/代码 · 温度 0\.9$/);
  // The next article begins anew; code is written as code is.
  await desk.page.goto(`${desk.fake.url}a`);
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('对话');
  await desk.page.getByRole('button', { name: '代码', exact: true }).first().click();
  await expect.poll(() => desk.$('params-toggle').innerText()).toBe('代码');
  await desk.$('article-brief').fill('写一个待办清单');
  await desk.$('article-plan').click();
  await expect.poll(() => posts('articles').at(-1)).toEqual({ text: '写一个待办清单', format: 'code' });
});

test('on a phone the parameters are a drawer that Escape closes, and nothing is wider than the screen', async () => {
  await desk.page.setViewportSize({ width: 390, height: 800 });
  await desk.$('brief-toggle').click();
  await desk.$('input').fill('写一句');
  await expect.poll(figures).toContain('120');
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await desk.$('params-toggle').click();
  await desk.$('parameters').waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await desk.page.keyboard.press('Escape');
  await desk.$('parameters').waitFor({ state: 'detached' });
});
