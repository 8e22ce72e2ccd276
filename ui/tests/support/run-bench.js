// `npm run bench`: a stream of 30,000 characters into the real renderer in a real Chromium, and the editor with 100,000; exits 1 if p95 of a
// rendered frame is over 8 ms, the editor takes over 1 s to open, or a frame while typing takes over 50 ms.
import { benchEditor } from './bench-editor.js';
import { openHarness } from './browser.js';
import { RICH, STORY } from './texts.js';

const LENGTH = 30_000;
const LIMIT_MS = 8;
const sizes = [8, 60];

const percentile = (/** @type {number[]} */ sorted, /** @type {number} */ p) =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? 0;

let text = '';
for (let part = 1; text.length < LENGTH; part++) text += `${RICH.replace('春茶与水温', `春茶与水温 ${part}`)}\n${STORY}\n\n`;
text = text.slice(0, LENGTH);

const { page, close } = await openHarness();
let failed = false;
for (const size of sizes) {
  const { times, gaps, equal } = await page.evaluate(
    ([all, by]) => window.harness.bench(all, by),
    /** @type {[string, number]} */ ([text, size]),
  );
  times.sort((a, b) => a - b);
  gaps.sort((a, b) => a - b);
  const ms = (/** @type {number} */ n) => n.toFixed(2);
  const p95 = percentile(times, 95);
  failed ||= p95 > LIMIT_MS || !equal;
  console.log(
    `${text.length} characters, ${size} a frame, ${times.length} frames: render ms p50 ${ms(percentile(times, 50))} p95 ${ms(p95)} max ${ms(times.at(-1) ?? 0)}` +
      ` · frame gap p95 ${ms(percentile(gaps, 95))} · equal to a full render: ${equal}`,
  );
}
const violations = await page.evaluate(() => window.harness.violations);
console.log(`CSP violations: ${violations.length}`);
await close();
if (!(await benchEditor())) failed = true;
process.exit(failed || violations.length > 0 ? 1 : 0);
