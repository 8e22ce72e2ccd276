// Six places: `/` (a new conversation), `/c/{id}`, `/a` (a new article), `/a/{id}`, `/t` (the template library) and `/t/{id}`, the ones with an id
// also with a place in them after `#`. Addresses are taken relative to <base href>, which carries the root path.
export type Route =
  { name: 'new' | 'new-article' | 'templates' } | { name: 'conversation' | 'article' | 'template'; id: string; at?: string };

const NAMES = {
  c: ['new', 'conversation'],
  a: ['new-article', 'article'],
  t: ['templates', 'template'],
} as const;

function basePath(): string {
  return new URL('.', document.baseURI).pathname;
}

/** An address that somebody cut off in the middle is no reason to show nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return '';
  }
}

export function parse(pathname: string, base: string, hash = ''): Route {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.replace(/^\//, '');
  const [, kind = 'c', id] = /^([act])(?:\/([^/]+))?\/?$/.exec(path) ?? [];
  const [all, one] = NAMES[kind as keyof typeof NAMES];
  const at = decoded(hash.slice(1));
  const named = decoded(id ?? '');
  return named === '' ? { name: all } : { name: one, id: named, ...(at === '' ? {} : { at }) };
}

export function href(route: Route): string {
  const kind = Object.entries(NAMES).find(([, names]) => names.some((name) => name === route.name))?.[0] ?? 'c';
  if ('id' in route)
    return `${basePath()}${kind}/${encodeURIComponent(route.id)}${route.at ? `#${encodeURIComponent(route.at)}` : ''}`;
  return basePath() + (kind === 'c' ? '' : kind);
}

class Router {
  route = $state.raw<Route>({ name: 'new' });

  constructor() {
    const read = () => parse(location.pathname, basePath(), location.hash);
    this.route = read();
    addEventListener('popstate', () => (this.route = read()));
  }

  go(route: Route, replace = false): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', href(route));
    this.route = route;
  }

  /** For links: follow inside the page unless the user asked for a new tab. */
  follow(event: MouseEvent, route: Route): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(route);
  }
}

export const router = new Router();
