/*
 * The plan while it is edited. What is typed stands here; the server has the last plan that it accepted.
 *
 * Every change is saved after a short rest. Until the server has accepted it, it is also kept in this browser, so that a reload or a server that
 * is away loses nothing. A plan from the server replaces what stands here only when nothing is unsaved and it says something else.
 */
import { api, ApiError } from './api';
import { samePlan, tidy } from './articles';
import { readStored, writeStored } from './prefs.svelte';
import type { Plan, PlanSection, Problem } from './types';

let keys = 0;

export class DraftSection {
  readonly key = ++keys;
  heading = $state('');
  /** One point a line. */
  points = $state('');
  words = $state<number | null>(null);

  constructor(part: PlanSection | null, words: number | null = null) {
    this.heading = part?.heading ?? '';
    this.points = part?.points.join('\n') ?? '';
    this.words = part?.words ?? words;
  }
}

interface Kept {
  base: Plan;
  plan: Plan;
}

const REST_MS = 600;
const RETRY_MS = 3_000;

const KEY = (article: string) => `hanmo.plan.${article}`;

export class PlanDraft {
  title = $state('');
  headed = $state(true);
  sections = $state<DraftSection[]>([]);
  saved = $state<'saved' | 'changed' | 'saving' | 'failed'>('saved');
  problem = $state.raw<Problem | null>(null);
  removed = $state.raw<{ section: DraftSection; at: number } | null>(null);
  total = $derived(this.sections.reduce((sum, section) => sum + (section.words ?? 0), 0));
  #server: Plan | null = null;
  #version = 0;
  #saving: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #article: string;

  constructor(article: string) {
    this.#article = article;
  }

  /** The plan as the server has it now. */
  adopt(plan: Plan): void {
    const first = this.#server === null;
    if (this.saved !== 'saved' || (this.#server && samePlan(this.#server, plan))) return;
    this.#server = plan;
    this.#show(plan);
    const kept = first ? readStored<Kept | null>(KEY(this.#article), null) : null;
    if (!kept) return;
    if (!samePlan(kept.base, plan)) return writeStored(KEY(this.#article), null);
    this.#show(kept.plan);
    this.touch();
  }

  touch(): void {
    this.#version++;
    this.saved = 'changed';
    if (this.#server) writeStored(KEY(this.#article), { base: this.#server, plan: this.#plan() } satisfies Kept);
    this.#later(REST_MS);
  }

  /** Saves what is unsaved; false when the server did not take it. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#saving) await this.#saving;
    if (this.saved === 'saved') return true;
    this.#saving = this.#save().finally(() => (this.#saving = null));
    return this.#saving;
  }

  /** Lets go of what is unsaved: the article is being written, and its plan can no longer be changed. */
  drop(): void {
    clearTimeout(this.#timer);
    writeStored(KEY(this.#article), null);
    this.saved = 'saved';
    this.removed = null;
    this.problem = null;
  }

  add(): DraftSection {
    const words = this.sections.length > 0 ? Math.round(this.total / this.sections.length / 10) * 10 : null;
    const section = new DraftSection(null, words);
    this.sections.push(section);
    this.touch();
    return section;
  }

  remove(at: number): void {
    const [section] = this.sections.splice(at, 1);
    if (section) this.removed = { section, at };
    this.touch();
  }

  restore(): DraftSection | null {
    if (!this.removed) return null;
    const { section, at } = this.removed;
    this.sections.splice(at, 0, section);
    this.removed = null;
    this.touch();
    return section;
  }

  move(at: number, by: 1 | -1): boolean {
    const section = this.sections[at];
    const to = at + by;
    if (!section || to < 0 || to >= this.sections.length) return false;
    this.sections.splice(at, 1);
    this.sections.splice(to, 0, section);
    this.touch();
    return true;
  }

  async #save(): Promise<boolean> {
    const version = this.#version;
    const sent = tidy(this.#plan());
    this.saved = 'saving';
    try {
      const plan = await api.savePlan(this.#article, sent);
      this.#server = plan;
      this.problem = null;
      if (version !== this.#version) return await this.#save(); // typed meanwhile
      this.saved = 'saved';
      writeStored(KEY(this.#article), null);
      if (!samePlan(plan, sent)) this.#show(plan);
      return true;
    } catch (error) {
      this.saved = 'failed';
      this.problem = error instanceof ApiError ? error.problem : null;
      if (!this.problem) this.#later(RETRY_MS);
      return false;
    }
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  #plan(): Plan {
    const { title, headed, sections } = this;
    return {
      title,
      headed,
      sections: sections.map(({ heading, points, words }) => ({ heading, points: points.split('\n'), words: words ?? 0 })),
    };
  }

  #show(plan: Plan): void {
    this.title = plan.title;
    this.headed = plan.headed;
    this.sections = plan.sections.map((part) => new DraftSection(part));
    this.removed = null;
  }
}
