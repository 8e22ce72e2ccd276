// Answers that come late: a request is held back while hands go on. Nothing that was done meanwhile is dropped, wiped or taken away.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import * as word from './support/docx.ts';
import { editing, openEditor } from './support/editor.ts';
import { drop } from './support/files.ts';
import { hold } from './support/hold.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const posts = (ends: string) => desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith(ends));

test('Esc right behind Enter stops the answer as soon as it is there', async () => {
  desk.fake.script.everyMs = 2_000;
  const sent = await hold(desk.page, '**/messages');
  await desk.ask('讲个故事');
  await sent.asked;
  await desk.page.keyboard.press('Escape');
  sent.answer();
  await desk.finish('cancelled').waitFor();
  expect(await desk.$('input').inputValue()).toBe('');
});

test('Esc while it is looked at what is missing sends nothing, and the text stays', async () => {
  const looked = await hold(desk.page, '**/prompt/questions');
  await desk.ask('讲个故事');
  await looked.asked;
  await desk.page.keyboard.press('Escape');
  looked.answer();
  await desk.page.locator('[data-testid=input]:not([readonly])').waitFor();
  expect(await desk.$('input').inputValue()).toBe('讲个故事');
  expect(posts('/messages')).toEqual([]);
});

test('a double click on another answer asks for one', async () => {
  await desk.ask('讲个故事');
  await desk.finish('stop').waitFor();
  const again = await hold(desk.page, '**/regenerate');
  await desk.$('regenerate').dblclick();
  again.answer();
  await desk.$('versions').getByText('2 / 2').waitFor();
  await desk.finish('stop').waitFor();
  expect(posts('/regenerate')).toHaveLength(1);
});

test('what comes into the input while it is being sent stays there', async () => {
  const looked = await hold(desk.page, '**/prompt/questions');
  await desk.ask('讲个故事');
  await looked.asked;
  const example = desk.page.locator('.examples button').first();
  const words = await example.locator('span').innerText();
  await example.click();
  looked.answer();
  await desk.finish('stop').waitFor();
  expect(await desk.$('input').inputValue()).toBe(words);
  await desk.page.reload();
  await desk.finish('stop').waitFor();
  expect(await desk.$('input').inputValue()).toBe(words);
});

test('a title that is being changed is not taken into another conversation', async () => {
  const [first, second] = ['甲', '乙'].map((title) => {
    const made = desk.fake.createConversation(title);
    desk.fake.addMessage(made, 'user', title);
    desk.fake.addAnswer(made, '好。');
    return made;
  });
  await desk.page.reload();
  for (const { id } of [first, second]) await desk.page.locator(`[data-row="${id}"] a`).click();
  await desk.$('desk-title').getByText('乙').click();
  await desk.$('title-field').fill('丙');
  await desk.page.goBack();
  await desk.$('desk-title').getByText('甲').click();
  await expect.poll(() => [first.title, second.title]).toEqual(['甲', '丙']);
  await desk.page.goBack();
  await desk.page.locator('.examples').waitFor();
  expect([first.title, second.title]).toEqual(['甲', '丙']);
});

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

test('a passage that was placed does not take away the next one', async () => {
  const talk = desk.fake.createConversation('茶');
  for (const words of ['第一段。', '第二段。']) {
    desk.fake.addMessage(talk, 'user', '写一段');
    desk.fake.addAnswer(talk, words);
  }
  await desk.page.goto(`${desk.fake.url}c/${talk.id}`);
  const opened = await hold(desk.page, '**/articles/open');
  await desk.$('to-article').first().click();
  await desk.$('passage-place').click();
  await opened.asked;
  await desk.page.keyboard.press('Escape');
  await desk.$('to-article').last().click();
  opened.answer();
  await desk.$('offer').waitFor({ state: 'attached' });
  expect(await desk.$('passage-text').inputValue()).toBe('第二段。');
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

const PROPOSALS = [
  { section: 's1', before: '水温越高，苦味出来得越快。', after: '水越热，苦味出来得越快。' },
  { section: 's1', before: '苦味出来得越快。', after: '越苦。' },
  { section: 's2', before: '铁观音不怕热。', after: '铁观音耐得住热。' },
  { section: 's3', before: '龙井用九十度的水。', after: '' },
];

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
  const mends = (action: string) => ({
    ...{ code: 'x', section: null, index: null, text: action, start: 0, end: 0, other: null, fix: null },
    action,
  });
  desk.fake.articles.script.findings = [mends('shorten'), mends('continue')];
  const { made, bodies } = await openEditor(desk);
  await desk.$('findings-toggle').click();
  const mend = (at: number) => desk.$('findings-panel').locator('li').nth(at).locator('[data-testid=finding-mend]').click();
  await mend(0);
  await desk.$('suggestion').first().waitFor();
  await mend(1);
  await desk.$('rewrite-trouble').waitFor();
  expect(bodies('POST', '/rewrite')).toMatchObject([{ kind: 'shorten' }]);
  await desk.$('suggestion-none').click();
  await desk.$('rewrite-trouble').waitFor({ state: 'hidden' });
  await expect.poll(() => made.edits.map((edit: { state: string }) => edit.state)).toEqual(['rejected']);
  await mend(1);
  await desk.$('suggestion').first().waitFor();
  expect(bodies('POST', '/rewrite')).toMatchObject([{ kind: 'shorten' }, { kind: 'continue' }]);
});

test('an article that is made while the writer went elsewhere is planned, and takes nobody away', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  const made = await hold(desk.page, '**/api/articles', { method: 'POST' });
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  await desk.$('article-plan').click();
  await made.asked;
  await desk.$('new-conversation').click();
  await desk.$('input').fill('还有一件事');
  made.answer();
  await desk.page.locator('[data-row=a1]').waitFor();
  await expect.poll(() => desk.fake.articles.articles.get('a1').plan?.title).toBe('春茶与水温');
  expect(await desk.$('input').inputValue()).toBe('还有一件事');
  await desk.$('new-article').click();
  expect(await desk.$('article-brief').inputValue()).toBe('');
});

test('of two hits in one conversation the last that was clicked is shown', async () => {
  const talk = desk.fake.createConversation('雨');
  const [first, , second] = ['一场雨', '好。', '两场雨', '好。'].map((words, i) =>
    desk.fake.addMessage(talk, i % 2 ? 'assistant' : 'user', words),
  );
  await desk.page.reload();
  const read = await hold(desk.page, `**/conversations/${talk.id}`);
  await desk.$('search').fill('场雨');
  const hit = (words: string) => desk.$('hit').filter({ hasText: words });
  await hit('一场雨').click();
  await read.asked;
  await hit('两场雨').click();
  read.answer();
  await desk.page.locator('.message.found').waitFor();
  expect(await desk.page.locator('.message.found').getAttribute('data-message')).toBe(second?.id);
  expect(first?.id).not.toBe(second?.id);
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

test('a message that was deleted stays away though an older reading is answered later', async () => {
  await desk.ask('讲一座山');
  await desk.finish('stop').waitFor();
  desk.fake.script.everyMs = 100;
  await desk.ask('再讲一条河');
  await desk.$('stop').waitFor();
  const read = await hold(desk.page, '**/conversations/*', { method: 'GET', answer: true });
  await read.asked; // it was written to its end, and is read again
  await desk.$('message-user').last().hover();
  await desk.$('message-delete').nth(2).click();
  await desk.$('offer').waitFor();
  const reads = () => desk.fake.state.log.filter((r) => r.method === 'GET' && /^conversations\/\w+$/.test(r.path)).length;
  const before = reads();
  read.answer();
  await expect.poll(reads).toBe(before + 1); // what was read before the change is read again
  expect(await desk.$('message-user').allInnerTexts()).toEqual(['讲一座山']);
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

test('files come one after another to where they were dropped, and nothing is sent without them', async () => {
  const [first, second] = ['甲', '乙'].map((title) => desk.fake.createConversation(title));
  await desk.page.reload();
  const go = (to: { id: string } | undefined) => desk.page.locator(`[data-row="${to?.id}"] a`).click();
  await go(first);
  const reader = await hold(desk.page, '**/*docx*');
  await desk.$('input').fill('总结这篇');
  await drop(desk.page, 'input', [{ name: '稿.docx', bytes: await word.docx(word.paragraph(word.text('茶。'))) }]);
  await reader.asked;
  await drop(desk.page, 'input', [{ name: '资料.md', bytes: '水。' }]);
  await desk.$('input').press('Enter');
  await go(second);
  await desk.$('input').fill('给乙的');
  reader.answer();
  await desk.$('file-reading').waitFor({ state: 'detached' });
  expect(await desk.$('input').inputValue()).toBe('给乙的');
  await go(first);
  await expect.poll(() => desk.$('input').inputValue()).toBe('总结这篇\n\n茶。\n\n水。');
  expect(posts('/messages')).toEqual([]);
});

test('Enter right behind the words opens what they find, and not what was found before', async () => {
  const [rain, snow] = ['雨天', '雪天'].map((words) => {
    const talk = desk.fake.createConversation(words);
    desk.fake.addMessage(talk, 'user', words);
    return talk;
  });
  await desk.page.reload();
  await desk.$('search').fill('雨天');
  await desk.$('hit').first().waitFor();
  const found = await hold(desk.page, '**/search?*');
  await desk.$('search').fill('雪天');
  await desk.$('search').press('Enter');
  await found.asked;
  expect(desk.page.url()).not.toContain(rain?.id);
  found.answer();
  await desk.page.waitForURL(`**/c/${snow?.id}*`);
});

test('two quick arrows go over two versions', async () => {
  const talk = desk.fake.createConversation('茶');
  const question = desk.fake.addMessage(talk, 'user', '讲茶');
  for (const words of ['一。', '二。', '三。']) {
    talk.active_id = question.id;
    desk.fake.addAnswer(talk, words);
  }
  await desk.page.goto(`${desk.fake.url}c/${talk.id}`);
  await desk.$('versions').getByText('3 / 3').waitFor();
  const chosen = await hold(desk.page, '**/active');
  await desk.$('versions').locator('[data-step="-1"]').focus();
  await desk.page.keyboard.press('ArrowLeft');
  await chosen.asked;
  await desk.page.keyboard.press('ArrowLeft');
  chosen.answer();
  await desk.$('versions').getByText('1 / 3').waitFor();
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
  await desk.page.getByText('别处').waitFor();
});

test('what is held in the plan of one tab is not the other tab’s', async () => {
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
