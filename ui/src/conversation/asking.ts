// Pure: what the model is asked for where a check found something in its answer.
import { t } from '../state/i18n.svelte';
import { blockAround } from '../text/blocks';
import type { Finding } from '../wire/articletypes';

const ASKED = new Set<Finding['action']>(['again', 'rephrase', 'add', 'shorten']);

/** The block that is to be written again, with the reason; the whole where the finding is about that. '' where no model is needed. */
export function request(text: string, { action, start, end, fix, text: said }: Finding): string {
  if (fix || !ASKED.has(action)) return '';
  if (start >= end) return t('ui.checks.ask_whole', { text: said });
  const points = [...text];
  const from = points.slice(0, start).join('').length;
  const block = blockAround(text, { from, to: from + points.slice(start, end).join('').length });
  return `${t('ui.checks.ask_block', { text: said })}\n\n${text.slice(block.from, block.to)}`;
}
