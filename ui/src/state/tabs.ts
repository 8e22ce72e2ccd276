/*
 * Which tabs of this browser have the page open, told by themselves over a BroadcastChannel. And what those that are gone have left.
 *
 * Rules
 *   - A tab says that it is here when it comes and when it is asked, and that it is gone when it goes.
 *   - One that does not answer in time counts as gone. It may only be asleep: whoever relies on this must lose nothing then.
 */
import { readStored, storedKeys } from './prefs.svelte';

const ANSWER_MS = 150;
const FORMER = 'hanmo.tab';

type Said = { here: string; ask: boolean } | { gone: string };

/** This load of the page; a reload is another one. */
export const me = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
/** What this tab was before it was reloaded. A tab that is a copy of another has the other's. */
const former = exchange();

const others = new Set<string>();
const waiting = new Set<{ tab: string; tell: (here: boolean) => void }>();
const channel = new BroadcastChannel('hanmo.tabs');
const say = (said: Said) => channel.postMessage(said);
const asked = Date.now();

channel.onmessage = ({ data }: MessageEvent<Said>) => {
  if ('gone' in data) return void others.delete(data.gone);
  others.add(data.here);
  if (data.ask) say({ here: me, ask: false });
  for (const one of waiting) if (one.tab === data.here) one.tell(true);
};
say({ here: me, ask: true });
addEventListener('pagehide', () => say({ gone: me }));
addEventListener('pageshow', (event) => event.persisted && say({ here: me, ask: true }));

export const isHere = (tab: string): boolean => tab === me || others.has(tab);

/** Whether that tab is open; known at once, or when it has had time to answer since this page was loaded. */
export async function maybeHere(tab: string, ms = ANSWER_MS): Promise<boolean> {
  const left = asked + ms - Date.now();
  if (isHere(tab) || left <= 0) return isHere(tab);
  return new Promise((resolve) => {
    const one = { tab, tell: (here: boolean) => (waiting.delete(one), clearTimeout(timer), resolve(here)) };
    const timer = setTimeout(() => one.tell(isHere(tab)), left);
    waiting.add(one);
  });
}

/** What was kept under `prefix` and the name of a tab that is not known to be open: this tab's own from before a reload, then the newest. */
export function leftBehind<T extends { at: number }>(prefix: string): { tab: string; kept: T }[] {
  return storedKeys(prefix)
    .map((key) => ({ tab: key.slice(prefix.length), kept: readStored<T | null>(key, null) }))
    .filter((one): one is { tab: string; kept: T } => one.kept !== null && !isHere(one.tab))
    .sort((a, b) => Number(b.tab === former) - Number(a.tab === former) || b.kept.at - a.kept.at);
}

function exchange(): string | null {
  try {
    const before = sessionStorage.getItem(FORMER);
    sessionStorage.setItem(FORMER, me);
    return before;
  } catch {
    return null; // forbidden: then the newest draft is the one
  }
}
