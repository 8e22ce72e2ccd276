// One headless Chromium and the built renderer harness, for tests and the benchmark.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { serveStatic } from './static.js';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

export const STATIC = here('../../../src/hanmo/web/static');
export const PAGE = here('../../node_modules/.cache/hanmo-page');
const HARNESS = here('../../node_modules/.cache/hanmo-harness');

export function launch() {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** @param {(req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => unknown} handler */
export async function listen(handler, port = 0) {
  const server = createServer(async (req, res) => {
    try {
      await handler(req, res);
    } catch (error) {
      if (req.complete || !req.destroyed) throw error; // else the page went away in the middle of what it sent
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const bound = address && typeof address === 'object' ? address.port : port;
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${bound}`, port: bound, close };
}

/** Builds the page for the tests, as it is served but apart from it. The test runner's NODE_ENV would make it a build for development. */
export async function buildPage() {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build({
      configFile: here('../../vite.config.ts'),
      root: here('../..'),
      logLevel: 'error',
      build: { outDir: PAGE, emptyOutDir: true, manifest: true },
    });
  } finally {
    process.env['NODE_ENV'] = before;
  }
}

/** A page with `window.harness`, and what it takes to close it. */
export async function openHarness() {
  await build({
    configFile: here('../../vite.config.ts'),
    root: here('../harness'),
    logLevel: 'error',
    build: { outDir: HARNESS, emptyOutDir: true },
  });
  const server = await listen((req, res) => void serveStatic(HARNESS, new URL(req.url ?? '/', 'http://x').pathname, res));
  const browser = await launch();
  const page = await browser.newPage();
  /** @type {string[]} */
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(server.url);
  await page.waitForFunction(() => 'harness' in window);
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { page, requests, url: server.url, close };
}
