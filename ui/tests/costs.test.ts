// What an action costs, said on the built page before it is taken: at the button that takes it, and asked for only when somebody looks.
import { expect, test } from 'vitest';
import { openArticle, TEXTS } from './support/article.ts';
import { openEditor } from './support/editor.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();
const asked = (kind: 'turn' | 'work') => desk.fake.state.log.filter((r) => r.path === `costs/${kind}`).map((r) => r.body);
const said = () => desk.$('cost').allInnerTexts();

async function answered(text = '讲一座山'): Promise<void> {
  const before = await desk.finish('stop').count();
  await desk.ask(text);
  await expect.poll(() => desk.finish('stop').count()).toBe(before + 1);
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

test('a price follows what is read ahead and what other work does with the engine, and is not asked for while nothing changes', async () => {
  const { engine } = desk.fake.state.status;
  const count = (path: string) => desk.fake.state.log.filter((r) => r.path === path).length;
  const after = async (ms: number) => {
    const polls = count('status');
    await desk.page.clock.runFor(ms);
    await expect.poll(() => count('status')).toBeGreaterThan(polls);
  };
  const costs = (seconds: string) =>
    expect.poll(async () => (await desk.page.clock.runFor(400), desk.$('send-cost').innerText())).toBe(`约 ${seconds} 秒`);
  await desk.$('input').waitFor();
  await desk.page.clock.install();
  desk.fake.prompt.preview = { cached_tokens: 0, seconds_to_first_token: 30 };
  await desk.$('input').fill('讲一座山');
  await costs('30');
  let asked = count('prompt/preview');
  for (let i = 0; i < 4; i++) await after(5_000);
  expect(count('prompt/preview')).toBe(asked);
  desk.fake.prompt.preview = { cached_tokens: 60, seconds_to_first_token: 15 };
  Object.assign(engine, { state: 'busy', slot_changes: 1 }); // it is being read ahead
  await after(5_000);
  await costs('15');
  asked = count('prompt/preview');
  for (let i = 0; i < 10; i++) {
    engine.slot_changes++;
    await after(1_000);
  }
  expect(count('prompt/preview') - asked).toBeGreaterThan(0);
  expect(count('prompt/preview') - asked).toBeLessThan(5); // every few seconds
  desk.fake.prompt.preview = { cached_tokens: 118, seconds_to_first_token: 1 };
  Object.assign(engine, { state: 'ready', slot_changes: 20 });
  await after(1_000);
  await costs('1');
  desk.fake.prompt.preview = { cached_tokens: 0, seconds_to_first_token: 31 };
  engine.slot_changes++; // something else has had the engine, too short to be seen at work
  await after(5_000);
  await costs('31');
});

test('another answer has its price when somebody comes to its button, and not before', async () => {
  await answered();
  expect(asked('turn')).toEqual([]);
  await desk.$('regenerate').hover();
  await expect.poll(said).toEqual(['换一个回答 · 首字 约 1 秒 · 每百字 约 9 秒']);
  const { id } = [...desk.fake.state.conversations.values()].at(-1);
  expect(asked('turn')).toEqual([{ action: 'regenerate', conversation_id: id, message_id: expect.any(String), preset: 'chat' }]);
});

test('a price that was asked for once follows the engine', async () => {
  await answered();
  await desk.$('regenerate').hover();
  await expect.poll(said).toEqual(['换一个回答 · 首字 约 1 秒 · 每百字 约 9 秒']);
  desk.fake.prompt.price = () => ({ cached_tokens: 0, seconds_to_first_token: 17 });
  desk.fake.state.status.engine.slot_changes++; // other work has taken the slot
  await expect.poll(said, { timeout: 8_000 }).toEqual(['换一个回答 · 首字 约 17 秒 · 每百字 约 9 秒']);
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
  const { script } = desk.fake;
  Object.assign(script, { text: '雨'.repeat(300), piece: 2, everyMs: 20, target: 300 });
  script.still = ({ text }) => text.length >= 10;
  await desk.ask('写 300 字，讲一场雨');
  await desk.$('live-target').waitFor();
  script.still = ({ text }) => text.length >= 290; // as fast as it is written, and not to its end
  await expect.poll(() => desk.$('live-target').innerText()).toMatch(/^\d+ \/ 300 字$/);
  await expect.poll(() => desk.$('live-left').innerText()).toMatch(/^还要约 \d+ 秒$/);
  script.still = () => false;
  await desk.finish('stop').waitFor();
  expect(await desk.$('live-left').count()).toBe(0);
});

test('no price, no line: before the machine was measured, and where the server cannot tell', async () => {
  desk.fake.prompt.price = () => ({ tokens: null, cached_tokens: null, seconds_to_first_token: null, seconds_per_100_words: null });
  await answered();
  const priced = () => desk.page.waitForResponse('**/api/costs/turn').then((response) => response.finished());
  await Promise.all([priced(), desk.$('regenerate').hover()]);
  expect(asked('turn').length).toBe(1);
  expect(await said()).toEqual([]);
  desk.fake.state.refuse = (_method, path) => path.startsWith('costs/') && [500, {}];
  await desk.$('history').click();
  await Promise.all([priced(), desk.$('rounds-2').hover()]);
  expect(asked('turn').length).toBe(2);
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

test('a question without an answer says what answering it costs', async () => {
  await answered();
  desk.fake.prompt.price = ({ action }) => ({ seconds_to_first_token: action === 'regenerate' ? 3 : 1 });
  await desk.$('message-assistant').locator('[data-testid=message-delete]').click();
  await desk.$('answer-it').waitFor();
  await expect.poll(said).toEqual(['首字 约 3 秒 · 每百字 约 9 秒']);
  const question = [...desk.fake.state.conversations.values()].at(-1).messages[0].id;
  expect(asked('turn').at(-1)).toMatchObject({ action: 'regenerate', message_id: question });
});

test('an answer that a check finds unfinished says what going on costs, at its button', async () => {
  const unfinished = { code: 'may_be_unfinished', section: null, index: null, text: '可能未写完。' };
  desk.fake.script.findings = [{ ...unfinished, start: 0, end: 0, other: null, fix: null, action: 'continue' }];
  await answered();
  await desk.$('answer-checks').locator('summary').click();
  await desk.$('answer-continue').hover();
  await expect.poll(() => desk.$('answer-checks').locator('[data-testid=cost]').innerText()).toBe('首字 约 1 秒 · 每百字 约 9 秒');
  expect(asked('turn').at(-1)).toMatchObject({ action: 'continue', generation_id: expect.any(String) });
});

test('a plan has a price of its own when somebody comes to its button', async () => {
  await desk.$('new-article').click();
  await desk.$('article-brief').fill('一篇讲春茶的小文');
  await desk.$('article-plan').click();
  await desk.$('plan-heading').first().waitFor();
  desk.fake.prompt.price = ({ action }) => ({ seconds_to_first_token: action === 'plan' ? 5 : 1, seconds_to_end: 60 });
  await desk.$('article-plan').hover();
  await expect.poll(said).toEqual(['重列提纲 · 首字 约 5 秒 · 每百字 约 9 秒 · 写完 约 60 秒']);
  await desk.$('article-write').hover();
  await expect.poll(said).toEqual(['首字 约 1 秒 · 每百字 约 9 秒 · 写完 约 60 秒']);
  expect(asked('work').slice(-2)).toMatchObject([{ action: 'plan' }, { action: 'write' }]);
});

test('an instruction of your own has a price once it is typed, with what it says', async () => {
  const { pick, made } = await openEditor(desk);
  await pick('铁观音不怕热。');
  await desk.$('selection-instruction').click();
  await desk.$('selection-instruction').pressSequentially('写得活泼些');
  await expect.poll(said).toEqual(['按要求改 · 首字 约 1 秒 · 每百字 约 9 秒']);
  const place = { section: 's2', start: expect.any(Number), end: expect.any(Number) };
  await expect
    .poll(() => asked('work').at(-1))
    .toEqual({ action: 'rewrite', article_id: made.id, kind: 'own', instruction: '写得活泼些', ...place });
  await desk.$('selection-instruction').fill('');
  await expect.poll(said).toEqual([]);
  await desk.$('selection-shorten').hover();
  await expect.poll(said).toEqual(['缩写 · 首字 约 1 秒 · 每百字 约 9 秒']);
  expect(asked('work').at(-1)).toEqual({ action: 'rewrite', article_id: made.id, kind: 'shorten', ...place });
});

test('a section that is changed while others are still to be written says what writing on then costs, before it is saved', async () => {
  const { made } = await openArticle(desk, [TEXTS[0] ?? '', TEXTS[1] ?? '', '']);
  await desk.$('section-menu').first().click();
  await desk.$('section-edit').click();
  const price = desk.$('section-source').locator('..').locator('[data-testid=cost]');
  expect(await price.count()).toBe(0);
  desk.fake.prompt.price = ({ text }) =>
    text ? { tokens: 900, cached_tokens: 80, seconds_to_first_token: 33, seconds_to_end: 90 } : {};
  await desk.$('section-source').fill('开头重写了。');
  await expect
    .poll(() => price.allInnerTexts())
    .toEqual(['继续写 · 已读过 80 个词元 · 要读 820 个 · 首字 约 33 秒 · 每百字 约 9 秒 · 写完 约 2 分钟']);
  expect(asked('work').at(-1)).toEqual({ action: 'write', article_id: made.id, section: 's1', text: '开头重写了。' });
  await desk.$('section-source').fill(TEXTS[0] ?? '');
  await expect.poll(() => price.count()).toBe(0);
});

test('what the model would mend has a price at its finding, and what needs no model has none', async () => {
  const at = (words: string) => {
    const start = [...(TEXTS[1] ?? '').slice(0, TEXTS[1]?.indexOf(words))].length;
    return { section: 's2', index: 1, start, end: start + [...words].length };
  };
  const found = (text: string, more: object) => ({ code: 'x', text, other: null, fix: null, ...at('铁观音不怕热'), ...more });
  desk.fake.articles.script.findings = [
    found('全文太短。', { section: null, index: null, start: 0, end: 0, action: 'continue' }),
    found('粗体用错了。', { ...at('**慢慢**'), action: '', fix: { ...at('慢慢'), text: '缓缓' } }),
    found('说过了。', { action: 'rephrase' }),
    found('这一块坏了。', { ...at('龙井用八十度的水'), action: 'again' }),
    found('混进来的话。', { action: 'remove' }),
    found('没有提到水温。', { start: 0, end: 0, action: 'add' }),
  ];
  const { content, bodies } = await openEditor(desk);
  await desk.$('findings-toggle').click();
  const items = desk.$('findings-panel').locator('li');
  const wanted = [...[{ kind: 'continue', section: 's3' }, null, { kind: 'rephrase' }, { kind: 'anew' }, null], { kind: 'own' }];
  for (const [i, work] of wanted.entries()) {
    await items.nth(i).locator('[data-testid=finding-mend]').hover();
    if (!work) continue;
    await expect.poll(() => items.nth(i).locator('[data-testid=cost]').innerText()).toBe('首字 约 1 秒 · 每百字 约 9 秒');
    expect(asked('work')).toContainEqual(expect.objectContaining({ action: 'rewrite', section: 's2', ...work }));
  }
  expect(await desk.$('cost').count()).toBe(4);
  const again = asked('work').find(({ kind }) => kind === 'anew');
  await items.nth(3).locator('[data-testid=finding-mend]').click();
  await desk.$('suggestion').first().waitFor();
  const { start, end } = again;
  expect(bodies('POST', '/sections/s2/rewrite')).toEqual([{ kind: 'anew', start, end }]); // what was priced is what is done
  await desk.page.keyboard.press('Escape');
  await desk.$('findings-toggle').click();
  await content.locator('[data-finding="2"]').first().click();
  await desk.$('finding-card').getByText('说过了。').waitFor();
  await expect.poll(() => desk.$('finding-card').locator('[data-testid=cost]').count()).toBe(1);
});

test('what an article and each of its sections have cost stays to be seen', async () => {
  const cost = { seconds: 100, prompt_tokens: 500, cached_tokens: 200, generated_tokens: 90 };
  desk.fake.articles.script.costs = [null, 's1', 's2'].map((section) => ({ section, ...cost }));
  const { tab } = await openArticle(desk);
  expect(await desk.$('article-spent').innerText()).toBe('用了 5 分钟：读了 900 个词元，写了 270 个');
  await tab('各节');
  await desk.$('article-section').first().locator('.head').click();
  expect(await desk.$('section-spent').innerText()).toBe('用了 2 分钟：读了 300 个词元，写了 90 个');
  await desk.$('article-section').nth(2).locator('.head').click();
  expect(await desk.$('section-spent').count()).toBe(1); // of the third nobody knows
});
