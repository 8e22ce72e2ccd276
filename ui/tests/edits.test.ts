// Polish and proofreading: each change is taken or left, by hand or by keyboard.
import { expect, test } from 'vitest';
import { openArticle } from './support/article.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const announced = () => desk.page.locator('[aria-live=polite]').first().innerText();
const focused = () =>
  desk.page.evaluate(() => document.activeElement?.querySelector('[data-testid=edit-diff]')?.textContent?.trim() ?? '');
const PROPOSALS = [
  { section: 's1', before: '水温越高，苦味出来得越快。', after: '水越热，苦味出来得越快。', reason: '更短' },
  { section: 's2', before: '铁观音不怕热。', after: '铁观音耐得住热。' },
  { section: 's3', before: '揭盖等三分钟，水就凉到八十度。', after: '揭盖三分钟，水凉到八十度。' },
  { section: 's3', before: '龙井用九十度的水。', after: '' },
];

test('polish proposes, section by section; each is taken or left, and the keys go on to the next', async () => {
  desk.fake.articles.script.proposals = PROPOSALS;
  const { made, tab, bodies } = await openArticle(desk);
  await desk.$('article-polish').click();
  await desk.$('edit').first().waitFor();
  expect(await desk.$('edits-counts').innerText()).toBe('4 处建议');
  expect(await desk.$('edits').locator('h2').allInnerTexts()).toHaveLength(3);
  await expect.poll(announced).toBe('看完了，有 4 处建议。');
  const diff = desk.$('edit-diff').first();
  expect(await diff.innerText()).toBe('水温越高水越热，苦味出来得越快。');
  expect(await diff.locator('del').evaluate((el) => getComputedStyle(el).textDecorationLine)).toBe('line-through');
  expect(
    await diff
      .locator('ins')
      .first()
      .evaluate((el) => getComputedStyle(el).textDecorationLine),
  ).toBe('underline');
  expect(await desk.$('edit').first().innerText()).toContain('更短');
  expect(await desk.$('edit').nth(3).innerText()).toContain('删去这一处');

  await desk.page.keyboard.press('j'); // the page of edits has the focus
  await expect.poll(focused).toContain('水温');
  await desk.page.keyboard.press('j');
  await desk.page.keyboard.press('ArrowDown');
  await expect.poll(focused).toContain('揭盖');
  await desk.page.keyboard.press('k');
  await desk.page.keyboard.press('r'); // the second is left; focus goes on to the third
  await expect.poll(focused).toContain('揭盖');
  await desk.page.keyboard.press('a');
  await expect.poll(focused).toContain('龙井用九十度');
  await expect.poll(() => made.sections[2].text).toBe('揭盖三分钟，水凉到八十度。龙井用九十度的水。');
  await desk.$('edit-reject').last().click();
  await desk.$('edits-accept-all').click();
  await desk.$('edits-empty').waitFor();
  await expect.poll(() => desk.$('edits-counts').innerText()).toMatch(/已接受 2 处\s*未改 2 处/);
  expect(await desk.$('edits-empty').innerText()).toBe('建议都看过了。');
  expect(made.sections[0].text).toContain('水越热');
  const [first, second, third, fourth] = made.edits.map(({ id }: { id: string }) => id);
  const sent = bodies('POST', '/edits') as { accept: string[]; reject: string[] }[];
  expect(sent.flatMap(({ accept }) => accept)).toEqual([third, first]);
  expect(sent.flatMap(({ reject }) => reject)).toEqual([second, fourth]);
  await tab('全文');
  await desk.$('article-text').getByText('水越热').waitFor();
});

test('nothing to change is a good answer', async () => {
  await openArticle(desk);
  await desk.$('article-proofread').click();
  await desk.$('edits-empty').getByText('没有要改的，保持原样就好').waitFor();
  expect(await desk.$('edits-accept-all').count()).toBe(0);
});

test('a check that fails says why; a choice that is not taken stands open again', async () => {
  const { script } = desk.fake.articles;
  script.proposals = PROPOSALS;
  script.problem = problem('engine_failed', '模型停了', '', '再试一次。');
  await openArticle(desk);
  await desk.$('article-polish').click();
  await desk.$('problem').getByText('模型停了').waitFor();
  script.problem = null;
  await desk.$('article-polish').click();
  await desk.$('edit').first().waitFor();
  expect(await desk.$('problem').count()).toBe(0);
  desk.fake.state.refuse = (_, path) =>
    path.endsWith('/edits') && [409, problem('edit_settled', '这一处已经处理过了', '', '看看其他建议。')];
  await desk.$('edit-accept').first().click();
  await desk.$('problem').getByText('这一处已经处理过了').waitFor();
  await expect.poll(() => desk.$('edit').count()).toBe(4);
});

test('an edit that no longer fits is not shown, and leave all leaves all', async () => {
  const { made, tab } = await openArticle(desk);
  const text = made.sections[0].text;
  const edit = { section: 's1', before: '绿茶', after: '绿茶们', start: 0, end: 2, kind: 'proofread', reason: '' };
  made.edits = [
    { ...edit, id: 'old', state: 'stale' },
    { ...edit, id: 'new', state: 'proposed' },
  ];
  await desk.page.reload();
  await tab('修改 1');
  expect(await desk.$('edit').count()).toBe(1);
  await desk.$('edits-reject-all').click();
  await desk.$('edits-empty').waitFor();
  await expect.poll(() => made.edits.map((one: { state: string }) => one.state)).toEqual(['stale', 'rejected']);
  expect(made.sections[0].text).toBe(text);
});
