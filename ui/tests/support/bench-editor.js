// The editor with an article of 100,000 characters in a real Chromium: how long it takes to open, and the longest frame while somebody types.
import { buildPage, launch, PAGE } from './browser.js';
import { startFake } from './fake.js';

const CHAPTERS = 40;
const LENGTH = 2_500;
const OPEN_MS = 1_000;
const FRAME_MS = 50;
const TYPED = 200;

const SENTENCE = '第二天清晨，她推开窗，看见湖面上起了一层**薄雾**，对岸的灯火一盏一盏地灭了。';
const chapter = (/** @type {number} */ n) => {
  let text = '';
  for (let i = 0; text.length < LENGTH; i++)
    text += `${SENTENCE.replace('第二天', `第 ${n * 100 + i} 天`)}${i % 6 === 5 ? '\n\n' : ''}`;
  return text.trim();
};

export async function benchEditor() {
  await buildPage();
  const fake = await startFake({ root: PAGE });
  const browser = await launch();
  const page = await browser.newPage();
  await page.addInitScript(() => {
    localStorage.setItem('hanmo.manuscript.mode', JSON.stringify('edit'));
    const seen = /** @type {any} */ (window);
    seen.longest = 0;
    seen.violations = [];
    document.addEventListener('securitypolicyviolation', (e) => seen.violations.push(e.violatedDirective));
    let last = performance.now();
    const tick = (/** @type {number} */ now) => {
      seen.longest = Math.max(seen.longest, now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const made = fake.articles.create({ text: '一部长篇', words: CHAPTERS * LENGTH });
  fake.articles.setPlan(made, {
    title: '湖上',
    headed: true,
    sections: Array.from({ length: CHAPTERS }, (_, n) => ({ heading: `第 ${n + 1} 章`, points: [], words: LENGTH })),
  });
  for (const [n, section] of made.sections.entries()) fake.articles.setText(made, section, chapter(n), 'written');
  made.history.splice(0, made.history.length - 1);
  const length = fake.articles.text(made).length;

  await page.goto(fake.url);
  await page.locator('[data-testid=conversation-list] a').first().waitFor();
  const open = await page.evaluate(async () => {
    const began = performance.now();
    /** @type {HTMLElement | null} */ (document.querySelector('[data-testid=conversation-list] a'))?.click();
    await new Promise((resolve) => {
      const look = () =>
        document.querySelector('[data-testid=manuscript-editor][data-ready=true] .cm-line')
          ? resolve(0)
          : requestAnimationFrame(look);
      look();
    });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - began;
  });
  await page.locator('[data-testid=manuscript]').click();
  await page.locator('[data-testid=manuscript-saved][data-state=saved]').waitFor();
  let [longest, saving] = [0, 0];
  const seen = () => page.evaluate(() => /** @type {any} */ (window).longest);
  const settled = () => page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 2_000 })));
  for (const at of ['Control+Home', 'Control+End']) {
    await page.keyboard.press(at);
    await page.keyboard.press('End');
    await settled();
    await page.evaluate(() => {
      /** @type {any} */ (window).longest = 0;
    });
    for (let i = 0; i < TYPED / 2; i++) await page.keyboard.insertText('字');
    longest = Math.max(longest, await seen());
    await page.locator('[data-testid=manuscript-saved][data-state=saved]').waitFor();
    await settled();
    saving = Math.max(saving, await seen());
  }
  const violations = await page.evaluate(() => /** @type {any} */ (window).violations.length);
  await browser.close();
  await fake.close();
  console.log(
    `editor, ${length} characters: open ${open.toFixed(0)} ms · longest frame while typing ${longest.toFixed(1)} ms, until it is saved ${saving.toFixed(1)} ms` +
      ` · CSP violations: ${violations}`,
  );
  return open <= OPEN_MS && saving <= FRAME_MS && violations === 0;
}
