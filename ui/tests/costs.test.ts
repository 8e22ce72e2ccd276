// What an action costs, said on the built page before it is taken: at the button that takes it, and asked for only when somebody looks.
import { expect, test } from 'vitest';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const asked = (kind: 'turn' | 'work') => desk.fake.state.log.filter((r) => r.path === `costs/${kind}`).map((r) => r.body);
const said = () => desk.$('cost').allInnerTexts();

async function answered(text = '讲一座山'): Promise<void> {
  await desk.ask(text);
  await desk.finish('stop').waitFor();
}

test('beside the arrow stands the time to the first word, and in the preview all of it', async () => {
  desk.fake.prompt.preview = { seconds_per_100_words: 12, words: 300, seconds_to_end: 40 };
  await desk.$('input').fill('写 300 字，讲一座山');
  await expect.poll(() => desk.$('send-cost').innerText()).toBe('约 2 秒');
  expect(await desk.$('preview-figures').innerText()).toBe(
    '120 个词元 · 其中 60 个已读过 · 首字 约 2 秒 · 每百字 约 12 秒 · 写完 约 40 秒',
  );
  await desk.$('input').fill('');
  await expect.poll(() => desk.$('send-cost').innerText()).toBe('');
});

test('another answer has its price when somebody comes to its button, and not before', async () => {
  await answered();
  expect(asked('turn')).toEqual([]);
  await desk.$('regenerate').hover();
  await expect.poll(said).toEqual(['换一个回答 · 首字 约 1 秒 · 每百字 约 9 秒']);
  const { id } = [...desk.fake.state.conversations.values()].at(-1);
  expect(asked('turn')).toEqual([{ action: 'regenerate', conversation_id: id, message_id: expect.any(String), preset: 'chat' }]);
});

test('by the keyboard, too', async () => {
  await answered();
  await desk.$('copy').focus();
  await desk.page.keyboard.press('Tab');
  await expect.poll(said).toEqual(['换一个回答 · 首字 约 1 秒 · 每百字 约 9 秒']);
});

test('a question that is changed says what has to be read again, as it is typed', async () => {
  await answered();
  desk.fake.prompt.preview = { tokens: 1600, cached_tokens: 60, seconds_to_first_token: 41, seconds_per_100_words: 9 };
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  await desk.$('message-editor-field').fill('讲一条河');
  const figures = desk.$('message-editor').locator('[data-testid=preview-figures]');
  await expect.poll(() => figures.innerText()).toBe('1,600 个词元 · 其中 60 个已读过 · 首字 约 41 秒 · 每百字 约 9 秒');
  await desk.$('message-editor-field').fill('');
  await expect.poll(() => figures.count()).toBe(0);
});

test('an answer that was cut off says what going on costs', async () => {
  desk.fake.script.finish = 'length';
  await desk.ask('讲一座山');
  await desk.finish('length').waitFor();
  await expect.poll(said).toEqual(['首字 约 1 秒 · 每百字 约 9 秒']);
  expect(asked('turn').at(-1)).toMatchObject({ action: 'continue', generation_id: expect.any(String) });
});

test('another limit of the history says what the next question then reads', async () => {
  await answered();
  await desk.$('history').click();
  desk.fake.prompt.price = ({ rounds }) => ({ tokens: 900, cached_tokens: rounds === 1 ? 40 : 900, seconds_to_first_token: 22 });
  await desk.$('rounds-1').hover();
  await expect.poll(said).toEqual(['带 1 轮时，下一问 · 已读过 40 个词元 · 要读 860 个 · 首字 约 22 秒 · 每百字 约 9 秒']);
  await desk.$('clear-context').hover();
  await expect.poll(said).toEqual(['清空以后，下一问 · 已读过 900 个词元 · 要读 0 个 · 首字 约 22 秒 · 每百字 约 9 秒']);
  expect(asked('turn').at(-1)).toEqual({ action: 'clear', conversation_id: expect.any(String) });
});

test('an article says what writing it takes, from the order on', async () => {
  desk.fake.prompt.price = () => ({ words: 800, seconds_to_first_token: 6, seconds_to_end: 720 });
  await desk.$('new-article').click();
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  await expect.poll(said).toEqual(['首字 约 6 秒 · 每百字 约 9 秒 · 写完 约 12 分钟']);
  expect(asked('work').at(-1)).toEqual({ action: 'write', order: { text: '一篇讲春茶的小文' } });
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  await expect.poll(said).toEqual(['首字 约 6 秒 · 每百字 约 9 秒 · 写完 约 12 分钟']);
  expect(asked('work').at(-1)).toMatchObject({ action: 'write', article_id: expect.any(String) });
  await desk.$('article-write').click();
  await desk.$('article-progress').getByText('已完成').waitFor();
  await desk.$('article-polish').hover();
  await expect.poll(() => desk.$('cost').innerText()).toContain('润色');
  expect(asked('work').at(-1)).toMatchObject({ action: 'polish' });
});

test('an answer of a length that was asked for says how far it is and how long it still takes', async () => {
  Object.assign(desk.fake.script, { text: '雨'.repeat(120), piece: 2, everyMs: 60, target: 300 });
  await desk.ask('写 300 字，讲一场雨');
  await desk.$('live-target').waitFor();
  await expect.poll(() => desk.$('live-target').innerText()).toMatch(/^\d+ \/ 300 字$/);
  await expect.poll(() => desk.$('live-left').innerText()).toMatch(/^还要约 \d+ 秒$/);
  await desk.finish('stop').waitFor();
  expect(await desk.$('live-left').count()).toBe(0);
});

test('no price, no line: before the machine was measured, and where the server cannot tell', async () => {
  desk.fake.prompt.price = () => ({ tokens: null, cached_tokens: null, seconds_to_first_token: null, seconds_per_100_words: null });
  await answered();
  await desk.$('regenerate').hover();
  await expect.poll(() => asked('turn').length).toBe(1);
  desk.fake.state.refuse = (_method, path) => path.startsWith('costs/') && [500, {}];
  await desk.$('history').click();
  await desk.$('rounds-2').hover();
  await expect.poll(() => asked('turn').length).toBe(2);
  expect(await said()).toEqual([]);
  await desk.page.keyboard.press('Escape');
  await answered('再讲一座');
});

test('what is opened is told to the server, once', async () => {
  await answered();
  const opened = () => desk.fake.state.log.filter((r) => r.path.endsWith('/open')).map((r) => r.path);
  const before = opened().length;
  await desk.page.reload();
  await desk.finish('stop').waitFor();
  await expect.poll(() => opened().length).toBe(before + 1);
  expect(opened().at(-1)).toMatch(/^conversations\/.+\/open$/);
});
