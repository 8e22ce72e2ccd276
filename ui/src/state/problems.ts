// What to show for an error.
import { ApiError } from '../wire/api';
import type { Problem } from '../wire/types';
import { t } from './i18n.svelte';

/** What to show for any error: the server's own words, or that it does not answer. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { code: 'unreachable', title: t('ui.offline.title'), detail: t('ui.offline.detail'), next_step: t('ui.offline.next') };
}
