// The wire: what the server sends, as it sends it.
import type { BriefFields } from './prompttypes';

export interface Problem {
  code: string;
  params?: Record<string, unknown>;
  title: string;
  detail: string;
  next_step: string;
  status?: number;
}

export type FinishReason = 'stop' | 'length' | 'cancelled' | 'error' | 'interrupted';
export type GenerationStatus = 'queued' | 'reading' | 'writing' | 'finished';

export interface Timings {
  prompt_tokens?: number | null;
  cached_tokens?: number | null;
  generated_tokens?: number | null;
  queue_ms?: number | null;
  ttft_ms?: number | null;
  prompt_tokens_per_second?: number | null;
  tokens_per_second?: number | null;
}

export interface Generation {
  id: string;
  message_id: string;
  status: GenerationStatus;
  text: string;
  finish_reason: FinishReason | null;
  problem: Problem | null;
  continues: string | null;
  dropped_messages: number;
  left_out_messages: number;
  model: string | null;
  timings: Timings | null;
  created_at: number;
}

export interface Message {
  id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  text: string;
  created_at: number;
  /** What is asked after this answer is asked without it and all before it. */
  cleared: boolean;
  generations: Generation[];
  /** The fields that a user's text was made of. */
  brief?: BriefFields | null;
}

export interface ConversationHead {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
  pinned: boolean;
}

export const ROUNDS = [1, 2, 5, 10, 20, null] as const;
/** How many rounds go with the next question; null is all of them. */
export type Rounds = (typeof ROUNDS)[number];

export interface Conversation extends ConversationHead {
  active_id: string | null;
  rounds: Rounds;
  /** How many messages from the start of the shown path do not go with the next question. */
  unsent_messages: number;
  messages: Message[];
}

export interface PromptProgress {
  done: number;
  total: number;
  cached?: number;
  /** To the first word. */
  seconds_left?: number | null;
}

export interface StateEvent {
  status: GenerationStatus;
  queue_place?: number;
  prompt_progress?: PromptProgress;
  engine?: string;
  dropped_messages?: number;
  /** The length in words that was asked for. */
  target?: number;
}

export type EngineState = 'stopped' | 'starting' | 'ready' | 'busy' | 'waiting' | 'dozing' | 'asleep' | 'stopping' | 'failed';
export type BringupStep = 'looking' | 'downloading' | 'planning' | 'loading' | 'ready' | 'failed';

export interface NoticeAction {
  kind: 'use_model' | 'pull_model' | 'pause_model';
  model: string;
  label: string;
}

export interface Notice {
  code: string;
  params?: Record<string, unknown>;
  text: string;
  action: NoticeAction | null;
}

export interface Download {
  model: string;
  name: string;
  state: 'racing' | 'downloading' | 'verifying' | 'paused' | 'done' | 'failed';
  source: string | null;
  received_bytes: number;
  total_bytes: number | null;
  bytes_per_second: number | null;
  seconds_left: number | null;
  problem: Problem | null;
}

export interface Status {
  version: string;
  engine: {
    state: EngineState;
    model: string | null;
    model_name: string | null;
    problem: Problem | null;
    n_ctx?: number;
    threads?: number;
    /** While it is the same, what a prompt costs is the same. */
    slot_changes: number;
    /** Host and port of an engine elsewhere. */
    remote?: string | null;
    /** It is another computer's: the texts go there. */
    leaves?: boolean;
  };
  bringup: { step: BringupStep; model: string | null; problem: Problem | null };
  memory: { engine_bytes: number | null; parent_bytes: number | null };
  speeds: { prompt_tokens_per_second: number | null; tokens_per_second: number | null; words_per_second: number | null };
  queue: { length: number; limit: number; running: string | null };
  notices: Notice[];
  downloads: Download[];
}

export interface Model {
  id: string;
  name: string;
  size_bytes: number | null;
  installed: boolean;
  active: boolean;
  starter: boolean;
  default: boolean;
  licence: string | null;
}

export interface Session {
  password_set: boolean;
  signed_in: boolean;
}

/** A text in which something was found. Places are code points. */
export interface Hit {
  kind: 'conversation' | 'article' | 'message' | 'brief' | 'heading' | 'section';
  id: string;
  title: string;
  message_id: string | null;
  section_id: string | null;
  start: number;
  end: number;
  snippet: { text: string; spans: [number, number][] };
  date: number;
}
