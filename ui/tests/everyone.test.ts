// The desk is for everyone: no state of the page breaks a rule of axe-core, in either language, any theme, on a screen or a phone; at every
// width all of it is in its place; and Tab comes to all of it, with a focus that is seen.
import { expect, test } from 'vitest';
import { Axe } from './support/axe.ts';
import { misplaced } from './support/fits.ts';
import { useDesk, type Desk } from './support/page.ts';
import { SCENES } from './support/scenes.ts';
import { walked } from './support/walk.ts';

const desk = useDesk({ reducedMotion: 'reduce' });
const SCREEN = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
/** What a theme can break that holds in another one. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const WIDTHS = [360, 390, 768, 900, 1100, 1440];

const wear = (theme: string) => desk.page.evaluate((name) => (document.documentElement.dataset['theme'] = name), theme);

/** By a click of the script: what is open stays open. */
async function inEnglish({ page }: Desk): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>('[data-testid=lang-toggle]')?.click());
  await page.locator('html[lang=en]').waitFor();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

test.each(SCENES)('$name', { timeout: 120_000 }, async ({ open, phone, wide }) => {
  const { page } = desk;
  await page.setViewportSize(phone ? PHONE : SCREEN);
  await open(desk);
  await page.mouse.move(0, 0);
  const axe = await Axe.on(page);
  const wrong: Record<string, string[]> = {};
  const look = async (where: string, only?: readonly string[]) => (wrong[where] = await axe.violations(only));
  await look('zh, dark');
  await wear('light');
  await look('zh, light', COLOURS);
  await wear('contrast');
  await look('zh, high contrast', COLOURS);
  await inEnglish(desk);
  await wear('dark');
  await look('en, dark', COLOURS);
  await wear('light');
  await look('en, light');
  if (!wide) await page.setViewportSize(PHONE);
  await wear('contrast');
  await look('en, high contrast, on a phone if it is there');
  for (const width of WIDTHS.filter((one) => (phone ? one < 640 : wide ? one >= 1100 : true))) {
    await page.setViewportSize({ ...SCREEN, width });
    wrong[`${width} wide`] = await misplaced(page);
  }
  await page.setViewportSize(phone ? PHONE : SCREEN);
  await wear('dark');
  wrong['by Tab'] = await walked(page);
  expect(Object.fromEntries(Object.entries(wrong).filter(([, all]) => all.length > 0))).toEqual({});
});
