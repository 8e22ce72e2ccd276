// Pure: sizes and times in the reader's words.
import { locale, number, t } from '../state/i18n.svelte';

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let power = 0;
  for (; value >= 1000 && power < units.length - 1; power++) value /= 1000;
  return `${number(value, power >= 3 || (power === 2 && value < 10) ? 1 : 0)} ${units[power] ?? ''}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return t('ui.time.seconds', { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5_400) return t('ui.time.minutes', { n: Math.round(seconds / 60) });
  return t('ui.time.hours', { n: number(seconds / 3600, 1) });
}

/** A time of today by the clock, an earlier one with its day. */
export function moment(seconds: number): string {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const day = today ? {} : ({ month: 'short', day: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale(), { ...day, hour: '2-digit', minute: '2-digit' }).format(at);
}
