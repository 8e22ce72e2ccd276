import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// One sink, one door: these two rules are the front end's share of the security contract.
const noSinks = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({
  selector: `MemberExpression[property.name="${property}"]`,
  message: 'No HTML sink of our own: build nodes, or go through markdown/sanitize.ts.',
}));
const noNetwork = ['fetch', 'EventSource', 'XMLHttpRequest', 'WebSocket'].map((name) => ({
  name,
  message: 'Only wire/api.ts and wire/stream.ts touch the network.',
}));

export default ts.config(
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      'no-undef': 'off', // TypeScript knows better
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300 }],
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
    },
  },
  { files: ['src/**/*.svelte'], rules: { 'max-lines': ['error', { max: 200 }] } },
  {
    files: ['src/**'],
    rules: { 'no-restricted-syntax': ['error', ...noSinks], 'no-restricted-globals': ['error', ...noNetwork] },
  },
  { files: ['src/wire/api.ts', 'src/wire/stream.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['**/*.js', 'tests/**', 'build/**'], languageOptions: { globals: { ...globals.node } } },
  { ignores: ['node_modules/', 'public/'] },
);
