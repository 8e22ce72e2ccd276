// Words in two languages from the catalogues that the command line uses too. Keys are typed: a wrong one does not compile.
import zh from '@words/zh.json';
import en from '@words/en.json';
import { prefs } from './prefs.svelte';

export type Words = Extract<keyof typeof zh, `ui.${string}`>;
export type Language = 'zh' | 'en';

const catalogues: Record<Language, Record<Words, string>> = { zh, en };
const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

/** The words for `key`, with `{name}` blanks filled; numbers are grouped as the language groups them. */
export function t(key: Words, blanks: Record<string, string | number> = {}): string {
  return catalogues[prefs.language][key].replace(/\{(\w+)\}/g, (blank, name: string) => {
    const value = blanks[name];
    return value === undefined ? blank : typeof value === 'number' ? number(value) : value;
  });
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locales[prefs.language], { maximumFractionDigits: digits }).format(value);
}

export function locale(): string {
  return locales[prefs.language];
}
