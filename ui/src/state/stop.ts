// The one stop of the desk: of an answer that is written, that is asked for and not there yet, or of a message on its way to the server.
import { draft } from '../prompt/draft.svelte';
import { app } from './app.svelte';

const here = () => app.open?.id ?? null;

export const canStop = (): boolean => draft.sending.has(here()) || (app.open?.awaited ?? false);

/** That was said already. */
export const isStopping = (): boolean => draft.unwanted.has(here()) || (app.open?.stopping ?? false);

export function stop(): void {
  draft.stop(here());
  void app.open?.stop();
}
