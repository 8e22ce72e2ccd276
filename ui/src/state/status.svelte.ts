// Polls /api/status: every second while something moves, else every five, not at all while the tab is hidden.
import { api, Unreachable } from '../wire/api';
import type { Status } from '../wire/types';

const MOVING_MS = 1_000;
const RESTING_MS = 5_000;
const PRICED_ANEW_MS = 4_000;

export function isMoving(status: Status): boolean {
  return (
    ['starting', 'busy', 'waiting', 'stopping'].includes(status.engine.state) ||
    !['ready', 'failed'].includes(status.bringup.step) ||
    status.queue.length > 0 ||
    status.queue.running !== null ||
    status.downloads.some((d) => ['racing', 'downloading', 'verifying'].includes(d.state))
  );
}

class StatusPoller {
  now = $state.raw<Status | null>(null);
  /** False after a poll got no answer at all. */
  reachable = $state(true);
  /** What prices hang on: another number when something else stands in the engine's slot. It follows every few seconds while the engine is at
   *  work, and at once when it rests. */
  slot = $state(0);
  #priced = -PRICED_ANEW_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #generation = 0;

  start(): void {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener('visibilitychange', this.#onVisibility);
    void this.poke();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#onVisibility);
  }

  /** Ask now, and then go on as usual. */
  async poke(): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#generation;
    let wait = MOVING_MS;
    try {
      const status = await api.status();
      if (mine !== this.#generation) return;
      this.now = status;
      this.#follow(status.engine);
      this.reachable = true;
      wait = isMoving(status) ? MOVING_MS : RESTING_MS;
    } catch (error) {
      if (mine !== this.#generation) return;
      if (error instanceof Unreachable) this.reachable = false;
      else wait = RESTING_MS;
    }
    if (this.#running && !document.hidden) this.#timer = setTimeout(() => void this.poke(), wait);
  }

  #follow({ state, slot_changes }: Status['engine']): void {
    const now = performance.now();
    if (slot_changes === this.slot || (state === 'busy' && now - this.#priced < PRICED_ANEW_MS)) return;
    [this.slot, this.#priced] = [slot_changes, now];
  }

  readonly #onVisibility = () => {
    clearTimeout(this.#timer);
    if (!document.hidden) void this.poke();
  };
}

export const status = new StatusPoller();
