// What this browser remembers about how the page looks. Reading and writing storage may fail (private windows); then nothing is remembered.
export const THEMES = ['dark', 'light', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

interface Stored {
  theme: Theme;
  language: 'zh' | 'en';
  libraryOpen: boolean;
  libraryWidth: number;
  inspectorOpen: boolean;
  previewOpen: boolean;
  askBack: boolean;
}

const KEY = 'hanmo.prefs';
const defaults: Stored = {
  theme: 'dark',
  language: 'zh',
  libraryOpen: true,
  libraryWidth: 264,
  inspectorOpen: false,
  previewOpen: false,
  askBack: true,
};

export function readStored<T>(key: string, fallback: T): T {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? fallback;
  } catch {
    return fallback;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    if (value === null || value === '') localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works without.
  }
}

/** Takes away what is kept there, unless it is something else by now. */
export function dropStored(key: string, value: unknown): void {
  if (JSON.stringify(readStored(key, null)) === JSON.stringify(value)) writeStored(key, null);
}

/** It stays where it is if there is no room for it twice. */
export function moveStored(from: string, to: string): void {
  try {
    const value = localStorage.getItem(from);
    if (value === null) return;
    localStorage.setItem(to, value);
    localStorage.removeItem(from);
  } catch {
    // Full or forbidden, as above.
  }
}

export function storedKeys(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

class Prefs {
  theme = $state<Theme>(defaults.theme);
  language = $state<'zh' | 'en'>(defaults.language);
  libraryOpen = $state(defaults.libraryOpen);
  libraryWidth = $state(defaults.libraryWidth);
  inspectorOpen = $state(defaults.inspectorOpen);
  previewOpen = $state(defaults.previewOpen);
  /** Whether missing information is asked for before a long text. */
  askBack = $state(defaults.askBack);

  constructor() {
    Object.assign(this, defaults, readStored<Partial<Stored>>(KEY, {}));
    if (!THEMES.includes(this.theme)) this.theme = 'dark';
    if (this.language !== 'en') this.language = 'zh';
  }

  get themeAfter(): Theme {
    return THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'dark';
  }

  nextTheme(): void {
    this.theme = this.themeAfter;
  }

  /** Call from an effect: writes what changed to storage and to <html>. */
  apply(): void {
    const { theme, language, libraryOpen, libraryWidth, inspectorOpen, previewOpen, askBack } = this;
    const stored = { theme, language, libraryOpen, libraryWidth, inspectorOpen, previewOpen, askBack };
    writeStored(KEY, stored satisfies Stored);
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }
}

export const prefs = new Prefs();
