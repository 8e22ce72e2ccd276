// A hand on the keyboard and none on the mouse.
import { expect } from 'vitest';
import type { Desk } from './page.ts';

const MOST_STEPS = 150;
/** A bare word is a test id. */
const selector = (name: string) => (/^[\w-]+$/.test(name) ? `[data-testid=${name}]` : name);

export class Keys {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#desk.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#desk.page.keyboard.insertText(text);
  }

  /** What has the focus, by its test id or its tag. */
  active(): Promise<string> {
    return this.#desk.page.evaluate(() => {
      const el = document.activeElement;
      return el?.getAttribute('data-testid') ?? `${el?.tagName.toLowerCase()}.${el?.className}`;
    });
  }

  async at(name: string): Promise<boolean> {
    return this.#desk.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector(name));
  }

  /** Goes on with Tab until it has the focus. */
  async to(name: string, step = 'Tab'): Promise<void> {
    await this.#desk.page.locator(selector(name)).first().waitFor();
    for (let n = 0; n < MOST_STEPS; n++) {
      if (await this.at(name)) return;
      await this.press(step);
    }
    throw new Error(`Tab does not come to ${name}; it is at ${await this.active()}`);
  }

  /** Goes there and presses it. */
  async use(name: string, key = 'Enter'): Promise<void> {
    await this.to(name);
    await this.press(key);
  }

  /** It has the focus, or is about to have it. */
  async holds(name: string): Promise<void> {
    await expect.poll(async () => ((await this.at(name)) ? name : await this.active())).toBe(name);
  }

  /** Something that can be seen has the focus. */
  async held(): Promise<void> {
    await expect.poll(() => this.active()).not.toMatch(/^body/);
  }
}
