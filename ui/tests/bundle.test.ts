// What stands between a click and the page: all that index.html asks for at once.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PAGE } from './support/browser.js';

const MOST_BYTES = 350_000;
/** These it names itself; they are not made by the build. */
const NAMED = ['index.html', 'first-paint.js', 'favicon.svg'];

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}

test('the page begins with 350 kB gzipped at most; editor, formulas and code colours come later', () => {
  const manifest = JSON.parse(readFileSync(`${PAGE}/.vite/manifest.json`, 'utf8')) as Record<string, Chunk>;
  const wanted = new Set(['index.html']);
  for (const name of wanted) manifest[name]?.imports?.forEach((one) => wanted.add(one));
  const files = new Set([...NAMED, ...[...wanted].flatMap((name) => [manifest[name]?.file, ...(manifest[name]?.css ?? [])])]);
  const sizes = Object.fromEntries(
    [...files].flatMap((file) => (file ? [[file, gzipSync(readFileSync(`${PAGE}/${file}`)).length]] : [])),
  );
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  expect(total, JSON.stringify(sizes, null, 2)).toBeGreaterThan(50_000);
  expect(total, JSON.stringify(sizes, null, 2)).toBeLessThanOrEqual(MOST_BYTES);
  expect(Object.keys(sizes).filter((file) => /katex|editor|common|look/.test(file))).toEqual([]);
});
