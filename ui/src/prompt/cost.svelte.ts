// What an action costs: asked for once somebody looks at it, never waited for; and the figures in words.
import { duration } from '../parts/format';
import { t } from '../state/i18n.svelte';
import { api, ApiError, Unreachable } from '../wire/api';
import type { CostQuestion } from '../wire/costquestions';
import type { Cost } from '../wire/costtypes';

const REST_MS = 250;

export class CostWatch {
  now = $state.raw<Cost | null>(null);
  /** Of what `now` is the price. */
  label = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  /** Null where there is nothing to ask. */
  ask(question: CostQuestion | null, label = ''): void {
    this.stop();
    if (!question) {
      this.now = null;
      return;
    }
    const turn = this.#turn;
    this.#timer = setTimeout(() => void this.#ask(question, label, turn), REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#turn++;
  }

  async #ask(question: CostQuestion, label: string, turn: number): Promise<void> {
    let now: Cost | null = null;
    try {
      now = await api.cost(question);
    } catch (error) {
      // What is wrong with an action is said when it is taken; until then it only has no price.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
    if (turn === this.#turn) [this.now, this.label] = [now, label];
  }
}

const about = (seconds: number) => t('ui.time.about', { time: duration(seconds) });

/** Seconds to the first word, for 100 字, and to the end, as far as they are known. */
export function secondsIn(cost: Cost): string[] {
  const words = [];
  if (cost.seconds_to_first_token != null) words.push(t('ui.cost.first', { time: about(cost.seconds_to_first_token) }));
  if (cost.seconds_per_100_words != null) words.push(t('ui.cost.hundred', { time: about(cost.seconds_per_100_words) }));
  if (cost.seconds_to_end != null && cost.seconds_to_end > 0) words.push(t('ui.cost.end', { time: about(cost.seconds_to_end) }));
  return words;
}

/** The reading budget: what is paid for already, and what is to be read. */
export function readingIn({ tokens, cached_tokens }: Cost): string[] {
  if (tokens === null || cached_tokens === null || tokens === 0) return [];
  return [t('ui.cost.read', { n: cached_tokens }), t('ui.cost.unread', { n: tokens - cached_tokens })];
}

/** For a button: it is looked at when the pointer or the focus comes to it. */
export function looks(look: () => void): { onpointerenter: () => void; onfocus: () => void } {
  return { onpointerenter: look, onfocus: look };
}
