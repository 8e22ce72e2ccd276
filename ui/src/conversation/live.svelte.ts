// One running generation as the page shows it. It reads from the server and owns nothing.
import { Speed } from '../state/progress';
import type { ApiError } from '../wire/api';
import { follow } from '../wire/stream';
import type { Generation, GenerationStatus, PromptProgress, StateEvent } from '../wire/types';
import { countWords } from './thread';

export class LiveGeneration {
  readonly id: string;
  text = $state.raw('');
  status = $state<GenerationStatus>('queued');
  queuePlace = $state<number | null>(null);
  progress = $state.raw<PromptProgress | null>(null);
  engine = $state<string | null>(null);
  droppedMessages = $state(0);
  unitsPerSecond = $state<number | null>(null);
  /** The length in words that was asked for. */
  target = $state<number | null>(null);
  stopping = $state(false);
  readonly #speed = new Speed();
  #units = 0;
  readonly #close: () => void;

  constructor(generation: Generation, onEnd: (generation: Generation) => void, onLost: (error: ApiError) => void) {
    this.id = generation.id;
    this.text = generation.text;
    this.status = generation.status;
    this.droppedMessages = generation.dropped_messages;
    this.#close = follow(generation.id, {
      text: (whole) => this.#onText(whole),
      state: (state) => this.#onState(state),
      end: onEnd,
      lost: onLost,
    });
  }

  close(): void {
    this.#close();
  }

  #onText(whole: string): void {
    // After a reload the stream replays from the start; what was already read stays until the replay has caught up.
    if (whole.length < this.text.length) return;
    if (whole.length > this.text.length) {
      this.#units += countWords(whole.slice(this.text.length));
      this.#speed.tick(this.#units, performance.now());
      this.unitsPerSecond = this.#speed.perSecond();
    }
    this.text = whole;
    if (whole !== '') this.status = 'writing';
  }

  #onState(state: StateEvent): void {
    this.status = state.status;
    this.queuePlace = state.queue_place ?? null;
    this.engine = state.engine ?? null;
    if (state.dropped_messages !== undefined) this.droppedMessages = state.dropped_messages;
    if (state.target !== undefined) this.target = state.target;
    if (state.prompt_progress) this.progress = state.prompt_progress;
  }
}
