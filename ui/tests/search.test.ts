// Search in the library, and a passage on its way from an answer into an article.
import { expect, test } from 'vitest';
import { marked, placeIn, routeOf } from '../src/library/hits.ts';
import type { Hit } from '../src/wire/types.ts';
import { openArticle, select } from './support/article.ts';
import { useDesk } from './support/page.ts';

const desk = useDesk();

function talk(title: string, ...texts: string[]) {
  const conversation = desk.fake.createConversation(title);
  texts.forEach((text, i) => desk.fake.addMessage(conversation, i % 2 ? 'assistant' : 'user', text));
  return conversation;
}

test('words are marked by code points', () => {
  expect(
    marked({
      text: '𠮷野家的雨',
      spans: [
        [1, 2],
        [4, 5],
      ],
    }),
  ).toEqual([
    { text: '𠮷', found: false },
    { text: '野', found: true },
    { text: '家的', found: false },
    { text: '雨', found: true },
  ]);
  const hit = { kind: 'section', id: 'a', section_id: 's1', message_id: null, start: 3, end: 5 } as Hit;
  expect(routeOf(hit)).toEqual({ name: 'article', id: 'a', at: 's1:3-5' });
  expect(routeOf({ ...hit, kind: 'heading' })).toEqual({ name: 'article', id: 'a', at: 's1:0-0' });
  expect(routeOf({ ...hit, kind: 'brief' })).toEqual({ name: 'article', id: 'a' });
  expect(placeIn('s1:3-5')).toEqual({ section: 's1', start: 3, end: 5 });
  expect(placeIn('nonsense')).toBe(null);
});

test('two letters of Chinese find messages, and Enter opens the conversation there', async () => {
  const filler = Array.from({ length: 60 }, (_, i) => `第 ${i} 段。\n\n${'文字。'.repeat(40)}`);
  talk('别的', '问', '答');
  talk('长谈', ...filler.slice(0, 20), '江南的春天', ...filler.slice(20));
  await desk.page.keyboard.press('Control+Shift+f');
  await desk.$('search').pressSequentially('春天');
  await expect.poll(() => desk.$('hit').locator('mark').allInnerTexts()).toEqual(['春天']);
  expect(await desk.$('hits').locator('[aria-selected=true]').count()).toBe(1);
  await desk.page.keyboard.press('Enter');
  const found = desk.page.locator('.message.found');
  await found.waitFor();
  await expect
    .poll(() =>
      found.evaluate(
        (el) => el.getBoundingClientRect().top - (document.querySelector('.scroller')?.getBoundingClientRect().top ?? 0),
      ),
    )
    .toBeLessThan(60);
  expect(await found.innerText()).toContain('江南的春天');
  await expect.poll(() => new URL(desk.page.url()).hash).toBe('');
});

test('arrow keys choose, Esc gives the list back, and composing does not search', async () => {
  talk('雨一', '雨');
  talk('雨二', '雨');
  await desk.page.reload();
  await desk.$('search').fill('雨');
  await desk.$('hit').first().waitFor();
  const count = await desk.$('hit').count();
  await desk.$('search').press('ArrowUp');
  expect(await desk.$('search').getAttribute('aria-activedescendant')).toBe(`hit-${count - 1}`);
  await desk.$('search').press('Escape');
  await desk.$('conversation-list').waitFor();
  expect(await desk.$('search').inputValue()).toBe('');
  const asked = () => desk.fake.state.log.filter((r) => r.path === 'search').length;
  const before = asked();
  await desk.$('search').evaluate((el: HTMLInputElement) => {
    el.dispatchEvent(new CompositionEvent('compositionstart'));
    el.value = 'yu';
    el.dispatchEvent(new InputEvent('input', { isComposing: true }));
  });
  await desk.$('search').evaluate((el: HTMLInputElement) => {
    el.value = '没有的词';
    el.dispatchEvent(new InputEvent('input', { isComposing: true }));
    el.dispatchEvent(new CompositionEvent('compositionend'));
  });
  await desk.page.getByText('没有找到“没有的词”。').waitFor();
  expect(asked()).toBe(before + 1);
});

test('a hit on another branch shows that branch', async () => {
  const conversation = talk('树', '问', '旧的回答');
  desk.fake.addMessage(conversation, 'assistant', '新的回答', conversation.messages[0].id);
  await desk.$('search').fill('旧的');
  await desk.$('hit').click();
  await desk.page.locator('.found').getByText('旧的回答').waitFor();
  expect(await desk.$('versions').innerText()).toBe('1 / 2');
});

test('a hit in an article opens it at the words', async () => {
  await openArticle(desk);
  await desk.$('search').fill('铁观音');
  await desk.$('hit').locator('mark').first().waitFor();
  await desk.page.locator('[data-kind=section]').first().click();
  await desk.$('article-text').waitFor();
  await expect.poll(() => desk.page.evaluate(() => [...(CSS.highlights.get('finding') ?? [])].map(String))).toEqual(['铁观音']);
});

/** How far the top of one element is from that of another, in pixels. */
const apart = (one: string, other: string) =>
  desk.page.evaluate(
    (both) => {
      const [a, b] = both.map((selector) => document.querySelector(selector)?.getBoundingClientRect().top ?? NaN);
      return Math.abs((a ?? NaN) - (b ?? NaN));
    },
    [one, other],
  );

test('a hit in a heading opens the article at that heading, however long its section is', async () => {
  const { made } = await openArticle(
    desk,
    ['一', '二', '三'].map((text) => `${text}。\n\n`.repeat(120)),
  );
  await desk.$('search').fill('三种水');
  const hit = desk.page.locator('[data-kind=heading]').first();
  await hit.click();
  const section = `[data-section=${made.sections[1].id}]`;
  await expect.poll(() => apart(section, '.scroller:has([data-testid=article-text])')).toBeLessThan(60);
  // One that is still to be written has no place in the text.
  desk.fake.articles.setText(made, made.sections[1], '', 'written');
  await desk.page.reload();
  await desk.$('search').fill('三种水');
  await hit.click();
  await expect.poll(() => desk.page.evaluate(() => document.activeElement?.textContent)).toContain('三种水');
  expect(await desk.$('article-section').nth(1).getByRole('button', { expanded: false }).first().innerText()).toContain('三种水');
});

test('what is selected in an answer goes to the end of a section, as a new version', async () => {
  const { made } = await openArticle(desk);
  const versions = made.history.length;
  await desk.$('new-conversation').click();
  await desk.ask('讲茶');
  await desk.finish('stop').waitFor();
  await select(desk.$('message-assistant').locator('.prose'), '雨还在下');
  await desk.$('passage-pick').click();
  await desk.$('passage-section').waitFor();
  await desk.$('passage-section').selectOption({ index: 1 });
  await desk.$('passage-place').click();
  await desk.$('offer').waitFor();
  expect(await desk.$('offer').locator('span').innerText()).toBe('已放进《春茶与水温》');
  expect(made.sections[1].text).toMatch(/铁观音不怕热。\n\n雨还在下$/);
  expect(made.history.length).toBe(versions + 1);
  await desk.$('offer-take').click();
  await desk.$('article-text').getByText('雨还在下').waitFor();
});

test('a whole answer begins a new article', async () => {
  await desk.ask('讲雨');
  await desk.finish('stop').waitFor();
  await desk.$('to-article').click();
  expect(await desk.$('passage-text').inputValue()).toBe('她推开门，**雨**还在下。\n\n完。');
  await desk.$('passage-place').click();
  await desk.$('offer').waitFor();
  const [article] = [...desk.fake.articles.articles.values()];
  expect(article.sections.map((s: { text: string }) => s.text)).toEqual(['她推开门，**雨**还在下。\n\n完。']);
});
