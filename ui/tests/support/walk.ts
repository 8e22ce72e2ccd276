// A walk through the page by Tab alone: every stop is seen, everything that can be used is a stop, and a dialog is not left.
import type { Page } from 'playwright-core';

declare global {
  interface Window {
    walk: { wanted: Set<Element>; unseen: Set<string>; outside: Set<string>; stops: number; name: (el: Element) => string };
  }
}

/** What one could press at the beginning; from then on every stop is judged as the focus comes there. */
function begin(): number {
  const name = (el: Element) =>
    `${el.tagName.toLowerCase()}.${el.getAttribute('data-testid') ?? el.getAttribute('aria-label') ?? el.className}`;
  const shown = (el: Element) => el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const top = document.querySelector('dialog[open]') ?? document.body;
  const USED = 'button, a[href], input, textarea, select, summary, [role=button], [contenteditable=true]';
  const wanted = new Set(
    [...top.querySelectorAll(USED)].filter(
      (el) => el instanceof HTMLElement && el.tabIndex >= 0 && !el.matches(':disabled') && !el.closest('[inert]') && shown(el),
    ),
  );
  const probe = document.createElement('i');
  probe.style.color = 'var(--focus)';
  document.body.append(probe);
  const focusColour = getComputedStyle(probe).color;
  probe.remove();
  const ringed = (el: Element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(el);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  };
  /** A ring, or for a field its border; in the editor the caret is enough. */
  const seen = (el: HTMLElement) => {
    if (ringed(el) || el.isContentEditable) return true;
    const frames = [el, el.closest('.composer'), el.closest('.search')].filter((one) => one !== null);
    return el.matches('input, textarea, select') && frames.some((one) => getComputedStyle(one).borderTopColor === focusColour);
  };
  const inSight = (el: Element) => {
    const { top: up, bottom, left, right } = el.getBoundingClientRect();
    return bottom > 0 && right > 0 && up < innerHeight && left < innerWidth;
  };
  const walk = { wanted, unseen: new Set<string>(), outside: new Set<string>(), stops: 0, name };
  window.walk = walk;
  const stop = (el: Element | null) => {
    if (!(el instanceof HTMLElement) || el === document.body) return;
    walk.stops++;
    walk.wanted.delete(el);
    if (!seen(el) || !inSight(el)) walk.unseen.add(name(el));
    if (!top.contains(el)) walk.outside.add(name(el));
  };
  document.addEventListener('focusin', ({ target }) => stop(target instanceof Element ? target : null));
  return wanted.size;
}

/** What is wrong with it, one line each. */
export async function walked(page: Page): Promise<string[]> {
  const places = await page.evaluate(begin);
  const MORE = 6; // regions that scroll, and the turn at the end
  for (let n = 0; n < places + MORE; n++) await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const { wanted, unseen, outside, stops, name } = window.walk;
    const missed = [...wanted].filter((el) => el.isConnected && el.checkVisibility({ visibilityProperty: true }));
    return [
      ...(stops === 0 ? ['Tab goes nowhere'] : []),
      ...[...unseen].map((one) => `the focus is not seen on ${one}`),
      ...[...outside].map((one) => `the dialog is left for ${one}`),
      ...missed.map((el) => `Tab does not come to ${name(el)}`),
    ];
  });
}
