/*
 * Follows one generation until it is finished.
 *
 * The generation lives on the server; this is only a reader. EventSource resumes by itself with Last-Event-ID after a broken connection. When
 * it gives up (a proxy's error page, a sign-out), or says nothing for a while, the generation is asked for directly until it is finished.
 * `text` is the whole text of the generation so far and `end` comes exactly once.
 */
import { address, api, ApiError, currentLanguage } from './api';
import type { Generation, StateEvent } from './types';

export interface Listener {
  text(whole: string): void;
  state(state: StateEvent): void;
  end(generation: Generation): void;
  /** The generation can no longer be read (signed out, removed). */
  lost(error: ApiError): void;
}

const SILENCE_MS = 20_000;
const POLL_MS = 1_500;

export function follow(generation: string, listener: Listener): () => void {
  let over = false;
  let text = '';
  let seen = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // `after=0` replays from the first event: what is shown is then always exactly what the events say.
  const url = address(`api/generations/${encodeURIComponent(generation)}/events`);
  url.searchParams.set('after', '0');
  url.searchParams.set('lang', currentLanguage());
  const source = new EventSource(url);

  function close(): void {
    over = true;
    clearTimeout(timer);
    source.close();
  }

  function finish(result: Generation): void {
    if (over) return;
    close();
    listener.end(result);
  }

  function checkIn(ms: number): void {
    clearTimeout(timer);
    if (!over) timer = setTimeout(() => void check(), ms);
  }

  async function check(): Promise<void> {
    try {
      const now = await api.generation(generation);
      if (over) return;
      if (now.status === 'finished') return finish(now);
      if (source.readyState === EventSource.CLOSED) {
        listener.state({ status: now.status });
        listener.text(now.text);
      }
    } catch (error) {
      if (over) return;
      if (error instanceof ApiError && error.status < 500) {
        close();
        return listener.lost(error);
      }
    }
    checkIn(source.readyState === EventSource.OPEN ? SILENCE_MS : POLL_MS);
  }

  source.addEventListener('text', (event: MessageEvent<string>) => {
    const number = Number(event.lastEventId);
    if (number <= seen) return; // a replay of what we have
    seen = number;
    text += (JSON.parse(event.data) as { text: string }).text;
    listener.text(text);
    checkIn(SILENCE_MS);
  });
  source.addEventListener('state', (event: MessageEvent<string>) => {
    listener.state(JSON.parse(event.data) as StateEvent);
    checkIn(SILENCE_MS);
  });
  source.addEventListener('end', (event: MessageEvent<string>) => finish(JSON.parse(event.data) as Generation));
  source.addEventListener('error', () => checkIn(source.readyState === EventSource.CLOSED ? 0 : POLL_MS));
  checkIn(SILENCE_MS);
  return close;
}
