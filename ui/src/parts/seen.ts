// Tells an element whether some of it is on the screen, as that changes.
type Tell = (seen: boolean) => void;

const told = new Map<Element, Tell>();
let observer: IntersectionObserver | undefined;

export function whenSeen(element: Element, tell: Tell): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting);
  });
  told.set(element, tell);
  observer.observe(element);
  return () => {
    told.delete(element);
    observer?.unobserve(element);
  };
}
