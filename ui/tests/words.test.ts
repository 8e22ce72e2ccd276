// The two catalogues say the same things, and the page's colours can be read.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import en from '@words/en.json';
import zh from '@words/zh.json';
import { PAGE } from './support/browser.js';

const ui = (words: Record<string, string>) => Object.fromEntries(Object.entries(words).filter(([key]) => key.startsWith('ui.')));
const [uiZh, uiEn] = [ui(zh), ui(en)];
const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const files = (folder: string, ends: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ends.test(name))
    .map((name) => `${folder}/${name}`);
const sources = files('src', /\.(ts|svelte)$/)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

test('both catalogues have the same keys and blanks', () => {
  expect(Object.keys(uiZh)).toEqual(Object.keys(uiEn));
  for (const [key, text] of Object.entries(uiZh)) expect(blanks(text), key).toEqual(blanks(uiEn[key] ?? ''));
});

test('every key is used: as it stands, or as the end of a template', () => {
  const families = [...sources.matchAll(/`(ui\.[\w.]+\.)\$\{/g)].map((m) => m[1] ?? '');
  const unused = Object.keys(uiZh).filter((key) => !sources.includes(`'${key}'`) && !families.some((f) => key.startsWith(f)));
  expect(unused).toEqual([]);
});

test('words are calm, and Han and Latin stand apart', () => {
  for (const [key, text] of [...Object.entries(uiZh), ...Object.entries(uiEn)])
    expect(text, key).not.toMatch(/[!！]|\p{Extended_Pictographic}/u);
  for (const [key, text] of Object.entries(uiZh))
    expect(text, key).not.toMatch(/\p{Script=Han}[A-Za-z0-9{]|[A-Za-z0-9]\p{Script=Han}|\p{Script=Han}[,;:?]/u);
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test('every text is at least 4.5:1 on the ground it stands on, and 7:1 in high contrast', () => {
  const [dark = '', light = '', high = ''] = readFileSync('src/styles/tokens.css', 'utf8').split(/\[data-theme='\w+'\]/);
  const read = (css: string) => Object.fromEntries([...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
  const texts = ['text', 'quiet', 'accent-text', 'good', 'warn', 'hl-keyword', 'hl-string', 'hl-number', 'hl-name', 'hl-comment'];
  const themes: [Record<string, string | undefined>, number][] = [
    [read(dark), 4.5],
    [{ ...read(dark), ...read(light) }, 4.5],
    [{ ...read(dark), ...read(high) }, 7],
  ];
  for (const [theme, least] of themes) {
    for (const text of texts)
      for (const ground of ['ground', 'raised', 'over']) {
        if (text.startsWith('hl-') && ground === 'over') continue; // code stands on `raised`
        expect(contrast(theme[text] ?? '', theme[ground] ?? ''), `${text} on ${ground}`).toBeGreaterThanOrEqual(least);
      }
    expect(contrast(theme['on-accent'] ?? '', theme['accent'] ?? '')).toBeGreaterThanOrEqual(least);
    expect(contrast(theme['seal-ink'] ?? '', theme['seal'] ?? '')).toBeGreaterThanOrEqual(least);
  }
});

test('the first load is at most 350 kB gzipped, and names no other host', () => {
  const index = readFileSync(`${PAGE}/index.html`, 'utf8');
  const assets = [...index.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((m) => m[1] ?? '');
  expect(assets.some((name) => name.endsWith('.js'))).toBe(true);
  const size = assets.reduce((sum, name) => sum + gzipSync(readFileSync(`${PAGE}/${name}`)).length, gzipSync(index).length);
  expect(size).toBeLessThan(350_000);
  expect(index).not.toMatch(/https?:\/\//);
  for (const file of files(`${PAGE}/assets`, /\.css$/))
    expect(readFileSync(file, 'utf8'), file).not.toMatch(/url\(["']?(?:https?:|data:)/);
});

test('the lock file names no registry', () => {
  expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved"|registry|\.tgz/);
});
