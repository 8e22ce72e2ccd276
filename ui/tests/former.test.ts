// What an older version of the page has kept is taken over: shown where it was typed, once, and by one tab.
import { expect, test } from 'vitest';
import type { Article } from '../src/wire/articletypes.ts';
import { openArticle, TEXTS } from './support/article.ts';
import { openEditor } from './support/editor.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const keys = () => desk.page.evaluate(() => Object.keys(localStorage));
const value = (id: string, on = desk.page) => expect.poll(() => desk.$(id, on).inputValue());
/** Its key of today tells the tab. */
const isTaken = (key: string) =>
  expect.poll(async () => (await keys()).filter((kept) => kept === key || kept === `${key}@former`)).toEqual([]);

/** As an older version would have left it, the page is opened anew. */
async function kept(key: string, what: unknown, path = ''): Promise<void> {
  await desk.page.evaluate(([key, what]) => localStorage.setItem(key, what), [key, JSON.stringify(what)] as const);
  await desk.page.goto('about:blank');
  await desk.page.goto(desk.fake.url + path);
}

test('a message, as a text and in fields', async () => {
  await kept('hanmo.draft.new', '讲一座山');
  await value('input').toBe('讲一座山');
  await isTaken('hanmo.draft.new');
  const talk = desk.fake.createConversation('河');
  await kept(`hanmo.draft.${talk.id}`, { role: '编辑', text: '讲一条河' }, `c/${talk.id}`);
  await value('input').toBe('讲一条河');
  expect(await desk.$('brief-role').inputValue()).toBe('编辑');
  await desk.$('input').fill('讲两条河');
  await desk.page.reload();
  await value('input').toBe('讲两条河');
});

test('the brief of an article, as a text and in fields', async () => {
  await kept('hanmo.draft.article', { text: '一篇讲春茶的小文', words: 900, materials: { style: '平实' } }, 'a');
  await value('article-brief').toBe('一篇讲春茶的小文');
  expect(await desk.$('article-words').inputValue()).toBe('900');
  expect(await desk.$('article-style').inputValue()).toBe('平实');
  await isTaken('hanmo.draft.article');
  await desk.$('article-brief').fill('');
  await desk.$('article-words').fill('');
  await desk.$('article-style').fill('');
  await kept('hanmo.draft.article', { fields: { text: '换一篇', audience: '新手' }, words: null }, 'a');
  await value('article-brief').toBe('换一篇');
  expect(await desk.$('brief-audience').inputValue()).toBe('新手');
});

test('the source of a section', async () => {
  await openArticle(desk);
  await kept('hanmo.section.a1.s2', '写到一半的一节。', 'a/a1');
  await desk.$('section-menu').nth(1).click();
  await desk.$('section-edit').click();
  await value('section-source').toBe('写到一半的一节。');
  await isTaken('hanmo.section.a1.s2');
  expect(await desk.page.getByText('这一节在别处改过了').count()).toBe(0);
});

test('a template', async () => {
  const brief = {
    role: '',
    task: '写到一半',
    audience: '',
    requirements: '',
    structure: '',
    example: '',
    format: '',
    language: '',
  };
  const rest = { description: '', category: '', language: 'zh', kind: 'conversation', preset: 'chat', variables: [] };
  await kept('hanmo.template.new', { name: '我的', ...rest, brief: { ...brief, text: '', words: null } }, 't/new');
  await value('template-task').toBe('写到一半');
  expect(await desk.$('template-name').inputValue()).toBe('我的');
  await isTaken('hanmo.template.new');
});

test('what a template was filled with', async () => {
  await kept('hanmo.fill.zh-weekly-report', { 记录: '修了登录超时' }, 't/zh-weekly-report');
  await expect.poll(() => desk.$('template-text').innerText()).toContain('修了登录超时');
  await isTaken('hanmo.fill.zh-weekly-report');
});

test('a plan', async () => {
  const { made, tab } = await openArticle(desk);
  const { plan } = structuredClone(made);
  const sections = plan.sections.map((part: object, i: number) => (i === 1 ? { ...part, points: ['只讲龙井'] } : part));
  await kept('hanmo.plan.a1', { base: plan, plan: { ...plan, sections } }, 'a/a1');
  await tab('提纲');
  await desk.page.locator('[data-testid=plan-saved][data-state=held]').waitFor();
  expect(await desk.$('plan-points').nth(1).inputValue()).toBe('只讲龙井');
  await isTaken('hanmo.plan.a1');
});

test('the whole text of an article', async () => {
  const { saved } = await openEditor(desk);
  const { revision } = (await (await fetch(`${desk.fake.url}api/articles/a1`)).json()) as Article;
  const text = saved().replace(TEXTS[2] ?? '', '离线写的一节。');
  await kept('hanmo.manuscript.a1', { text, revision }, 'a/a1');
  await expect.poll(saved).toContain('离线写的一节。');
  await isTaken('hanmo.manuscript.a1');
  expect(await keys()).toContain('hanmo.manuscript.mode');
});

test('what is newer goes before it, and of two tabs the first that opens the place has it', async () => {
  await desk.$('input').fill('新的');
  await expect.poll(async () => (await keys()).some((key) => key.startsWith('hanmo.draft.new@'))).toBe(true);
  await kept('hanmo.draft.new', '旧的');
  await value('input').toBe('新的');
  const other = await desk.open();
  await value('input', other).toBe('旧的');
  await isTaken('hanmo.draft.new');
  const third = await desk.open();
  await expect.poll(() => desk.$('input', third).inputValue()).toBe('');
  await value('input').toBe('新的');
});
