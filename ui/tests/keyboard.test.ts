// Every function by keyboard alone, with the focus never lost: after a dialog, a deletion, a change of page.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { conflict, findings } from './support/articlescenes.ts';
import { shelf, talk } from './support/deskscenes.ts';
import { openEditor } from './support/editor.ts';
import { Keys } from './support/keys.ts';
import { useDesk } from './support/page.ts';
import { STORY } from './support/texts.js';
import { walked } from './support/walk.ts';

const desk = useDesk({ reducedMotion: 'reduce' });
const keys = new Keys(desk);
const PHONE = { width: 390, height: 844 };

/** Enter asks for a file, as a hand on the keyboard may; the file is given in the place of the browser's own window. */
async function choose(input: string, name: string, content: string): Promise<void> {
  const field = desk.$(input);
  await field.evaluate((el) =>
    el.addEventListener('click', (event) => {
      event.preventDefault();
      el.setAttribute('data-asked', String(navigator.userActivation.isActive));
    }),
  );
  await keys.press('Enter');
  await expect.poll(() => field.getAttribute('data-asked')).toBe('true');
  await field.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
}

test('a conversation: changed, answered anew, deleted and brought back', async () => {
  await talk(desk, STORY);
  await keys.holds('input');
  await keys.use('message-edit');
  await keys.holds('message-editor-field');
  await keys.press('Escape');
  await keys.holds('message-edit');
  await keys.use('regenerate');
  await desk.$('versions').waitFor();
  await desk.finish('stop').waitFor();
  await keys.to('[data-step="-1"]');
  await keys.press('ArrowLeft');
  await expect.poll(() => desk.$('versions').innerText()).toBe('1 / 2');
  await keys.to('[data-testid=message-assistant] [data-testid=message-delete]');
  await keys.press('Enter');
  await keys.holds('offer-take');
  await keys.press('Enter');
  await keys.holds('[data-role=assistant]');
  await keys.to('to-article');
  await keys.press('Enter');
  await desk.$('passage-dialog').waitFor();
  await keys.press('Escape');
  await keys.holds('to-article');
  await keys.use('desk-title');
  await keys.holds('title-field');
  await keys.type('另一个名字');
  await keys.press('Enter');
  await keys.holds('desk-title');
  await keys.use('history');
  await keys.use('rounds-1');
  await keys.holds('rounds-1');
  await keys.press('Escape');
  await keys.holds('history');
});

test('the library: a row is named, pinned, deleted, and nothing of it loses the focus', async () => {
  shelf(desk);
  await desk.page.reload();
  const menu = '[data-row=c4] [data-testid=row-menu]';
  await keys.use(menu);
  await keys.holds('row-rename');
  await keys.press('Enter');
  await keys.holds('title-field');
  await keys.press('Escape');
  await keys.holds('[data-row=c4] a');
  await keys.use(menu);
  await keys.press('ArrowDown', 'Enter');
  await expect.poll(() => desk.fake.state.conversations.get('c4').pinned).toBe(true);
  await desk.page.locator('[data-testid=conversation-list] ul').first().locator('[data-row=c4]').waitFor();
  await keys.holds(menu);
  await keys.press('Enter', 'ArrowUp', 'Enter');
  await keys.holds('offer-take');
  await keys.press('Enter');
  await keys.holds('[data-row=c4] a');
  await keys.to('.fold', 'Shift+Tab');
  await keys.press('Enter');
  await keys.holds('.unfold');
  await keys.press('Enter');
  await keys.holds('.fold');
  const width = () => desk.page.locator('.splitter').getAttribute('aria-valuenow');
  const before = Number(await width());
  await keys.to('.splitter');
  await keys.press('ArrowRight');
  expect(Number(await width())).toBe(before + 16);
});

test('parameters, models, keys: what opens is left to where one came from', async () => {
  await keys.use('params-toggle');
  await keys.to('preset-code');
  await keys.press('Enter');
  await keys.to('[data-testid=knob-temperature] input[type=range]');
  await keys.press('ArrowRight');
  await keys.to('[data-testid=knob-temperature] .icon-button', 'Shift+Tab');
  await keys.press('Enter'); // it goes away with what it took back
  await keys.held();
  await keys.to('#parameters header .icon-button', 'Shift+Tab');
  await keys.press('Enter');
  await keys.holds('params-toggle');
  await keys.to('.model');
  await keys.press('Enter');
  await keys.to('#model-menu > .text-button');
  await keys.press('Enter');
  await keys.holds('dialog[open] input');
  await keys.press('Escape');
  await keys.holds('.model');
  await keys.use('keys');
  await desk.$('key-sheet').waitFor();
  await keys.press('Escape');
  await keys.holds('keys');
});

test('on a phone the drawers hold the focus and give it back', async () => {
  shelf(desk);
  await desk.page.setViewportSize(PHONE);
  await desk.page.reload();
  await keys.use('.drawer');
  await keys.holds('new-conversation');
  expect(await walked(desk.page)).toEqual([]);
  await keys.press('Escape');
  await keys.holds('.drawer');
  await keys.use('params-toggle');
  await desk.page.locator('dialog#parameters[open]').waitFor();
  await keys.press('Escape');
  await desk.$('parameters').waitFor({ state: 'detached' });
  await keys.holds('params-toggle');
});

test('an article: from its brief, with a file, to its plan; sections are moved, left out and taken away', async () => {
  await keys.holds('input');
  await keys.press('Control+k');
  await keys.holds('palette-query');
  await keys.type('新文稿');
  await keys.press('Enter');
  await keys.holds('article-brief');
  await keys.type('一篇讲春茶的小文');
  await keys.to('file-pick');
  await choose('file-input', 'a.md', '# 资料');
  await expect.poll(() => desk.$('article-brief').inputValue()).toBe('一篇讲春茶的小文\n\n# 资料');
  await keys.to('article-brief', 'Shift+Tab');
  await keys.press('Control+Enter');
  await desk.$('plan-heading').first().waitFor();
  await keys.held();
  await keys.to('plan-heading');
  await keys.press('Alt+ArrowDown');
  await expect.poll(() => desk.$('plan-heading').nth(1).inputValue()).toBe('为什么怕开水');
  await expect.poll(() => desk.$('plan-heading').nth(1).evaluate((el) => el === document.activeElement)).toBe(true); // prettier-ignore
  await keys.use('plan-skip');
  await keys.holds('plan-unskip');
  await keys.press('Enter');
  await keys.holds('plan-skip');
  await keys.use('plan-remove');
  await keys.holds('plan-heading');
  await keys.use('plan-undo');
  await keys.holds('plan-heading');
  expect(await desk.$('plan-section').count()).toBe(3);
});

test('writing: begun, steered, paused; a section is opened, asked about, changed at its source', async () => {
  desk.fake.articles.script.still = ({ text }) => text !== ''; // not written to its end before the hand comes to pause
  await openArticle(desk, [TEXTS[0] ?? '', '', '']);
  await keys.use('article-write');
  await desk.$('article-pause').waitFor();
  await keys.held();
  await keys.use('steer-shorter');
  await keys.held();
  await keys.press('Escape');
  await desk.$('article-write').waitFor();
  await keys.held();
  await keys.use('[data-testid=article-section] .head');
  await desk.$('article-section').first().locator('.prose').waitFor();
  await keys.use('section-menu');
  await keys.holds('section-instruction');
  await keys.press('Escape');
  await keys.holds('section-menu');
  await keys.press('Enter');
  await keys.use('section-edit');
  await keys.holds('section-source');
  await keys.press('Escape');
  await desk.$('section-source').waitFor({ state: 'detached' });
  await keys.held();
});

test('each proposed change is taken or left by letters and by its buttons; the last one leaves the focus on the list', async () => {
  desk.fake.articles.script.proposals = [
    { section: 's1', before: '苦味', after: '苦涩' },
    { section: 's2', before: '铁观音', after: '乌龙' },
    { section: 's3', before: '揭盖', after: '开盖' },
  ];
  const { made } = await openArticle(desk);
  await keys.use('article-polish');
  await desk.$('edit').nth(2).waitFor();
  await keys.holds('edits');
  await keys.press('j', 'a');
  await expect.poll(() => desk.$('edit').count()).toBe(2);
  await keys.holds('edit');
  await keys.use('edit-reject');
  await expect.poll(() => desk.$('edit').count()).toBe(1);
  await keys.holds('edit');
  await keys.press('r');
  await keys.holds('edits');
  expect(await desk.$('edits').evaluate((el) => getComputedStyle(el).outlineStyle)).not.toBe('none');
  await expect.poll(() => made.edits.map(({ state }: { state: string }) => state)).toEqual(['accepted', 'rejected', 'rejected']);
});

test('versions are read, compared and left', async () => {
  const { tab } = await openArticle(desk);
  await tab('版本');
  await keys.use('[data-number="3"]');
  await keys.holds('version-back');
  await keys.to('version-with');
  await keys.press('ArrowDown');
  await desk.$('version-compared').waitFor();
  await keys.use('version-back');
  await keys.holds('[data-number="3"]');
});

test('a template is found, filled, used; files of templates are chosen', async () => {
  await keys.use('templates');
  await keys.holds('template-search');
  await desk.$('template-list').locator('a').first().waitFor();
  await keys.to('template-import');
  const file = { hanmo_templates: 1, templates: [{ name: '外来的', brief: { text: '写' }, description: '', kind: 'conversation', preset: 'qa' }] }; // prettier-ignore
  await choose('template-file', 'a.json', JSON.stringify(file));
  await desk.$('template-list').getByText('外来的').waitFor();
  await keys.to('[data-id=zh-weekly-report]');
  await keys.press('Enter');
  await keys.holds('template-value');
  await keys.type('编辑');
  await keys.press('Tab');
  await keys.type('改了三篇稿子');
  await keys.press('Control+Enter');
  await keys.holds('input');
  expect(await desk.$('brief-role').inputValue()).toBe('职场写作者');
  await desk.page.goto(`${desk.fake.url}t/t1`);
  await keys.use('template-remove');
  await keys.use('template-undo');
  await desk.$('template-undo').waitFor({ state: 'detached' });
  await keys.held();
});

test('in the editor: findings, suggestions, and only the text', async () => {
  findings(desk);
  desk.fake.articles.script.rewritten = '铁观音最不怕热，可以用沸水。';
  const { content, pick, text } = await openEditor(desk);
  await content.locator('[data-finding]').first().waitFor();
  await content.press('F8');
  await desk.$('finding-card').waitFor();
  await keys.press('Control+Enter');
  await keys.holds('finding-mend');
  await keys.press('Enter');
  await keys.holds('manuscript');
  await expect.poll(text).toContain('缓缓');
  await pick('铁观音不怕热。');
  await desk.$('selection-bar').waitFor();
  await keys.press('Control+Enter');
  await keys.use('selection-rephrase');
  await desk.$('suggestion').nth(1).waitFor();
  await keys.press('Alt+y', 'Alt+n');
  await keys.holds('manuscript');
  await keys.press('Alt+Enter');
  await keys.to('focus-enter', 'Shift+Tab');
  await keys.press('Enter');
  await keys.holds('manuscript');
  await keys.use('focus-leave');
  await keys.holds('manuscript');
});

test('two texts are brought together: unfolded, taken over place by place, saved', async () => {
  await conflict(desk);
  await keys.holds('#conflict-title');
  const folds = desk.page.locator('.cm-collapsedLines');
  await expect.poll(() => folds.count()).toBe(2);
  await keys.to('.cm-collapsedLines');
  await keys.press('Enter');
  await expect.poll(() => folds.count()).toBe(0);
  await keys.held();
  await keys.to('.cm-merge-revert [data-chunk="0"]', 'Shift+Tab');
  await keys.press('Enter');
  await expect.poll(() => desk.$('conflict').locator('.cm-content').last().innerText()).toContain('别处写的。');
  await keys.held();
  await keys.to('conflict-mine', 'Shift+Tab');
  await keys.press('Enter');
  await desk.page.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  await keys.holds('manuscript');
});
