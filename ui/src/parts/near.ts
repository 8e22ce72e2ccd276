// Tells elements of one scroller that they come near, once each: what is far away need not be made yet.
import { getContext, setContext } from 'svelte';

const KEY = Symbol('near');
/** How far ahead of what is seen, in screens of the scroller. */
const AHEAD = '150%';

export type Near = (element: Element, come: () => void) => () => void;

/** For the scroller's component; `scroller` is there when the first element asks. */
export function provideNear(scroller: () => Element): void {
  let observer: IntersectionObserver | undefined;
  const waiting = new Map<Element, () => void>();
  const near: Near = (element, come) => {
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) continue;
          observer?.unobserve(target);
          waiting.get(target)?.();
          waiting.delete(target);
        }
      },
      { root: scroller(), rootMargin: `${AHEAD} 0px` },
    );
    waiting.set(element, come);
    observer.observe(element);
    return () => {
      observer?.unobserve(element);
      waiting.delete(element);
    };
  };
  setContext(KEY, near);
}

export function useNear(): Near {
  return getContext<Near>(KEY);
}
