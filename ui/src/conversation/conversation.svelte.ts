// The open conversation. The server owns it; this class shows it, adds what streams in, and reads it again when a generation has ended.
import { openUp } from '../prompt/openup';
import { params } from '../prompt/params.svelte';
import { problemOf } from '../state/problems';
import { api, ApiError } from '../wire/api';
import type { Turn } from '../wire/costquestions';
import type { Outgoing } from '../wire/prompttypes';
import type { Conversation, FinishReason, Generation, Message, Problem, Rounds } from '../wire/types';
import { LiveGeneration } from './live.svelte';
import { activePath, lastGeneration, versions } from './thread';

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
  rounds = $state<Rounds>(5);
  /** How many messages from the start of the path do not go with the next question. */
  unsent = $state(0);
  /** The message that was looked for. */
  target = $state.raw<string | null>(null);
  #activeId = $state<string | null>(null);
  path = $derived(activePath({ messages: this.messages, active_id: this.#activeId }));
  versions = $derived(versions(this.messages));
  #closed = false;
  /** How often it was asked for, which of these was shown last, and how often it was changed here. */
  #reads = 0;
  #shown = 0;
  #changes = 0;
  #turn = Promise.resolve(true);
  /** How many answers ended while they were watched. */
  #ends = 0;
  /** An answer was asked for here and is not yet seen. */
  #asking = $state(false);
  /** It is not wanted any more: it is stopped as soon as it is seen. */
  #unwanted = $state(false);
  readonly #announce: Announce;
  readonly #onChange: () => void;

  constructor(id: string, announce: Announce, onChange: () => void) {
    this.id = id;
    this.#announce = announce;
    this.#onChange = onChange;
  }

  /** Reads it for the first time; what was kept of its cache comes back from the disk meanwhile. */
  async start(): Promise<void> {
    await this.load();
    if (!this.#closed) await openUp(() => api.openConversation(this.id));
  }

  close(): void {
    this.#closed = true;
    this.live?.close();
    this.live = null;
  }

  /** Reads it. Of two readings the later one is shown, and what was read while it was changed is read again. */
  async load(): Promise<void> {
    const [mine, changes] = [++this.#reads, this.#changes];
    try {
      const conversation = await api.conversation(this.id);
      if (changes !== this.#changes) return await this.load();
      if (mine < this.#shown) return;
      this.#shown = mine;
      this.#show(conversation);
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

  /** A message was sent to it. */
  asked(): void {
    this.problem = null;
    this.target = null;
    void this.#await(() => this.#reload());
  }

  /** Another answer, as its price is asked for. */
  againAt(message: Message): Turn {
    return { action: 'regenerate', conversation_id: this.id, message_id: message.id, ...params.named() };
  }

  regenerate(message: Message): Promise<void> {
    return this.#begin(() => api.regenerate(this.id, message.id, params.named()));
  }

  /** Sends another version of a question; the branch that is there stays. What is asked is the caller's until this resolves. */
  async edit(question: Message, outgoing: Outgoing): Promise<void> {
    this.problem = null;
    this.target = null;
    await this.#await(async () => {
      await api.send(this.id, outgoing, question.id);
      this.#announce('started');
      await this.#reload();
    });
    this.#onChange();
  }

  /** Shows the newest branch through a message. */
  choose(message: string): Promise<boolean> {
    return this.#change(() => api.choose(this.id, message));
  }

  /** Looks for a message, on whatever branch it is. */
  async find(message: string): Promise<void> {
    if (!this.messages.some(({ id }) => id === message)) return;
    if (!this.path.some(({ id }) => id === message)) await this.choose(message);
    this.target = message;
  }

  deleteMessage(message: string): Promise<boolean> {
    return this.#change(() => api.deleteMessage(this.id, message));
  }

  /** Throws where it could not be done. */
  async restoreMessage(message: string): Promise<void> {
    this.#take(await api.restoreMessage(this.id, message));
  }

  /** From here on nothing before goes with a question, or it does again. */
  clear(answer: string, cleared: boolean): Promise<boolean> {
    return this.#change(() => api.clearContext(this.id, answer, cleared));
  }

  setRounds(rounds: Rounds): Promise<boolean> {
    return this.#change(() => api.changeConversation(this.id, { rounds }));
  }

  /** One change after the other, as they were wished. */
  #change(ask: () => Promise<Conversation>): Promise<boolean> {
    return (this.#turn = this.#turn.then(() => this.#doChange(ask)));
  }

  async #doChange(ask: () => Promise<Conversation>): Promise<boolean> {
    this.problem = null;
    try {
      this.#take(await ask());
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** Nothing where one is asked for already. */
  async #begin(ask: () => Promise<unknown>): Promise<void> {
    if (this.#asking) return;
    this.problem = null;
    this.target = null;
    try {
      await this.#await(async () => {
        await ask();
        this.#announce('started');
        await this.#reload();
      });
      this.#onChange();
    } catch (error) {
      this.#report(error);
    }
  }

  async #await(answer: () => Promise<void>): Promise<void> {
    const [before, ends] = [this.#newest()?.id, this.#ends];
    this.#asking = true;
    try {
      await answer();
    } finally {
      this.#asking = this.#unwanted = false;
    }
    const last = this.#newest();
    const overUnseen = last?.status === 'finished' && last.id !== before && ends === this.#ends && !this.#closed;
    if (overUnseen) this.#announce(last.finish_reason ?? 'stop');
  }

  #newest(): Generation | undefined {
    const message = this.path.at(-1);
    return message && lastGeneration(message);
  }

  /** Whether an answer is being written, or asked for and not there yet. */
  get awaited(): boolean {
    return this.live !== null || this.#asking;
  }

  get stopping(): boolean {
    return this.live?.stopping ?? this.#unwanted;
  }

  /** Stops the answer, also where it is not there yet. */
  async stop(): Promise<void> {
    const { live } = this;
    if (!live) this.#unwanted = this.#asking;
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

  continue(generation: Generation): Promise<void> {
    return this.#begin(() => api.continueGeneration(generation.id));
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

  /** What a change answered with: newer than any reading that is under way. */
  #take(conversation: Conversation): void {
    this.#changes++;
    this.#show(conversation);
  }

  #show(conversation: Conversation): void {
    if (this.#closed) return;
    this.title = conversation.title;
    this.messages = conversation.messages;
    this.#activeId = conversation.active_id;
    this.rounds = conversation.rounds;
    this.unsent = conversation.unsent_messages;
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
    if (this.#unwanted) void this.stop();
  }

  #endedById(generation: Generation): void {
    if (this.live?.id === generation.id) this.#ended(this.live, generation);
  }

  /** Puts the finished generation into its message at once, then reads the conversation again for the whole message text. */
  #ended(live: LiveGeneration, generation: Generation): void {
    live.close();
    this.#changes++;
    this.#ends++;
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
    if (!this.#closed) this.problem = problemOf(error);
  }
}
