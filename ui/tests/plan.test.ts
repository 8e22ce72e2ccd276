// The plan before, while and after it is written: what a change costs is said before it is saved.
import { expect, test } from 'vitest';
import type { Article } from '../src/wire/articletypes.ts';
import { openArticle, TEXTS } from './support/article.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const saved = (state = 'saved') => desk.page.locator(`[data-testid=plan-saved][data-state=${state}]`);
const puts = () => desk.fake.state.log.filter((r) => r.method === 'PUT').length;
const made = () => desk.fake.articles.articles.get('a1');
const says = (at: number) => desk.$('plan-section').nth(at).locator('[data-testid=plan-says]');

test('style and material, format and seed of a new article go with the brief', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一个脚本');
  expect(await desk.$('article-style').isVisible()).toBe(false);
  await desk.page.getByText('文风与资料').click();
  await desk.$('article-style').fill('雨停了，巷子里有人在扫水。');
  await desk.$('article-glossary').fill('水温：指入壶时的温度');
  await desk.$('article-characters').fill('  ');
  await desk.page.getByRole('button', { name: '代码', exact: true }).click();
  expect(await desk.$('article-materials').innerText()).toMatch(/已填 2 项[\s\S]*11 字/);
  await desk.page.reload();
  expect(await desk.$('article-style').inputValue()).toBe('雨停了，巷子里有人在扫水。');
  await desk.$('article-words').fill('10');
  await desk.$('article-plan').click();
  await desk.page.locator('#words-problem').waitFor();
  await desk.$('article-words').fill('');
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  expect(desk.fake.state.log.findLast((r) => r.method === 'POST' && r.path === 'articles')?.body).toEqual({
    text: '写一个脚本',
    format: 'code',
    style: '雨停了，巷子里有人在扫水。',
    glossary: '水温：指入壶时的温度',
  });
});

test('a change that costs a text is held and said; saved or taken back, as the writer says', async () => {
  const { tab } = await openArticle(desk);
  await tab('提纲');
  await desk.$('plan-heading').first().fill('好茶怕不怕开水');
  await saved().waitFor();
  const before = puts();
  expect(before).toBeGreaterThan(0); // a heading costs nothing
  await desk.$('plan-words').nth(1).fill('300');
  await saved('held').waitFor();
  expect(await says(1).innerText()).toContain('会重写');
  expect(await desk.$('plan-saved').innerText()).toContain('1 节会重写');
  await desk.$('plan-remove').nth(2).click();
  expect(await desk.$('plan-saved').innerText()).toContain('1 节连同文字去掉');
  await desk.$('plan-discard').click();
  await saved().waitFor();
  expect(await desk.$('plan-words').nth(1).inputValue()).toBe('120');
  expect(await desk.$('plan-section').count()).toBe(3);
  expect(puts()).toBe(before);

  await desk.$('plan-points').nth(1).fill('只讲龙井');
  await desk.page.reload(); // held changes are kept in the browser
  await tab('提纲');
  await saved('held').waitFor();
  expect(await desk.$('plan-points').nth(1).inputValue()).toBe('只讲龙井');
  await desk.$('plan-save').click();
  await saved().waitFor();
  expect(made().sections.map((s: { text: string }) => s.text)).toEqual([TEXTS[0], '', TEXTS[2]]);
  expect(made().sections[0].heading).toBe('好茶怕不怕开水');
});

test('what is held survives a reload, whatever was changed in the plan elsewhere meanwhile', async () => {
  const { tab } = await openArticle(desk, TEXTS);
  await tab('提纲');
  await desk.$('plan-points').nth(1).fill('只讲龙井');
  await saved('held').waitFor();
  await desk.page.goto('about:blank');
  const path = `${desk.fake.url}api/articles/a1`;
  const { plan } = (await (await fetch(path)).json()) as Article;
  const sections = plan?.sections.map((section, i) => (i === 1 ? { ...section, heading: '别处改的' } : section)) ?? [];
  const body = JSON.stringify({
    ...plan,
    title: '别处的题目',
    sections: [...sections, { heading: '尾声', points: [], words: 100 }],
  });
  const put = await fetch(`${path}/plan`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body });
  expect(put.status).toBe(200);

  await desk.page.goto(`${desk.fake.url}a/a1`);
  await tab('提纲');
  await saved('held').waitFor();
  expect(await desk.$('plan-title').inputValue()).toBe('别处的题目');
  expect(await desk.$('plan-heading').nth(1).inputValue()).toBe('别处改的');
  expect(await desk.$('plan-points').nth(1).inputValue()).toBe('只讲龙井');
  expect(await desk.$('plan-section').count()).toBe(4);
  await desk.$('plan-save').click();
  await saved().waitFor();
  expect(made().plan.sections.map((s: { points: string[] }) => s.points)[1]).toEqual(['只讲龙井']);
});

test('a section can be skipped and put back, and can carry a note', async () => {
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await tab('提纲');
  await desk.$('plan-skip').nth(2).click();
  await says(2).getByText('已跳过').waitFor();
  expect(await desk.$('plan-total').innerText()).toContain('220 / 300 字');
  await desk.$('plan-note').nth(1).click();
  await desk.$('plan-notes').fill('语气轻松');
  await expect
    .poll(() => made().plan.sections.map((s: object) => ({ ...s })))
    .toMatchObject([
      { id: 's1', skipped: false, note: '' },
      { id: 's2', skipped: false, note: '语气轻松' },
      { id: 's3', skipped: true },
    ]);
  await saved().waitFor();
  await tab('各节');
  expect(await desk.$('article-section').nth(2).innerText()).toContain('已跳过');
  expect(await desk.$('article-section').nth(1).innerText()).toContain('备注：语气轻松');
  await tab('提纲');
  await desk.$('plan-unskip').click();
  await expect.poll(() => made().plan.sections[2].skipped).toBe(false);
});

test('while it writes, the other sections can be changed; the one in flight cannot', async () => {
  desk.fake.articles.script.still = ({ text }) => text !== '';
  const { tab } = await openArticle(desk, [TEXTS[0] ?? '']);
  await desk.$('article-write').click();
  await desk.page.locator('[data-testid=article-section-state][data-state=writing]').waitFor();
  await tab('提纲');
  await says(1).getByText('正在写这一节').waitFor();
  expect(
    await desk
      .$('plan-points')
      .nth(1)
      .evaluate((el) => (el as HTMLTextAreaElement).readOnly),
  ).toBe(true);
  expect(await desk.$('plan-remove').nth(1).isDisabled()).toBe(true);
  await desk.$('plan-add').click();
  await desk.page.keyboard.type('收尾');
  await desk.$('plan-words').nth(2).fill('40');
  await expect
    .poll(() => made().plan.sections.map((s: { id: string; words: number }) => [s.id, s.words]))
    .toEqual([
      ['s1', 100],
      ['s2', 120],
      ['s3', 40],
      ['s4', expect.any(Number)],
    ]);
  expect(made().job.kind).toBe('write');
  // a note that comes from elsewhere meanwhile is taken over beside what is typed here
  desk.fake.state.refuse = (method) => method === 'PUT' && [502, ''];
  await desk.$('plan-heading').nth(3).fill('结尾');
  desk.fake.articles.steer(made(), { action: 'note', text: '短一些' });
  await desk.$('plan-notes').waitFor();
  expect(await desk.$('plan-notes').inputValue()).toBe('短一些');
  expect(await desk.$('plan-heading').nth(3).inputValue()).toBe('结尾');
  desk.fake.state.refuse = null;
  await expect.poll(() => made().plan.sections[3].heading).toBe('结尾');
  expect(made().plan.sections[2].note).toBe('短一些');
});

test('a change of the section that has just begun is refused in words, and can be taken back', async () => {
  const { tab, made: article } = await openArticle(desk, [TEXTS[0] ?? '']);
  await tab('提纲');
  desk.fake.state.refuse = (method, path) =>
    method === 'PUT' &&
    path.endsWith('/plan') && [
      409,
      { code: 'section_in_flight', title: '这一节正在写', detail: '', next_step: '等它写完，或先跳过。', params: {} },
    ];
  await desk.$('plan-words').nth(1).fill('500');
  await saved('failed').waitFor();
  expect(await desk.$('problem').first().innerText()).toContain('这一节正在写');
  await desk.$('plan-discard').click();
  expect(await desk.$('plan-words').nth(1).inputValue()).toBe('120');
  expect(article.plan.sections[1].words).toBe(120);
});

test('a plan can be made again before anything is written', async () => {
  const { made: article } = await openArticle(desk, []);
  desk.fake.articles.script.plan = {
    title: '另一种写法',
    headed: false,
    sections: [{ heading: '从一杯水说起', points: ['水'], words: 300 }],
  };
  await desk.$('article-plan').click();
  await expect.poll(() => desk.$('plan-title').inputValue()).toBe('另一种写法');
  expect(await desk.$('plan-section').count()).toBe(1);
  expect(article.plan.headed).toBe(false);
  await desk.$('article-write').waitFor();
});
