/*
 * Follows one generation, or one job of an article, until it is finished.
 *
 * It lives on the server; this is only a reader. EventSource resumes by itself with Last-Event-ID after a broken connection. When it gives up
 * (a proxy's error page, a sign-out), or says nothing for a while, the server is asked directly until it is finished. `end` comes exactly once.
 */
import { address, api, ApiError, currentLanguage } from './api';
import type { Job, JobState } from './articletypes';
import type { Generation, GenerationStatus, StateEvent } from './types';

const SILENCE_MS = 20_000;
const POLL_MS = 1_500;

interface Reader<T> {
  ask(): Promise<T>;
  events: Record<string, (data: never, number: number) => void>;
  /** Asked for directly, because there is no stream. */
  polled(now: T): void;
  end(result: T): void;
  /** It can no longer be read (signed out, removed). */
  lost(error: ApiError): void;
}

function read<T extends { status: GenerationStatus }>(id: string, reader: Reader<T>): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // `after=0` replays from the first event: what is shown is then always exactly what the events say.
  const url = address(`api/generations/${encodeURIComponent(id)}/events`);
  url.searchParams.set('after', '0');
  url.searchParams.set('lang', currentLanguage());
  const source = new EventSource(url);

  function close(): void {
    over = true;
    clearTimeout(timer);
    source.close();
  }

  function finish(result: T): void {
    if (over) return;
    close();
    reader.end(result);
  }

  function checkIn(ms: number): void {
    clearTimeout(timer);
    if (!over) timer = setTimeout(() => void check(), ms);
  }

  async function check(): Promise<void> {
    try {
      const now = await reader.ask();
      if (over) return;
      if (now.status === 'finished') return finish(now);
      if (source.readyState === EventSource.CLOSED) reader.polled(now);
    } catch (error) {
      if (over) return;
      if (error instanceof ApiError && error.status < 500) {
        close();
        return reader.lost(error);
      }
    }
    checkIn(source.readyState === EventSource.OPEN ? SILENCE_MS : POLL_MS);
  }

  for (const [name, heard] of Object.entries(reader.events))
    source.addEventListener(name, (event: MessageEvent<string>) => {
      heard(JSON.parse(event.data) as never, Number(event.lastEventId));
      checkIn(SILENCE_MS);
    });
  source.addEventListener('end', (event: MessageEvent<string>) => finish(JSON.parse(event.data) as T));
  source.addEventListener('error', () => checkIn(source.readyState === EventSource.CLOSED ? 0 : POLL_MS));
  checkIn(SILENCE_MS);
  return close;
}

export interface Listener {
  /** The whole text of the generation so far. */
  text(whole: string): void;
  state(state: StateEvent): void;
  end(generation: Generation): void;
  lost(error: ApiError): void;
}

export function follow(generation: string, listener: Listener): () => void {
  let text = '';
  let seen = 0;
  return read<Generation>(generation, {
    ask: () => api.generation(generation),
    events: {
      text(piece: { text: string }, number) {
        if (number <= seen) return; // a replay of what we have
        seen = number;
        text += piece.text;
        listener.text(text);
      },
      state: (state: StateEvent) => listener.state(state),
    },
    polled(now) {
      listener.state({ status: now.status });
      listener.text(now.text);
    },
    end: (generation) => listener.end(generation),
    lost: (error) => listener.lost(error),
  });
}

export interface JobListener {
  /** No section: the plan is being made. */
  text(section: string | null, piece: string): void;
  /** The whole text of a section now: a repetition was taken back. */
  replace(section: string | null, text: string): void;
  state(state: JobState): void;
  end(job: Job): void;
  lost(error: ApiError): void;
}

export function followJob(job: string, listener: JobListener): () => void {
  let seen = 0;
  return read<Job>(job, {
    ask: () => api.job(job),
    events: {
      text(piece: { section: string | null; text: string }, number) {
        if (number <= seen) return;
        seen = number;
        listener.text(piece.section, piece.text);
      },
      replace: (now: { section: string | null; text: string }) => listener.replace(now.section, now.text),
      state: (state: JobState) => listener.state(state),
    },
    polled: ({ status }) => listener.state({ status }),
    end: (result) => listener.end(result),
    lost: (error) => listener.lost(error),
  });
}
