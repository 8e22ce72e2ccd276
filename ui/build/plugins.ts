// Two small Vite plugins that keep the bundle to what the page uses.
import type { Plugin } from 'vite';

/** The catalogues are shared with the Python side; the page carries only the keys that start with `ui.`. */
export function onlyOurWords(): Plugin {
  return {
    name: 'hanmo-only-our-words',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/i18n\/(zh|en)\.json$/.test(id)) return null;
      const words = Object.entries(JSON.parse(code) as Record<string, string>);
      return { code: JSON.stringify(Object.fromEntries(words.filter(([key]) => key.startsWith('ui.')))), map: null };
    },
  };
}

/** KaTeX names each font three times; every browser that can run the page reads woff2, and the rest is 800 kB in the wheel. */
export function onlyWoff2(): Plugin {
  return {
    name: 'hanmo-only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex(\.min)?\.css/.test(id)) return null;
      return { code: code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\((["'])(?:woff|truetype)\1\)/g, ''), map: null };
    },
  };
}
