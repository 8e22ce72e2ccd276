// Two tabs, one article: the second is told, sees both texts, and nothing of either is lost.
import { expect, test } from 'vitest';
import { editing, openEditor } from './support/editor.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();

/** Two tabs with the same article; from then on nobody hears of the other. */
async function both() {
  const one = await openEditor(desk);
  const page = await desk.open(`a/${one.made.id}`);
  await page.locator('.manuscript-bar').waitFor();
  const two = await editing(desk, one, page);
  desk.fake.state.refuse = (method, path) => method === 'GET' && /^articles\/\w+$/.test(path) && [503, {}];
  await desk.page.bringToFront();
  await one.content.press('Control+Home');
  await desk.page.keyboard.press('End');
  await desk.page.keyboard.type('甲');
  await expect.poll(one.saved).toContain('甲');
  await one.waitSaved();
  return { one, two, page };
}

/** The second tab types before it has heard of the first one's text. */
async function conflict() {
  const tabs = await both();
  await tabs.page.bringToFront();
  await tabs.two.content.press('Control+End');
  await tabs.page.keyboard.type('乙写的。');
  await tabs.two.waitSaved('conflict');
  desk.fake.state.refuse = null;
  await desk.$('conflict', tabs.page).waitFor();
  return tabs;
}

test('both texts are shown side by side; mine is kept on demand', async () => {
  const { page, two } = await conflict();
  const sides = desk.$('conflict', page).locator('.cm-content');
  await expect.poll(() => sides.count()).toBe(2);
  await expect.poll(() => sides.first().innerText()).toContain('春茶与水温甲');
  await expect.poll(() => sides.last().innerText()).toContain('乙写的。');
  await desk.$('conflict-mine', page).click();
  await two.waitSaved();
  expect(two.saved()).toContain('乙写的。');
  expect(two.saved()).not.toContain('甲');
});

test('theirs is taken, and mine comes back with undo', async () => {
  const { page, two } = await conflict();
  await desk.$('conflict-theirs', page).click();
  await page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  await expect.poll(two.text).toContain('春茶与水温甲');
  expect(await two.text()).not.toContain('乙写的。');
  await two.content.press('Control+z');
  await expect.poll(two.text).toContain('乙写的。');
});

test('one place is taken over with its arrow, and the two together are saved', async () => {
  const { page, two, one } = await conflict();
  await desk.$('conflict', page).locator('.cm-merge-revert button').first().click();
  await desk.$('conflict-mine', page).click();
  await two.waitSaved();
  expect(two.saved()).toContain('春茶与水温甲');
  expect(two.saved()).toContain('乙写的。');
  await desk.page.bringToFront();
  await expect.poll(one.text, { timeout: 10_000 }).toContain('乙写的。'); // the first tab follows, as nothing of it is unsaved
});

test('what a tab closed in a conflict has outlives the saves of another one, and comes to the next that opens the article', async () => {
  const { page, one } = await conflict();
  await page.close({ runBeforeUnload: false });
  await desk.page.bringToFront();
  await desk.page.keyboard.type('又');
  await expect.poll(one.saved).toContain('甲又');
  await one.waitSaved();
  const next = await desk.open(`a/${one.made.id}`);
  const sides = desk.$('conflict', next).locator('.cm-content');
  await expect.poll(() => sides.count()).toBe(2);
  await expect.poll(() => sides.last().innerText()).toContain('乙写的。');
  const third = await desk.open(`a/${one.made.id}`);
  await (await editing(desk, one, third)).waitSaved();
});

test('a tab leaves another one what that has not saved yet', async () => {
  const one = await openEditor(desk);
  desk.fake.state.refuse = (method, path) => method === 'PUT' && path.endsWith('/text') && [503, {}];
  await one.content.press('Control+End');
  await desk.page.keyboard.type('没存下的。');
  await one.waitSaved('refused');
  const page = await desk.open(`a/${one.made.id}`);
  const two = await editing(desk, one, page);
  await two.waitSaved();
  expect(await two.text()).not.toContain('没存下的。');
  desk.fake.state.refuse = null;
  await desk.page.bringToFront();
  await desk.page.keyboard.type('又一句。');
  await expect.poll(one.saved).toContain('没存下的。又一句。');
  await one.waitSaved();
});

test('what is typed beside the other text is kept over a reload, and saved with mine', async () => {
  const { page, two } = await conflict();
  const mine = desk.$('conflict', page).locator('.cm-content').last();
  await mine.press('Control+End');
  await page.keyboard.type('再想想。');
  await page.reload();
  await expect.poll(() => mine.innerText()).toContain('乙写的。再想想。');
  await mine.press('Control+End');
  await page.keyboard.type('好了。');
  await desk.$('conflict-mine', page).click();
  await two.waitSaved();
  expect(two.saved()).toContain('乙写的。再想想。好了。');
});

test('where theirs is taken, what was typed beside it comes back with undo too', async () => {
  const { page, two } = await conflict();
  await desk.$('conflict', page).locator('.cm-content').last().press('Control+End');
  await page.keyboard.type('再想想。');
  await desk.$('conflict-theirs', page).click();
  await page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  await expect.poll(two.text).toContain('春茶与水温甲');
  await two.content.press('Control+z');
  await expect.poll(two.text).toContain('乙写的。再想想。');
});

test('a text that was changed elsewhere takes the place of one that was not', async () => {
  const { made, text, content } = await openEditor(desk);
  desk.fake.articles.setText(made, made.sections[0], '别处写的。', 'edited');
  await expect.poll(text, { timeout: 10_000 }).toContain('别处写的。');
  await content.press('Control+z');
  await expect.poll(text).not.toContain('别处写的。');
});

test('a draft made from an older text meets the newer one as a conflict', async () => {
  const { made, content, waitSaved } = await openEditor(desk);
  desk.fake.state.refuse = (method, path) => method === 'PUT' && path.endsWith('/text') && [503, {}];
  await content.press('Control+End');
  await desk.page.keyboard.type('没存下的。');
  await waitSaved('refused');
  desk.fake.articles.setText(made, made.sections[0], '别处写的。', 'edited');
  desk.fake.state.refuse = null;
  await desk.page.reload();
  await expect.poll(() => desk.$('conflict').locator('.cm-content').last().innerText()).toContain('没存下的。');
});

test('a save whose answer was lost is no conflict with oneself', async () => {
  const { content, waitSaved, saved, text } = await openEditor(desk);
  let lost = true;
  await desk.page.route('**/text', async (route) => {
    if (!lost) return route.continue();
    await route.fetch(); // the server has it
    await route.abort();
  });
  await content.press('Control+End');
  await desk.page.keyboard.type('存下了的。');
  await waitSaved('offline');
  await desk.page.keyboard.type('又一句。');
  lost = false;
  await desk.page.evaluate(() => dispatchEvent(new Event('online')));
  await waitSaved();
  expect(saved()).toContain('存下了的。又一句。');
  expect(await text()).toContain('存下了的。又一句。');
});
