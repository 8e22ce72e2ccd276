// A request of the page that is held back: what a slow server or a slow network does, without a clock.
import type { Page } from 'playwright-core';

export interface Held {
  /** Resolves when the page has asked; where the answer is held, when the server has answered. */
  asked: Promise<void>;
  /** Lets it through. */
  answer(): void;
}

function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** Holds the next request to an address, of a method; with `answer` the server hears it at once, and what it says is held. */
export async function hold(page: Page, where: string, { method = '', answer = false } = {}): Promise<Held> {
  const [asked, answered] = [gate(), gate()];
  let over = false;
  await page.route(where, async (route) => {
    if (over || (method !== '' && route.request().method() !== method)) return route.fallback();
    over = true;
    const response = answer ? await route.fetch() : null;
    asked.open();
    await answered.opened;
    if (response) await route.fulfill({ response });
    else await route.continue();
  });
  return { asked: asked.opened, answer: answered.open };
}
