// BlockRenderer in a real Chromium under the production CSP.
import './harness/window.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHarness } from './support/browser.js';
import { RICH, STORY } from './support/texts.js';
import { PAYLOADS } from './support/payloads.js';

const CASES = Number(process.env['CASES'] ?? 800);
const BATCH = 100;

let harness: Awaited<ReturnType<typeof openHarness>>;
const dialogs: string[] = [];

beforeAll(async () => {
  harness = await openHarness();
  harness.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
});
afterAll(async () => harness.close());

test('any text in any pieces ends as one full render, and what is committed is never touched', { timeout: 600_000 }, async () => {
  const first = Number(process.env['SEED'] ?? 1);
  for (let seed = first; seed < first + CASES; seed += BATCH) {
    const failures = await harness.page.evaluate(([from, count]) => window.harness.property(from, count), [seed, BATCH] as const);
    expect(failures).toEqual([]);
  }
});

test('formulas and code colours do not depend on the pieces either', async () => {
  for (const size of [1, 13, 400]) {
    const { streamed, full } = await harness.page.evaluate(([text, by]) => window.harness.enriched(text, by), [
      RICH,
      size,
    ] as const);
    expect(streamed).toBe(full);
    expect(full).toContain('class="katex');
    expect(full).toContain('hljs-keyword');
  }
});

test('a definition that comes late reaches what stands before it', async () => {
  const html = await harness.page.evaluate(() =>
    window.harness.streamOnce(['看 [茶', '经][t]。\n\n下一段\n\n第三段\n\n', '[t]: https://t.example/\n']),
  );
  expect(html).toContain('<a href="https://t.example/"');
});

test('an unclosed fence and unclosed marks look finished while they grow', async () => {
  const show = (text: string) => harness.page.evaluate((t) => window.harness.render(t, true), text);
  expect(await show('```python\nprint(1)\n``')).toBe(
    '<figure class="code" data-lang="python"><figcaption>python</figcaption><pre><code>print(1)\n</code></pre></figure>',
  );
  expect(await show('他说**重')).toBe('<p>他说<strong>重</strong></p>');
  expect(await show('上文\n$$\n\\frac{a')).toBe('<p>上文</p>\n<div class="tex-source">$$\n\\frac{a</div>');
  expect(await show('设 $x_1 + ')).toBe('<p>设 <span class="tex-source">$x_1 +</span></p>');
  expect(await show('段落\n-')).toBe('<p>段落</p>');
});

test(
  `${PAYLOADS.length} attacks, character by character: nothing runs, nothing dangerous stands in the page, nothing is requested`,
  { timeout: 120_000 },
  async () => {
    const before = harness.requests.length;
    for (const payload of PAYLOADS) {
      const found = await harness.page.evaluate((p) => window.harness.attack(p), payload);
      expect(found, payload).toEqual([]);
    }
    const outside = harness.requests.slice(before).filter((url) => !url.startsWith(harness.url));
    expect(outside).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(await harness.page.evaluate(() => 'pwned' in window)).toBe(false);
  },
);

test('a stream stays fast: p95 of a write is under 8 ms', { timeout: 120_000, retry: 2 }, async () => {
  const text = `${RICH}\n${STORY}\n\n`.repeat(8).slice(0, 10_000);
  const { times, equal } = await harness.page.evaluate((t) => window.harness.bench(t, 60), text);
  times.sort((a, b) => a - b);
  expect(equal).toBe(true);
  expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(8);
});

test('the CSP was never violated', async () => {
  expect(await harness.page.evaluate(() => window.harness.violations)).toEqual([]);
});
