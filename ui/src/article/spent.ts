// What has been spent on an article, or on a part of it, in words.
import { duration } from '../parts/format';
import { t } from '../state/i18n.svelte';
import type { SectionCost } from '../wire/articletypes';

/** '' where nothing was, or nobody knows. */
export function spentIn(costs: SectionCost[]): string {
  const sum = (of: (cost: SectionCost) => number) => costs.reduce((all, cost) => all + of(cost), 0);
  if (costs.length === 0) return '';
  const read = sum(({ prompt_tokens, cached_tokens }) => prompt_tokens - cached_tokens);
  const written = sum(({ generated_tokens }) => generated_tokens);
  return t('ui.article.spent', { time: duration(sum(({ seconds }) => seconds)), read, written });
}
