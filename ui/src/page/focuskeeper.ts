/*
 * The focus is never lost: where the element that has it goes away (deleted, replaced, disabled), the nearest place that is left takes it.
 *
 * Rules
 *   - Whoever knows better puts it where it belongs; this only looks, a moment later, whether anybody has it.
 *   - What was moved, or disabled only while something was asked for, gets it back.
 *   - It goes to the first thing that can be used around the place where it was; not out of the part of the page that this was in, then to <main>.
 *   - Who has clicked beside everything has let go of it.
 *   - A field is not chosen where that would bring up a keyboard on the screen.
 */
const ANSWER_MS = 400;
const USABLE = 'a[href], button, input, select, textarea, summary, [contenteditable=true], [tabindex="0"]';
const FIELDS = 'input, textarea, [contenteditable=true]';
const PARTS = 'main, aside, footer, dialog, [popover]';
const OUTSIDE = 'body, #app, .page, .beside';

function usable(element: HTMLElement): boolean {
  return (
    element.isConnected &&
    element.tabIndex >= 0 &&
    !element.matches(':disabled') &&
    element.closest('[inert]') === null &&
    element.checkVisibility({ visibilityProperty: true })
  );
}

function firstIn(part: Element): HTMLElement | undefined {
  const typed = matchMedia('(pointer: coarse)').matches;
  return [...part.querySelectorAll<HTMLElement>(USABLE)].find((one) => usable(one) && !(typed && one.matches(FIELDS)));
}

/** Around a place, from near to far. */
function nearest(around: readonly Element[]): HTMLElement | null {
  for (const part of around) {
    if (part.matches(OUTSIDE)) break;
    const found = part.isConnected && firstIn(part);
    if (found) return found;
    if (part.isConnected && part.matches(PARTS)) break;
  }
  return document.querySelector<HTMLElement>('dialog[open]') ?? document.querySelector<HTMLElement>('main');
}

/** Begins to look after the focus of the page; what is returned ends it. */
export function keepFocus(): () => void {
  let path: Element[] = [];
  let disabledSince = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const lost = () => path.length > 0 && (document.activeElement ?? document.body) === document.body;

  function look(): void {
    const [last, ...around] = path;
    if (!(last instanceof HTMLElement) || !lost()) return;
    if (last.isConnected && last.matches(':disabled')) {
      disabledSince ||= performance.now();
      const left = disabledSince + ANSWER_MS - performance.now();
      if (left > 0) return soon(left);
    }
    disabledSince = 0;
    (usable(last) ? last : nearest(around))?.focus({ preventScroll: true });
  }

  function soon(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  }

  function onfocusin(event: FocusEvent): void {
    path = event.composedPath().filter((one) => one instanceof Element);
    disabledSince = 0;
  }

  function onpointerdown(event: PointerEvent): void {
    if (!(event.target instanceof Node && path[0]?.contains(event.target))) path = [];
  }

  const observer = new MutationObserver(() => lost() && soon(0));
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden', 'inert', 'open', 'class'],
  });
  document.addEventListener('focusin', onfocusin);
  document.addEventListener('pointerdown', onpointerdown, true);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('focusin', onfocusin);
    document.removeEventListener('pointerdown', onpointerdown, true);
  };
}
