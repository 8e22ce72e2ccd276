// Around the text: findings and their places, titles and the summary, versions, and the library.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const marked = () => desk.page.evaluate(() => [...(CSS.highlights.get('finding') ?? [])].map(String));
const announced = () => desk.page.locator('[aria-live=polite]').first().innerText();
const at = (text: string | undefined, words: string) => {
  const start = [...(text ?? '').slice(0, (text ?? '').indexOf(words))].length;
  return { start, end: start + [...words].length };
};

test('both places of a contradiction are quoted; each leads into the text and is marked there', async () => {
  const first = at(TEXTS[1], '龙井用八十度的水');
  desk.fake.articles.script.findings = [
    {
      code: 'clash',
      section: 's2',
      index: 1,
      text: '水温前后不一致。',
      ...first,
      other: { section: 's3', index: 2, text: '', ...at(TEXTS[2], '龙井用九十度的水') },
    },
    { code: 'emphasis', section: 's2', index: 1, text: '用了粗体。', ...at(TEXTS[1], '水，**慢慢**注入'), other: null },
    { code: 'gone', section: 's9', index: 8, text: '这一节没有了。', start: 0, end: 4, other: null },
  ];
  const { tab } = await openArticle(desk);
  const places = desk.$('article-text').locator('..').locator('[data-testid=finding-place]');
  await expect
    .poll(() => places.allInnerTexts())
    .toEqual([
      expect.stringMatching(/第 2 节 · 三种茶，三种水[\s\S]*龙井用八十度的水/),
      expect.stringMatching(/第 3 节 · 凉得多快[\s\S]*龙井用九十度的水/),
      expect.stringContaining('**慢慢**'),
    ]);
  await places.nth(1).click();
  await expect.poll(marked).toEqual(['龙井用九十度的水']);
  await expect.poll(() => desk.page.evaluate(() => document.activeElement?.getAttribute('data-section'))).toBe('s3');
  await tab('各节'); // the mark goes with the page, and the card leads back
  await expect.poll(marked).toEqual([]);
  await desk.$('article-section').nth(1).locator('[data-testid=finding-place]').first().press('Enter');
  await expect.poll(marked).toEqual(['龙井用八十度的水']);
  await places.nth(2).click();
  await expect.poll(marked).toEqual(['水，慢慢注入']);
});

test('marks in a heading and in the title are rendered to read, and left out where only text stands', async () => {
  const { made, tab } = await openArticle(desk);
  made.title = made.plan.title = '*茶*与 **水**';
  made.sections[0].heading = made.plan.sections[0].heading = '**重点** 与 `code`';
  await desk.page.reload();
  await tab('全文');
  const heading = desk.$('text-section').first().locator('h2');
  await expect.poll(() => heading.innerText()).toBe('重点 与 code');
  expect(await heading.locator('strong').innerText()).toBe('重点');
  expect(await heading.locator('code').innerText()).toBe('code');
  expect(await desk.page.locator('h1.title em').innerText()).toBe('茶');
  expect(await desk.page.title()).toBe('茶与 水 · 翰墨');
  expect(await desk.$('text-section').first().getAttribute('aria-label')).toBe('重点 与 code');
  await tab('各节');
  expect(await desk.$('article-section').first().locator('.heading').innerText()).toBe('重点 与 code');
});

test('titles are proposed, one is taken; the summary is copied', async () => {
  const { made, bodies } = await openArticle(desk);
  await desk.$('article-title').click();
  await desk.$('article-titles').waitFor();
  expect(await desk.$('title-choose').count()).toBe(2); // the first is in use
  await desk.$('title-choose').last().click();
  await expect.poll(() => made.plan.title).toBe('三分钟的耐心');
  await desk.page.locator('h1.title').getByText('三分钟的耐心').waitFor();
  await expect.poll(announced).toBe('标题已改为“三分钟的耐心”。');
  expect(bodies('PUT', '/plan')).toMatchObject([{ title: '三分钟的耐心', sections: [{ id: 's1' }, { id: 's2' }, { id: 's3' }] }]);
  expect(made.sections.every((s: { text: string }) => s.text !== '')).toBe(true);
  await desk.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.$('summary-copy').click();
  await expect.poll(() => desk.page.evaluate(() => navigator.clipboard.readText())).toBe('绿茶怕开水，等三分钟再泡。');
  desk.fake.state.refuse = (_, path) =>
    path.endsWith('/title') && [409, problem('article_writing', '正在写这篇文稿', '', '等它写完。')];
  await desk.$('article-title').click();
  await desk.$('problem').getByText('等它写完').waitFor();
});

test('versions are listed, read, and put back without losing any', async () => {
  const { made, tab } = await openArticle(desk);
  await tab('版本');
  await expect.poll(() => desk.$('version').count()).toBe(4);
  expect(await desk.$('version').first().innerText()).toMatch(/写成[\s\S]*凉得多快[\s\S]*现在[\s\S]*字[\s\S]*\d\d:\d\d/);
  desk.fake.state.refuse = (_, path) =>
    path.endsWith('/revisions/2') && [404, problem('revision_not_found', '没有这一版', '', '看看别的版本。')];
  await desk.$('version').nth(2).click();
  await desk.$('problem').getByText('没有这一版').waitFor();
  expect(await desk.$('version-restore').isDisabled()).toBe(true);
  desk.fake.state.refuse = null;
  await desk.page.getByRole('button', { name: '再试一次' }).click();
  await desk.$('version-text').getByText('绿茶的鲜味').waitFor();
  expect(await desk.$('version-text').innerText()).not.toContain('铁观音');
  expect(await desk.page.locator('.versions').innerText()).toMatch(/只读[\s\S]*什么也不会丢/);
  await desk.$('version-back').press('Enter');
  await expect.poll(() => desk.page.evaluate(() => document.activeElement?.getAttribute('data-number'))).toBe('2');
  await desk.page.keyboard.press('Enter');
  await desk.$('version-restore').click();
  await desk.$('text-section').first().waitFor();
  await expect.poll(announced).toBe('已恢复第 2 版。');
  await expect.poll(() => desk.$('text-section').count()).toBe(1);
  expect(made.history).toHaveLength(5);
  await tab('版本');
  expect(await desk.$('version').first().innerText()).toContain('恢复');
});

test('the library names both kinds, empty and full', async () => {
  await desk.$('conversation-list').getByText('还没有会话和文稿。').waitFor();
  desk.fake.createConversation('雨夜的伞');
  await openArticle(desk);
  const list = desk.page.getByRole('navigation', { name: '会话和文稿列表' });
  await list.getByText('春茶与水温').waitFor();
  await list.getByText('雨夜的伞').waitFor();
  expect(
    await list.locator('[role=img]').evaluateAll((icons) => icons.map((icon) => icon.getAttribute('aria-label')).sort()),
  ).toEqual(['会话', '文稿']);
});

test('many findings are folded, and one whose other place is no section is said in full', async () => {
  const finding = { code: 'x', section: null, index: null, start: 0, end: 0 };
  const other = { section: null, index: null, text: '资料里写的是八十度。', start: 0, end: 0 };
  desk.fake.articles.script.findings = Array.from({ length: 6 }, (_, i) => ({ ...finding, text: `第 ${i} 条。`, other }));
  await openArticle(desk);
  const box = desk.$('article-findings');
  await box.waitFor();
  expect(await box.innerText()).not.toContain('第 0 条');
  await box.locator('summary').press('Enter');
  expect(await box.innerText()).toMatch(/6[\s\S]*第 5 条。[\s\S]*资料里写的是八十度。/);
});
