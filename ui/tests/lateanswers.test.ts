// Answers that come late: a request is held back while hands go on. Nothing that was done meanwhile is dropped, wiped or taken away.
import { expect, test } from 'vitest';
import * as word from './support/docx.ts';
import { drop } from './support/files.ts';
import { problem } from './support/fake.js';
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

test('what was sent by a double click is stopped by the button as soon as it is there', async () => {
  desk.fake.script.everyMs = 2_000;
  const sent = await hold(desk.page, '**/messages');
  await desk.$('input').fill('讲个故事');
  await desk.$('send').dblclick();
  await sent.asked;
  expect(await desk.$('stop').isEnabled()).toBe(true);
  await desk.$('stop').click();
  expect(await desk.$('stop').isDisabled()).toBe(true);
  const read = await hold(desk.page, '**/api/conversations/*', { method: 'GET' });
  sent.answer();
  await read.asked;
  expect(await desk.$('stop').isDisabled()).toBe(true);
  read.answer();
  await desk.finish('cancelled').waitFor();
});

test('an answer that is over before it is seen is announced all the same', async () => {
  desk.fake.script.everyMs = 1;
  await desk.ask('讲个故事');
  await desk.finish('stop').waitFor();
  const read = await hold(desk.page, '**/api/conversations/*', { method: 'GET' });
  await desk.ask('再讲一个');
  await read.asked;
  const generation = () => [...desk.fake.state.conversations.values()][0].messages.at(-1).generations.at(-1);
  await expect.poll(() => generation().status).toBe('finished');
  read.answer();
  await expect.poll(() => desk.page.locator('[aria-live=polite]').first().innerText()).toBe('这次写作结束： 写完');
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
  const talk = (title: string) => {
    const made = desk.fake.createConversation(title);
    desk.fake.addMessage(made, 'user', title);
    desk.fake.addAnswer(made, '好。');
    return made;
  };
  const [first, second] = [talk('甲'), talk('乙')];
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

test('an article that is made while the writer left and came back is not sent again, and is shown', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  const goes = async () => {
    const made = await hold(desk.page, '**/api/articles', { method: 'POST' });
    await desk.$('article-plan').click();
    await made.asked;
    await desk.$('new-conversation').click();
    await desk.$('input').waitFor();
    await desk.$('new-article').click();
    expect(await desk.$('article-brief').inputValue()).toBe('一篇讲春茶的小文');
    expect(await desk.$('article-plan').isDisabled()).toBe(true);
    made.answer();
  };
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  desk.fake.state.refuse = (method, path) =>
    method === 'POST' && path === 'articles' && [507, problem('disk_full', '磁盘满了', '', '腾一点地方。')];
  await goes();
  await desk.page.locator('[data-testid=article-plan]:enabled').waitFor();
  expect(await desk.$('article-brief').inputValue()).toBe('一篇讲春茶的小文');
  desk.fake.state.refuse = null;
  await goes();
  await desk.$('plan-heading').first().waitFor();
  await desk.$('new-article').click();
  expect(await desk.$('article-brief').inputValue()).toBe('');
  expect(desk.fake.articles.articles.size).toBe(1);
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

test('a message that was deleted stays away though an older reading is answered later', async () => {
  await desk.ask('讲一座山');
  await desk.finish('stop').waitFor();
  desk.fake.script.everyMs = 100;
  await desk.ask('再讲一条河');
  await desk.$('message-assistant').nth(1).waitFor();
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
