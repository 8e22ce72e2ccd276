// What is pasted or dropped into any field of the page: text, and no more of it than the server takes anywhere. Else the field stays as it was.
import { t } from '../state/i18n.svelte';
import { offers } from '../state/offer.svelte';
import { LONGEST, whyNot } from '../text/onlytext';

/** For the capture phase: before the field has it. */
export function guardFields(event: ClipboardEvent | DragEvent): void {
  const { target } = event;
  if (!(target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement)) return;
  const data = event instanceof ClipboardEvent ? event.clipboardData : event.dataTransfer;
  const selected = (target.selectionEnd ?? 0) - (target.selectionStart ?? 0);
  const refused = whyNot(data?.getData('text/plain') ?? '', 0, target.value.length - selected, LONGEST.message);
  if (!refused) return;
  event.preventDefault();
  event.stopPropagation();
  const title =
    refused.why === 'too_long' ? t('ui.paste.too_long', { n: refused.n, limit: refused.limit }) : t('ui.paste.not_text');
  offers.complain({ code: refused.why, title, detail: '', next_step: '' });
}

/** A file that nobody takes is not opened in the place of the page. */
export function keepPage(event: DragEvent): void {
  if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
}
