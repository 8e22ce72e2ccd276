// What the tests of the editor share: an article with its editor open, and ways to look at it.
import type { Locator } from 'playwright-core';
import { openArticle, type Shown } from './article.ts';
import type { Desk } from './page.ts';

export interface Editing extends Shown {
  content: Locator;
  /** What stands in the editor, without what is only shown in it. */
  text(): Promise<string>;
  /** What the server has. */
  saved(): string;
  mode(name: string): Promise<void>;
  /** Selects a piece of the text by its words, as a mouse would. */
  pick(words: string): Promise<void>;
  waitSaved(state?: string): Promise<void>;
  /** Does what changes the text: that is shown as changed, and in the end as saved. */
  saving(act: () => Promise<void>): Promise<void>;
}

/** Each state that the line about saving shows from now on, however short. */
function recordSaved(): string[] {
  const states: string[] = [];
  new MutationObserver(() => {
    const now = document.querySelector('[data-testid=manuscript-saved]')?.getAttribute('data-state');
    if (now && now !== states.at(-1)) states.push(now);
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] });
  return states;
}

export async function openEditor(desk: Desk, texts?: string[]): Promise<Editing> {
  const shown = await openArticle(desk, texts);
  return editing(desk, shown);
}

export async function editing(desk: Desk, shown: Shown, on = desk.page): Promise<Editing> {
  const content = desk.$('manuscript', on);
  const mode = (name: string) => on.locator('.manuscript-bar').getByRole('button', { name, exact: true }).click();
  const ready = () => on.locator('[data-testid=manuscript-editor][data-ready=true]').waitFor();
  if ((await content.count()) === 0) await mode('编辑');
  await ready();
  return {
    ...shown,
    content,
    mode,
    text: () =>
      content.evaluate((host) => {
        const copy = host.cloneNode(true) as HTMLElement;
        copy.querySelectorAll('.cm-verdicts, .cm-coming, .cm-widgetBuffer').forEach((shown) => shown.remove());
        return [...copy.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n');
      }),
    saved: () => desk.fake.articles.text(shown.made),
    pick: (words) =>
      content.evaluate((host, wanted) => {
        const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.nodeValue?.indexOf(wanted) ?? -1;
          if (at === -1) continue;
          (host as HTMLElement).focus();
          getSelection()?.setBaseAndExtent(node, at, node, at + wanted.length);
          return;
        }
        throw new Error(`not there: ${wanted}`);
      }, words),
    saving: async (act) => {
      const shown = await on.evaluateHandle(recordSaved);
      await act();
      await on.waitForFunction((states) => states.includes('changed') && states.at(-1) === 'saved', shown);
    },
    waitSaved: async (state = 'saved') => on.locator(`[data-testid=manuscript-saved][data-state=${state}]`).waitFor(),
  };
}
