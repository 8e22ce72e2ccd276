/*
 * The plan while it is edited. What is typed stands here; the server has the last plan that it accepted.
 *
 * A change is saved after a short rest, unless it would cost a text that is there: then it is held, the page says which sections it concerns,
 * and it is saved when the writer says so. Until the server has accepted it, it is also kept in this browser, so that a reload or a server that
 * is away loses nothing. What changes on the server meanwhile (a note given while writing, another tab) is taken over field by field, wherever
 * nothing else was typed here; after a reload, too.
 */
import { api, ApiError } from '../../wire/api';
import type { Article, Plan, PlanSection } from '../../wire/articletypes';
import type { Problem } from '../../wire/types';
import { planEffect, samePlan, tidy, type PlanEffect } from '../articles';
import { readPlan, writePlan } from '../unsaved';

let keys = 0;

export class DraftSection {
  readonly key = ++keys;
  id = $state<string | undefined>(undefined);
  heading = $state('');
  /** One point a line. */
  points = $state('');
  words = $state<number | null>(null);
  note = $state('');
  skipped = $state(false);

  constructor(part: PlanSection | null, words: number | null = null) {
    this.words = words;
    if (part) this.show(part);
  }

  show(part: PlanSection): void {
    const { id, heading, points, words, note = '', skipped = false } = part;
    Object.assign(this, { id, heading, points: points.join('\n'), words, note, skipped });
  }

  get part(): PlanSection {
    const { id, heading, points, words, note, skipped } = this;
    return { ...(id === undefined ? {} : { id }), heading, points: points.split('\n'), words: words ?? 0, note, skipped };
  }
}

const REST_MS = 600;
const RETRY_MS = 3_000;
const FIELDS = ['heading', 'points', 'words', 'note', 'skipped'] as const;

const sameSection = (a: PlanSection, b: PlanSection) => {
  const alone = (section: PlanSection): Plan => ({ title: '', headed: true, sections: [section] });
  return samePlan(alone(a), alone(b));
};

export class PlanDraft {
  title = $state('');
  headed = $state(true);
  sections = $state<DraftSection[]>([]);
  saved = $state<'saved' | 'changed' | 'held' | 'saving' | 'failed'>('saved');
  problem = $state.raw<Problem | null>(null);
  removed = $state.raw<{ section: DraftSection; at: number } | null>(null);
  total = $derived(this.sections.reduce((sum, { words, skipped }) => sum + (skipped ? 0 : (words ?? 0)), 0));
  #article = $state.raw<Article | null>(null);
  effect = $derived<PlanEffect>(
    this.#article && this.saved !== 'saved' ? planEffect(this.#article, this.#plan()) : { anew: [], removed: [] },
  );
  #version = 0;
  #saving: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #id: string;
  readonly #onSaved: (article: Article) => void;
  readonly #isLast: () => boolean;

  /** `isLast`: whether the article was not opened again since. */
  constructor(id: string, onSaved: (article: Article) => void, isLast: () => boolean) {
    this.#id = id;
    this.#onSaved = onSaved;
    this.#isLast = isLast;
  }

  /** The article as the server has it now. */
  adopt(article: Article): void {
    const before = this.#article?.plan ?? null;
    const { plan } = article;
    this.#article = article;
    if (!plan || (before && samePlan(before, plan))) return;
    if (before && this.saved !== 'saved') return this.#merge(before, plan);
    this.#show(plan);
    const kept = before ? null : readPlan(this.#id);
    if (!kept) return;
    this.#show(kept.plan);
    this.#merge(kept.base, plan);
    if (samePlan(plan, this.#plan())) this.discard(); // it was saved, and the answer lost
  }

  touch(): 'changed' | 'held' {
    this.#version++;
    const base = this.#article?.plan;
    if (base) writePlan(this.#id, { base, plan: this.#plan(), at: Date.now() });
    this.saved = 'changed';
    const { anew, removed } = this.effect;
    if (anew.length + removed.length === 0) {
      this.#later(REST_MS);
      return 'changed';
    }
    clearTimeout(this.#timer);
    return (this.saved = 'held');
  }

  /** Saves what is unsaved, and with `all` what is held as well; false when the server did not take it. */
  async flush(all = false): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#saving) await this.#saving;
    if (this.saved === 'saved' || (this.saved === 'held' && !all)) return true;
    this.#saving = this.#save().finally(() => (this.#saving = null));
    return this.#saving;
  }

  /** Back to the plan that the server has. */
  discard(): void {
    clearTimeout(this.#timer);
    if (this.#article?.plan) this.#show(this.#article.plan);
    writePlan(this.#id, null);
    this.saved = 'saved';
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
    if (!this.#isLast()) return false;
    const version = this.#version;
    const sent = tidy(this.#plan());
    const parts = [...this.sections];
    this.saved = 'saving';
    try {
      const article = await api.savePlan(this.#id, sent);
      if (!this.#isLast()) return true;
      const sections = article.plan?.sections ?? [];
      if (sections.length === parts.length) parts.forEach((part, i) => (part.id = sections[i]?.id));
      this.#article = article;
      this.problem = null;
      if (version !== this.#version) return this.touch() === 'held' || (await this.#save()); // typed meanwhile
      this.saved = 'saved';
      writePlan(this.#id, null);
      if (article.plan && !samePlan(article.plan, this.#plan())) this.#show(article.plan);
      this.#onSaved(article);
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
    this.#timer = setTimeout(() => void this.flush(true), ms);
  }

  /** As it would be saved. */
  get tidied(): Plan {
    return tidy(this.#plan());
  }

  #plan(): Plan {
    return { title: this.title, headed: this.headed, sections: this.sections.map((section) => section.part) };
  }

  #show(plan: Plan): void {
    this.title = plan.title;
    this.headed = plan.headed;
    this.sections = plan.sections.map((part) => {
      const section = this.sections.find(({ id }) => id !== undefined && id === part.id);
      section?.show(part);
      return section ?? new DraftSection(part);
    });
    this.removed = null;
  }

  #merge(before: Plan, now: Plan): void {
    if (this.title === before.title) this.title = now.title;
    if (this.headed === before.headed) this.headed = now.headed;
    const part = (plan: Plan, id: string | undefined) => plan.sections.find((one) => one.id === id);
    this.sections = this.sections.filter(({ id }) => id === undefined || !part(before, id) || part(now, id));
    for (const section of this.sections) {
      const [was, is] = [part(before, section.id), part(now, section.id)];
      if (section.id === undefined || !was || !is) continue;
      const [old, fresh] = [new DraftSection(was), new DraftSection(is)];
      for (const field of FIELDS) if (section[field] === old[field]) Object.assign(section, { [field]: fresh[field] });
    }
    for (const [at, fresh] of now.sections.entries()) {
      if (part(before, fresh.id)) continue;
      const mine = this.sections.find((one) => one.id === undefined && sameSection({ ...fresh, ...one.part }, fresh));
      if (mine) mine.id = fresh.id;
      else this.sections.splice(at, 0, new DraftSection(fresh));
    }
    this.touch();
  }
}
