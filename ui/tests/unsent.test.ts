// What is typed and not sent yet: it is told to the server ahead, and stays where it belongs.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const posts = (path: string) => desk.fake.state.log.filter((r) => r.method === 'POST' && r.path.endsWith(path)).map((r) => r.body);

test('a message goes where it was sent from, whatever is opened meanwhile, and each conversation keeps its draft', async () => {
  for (const title of ['讲一座山', '讲一条河']) {
    const conversation = desk.fake.createConversation(title);
    for (const role of ['user', 'assistant']) desk.fake.addMessage(conversation, role, title);
  }
  await desk.page.reload();
  const row = (title: string) => desk.$('conversation-list').getByRole('link', { name: title });
  const input = () => desk.$('input').inputValue();
  let answered = Promise.resolve();
  await desk.page.route('**/api/prompt/questions', async (route) => {
    await answered;
    await route.continue();
  });
  const sendAndLeave = async (text: string) => {
    let release = () => {};
    answered = new Promise((resolve) => (release = resolve));
    const asking = desk.page.waitForRequest('**/api/prompt/questions');
    await desk.ask(text);
    await asking;
    await row('讲一条河').click();
    await expect.poll(input).toBe('河的草稿');
    release();
    await expect.poll(() => posts('/messages').at(-1)?.text).toBe(text);
  };

  await row('讲一条河').click();
  await desk.$('input').fill('河的草稿');
  await row('讲一座山').click();
  await sendAndLeave('再高一点');
  await desk.$('new-conversation').click();
  await sendAndLeave('讲一片海');
  await row('讲一片海').waitFor();

  expect(await input()).toBe('河的草稿');
  expect(await desk.$('message-user').allInnerTexts()).toEqual(['讲一条河']);
  for (const [title, said] of [
    ['讲一座山', '再高一点'],
    ['讲一片海', '讲一片海'],
  ] as const) {
    await row(title).click();
    await expect.poll(async () => (await desk.$('message-user').allInnerTexts()).at(-1)).toBe(said);
    expect(await input()).toBe('');
  }
  await desk.$('new-conversation').click();
  expect(await input()).toBe('');
});

test('what is typed is told while one types, so that it is read before it is sent, and not after that', async () => {
  const TEXT = '写一句关于茶的话，再写一句关于水的话。';
  const EVERY_MS = 700;
  await desk.$('input').waitFor();
  await desk.page.clock.install();
  await desk.page.clock.pauseAt(Date.now() + 10_000);
  for (const letter of TEXT) {
    await desk.page.keyboard.insertText(letter);
    await desk.page.clock.runFor(90);
  }
  await desk.page.clock.runFor(EVERY_MS);
  await expect.poll(() => posts('prompt/warm').at(-1)?.text).toBe(TEXT);
  const told = posts('prompt/warm').length;
  expect(told).toBe(Math.ceil((TEXT.length * 90) / EVERY_MS)); // not at every key
  await desk.page.clock.resume();
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  expect(posts('prompt/warm').length).toBe(told);
});

test('the brief of an article is told while one types it, and what is given along with it', async () => {
  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一篇讲春茶的文章');
  await expect.poll(() => posts('prompt/warm/article').at(-1)).toEqual({ text: '写一篇讲春茶的文章' });
  await desk.$('article-words').fill('800');
  await expect.poll(() => posts('prompt/warm/article').at(-1)).toEqual({ text: '写一篇讲春茶的文章', words: 800 });
});

test('that an input was emptied is told once, and only where something was told of it', async () => {
  const talk = desk.fake.createConversation('讲一条河');
  const question = desk.fake.addMessage(talk, 'user', '讲一条河');
  desk.fake.addAnswer(talk, '好。');
  /** A text may be told twice, where what is sent with it changes. */
  const told = () =>
    posts('prompt/warm')
      .map(({ text, conversation_id = null, beside_id = null }) => [text, conversation_id, beside_id])
      .filter((one, i, all) => one[0] === '' || String(one) !== String(all[i - 1]));
  const expected: unknown[] = [];
  const tells = async (...one: unknown[]) => {
    expected.push(one);
    await expect.poll(told).toEqual(expected);
  };
  for (const place of [null, talk.id] as const) {
    await desk.page.goto(`${desk.fake.url}${place === null ? '' : `c/${place}`}`);
    await desk.$('input').fill('写一句话');
    await tells('写一句话', place, null);
    await desk.$('input').fill('');
    await tells('', place, null);
  }
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  await tells('讲一条河', talk.id, question.id);
  await desk.$('message-editor-discard').click();
  await tells('', talk.id, question.id);

  await desk.page.goto(`${desk.fake.url}a`);
  await desk.$('article-brief').fill('写一篇讲春茶的文章');
  await expect.poll(() => posts('prompt/warm/article').at(-1)).toEqual({ text: '写一篇讲春茶的文章' });
  await desk.$('article-brief').fill('');
  await expect.poll(() => posts('prompt/warm/article').at(-1)).toEqual({ text: '' });
});
