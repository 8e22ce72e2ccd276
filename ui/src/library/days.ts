// Pure: what was written under 置顶, 今天 and 更早, newest first, as the calendar of this computer counts days.
import type { Words } from '../state/i18n.svelte';
import type { ArticleHead } from '../wire/articletypes';
import type { ConversationHead } from '../wire/types';

/** A row of the library. */
export type LibraryHead =
  | (ConversationHead & { kind: 'conversation'; article?: undefined })
  | (ConversationHead & { kind: 'article'; article: ArticleHead });

export interface DayGroup<T> {
  name: Extract<Words, 'ui.library.pinned' | 'ui.library.today' | 'ui.library.earlier'>;
  items: T[];
}

export function groupByDay<T extends { updated_at: number; pinned?: boolean }>(heads: T[], nowSeconds: number): DayGroup<T>[] {
  const midnight = new Date(nowSeconds * 1000).setHours(0, 0, 0, 0) / 1000;
  const newest = heads.toSorted((a, b) => b.updated_at - a.updated_at);
  const groups: DayGroup<T>[] = [
    { name: 'ui.library.pinned', items: newest.filter((head) => head.pinned) },
    { name: 'ui.library.today', items: newest.filter((head) => !head.pinned && head.updated_at >= midnight) },
    { name: 'ui.library.earlier', items: newest.filter((head) => !head.pinned && head.updated_at < midnight) },
  ];
  return groups.filter((group) => group.items.length > 0);
}
