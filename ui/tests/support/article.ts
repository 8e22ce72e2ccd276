// What the tests of the article pages share: an article that is already there, and the ways to look at it.
import type { Locator } from 'playwright-core';
import type { Desk } from './page.ts';

export const TEXTS = [
  '绿茶的鲜味来自氨基酸。水温越高，苦味出来得越快。',
  '龙井用八十度的水，**慢慢**注入。铁观音不怕热。',
  '揭盖等三分钟，水就凉到八十度。龙井用九十度的水。',
];

export interface Shown {
  /** The article as the scripted server keeps it. */
  made: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  tab(name: string): Promise<void>;
  bodies(method: string, ends: string): unknown[];
}

/** Opens an article of three sections with these texts; an empty text is still to be written. */
export async function openArticle(desk: Desk, texts: string[] = TEXTS): Promise<Shown> {
  const { articles } = desk.fake;
  const made = articles.create({ text: '一篇讲春茶的小文', words: 300 });
  articles.setPlan(made, articles.script.plan);
  texts.forEach((text, i) => {
    if (text !== '') articles.setText(made, made.sections[i], text, 'written');
  });
  await desk.page.goto(`${desk.fake.url}a/${made.id}`);
  await desk.$('article-progress').or(desk.$('plan-total')).first().waitFor();
  const tabs = desk.page.locator('main header .segments');
  return {
    made,
    tab: (name) => tabs.getByRole('button', { name: new RegExp(`^${name}`) }).click(),
    bodies: (method, ends) => desk.fake.state.log.filter((r) => r.method === method && r.path.endsWith(ends)).map((r) => r.body),
  };
}

/** Selects a piece of the text that is on the page, as a reader does. */
export async function select(where: Locator, text: string): Promise<void> {
  await where.evaluate((host, wanted) => {
    const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Text);
    const whole = nodes.map((node) => node.data).join('');
    const at = (place: number): [Text, number] => {
      for (const node of nodes) {
        if (place <= node.length) return [node, place];
        place -= node.length;
      }
      throw new Error(`not there: ${wanted}`);
    };
    const start = whole.indexOf(wanted);
    const range = document.createRange();
    range.setStart(...at(start));
    range.setEnd(...at(start + wanted.length));
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  }, text);
}
