// A browser, a scripted server and a page for each test. A CSP violation or an uncaught error fails the test that caused it.
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launch, PAGE } from './browser.js';
import { startFake } from './fake.js';

export type Fake = Awaited<ReturnType<typeof startFake>>;

export class Desk {
  page!: Page;
  fake!: Fake;
  context!: BrowserContext;
  readonly complaints: string[] = [];

  $(id: string, on = this.page): Locator {
    return on.locator(`[data-testid="${id}"]`);
  }

  finish(reason: string, on = this.page): Locator {
    return on.locator(`[data-testid="finish-reason"][data-reason="${reason}"]`);
  }

  async ask(text: string): Promise<void> {
    await this.$('input').fill(text);
    await this.$('input').press('Enter');
  }

  /** While it is done the page's own time stands still: what it waits for a moment only is waited for, however slow the machine is. */
  async patiently(act: () => Promise<unknown>): Promise<void> {
    const { clock } = this.page;
    await clock.install();
    await clock.pauseAt(Date.now() + 10_000);
    await act();
    await clock.resume();
  }

  /** Asks what is asked back about. */
  async askAndWait(text: string): Promise<void> {
    await this.patiently(async () => {
      await this.ask(text);
      await this.$('ask-back').waitFor();
    });
  }

  async answer(on = this.page): Promise<string> {
    return (await this.$('message-assistant', on).locator('.prose').innerText()).trim();
  }

  async open(path = ''): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => message.text().startsWith('CSP ') && this.complaints.push(message.text()));
    await page.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (e) =>
        console.log(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sample}`),
      ),
    );
    await page.goto(this.fake.url + path);
    return page;
  }
}

/** The tab goes behind another one, or comes back. */
export const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((now) => {
    Object.defineProperty(document, 'hidden', { value: now, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** `options`: what the browser is said to be like. */
export function useDesk(options: BrowserContextOptions = {}): Desk {
  const desk = new Desk();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => browser.close());
  beforeEach(async () => {
    desk.fake = await startFake({ root: PAGE });
    Object.assign(desk.fake.script, { text: '她推开门，**雨**还在下。\n\n完。', piece: 3, everyMs: 5, reading: 1, readingMs: 5 });
    desk.context = await browser.newContext(options);
    desk.complaints.length = 0;
    desk.page = await desk.open();
  });
  afterEach(async () => {
    await desk.context.close();
    await desk.fake.close();
    expect(desk.complaints).toEqual([]);
  });
  return desk;
}
