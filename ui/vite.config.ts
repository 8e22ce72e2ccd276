// One build for development, tests and release: `npm run watch` rebuilds into the package and the real server serves it with the real CSP.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { onlyOurWords, onlyWoff2 } from './build/plugins.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: './',
  resolve: { alias: { '@words': here('../src/hanmo/i18n') } },
  plugins: [onlyOurWords(), onlyWoff2(), svelte()],
  build: {
    outDir: here('../src/hanmo/web/static'),
    emptyOutDir: true,
    // A font or image inlined as `data:` would be refused by the CSP.
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: false,
  },
});
