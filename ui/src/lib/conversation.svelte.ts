// The open conversation. The server owns it; this class shows it, adds what streams in, and reads it again when a generation has ended.
import { api, ApiError } from './api';
import { readPreset } from './handover';
import { LiveGeneration } from './live.svelte';
import { activePath, lastGeneration } from './thread';
import type { Conversation, FinishReason, Generation, Message, Problem } from './types';

const RETRY_MS = 2_000;

export type Announce = (event: 'started' | FinishReason) => void;

export class OpenConversation {
  readonly id: string;
  title = $state('');
  messages = $state.raw<Message[]>([]);
  live = $state.raw<LiveGeneration | null>(null);
  loaded = $state(false);
  /** Why the conversation could not be read, or the last action not be done. */
  problem = $state.raw<Problem | null>(null);
  missing = $state(false);
  #activeId = $state<string | null>(null);
  path = $derived(activePath({ messages: this.messages, active_id: this.#activeId }));
  #closed = false;
  readonly #announce: Announce;
  readonly #onChange: () => void;

  constructor(id: string, announce: Announce, onChange: () => void) {
    this.id = id;
    this.#announce = announce;
    this.#onChange = onChange;
  }

  close(): void {
    this.#closed = true;
    this.live?.close();
    this.live = null;
  }

  async load(): Promise<void> {
    try {
      this.#show(await api.conversation(this.id));
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof ApiError) {
        this.problem = error.problem;
        this.missing = error.status === 404;
        this.loaded = true;
      }
      throw error;
    }
  }

  async send(text: string): Promise<void> {
    this.problem = null;
    await api.send(this.id, text, readPreset(this.id));
    this.#announce('started');
    void this.#reload();
    this.#onChange();
  }

  async stop(): Promise<void> {
    const { live } = this;
    if (!live || live.stopping) return;
    live.stopping = true;
    try {
      const generation = await api.stopGeneration(live.id);
      if (generation.status === 'finished') this.#ended(live, generation);
    } catch (error) {
      live.stopping = false;
      this.#report(error);
    }
  }

  async continue(generation: Generation): Promise<void> {
    this.problem = null;
    try {
      await api.continueGeneration(generation.id);
      this.#announce('started');
      await this.#reload();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Reads the conversation again, however long the server is away. */
  async #reload(): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.load();
      } catch (error) {
        if (error instanceof ApiError) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #show(conversation: Conversation): void {
    if (this.#closed) return;
    this.title = conversation.title;
    this.messages = conversation.messages;
    this.#activeId = conversation.active_id;
    this.loaded = true;
    this.missing = false;
    const running = this.path
      .map(lastGeneration)
      .concat(conversation.messages.map(lastGeneration))
      .find((g) => g && g.status !== 'finished');
    if (running && running.id === this.live?.id) return;
    this.live?.close();
    this.live = running
      ? new LiveGeneration(
          running,
          (generation) => this.#endedById(generation),
          (error) => this.#lost(error),
        )
      : null;
  }

  #endedById(generation: Generation): void {
    if (this.live?.id === generation.id) this.#ended(this.live, generation);
  }

  /** Puts the finished generation into its message at once, then reads the conversation again for the whole message text. */
  #ended(live: LiveGeneration, generation: Generation): void {
    live.close();
    this.messages = this.messages.map((message) =>
      message.id === generation.message_id
        ? { ...message, text: '', generations: message.generations.map((g) => (g.id === generation.id ? generation : g)) }
        : message,
    );
    this.live = null;
    this.#announce(generation.finish_reason ?? 'stop');
    void this.#reload();
    this.#onChange();
  }

  #lost(error: ApiError): void {
    this.live = null;
    this.#report(error);
  }

  #report(error: unknown): void {
    if (error instanceof ApiError) this.problem = error.problem;
  }
}
