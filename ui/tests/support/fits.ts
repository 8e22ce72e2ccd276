// Whether all of the page is in its place at a width: nothing sticks out of it, and nothing lies over what one would press.
import type { Page } from 'playwright-core';

/** What is wrong, one line each. */
export function misplaced(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (el: Element) => `${el.tagName.toLowerCase()}.${el.getAttribute('data-testid') ?? el.getAttribute('class') ?? ''}`;
    const shown = (el: Element) =>
      el.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) &&
      el.closest('[inert], .visually-hidden') === null;
    const wrong: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) wrong.push(`the page scrolls sideways: ${scrollWidth} > ${clientWidth}`);

    /** Cut off on purpose: it scrolls, or says by dots that there is more. */
    const meant = (el: Element) => {
      for (let up = el.parentElement; up; up = up.parentElement) {
        const { overflowX, textOverflow } = getComputedStyle(up);
        if (overflowX === 'auto' || overflowX === 'scroll' || textOverflow === 'ellipsis') return true;
      }
      return false;
    };
    for (const el of document.querySelectorAll('body *')) {
      const { left, right, width } = el.getBoundingClientRect();
      if (width > 0 && (right > innerWidth + 1 || left < -1) && shown(el) && !meant(el))
        wrong.push(`${name(el)} sticks out: ${Math.round(left)} to ${Math.round(right)} of ${innerWidth}`);
    }

    /** The part of an element that its scrollers let through. */
    const cut = (el: Element) => {
      const box = el.getBoundingClientRect();
      const part = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
      for (let up = el.parentElement; up; up = up.parentElement) {
        if (getComputedStyle(up).overflowY === 'visible') continue;
        const edge = up.getBoundingClientRect();
        part.top = Math.max(part.top, edge.top);
        part.bottom = Math.min(part.bottom, edge.bottom);
      }
      return part.bottom - part.top < box.height ? null : part;
    };
    const FLOATS = '.picked, .to-end, [data-testid=offer], .cm-tooltip, .leave';
    const top = [...document.querySelectorAll('dialog[open], :popover-open')].at(-1) ?? document.body;
    for (const el of top.querySelectorAll('button, a[href], input, textarea, select, summary')) {
      const part = shown(el) ? cut(el) : null;
      if (!part || part.right - part.left === 0) continue;
      const [x, y] = [(part.left + part.right) / 2, (part.top + part.bottom) / 2];
      const hit = document.elementFromPoint(x, y);
      if (!hit || el.contains(hit) || hit.contains(el) || hit.closest('label')?.contains(el) || hit.closest(FLOATS)) continue;
      wrong.push(`${name(hit)} lies over ${name(el)} at ${Math.round(x)}, ${Math.round(y)}`);
    }
    return wrong;
  });
}
