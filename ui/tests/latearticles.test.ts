// Answers that come late, in an article: what is typed, chosen and held back meanwhile is not lost under them.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { editing, openEditor } from './support/editor.ts';
import { hold } from './support/hold.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const PROPOSALS = [
  { section: 's1', before: '水温越高，苦味出来得越快。', after: '水越热，苦味出来得越快。' },
  { section: 's1', before: '苦味出来得越快。', after: '越苦。' },
  { section: 's2', before: '铁观音不怕热。', after: '铁观音耐得住热。' },
  { section: 's3', before: '龙井用九十度的水。', after: '' },
];

test('the next note stays where the one before is answered late', async () => {
  desk.fake.articles.script.everyMs = 2_000;
  const { bodies } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  const steered = await hold(desk.page, '**/steer');
  await desk.$('steer-note').fill('收得平静一点');
  await desk.$('steer-note').press('Enter');
  await steered.asked;
  await desk.$('steer-note').fill('少用成语');
  steered.answer();
  await desk.page.locator('[data-testid=steer-send]:enabled').click();
  await expect.poll(() => desk.$('steer-note').inputValue()).toBe('');
  expect(bodies('POST', '/steer').map((body) => (body as { text: string }).text)).toEqual(['收得平静一点', '少用成语']);
});

test('a plan that was left unsaved is not saved over what its next opening has', async () => {
  await desk.page.clock.install();
  const { tab, bodies, made } = await openArticle(desk);
  const saved = (state: string) => desk.page.locator(`[data-testid=plan-saved][data-state=${state}]`).waitFor();
  await tab('提纲');
  desk.fake.state.down = true;
  await desk.$('plan-title').fill('甲');
  await saved('failed');
  await desk.$('new-conversation').click();
  await desk.$('input').waitFor();
  desk.fake.state.down = false;
  await desk.page.goBack();
  await tab('提纲');
  await saved('saved');
  expect(made.plan.title).toBe('甲');
  for (const title of ['乙', '丙']) {
    await desk.$('plan-title').fill(title);
    await expect.poll(() => made.plan.title).toBe(title);
    await desk.page.clock.fastForward(4_000); // the one that was left would try again
  }
  expect(bodies('PUT', '/plan').map((body) => (body as { title: string }).title)).toEqual(['甲', '乙', '丙']);
});

test('a text that is left and opened again while its save waits is no conflict with itself', async () => {
  const { content, saved, waitSaved, ...shown } = await openEditor(desk);
  const first = await hold(desk.page, '**/text', { method: 'PUT' });
  await content.press('Control+End');
  await desk.page.keyboard.type('甲。');
  await first.asked;
  await desk.page.keyboard.type('乙。');
  await desk.$('new-conversation').click();
  await desk.$('input').waitFor();
  const second = await hold(desk.page, '**/text', { method: 'PUT' });
  await desk.page.goBack();
  await second.asked;
  first.answer();
  await expect.poll(saved).toContain('甲。');
  second.answer();
  await expect.poll(saved).toContain('甲。乙。');
  await waitSaved();
  expect(await (await editing(desk, shown)).text()).toContain('甲。乙。');
});

test('a quick hand that takes every edit takes all that still fit', async () => {
  desk.fake.articles.script.proposals = PROPOSALS;
  const { made } = await openArticle(desk);
  await desk.$('article-polish').click();
  await desk.$('edit').first().waitFor();
  const sent = await hold(desk.page, '**/edits');
  await desk.$('edits').focus();
  for (let i = 0; i < PROPOSALS.length; i++) await desk.page.keyboard.press('a');
  sent.answer();
  await expect
    .poll(() => made.sections.map((s: { text: string }) => s.text))
    .toEqual([
      TEXTS[0]?.replace('水温越高', '水越热'),
      TEXTS[1]?.replace('不怕热', '耐得住热'),
      TEXTS[2]?.replace('龙井用九十度的水。', ''),
    ]);
  await desk.$('edits-empty').waitFor();
  expect(await desk.$('problem').count()).toBe(0);
});

test('an edit is taken after what was typed before it is saved', async () => {
  desk.fake.articles.script.proposals = PROPOSALS.slice(0, 1);
  const shown = await openArticle(desk);
  await desk.$('article-polish').click();
  await desk.$('edit').first().waitFor();
  await shown.tab('全文');
  const { content, saved, waitSaved } = await editing(desk, shown);
  const put = await hold(desk.page, '**/text', { method: 'PUT' });
  await content.press('Control+End');
  await desk.page.keyboard.type('山泉水最好。');
  await shown.tab('修改');
  await put.asked;
  await desk.$('edit-accept').click();
  put.answer();
  await expect.poll(saved).toContain('水越热');
  expect(saved()).toContain('山泉水最好。');
  const changes = desk.fake.state.log.filter(({ path }) => /\/(text|edits)$/.test(path));
  expect(changes.map(({ method }) => method)).toEqual(['PUT', 'POST']);
  await shown.tab('全文');
  await waitSaved();
});

test('another mend waits until the suggestion that is open is settled, and says so', async () => {
  const finding = { code: 'x', section: null, index: null, text: '', start: 0, end: 0, other: null, fix: null, action: 'continue' };
  desk.fake.articles.script.findings = [finding, { ...finding, section: 's2', index: 1, end: 9, action: 'rephrase' }];
  const { made, bodies } = await openEditor(desk);
  await desk.$('findings-toggle').click();
  const mend = (at: number) => desk.$('findings-panel').locator('li').nth(at).locator('[data-testid=finding-mend]').click();
  await mend(1);
  await desk.$('suggestion').first().waitFor();
  await mend(0);
  await desk.$('rewrite-trouble').waitFor();
  expect(bodies('POST', '/rewrite')).toMatchObject([{ kind: 'rephrase' }]);
  await desk.$('suggestion-none').click();
  await desk.$('rewrite-trouble').waitFor({ state: 'hidden' });
  await expect.poll(() => made.edits.map((edit: { state: string }) => edit.state)).toEqual(['rejected']);
  await mend(0);
  await desk.$('suggestion').first().waitFor();
  expect(bodies('POST', '/rewrite')).toMatchObject([{ kind: 'rephrase' }, { kind: 'continue' }]);
});

test('a section that is saved does not close the source of another', async () => {
  const { made, tab } = await openArticle(desk);
  await tab('全文');
  const edit = async (at: number) => {
    await desk.$('section-menu').nth(at).click();
    await desk.$('section-edit').click();
  };
  await edit(0);
  const put = await hold(desk.page, '**/sections/s1', { method: 'PUT' });
  await desk.$('section-source').fill('手写的第一节。');
  await desk.$('section-source').press('Control+Enter');
  await put.asked;
  await edit(1);
  await desk.$('section-source').fill('手写的第二节。');
  put.answer();
  await expect.poll(() => desk.page.locator('[aria-live=polite]').first().innerText()).toBe('已保存');
  expect(made.sections[0].text).toBe('手写的第一节。');
  expect(await desk.$('section-source').inputValue()).toBe('手写的第二节。');
});

test('a rewrite whose dialog was left waits among the edits', async () => {
  const { tab } = await openArticle(desk);
  await tab('全文');
  const asked = await hold(desk.page, '**/rewrite');
  await desk.$('section-menu').first().click();
  await desk.$('rewrite-shorten').click();
  await asked.asked;
  await desk.page.keyboard.press('Escape');
  asked.answer();
  await desk.page.locator('main header .segments').getByRole('button', { name: '修改 1' }).waitFor();
  expect(await desk.$('article-text').isVisible()).toBe(true);
});

test('a title is taken with the plan as it is being saved, and not as it was', async () => {
  const { made, tab } = await openArticle(desk);
  await desk.$('article-title').click();
  await desk.$('title-choose').first().waitFor();
  await tab('提纲');
  const put = await hold(desk.page, '**/plan', { method: 'PUT' });
  await desk.$('plan-heading').first().fill('好茶怕不怕开水');
  await put.asked;
  await tab('全文');
  await desk.$('title-choose').first().click();
  put.answer();
  await expect.poll(() => made.plan.title).toBe('怕开水的茶');
  expect(made.sections[0].heading).toBe('好茶怕不怕开水');
});

test('the source of a section that was kept says that the section is another by now', async () => {
  const { made, tab } = await openArticle(desk);
  await tab('全文');
  const edit = async () => {
    await desk.$('section-menu').first().click();
    await desk.$('section-edit').click();
  };
  await edit();
  await desk.$('section-source').fill('手写的第一节。');
  desk.fake.articles.setText(made, made.sections[0], '润色过的第一节。', 'polished');
  await desk.page.reload();
  await desk.$('article-text').getByText('润色过的第一节').waitFor();
  await edit();
  expect(await desk.$('section-source').inputValue()).toBe('手写的第一节。');
  await desk.page.getByText('这一节在别处改过了').waitFor();
});

test('what is held in the plan of one tab is not that of another', async () => {
  const { tab, made } = await openArticle(desk);
  await tab('提纲');
  await desk.$('plan-points').nth(1).fill('只讲龙井');
  const saved = (state: string, on = desk.page) => on.locator(`[data-testid=plan-saved][data-state=${state}]`).waitFor();
  await saved('held');
  const other = await desk.open(`a/${made.id}`);
  await other.locator('main header .segments').getByRole('button', { name: /^提纲/ }).click();
  await desk.$('plan-title', other).fill('乙');
  await saved('saved', other);
  await expect.poll(() => made.plan.title).toBe('乙');
  expect(made.sections[1].text).toBe(TEXTS[1]);
  await other.close();
  await desk.page.reload();
  await tab('提纲');
  await saved('held');
  expect(await desk.$('plan-points').nth(1).inputValue()).toBe('只讲龙井');
});
