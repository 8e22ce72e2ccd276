// Everything that a key or the palette does, in one table: the sheet of keys and the palette show it, and a test holds it against the sources.
import { openMenu } from '../parts/exporting.svelte';
import { blank } from '../prompt/brief';
import { app } from '../state/app.svelte';
import type { Words } from '../state/i18n.svelte';
import { prefs } from '../state/prefs.svelte';
import { router } from '../state/router.svelte';
import { canStop, stop } from '../state/stop';
import { templates } from '../templates/templates.svelte';
import { panels } from './panels.svelte';

export interface Command {
  name: Words;
  /** As they are pressed, most usual first; `Mod` is Ctrl, or ⌘ on a Mac. */
  keys?: string[];
  /** What the palette does. Without it the key belongs to one part of the page, which listens for it itself. */
  run?: () => void;
  /** Whether it can be done now. */
  when?: () => boolean;
}

export interface CommandGroup {
  name: Words;
  commands: Command[];
}

export const GROUPS: CommandGroup[] = [
  {
    name: 'ui.keys.go',
    commands: [
      { name: 'ui.palette', keys: ['Mod+K'] },
      { name: 'ui.search.label', keys: ['Mod+Shift+F'] },
      { name: 'ui.keys', keys: ['?'], run: () => (panels.open = 'keys') },
      { name: 'ui.keys.new_conversation', run: () => router.go({ name: 'new' }) },
      { name: 'ui.keys.new_article', run: () => router.go({ name: 'new-article' }) },
      { name: 'ui.templates', run: toTemplates },
      { name: 'ui.template.new', run: newTemplate },
    ],
  },
  {
    name: 'ui.keys.write',
    commands: [
      { name: 'ui.send', keys: ['Enter'] },
      { name: 'ui.keys.line', keys: ['Shift+Enter'] },
      { name: 'ui.keys.confirm', keys: ['Mod+Enter'] },
      { name: 'ui.stop', keys: ['Escape'], run: stop, when: canStop },
      { name: 'ui.keys.close', keys: ['Escape'] },
    ],
  },
  {
    name: 'ui.keys.article',
    commands: [
      { name: 'ui.article.pause', run: () => void app.article?.pause(), when: () => app.article?.now?.state === 'writing' },
      { name: 'ui.editor.findings.next', keys: ['F8'] },
      { name: 'ui.keys.move', keys: ['Alt+ArrowUp', 'Alt+ArrowDown'] },
      { name: 'ui.keys.edits', keys: ['J', 'K', 'ArrowUp', 'ArrowDown'] },
      { name: 'ui.article.edits.accept', keys: ['A', 'Alt+Y'] },
      { name: 'ui.article.edits.reject', keys: ['R', 'Alt+N'] },
      { name: 'ui.article.edits.accept_all', keys: ['Alt+Enter'] },
    ],
  },
  {
    name: 'ui.templates',
    commands: [
      { name: 'ui.template.search', keys: ['/'] },
      { name: 'ui.keys.cards', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] },
    ],
  },
  {
    name: 'ui.keys.look',
    commands: [
      { name: 'ui.keys.theme', run: () => prefs.nextTheme() },
      { name: 'ui.lang.toggle', run: () => (prefs.language = prefs.language === 'zh' ? 'en' : 'zh') },
      { name: 'ui.keys.library', run: () => (prefs.libraryOpen = !prefs.libraryOpen) },
      { name: 'ui.export', run: () => openMenu.show?.(), when: () => openMenu.show !== null },
      { name: 'ui.keys.print', run: () => print(), when: () => app.open !== null || app.article !== null },
      { name: 'ui.logout', run: () => void app.logout(), when: () => app.passwordSet },
    ],
  },
];

function toTemplates(): void {
  templates.asker = app.open?.id ?? null;
  router.go({ name: 'templates' });
}

function newTemplate(): void {
  templates.seed = blank();
  router.go({ name: 'template', id: 'new' });
}

const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');
const SIGNS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

/** A key as it stands on the keyboard: `Mod+K` is `Ctrl + K`. */
export function keyWords(keys: string): string {
  return keys
    .split('+')
    .map((key) => (key === 'Mod' ? (MAC ? '⌘' : 'Ctrl') : (SIGNS[key] ?? key)))
    .join(' + ');
}

/** Whether every word of the query stands in the text, in whatever case. */
export function found(text: string, query: string): boolean {
  const low = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
