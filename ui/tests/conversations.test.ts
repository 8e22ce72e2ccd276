// A conversation's tree on the built page: other versions, deletion and its undoing, names and pins, and how much of it is sent.
import { expect, test } from 'vitest';
import { problem } from './support/fake.js';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const prose = () => desk.$('message-assistant').locator('.prose');
const bodies = (method: string, ends: string) =>
  desk.fake.state.log.filter((r) => r.method === method && r.path.endsWith(ends)).map((r) => r.body);

const hasFocus = (id: string) => desk.$(id).evaluate((el) => el === document.activeElement);

async function ask(text: string, answer: string): Promise<void> {
  const before = await desk.finish('stop').count();
  desk.fake.script.text = answer;
  await desk.ask(text);
  await expect.poll(() => desk.finish('stop').count()).toBe(before + 1);
}

test('another answer stands beside the first, and the arrows go between them', async () => {
  await ask('讲个故事', '第一个。');
  desk.fake.script.text = '第二个。';
  await desk.$('regenerate').click();
  await desk.$('versions').waitFor();
  await desk.finish('stop').waitFor();
  expect(await prose().allInnerTexts()).toEqual(['第二个。']);
  expect(await desk.$('versions').innerText()).toBe('2 / 2');
  await desk.$('versions').locator('[data-step="-1"]').click();
  await desk.page.getByText('第一个。').waitFor();
  expect(await desk.$('versions').innerText()).toBe('1 / 2');
  await desk.page.keyboard.press('ArrowRight'); // the focus has stayed in the switch
  await desk.page.getByText('第二个。').waitFor();
  expect(bodies('PUT', '/active').map((b) => b.message_id)).toHaveLength(2);
  await desk.page.reload();
  await desk.page.getByText('第二个。').waitFor();
});

test('a question is changed and sent again; the old branch stays', async () => {
  await ask('讲一座山', '山。');
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  const field = desk.$('message-editor-field');
  expect(await field.inputValue()).toBe('讲一座山');
  await field.press('Escape');
  expect(await desk.$('message-user').innerText()).toBe('讲一座山');
  await desk.$('message-edit').click();
  desk.fake.script.text = '水。';
  await field.fill('讲一条河');
  await field.press('Enter');
  await desk.page.getByText('水。').waitFor();
  expect(await desk.$('message-user').allInnerTexts()).toEqual(['讲一条河']);
  await desk.finish('stop').waitFor();
  expect(await desk.$('versions').innerText()).toBe('2 / 2');
  await desk.$('versions').locator('[data-step="-1"]').click();
  await desk.page.getByText('山。').waitFor();
  expect(await desk.$('message-user').allInnerTexts()).toEqual(['讲一座山']);
});

test('what is typed into a question survives Esc and a reload, and is gone once it is discarded or sent', async () => {
  await ask('讲一座山', '山。');
  const field = desk.$('message-editor-field');
  const edit = async () => {
    await desk.$('message-user').hover();
    await desk.$('message-edit').click();
  };
  await edit();
  await field.press('Escape');
  await edit();
  expect(await desk.$('message-editor-discard').innerText()).toBe('取消');
  await field.fill('讲一条河');
  await field.press('Escape');
  await desk.$('message-unsent').waitFor();
  expect(await desk.$('message-user').innerText()).toBe('讲一座山');
  await edit();
  expect(await field.inputValue()).toBe('讲一条河');
  await field.fill('讲一条大河');
  await desk.page.reload();
  await desk.$('message-unsent').click();
  expect(await field.inputValue()).toBe('讲一条大河');

  await desk.$('message-editor-discard').click();
  await desk.$('message-user').waitFor();
  await edit();
  expect(await field.inputValue()).toBe('讲一座山');
  await field.fill('讲一片湖');
  await field.press('Enter');
  await desk.$('versions').waitFor();
  await desk.finish('stop').waitFor();
  await desk.$('versions').locator('[data-step="-1"]').click();
  await desk.$('message-user').getByText('讲一座山').waitFor();
  await desk.page.reload();
  await desk.$('message-user').getByText('讲一座山').waitFor();
  await edit();
  expect(await field.inputValue()).toBe('讲一座山');
  expect(await desk.$('message-unsent').count()).toBe(0);
});

test('a changed question that is refused stays in its field', async () => {
  await ask('讲一座山', '山。');
  desk.fake.state.refuse = (method, path) =>
    method === 'POST' && path.endsWith('/messages') && [429, problem('queue_full', '排队已满', '', '等一个写完再送出。')];
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  await desk.$('message-editor-field').fill('要紧的改动');
  await desk.$('message-editor-send').click();
  await desk.$('message-editor').locator('[data-testid=problem]').waitFor();
  expect(await desk.$('message-editor-field').inputValue()).toBe('要紧的改动');
});

test('a message is deleted with what stands below it, and undone', async () => {
  await ask('一', '答一。');
  await ask('二', '答二。');
  await desk.$('message-user').last().hover();
  await desk.$('message-delete').nth(2).click();
  await desk.$('offer').waitFor();
  expect(await desk.$('offer').locator('span').innerText()).toBe('已删除 2 条');
  expect(await prose().allInnerTexts()).toEqual(['答一。']);
  await expect.poll(() => hasFocus('offer-take')).toBe(true);
  await desk.page.keyboard.press('Enter');
  await desk.page.getByText('答二。').waitFor();
  await desk.$('offer').waitFor({ state: 'detached' });
});

test('a deleted answer leaves its question, which can be answered anew', async () => {
  await ask('一', '答一。');
  await desk.$('message-delete').last().click();
  await desk.$('answer-it').waitFor();
  desk.fake.script.text = '新答。';
  await desk.$('answer-it').click();
  await desk.page.getByText('新答。').waitFor();
  expect(await desk.$('versions').count()).toBe(0);
});

test('a conversation is named, pinned, deleted and brought back in the library', async () => {
  await ask('江南的春天', '好。');
  await desk.$('new-conversation').click();
  await ask('塞外的秋天', '好。');
  const rows = desk.$('conversation-list').locator('li');
  const titles = async () => (await rows.allInnerTexts()).map((row) => row.trim());
  await expect.poll(titles).toEqual(['塞外的秋天', '江南的春天']);
  const menu = async (row: number, item: string) => {
    await rows.nth(row).hover();
    await rows.nth(row).locator('[data-testid=row-menu]').click();
    await desk.$(item).click();
  };
  await menu(1, 'row-rename');
  await desk.$('title-field').fill('江南');
  await desk.$('title-field').press('Enter');
  await rows.nth(1).getByText('江南', { exact: true }).waitFor();
  await menu(1, 'row-pin');
  await desk.$('conversation-list').getByRole('heading', { name: '置顶' }).waitFor();
  await expect.poll(titles).toEqual(['江南', '塞外的秋天']);
  await menu(1, 'row-delete'); // the open one
  await desk.page.locator('.examples').waitFor();
  await expect.poll(titles).toEqual(['江南']);
  await desk.$('offer-take').click();
  await desk.$('message-user').getByText('塞外的秋天').waitFor();
  await expect.poll(() => rows.count()).toBe(2);
});

test('the menu of a row works by keyboard', async () => {
  await ask('江南', '好。');
  await desk.$('row-menu').focus();
  await desk.page.keyboard.press('Enter');
  await expect.poll(() => hasFocus('row-rename')).toBe(true);
  await desk.page.keyboard.press('ArrowDown');
  await expect.poll(() => hasFocus('row-pin')).toBe(true);
  await desk.page.keyboard.press('Escape');
  await desk.$('row-pin').waitFor({ state: 'hidden' });
  await expect.poll(() => hasFocus('row-menu')).toBe(true);
});

test('the title on the desk is changed in its place, not while an input method composes', async () => {
  await ask('江南', '好。');
  await desk.$('desk-title').click();
  const field = desk.$('title-field');
  await field.fill('塞外');
  await field.evaluate((el) =>
    el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing: true })),
  );
  expect(await field.isVisible()).toBe(true);
  await field.press('Enter');
  await desk.$('desk-title').getByText('塞外').waitFor();
  await desk.$('conversation-list').getByText('塞外').waitFor();
  await desk.$('desk-title').click();
  await field.fill('别的');
  await field.press('Escape');
  expect(await desk.$('desk-title').innerText()).toBe('塞外');
  expect(bodies('PATCH', '').length).toBe(1);
});

test('how much is sent is said, chosen, and cleared with a way back', async () => {
  for (const name of ['一', '二', '三']) await ask(name, `答${name}。`);
  const history = () => desk.$('history').innerText();
  await expect.poll(history).toBe('带上前面 6 条');
  await desk.$('history').click();
  await desk.$('rounds-1').click();
  await desk.$('history-line').waitFor();
  expect(await desk.$('history-line').innerText()).toBe('以上 4 条不再送出');
  await expect.poll(history).toBe('带上前面 2 条');
  await desk.$('rounds-all').click();
  await desk.$('history-line').waitFor({ state: 'detached' });
  await desk.$('clear-context').click();
  await desk.$('history-undo').waitFor();
  expect((await desk.$('history-line').innerText()).replace(/\s+/g, ' ')).toBe('上下文已清空 · 以上 6 条不再送出 撤销');
  await expect.poll(history).toBe('带上前面 0 条');
  await ask('四', '答四。');
  await expect.poll(() => desk.$('history-line').innerText()).toContain('以上 6 条');
  await desk.$('history-undo').click();
  await desk.$('history-line').waitFor({ state: 'detached' });
  expect(bodies('PATCH', '').slice(-2)).toEqual([{ rounds: 1 }, { rounds: null }]);
});

test('while something is written, nothing else is begun, and deleting stops it', async () => {
  desk.fake.script.text = '慢'.repeat(400);
  desk.fake.script.still = ({ text }) => text.length >= 6;
  await desk.ask('一');
  await desk.page.locator('.prose').getByText('慢慢').waitFor();
  expect(await desk.$('message-edit').isDisabled()).toBe(true);
  await desk.$('message-user').hover();
  await desk.$('message-delete').first().click();
  await desk.page.locator('.examples').waitFor();
  await desk.$('offer-take').click();
  await desk.finish('cancelled').waitFor();
});

test('a question that was sent as fields is edited as fields', async () => {
  await desk.$('brief-toggle').click();
  await desk.$('brief-task').fill('写一封辞职信');
  await desk.$('brief-words').fill('300');
  await desk.$('input').fill('我下个月去杭州。');
  await desk.$('input').press('Enter');
  await desk.finish('stop').waitFor();
  const first = bodies('POST', '/messages').at(-1).brief;
  await desk.$('message-user').hover();
  await desk.$('message-edit').click();
  const editor = desk.$('message-editor');
  expect(await desk.$('message-editor-field').inputValue()).toBe('我下个月去杭州。');
  await editor.locator('[data-testid=brief-words]').fill('500');
  await editor.locator('[data-testid=brief-words]').press('Enter');
  await expect.poll(() => bodies('POST', '/messages').length).toBe(2);
  expect(bodies('POST', '/messages').at(-1)).toEqual({ brief: { ...first, words: 500 }, beside_id: expect.any(String) });
  await expect.poll(() => desk.$('sent-brief').innerText()).toContain('500 字');
});

test('another answer is made as the parameters are now', async () => {
  await desk.$('params-toggle').click();
  const temperature = desk.$('knob-temperature').locator('.field');
  await temperature.fill('0.3');
  await temperature.press('Tab');
  await desk.ask('写');
  await desk.finish('stop').waitFor();
  await temperature.fill('0.9');
  await temperature.press('Tab');
  await desk.$('regenerate').click();
  await desk.$('versions').waitFor();
  await desk.finish('stop').waitFor();
  expect(bodies('POST', '/regenerate')).toEqual([{ preset: 'chat', sampling: { temperature: 0.9 } }]);
  await desk.$('params-reset').click();
  await desk.$('regenerate').click();
  await expect.poll(() => bodies('POST', '/regenerate').at(-1)).toEqual({ preset: 'chat' });
});
