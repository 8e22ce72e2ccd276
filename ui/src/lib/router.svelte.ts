// Four places: `/` (a new conversation), `/c/{id}`, `/a` (a new article) and `/a/{id}`, the ones with an id also with a place in them after `#`.
// Addresses are taken relative to <base href>, which carries the root path.
export type Route = { name: 'new' | 'new-article' } | { name: 'conversation' | 'article'; id: string; at?: string };

function basePath(): string {
  return new URL('.', document.baseURI).pathname;
}

export function parse(pathname: string, base: string, hash = ''): Route {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.replace(/^\//, '');
  const [, kind, id] = /^([ac])(?:\/([^/]+))?\/?$/.exec(path) ?? [];
  const at = decodeURIComponent(hash.slice(1));
  if (id) return { name: kind === 'a' ? 'article' : 'conversation', id: decodeURIComponent(id), ...(at === '' ? {} : { at }) };
  return { name: kind === 'a' ? 'new-article' : 'new' };
}

export function href(route: Route): string {
  const kind = route.name === 'article' || route.name === 'new-article' ? 'a' : 'c';
  if ('id' in route)
    return `${basePath()}${kind}/${encodeURIComponent(route.id)}${route.at ? `#${encodeURIComponent(route.at)}` : ''}`;
  return basePath() + (kind === 'a' ? 'a' : '');
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
