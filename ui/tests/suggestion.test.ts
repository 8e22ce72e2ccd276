// What is selected is said in another way: it streams in, stands in the text as changes, and each is taken or left; undo takes it back.
import { expect, test } from 'vitest';
import { openArticle } from './support/article.ts';
import { editing, openEditor } from './support/editor.ts';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const SECOND = '龙井用八十度的水，**慢慢**注入。铁观音不怕热。';

test('a suggestion streams in, is taken change by change, and undone', async () => {
  const { script } = desk.fake.articles;
  Object.assign(script, { rewritten: '铁观音最不怕热，可以用沸水。' });
  script.still = ({ kind, text }) => kind === 'rewrite' && text === '铁观音最';
  const { pick, bodies, saved, content, waitSaved, text, made } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-bar').waitFor();
  await desk.$('selection-rephrase').click();
  await desk.$('suggestion-live').getByText('铁观音最').waitFor();
  expect(await desk.$('rewrite-asked').innerText()).toContain('改写');
  script.still = () => false;
  await desk.$('suggestion').first().waitFor();
  const start = [...SECOND.slice(0, SECOND.indexOf('铁观音'))].length;
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'rephrase', start, end: start + 7 }]);
  const changes = await desk.$('suggestion').count();
  expect(changes).toBeGreaterThan(1);
  expect(saved()).toContain(SECOND); // nothing changes until it is taken
  await desk.$('suggestion-accepted').first().click();
  await expect.poll(() => desk.$('suggestion').count()).toBe(changes - 1);
  await desk.$('suggestion-rejected').first().click();
  for (let left = changes - 2; left > 0; left--) await desk.page.keyboard.press('Alt+y');
  await expect.poll(() => desk.$('suggestion').count()).toBe(0);
  await waitSaved();
  const taken = await text();
  expect(taken).not.toContain(SECOND);
  expect(saved()).toBe(taken);
  await expect.poll(() => made.edits.at(-1).state).not.toBe('proposed');
  for (let n = changes - 1; n > 0; n--) await content.press('Control+z');
  await expect.poll(text).toContain(SECOND);
  await expect.poll(saved).toContain(SECOND);
});

test('what is pressed on the bar stays under the finger, whatever is looked at meanwhile', async () => {
  const { pick } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-rephrase').hover();
  await desk.page.mouse.down();
  await pick('不怕热。');
  await desk.$('manuscript-selected').getByText('已选 3 字').waitFor(); // it has looked
  await desk.page.mouse.up();
  await desk.$('suggestion').first().waitFor();
});

test('all of it at once is told to the server as taken; one undo takes it back', async () => {
  const { pick, content, text, made, saved, waitSaved } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-expand').click();
  await desk.$('suggestion').first().waitFor();
  await desk.page.keyboard.press('Alt+Enter');
  await expect.poll(() => made.edits.at(-1).state).toBe('accepted');
  await waitSaved();
  expect(saved()).toContain('注入。换过的一段。');
  expect(made.history[0].kind).toBe('rewritten');
  await content.press('Control+z');
  await expect.poll(text).toContain(SECOND);
  await expect.poll(saved).toContain(SECOND);
});

test('none of it leaves the text as it was', async () => {
  const { pick, text, made, saved } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-tone').click();
  await desk.$('suggestion').first().waitFor();
  await desk.page.keyboard.press('Escape');
  await expect.poll(() => desk.$('suggestion').count()).toBe(0);
  await expect.poll(() => made.edits.at(-1).state).toBe('rejected');
  expect(await text()).toContain(SECOND);
  expect(saved()).toContain(SECOND);
});

test('it goes on from a passage, and it does as it is told, by keyboard alone', async () => {
  const { pick, bodies, content, text } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-continue').waitFor();
  await content.press('Control+Enter');
  await desk.$('selection-instruction').focus();
  await desk.page.keyboard.type('改成第一人称');
  await desk.page.keyboard.press('Enter');
  await desk.$('suggestion').first().waitFor();
  await desk.page.keyboard.press('Escape');
  await content.press('Control+Home');
  await pick('铁观音不怕热。');
  await desk.$('selection-continue').click();
  await desk.$('suggestion').first().waitFor();
  expect(await content.locator('.cm-gone').count()).toBe(0); // it only adds
  await desk.page.keyboard.press('Alt+Enter');
  await expect.poll(text).toContain('铁观音不怕热。换过的一段。');
  expect(bodies('POST', '/sections/s2/rewrite')).toMatchObject([
    { kind: 'own', instruction: '改成第一人称' },
    { kind: 'continue' },
  ]);
});

test('while it is written the writer goes on, and it stays in its place', async () => {
  const { script } = desk.fake.articles;
  script.still = ({ kind }) => kind === 'rewrite';
  const { pick, content, text, saved } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-rephrase').click();
  await desk.$('suggestion-live').waitFor();
  await content.press('Control+Home');
  await desk.page.keyboard.press('End');
  await desk.page.keyboard.type('（二）');
  script.still = () => false;
  await desk.$('suggestion').first().waitFor();
  await desk.page.keyboard.press('Alt+Enter');
  await expect.poll(text).toContain('注入。换过的一段。');
  await expect.poll(saved).toMatch(/^# 春茶与水温（二）[\s\S]*注入。换过的一段。/);
});

test('it can be stopped, and why it failed is said', async () => {
  const { script } = desk.fake.articles;
  script.still = ({ kind }) => kind === 'rewrite';
  const { pick, text, bodies } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-rephrase').click();
  await desk.$('suggestion-live').waitFor();
  await expect.poll(() => bodies('POST', '/rewrite').length).toBe(1);
  await desk.$('rewrite-stop').click();
  await desk.$('suggestion-live').waitFor({ state: 'hidden' });
  await expect.poll(() => bodies('DELETE', '').length).toBe(1);
  script.still = () => false;
  script.problem = problem('rewrite_unchanged', '没有换出别的说法', '', '换一条要求再试。');
  await pick('铁观音不怕热。');
  await desk.$('selection-rephrase').click();
  await desk.page.getByText('换一条要求再试。').first().waitFor();
  expect(await text()).toContain(SECOND);
});

test('a selection over two sections is not rewritten, and it is said', async () => {
  const { content, bodies } = await openEditor(desk);
  await content.press('Control+a');
  await desk.$('selection-rephrase').click();
  await desk.$('rewrite-trouble').getByText('一次只能改一节之内的文字').waitFor();
  expect(bodies('POST', '/rewrite')).toEqual([]);
});

test('in a file of code the lines are pointed at, and the whole file is what changes', async () => {
  const shown = await openArticle(desk);
  shown.made.sections[1].file = true;
  await desk.page.reload();
  const { pick, bodies, text } = await editing(desk, shown);
  await pick('铁观音不怕热。');
  await desk.$('selection-anew').waitFor();
  expect(await desk.$('selection-rephrase').count()).toBe(0);
  await desk.$('selection-instruction').fill('换成大红袍');
  await desk.$('selection-own').click();
  await desk.$('suggestion').first().waitFor();
  const start = [...SECOND.slice(0, SECOND.indexOf('铁观音'))].length;
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'own', instruction: '换成大红袍', start, end: start + 7 }]);
  await desk.page.keyboard.press('Alt+Enter');
  await expect.poll(text).not.toContain('慢慢');
});
