// The words of CodeMirror's own search panel and announcements, in the language of the page.
import { t } from '../state/i18n.svelte';

export function phrases(): Record<string, string> {
  const words = {
    Find: 'find',
    Replace: 'replace_with',
    next: 'next',
    previous: 'previous',
    all: 'all',
    'match case': 'case',
    'by word': 'word',
    regexp: 'regexp',
    replace: 'replace',
    'replace all': 'replace_all',
    close: 'close',
    'current match': 'match',
    'replaced $ matches': 'replaced',
    'replaced match on line $': 'replaced_on',
    'on line': 'on_line',
  } as const;
  return Object.fromEntries(Object.entries(words).map(([english, key]) => [english, t(`ui.editor.search.${key}`)]));
}
