// The wire of articles: what the server sends, as it sends it. Places in a text are code points, not UTF-16 units.
import type { BriefFields, Sampling, Settings } from './prompttypes';
import type { Preset } from './templatetypes';
import type { FinishReason, GenerationStatus, Problem, PromptProgress } from './types';

export type ArticleState = 'new' | 'planned' | 'writing' | 'paused' | 'done';
export type SectionState = 'waiting' | 'writing' | 'written' | 'attention' | 'skipped';
export type JobKind = 'plan' | 'write' | 'polish' | 'proofread' | 'rewrite' | 'title';
export type RewriteKind = 'anew' | 'expand' | 'shorten' | 'rephrase' | 'tone' | 'translate' | 'continue' | 'own';
/** What would mend a finding that has no certain fix; '' where only the writer can tell. */
export type Action = 'continue' | 'again' | 'shorten' | 'rephrase' | 'add' | 'remove' | 'hide' | '';
export type SteerAction = 'skip' | 'shorter' | 'longer' | 'enough' | 'note';
export type EditKind = 'polish' | 'proofread' | 'rewrite';
export type RevisionKind = 'planned' | 'plan_edited' | 'written' | 'rewritten' | 'polished' | 'proofread' | 'edited' | 'restored';

export interface ArticleHead {
  id: string;
  title: string;
  state: ArticleState;
  words: number;
  target: number;
  created_at: number;
  updated_at: number;
  pinned: boolean;
}

export interface PlanSection {
  /** A section without one is new. */
  id?: string;
  heading: string;
  points: string[];
  words: number;
  note?: string;
  skipped?: boolean;
}

export interface Plan {
  title: string;
  headed: boolean;
  sections: PlanSection[];
}

export interface Section {
  id: string;
  heading: string;
  target: number;
  words: number;
  state: SectionState;
  text: string;
  version: number;
  /** A file of code: it is changed as a whole, and has no length to stretch. */
  file: boolean;
}

export interface Place {
  section: string;
  start: number;
  end: number;
}

export interface Finding {
  code: string;
  section: string | null;
  index: number | null;
  text: string;
  start: number;
  end: number;
  /** The second place of a contradiction. */
  other: { section: string | null; index: number | null; text: string; start: number; end: number } | null;
  /** What stands from `start` to `end` should be `text`. */
  fix?: { start: number; end: number; text: string } | null;
  action?: Action;
}

export interface Edit {
  id: string;
  section: string;
  start: number;
  end: number;
  before: string;
  after: string;
  kind: EditKind;
  state: 'proposed' | 'accepted' | 'rejected' | 'stale';
  reason: string;
}

export interface RevisionHead {
  number: number;
  kind: RevisionKind;
  section: string | null;
  words: number;
  created_at: number;
}

export interface Revision {
  number: number;
  kind: RevisionKind;
  created_at: number;
  title: string;
  text: string;
  words: number;
  sections: { id: string; heading: string; text: string }[];
}

/** What work on a section has cost; null: on the plan, the titles and the summary. */
export interface SectionCost {
  section: string | null;
  seconds: number;
  prompt_tokens: number;
  cached_tokens: number;
  generated_tokens: number;
}

export interface ArticleJob {
  id: string;
  kind: JobKind;
  queue_place: number | null;
  section: string | null;
  done: number;
  /** While a prompt is read. */
  prompt_progress?: PromptProgress | null;
}

export type ArticleFormat = 'prose' | 'code';
export const MATERIALS = ['style', 'glossary', 'characters', 'facts'] as const;
export type Materials = Record<(typeof MATERIALS)[number], string>;

export interface Brief extends Materials {
  text: string;
  words: number;
  lang: 'zh' | 'en';
  seed: number;
  format: ArticleFormat;
  preset: Preset | null;
  sampling: Partial<Sampling>;
}

export interface Article extends ArticleHead {
  brief: Brief;
  plan: Plan | null;
  sections: Section[];
  text: string;
  findings: Finding[];
  edits: Edit[];
  titles: string[];
  summary: string;
  revision: number;
  revisions: RevisionHead[];
  job: ArticleJob | null;
  job_id: string | null;
  seconds_left: number | null;
  problem: Problem | null;
  costs: SectionCost[];
}

export type ArticleRequest = ({ text: string } | { brief: BriefFields }) &
  Partial<Omit<Brief, 'text' | 'preset' | 'sampling'>> &
  Settings;

export interface Rewrite {
  kind: RewriteKind;
  instruction?: string;
  start?: number;
  end?: number;
}

/** A job as GET /api/generations/{id} gives it; the `end` event adds the article, if it is still there. */
export interface Job {
  id: string;
  article_id: string;
  kind: JobKind;
  status: GenerationStatus;
  text: string;
  finish_reason: FinishReason | null;
  problem: Problem | null;
  article?: Article | null;
}

export interface JobState {
  status: GenerationStatus;
  queue_place?: number | null;
  section?: string | null;
  words?: number | null;
  target?: number | null;
  seconds_left?: number | null;
  prompt_progress?: PromptProgress | null;
  done?: number | null;
}
