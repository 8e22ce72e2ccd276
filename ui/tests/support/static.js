// Serves a built folder with the production CSP; unknown paths get index.html, as the real server does.
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { csp } from './csp.js';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * @param {string} root folder
 * @param {string} path of the request, without the root path
 * @param {import('node:http').ServerResponse} res
 * @param {string} base what <base href> becomes
 */
export async function serveStatic(root, path, res, base = '/') {
  const file = extname(path) ? normalize(path) : '/index.html';
  try {
    let body = await readFile(join(root, file));
    if (file === '/index.html')
      body = Buffer.from(
        body
          .toString()
          .replace(/<base href="[^"]*"\s*\/?>/, `<base href="${base}">`)
          .replaceAll('__CSP_NONCE__', 'test'),
      );
    const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(file))] ?? 'application/octet-stream';
    res.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Security-Policy': csp('test'),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    res.end(body);
  } catch {
    res.writeHead(404).end();
  }
}
