// Unit tests run in Node; what touches the DOM runs in a real Chromium that the tests drive themselves, under the production CSP.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@words': fileURLToPath(new URL('../src/hanmo/i18n', import.meta.url)) } },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.js'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is typed is saved a moment after.
    expect: { poll: { timeout: 8_000 } },
    // Two cores are the smallest machine we care for: each browser has one.
    maxWorkers: 2,
  },
});
