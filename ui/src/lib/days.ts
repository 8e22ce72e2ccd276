// Pure: conversations under 今天 and 更早, as the calendar of this computer counts days.
import type { Words } from './i18n.svelte';
import type { ConversationHead } from './types';

export interface DayGroup {
  name: Extract<Words, 'ui.library.today' | 'ui.library.earlier'>;
  conversations: ConversationHead[];
}

export function groupByDay(conversations: ConversationHead[], nowSeconds: number): DayGroup[] {
  const midnight = new Date(nowSeconds * 1000).setHours(0, 0, 0, 0) / 1000;
  const today = conversations.filter((c) => c.updated_at >= midnight);
  const earlier = conversations.filter((c) => c.updated_at < midnight);
  const groups: DayGroup[] = [
    { name: 'ui.library.today', conversations: today },
    { name: 'ui.library.earlier', conversations: earlier },
  ];
  return groups.filter((group) => group.conversations.length > 0);
}
