// On paper there is all of a text, whichever way the page shows it, and nothing of the page around it.
import { expect, test } from 'vitest';
import { openArticle } from './support/article.ts';
import { editing } from './support/editor.ts';
import { useDesk } from './support/page.ts';
import { RICH } from './support/texts.js';

const desk = useDesk();
const LONG = ['甲', '乙', '丙'].map((name) =>
  Array.from({ length: 60 }, (_, i) => `${name}的第 ${i + 1} 段，雨还在下。`).join('\n\n'),
);
const LAST = '丙的第 60 段，雨还在下。';

/** How many sheets of paper it takes. */
async function sheets(): Promise<number> {
  const pdf = await desk.page.pdf({ format: 'A4' });
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

/** How far down the last paragraph of what is printed stands, in points of the page. */
const lastAt = () =>
  desk.page
    .locator('main')
    .getByText(LAST)
    .filter({ visible: true }) // for a moment after a print the hidden editor has all of its text too
    .evaluate((el) => Math.round(el.getBoundingClientRect().bottom + scrollY));

test('an article is printed whole from wherever one stands: the editor, the board, the plan', async () => {
  const shown = await openArticle(desk, LONG);
  const read = await sheets();
  expect(read).toBeGreaterThan(4);
  const { content } = await editing(desk, shown);
  expect(await content.getByText(LAST).count()).toBe(0); // the editor draws only what is in sight
  expect(await sheets()).toBe(read);
  await content.press('Control+Home');
  await desk.page.keyboard.press('End');
  await desk.page.keyboard.type('（未存）');
  await desk.page.emulateMedia({ media: 'print' });
  await desk.$('paper').getByText('（未存）').waitFor();
  await expect.poll(lastAt).toBeGreaterThan(3_000);
  for (const id of ['manuscript-editor', 'status-line', 'conversation-list', 'article-progress'])
    expect(await desk.$(id).isVisible()).toBe(false);
  await desk.page.emulateMedia({ media: null });
  await desk.$('paper').waitFor({ state: 'detached' });
  for (const view of ['提纲', '各节', '修改']) {
    await shown.tab(view);
    expect(await sheets()).toBe(read);
  }
});

test('a long conversation is printed as it reads, from the first message on, without its buttons', async () => {
  const conversation = desk.fake.createConversation('长谈');
  for (let i = 0; i < 60; i++)
    desk.fake.addMessage(conversation, i % 2 ? 'assistant' : 'user', i % 2 ? `# 第 ${i} 条\n\n${RICH}` : `问题 ${i}`);
  await desk.page.goto(`${desk.fake.url}c/${conversation.id}`);
  await desk.page.getByRole('heading', { name: '第 59 条' }).waitFor();
  expect(await desk.page.locator('.far').count()).toBeGreaterThan(0);
  await desk.page.emulateMedia({ media: 'print' });
  await desk.page.locator('.far').first().waitFor({ state: 'detached' });
  expect(await desk.page.locator('.prose').count()).toBe(30);
  expect(await desk.page.getByRole('heading', { name: '第 1 条', exact: true }).isVisible()).toBe(true);
  const buttons = desk.page.locator('button, input, textarea, [role=toolbar]');
  expect(await buttons.evaluateAll((all) => all.filter((el) => el.checkVisibility()).map((el) => el.outerHTML))).toEqual([]);
});
