/*
 * A passage that the model says in another way, in its place in the editor: it is asked for, streams in, and stands there as changes to take or
 * leave. The server proposes it as an edit of one section, so a passage lies within the text of one.
 */
import type * as Tools from '../../editor/editor';
import type { Suggestion } from '../../editor/suggestion';
import { problemOf } from '../../state/app.svelte';
import { trimmed, type Range } from '../../text/blocks';
import { readable, type Part } from '../../text/diff';
import { layout, placeIn } from '../../text/layout';
import { api, ApiError } from '../../wire/api';
import type { Article, Edit, Job, Place, RewriteKind } from '../../wire/articletypes';
import { followJob } from '../../wire/stream';
import type { Problem } from '../../wire/types';
import type { OpenArticle } from '../article.svelte';

/** What the page says in its own words. */
export type Trouble = 'across' | 'busy' | 'unsaved' | 'gone';

export interface Asked {
  kind: RewriteKind;
  instruction: string;
}

export class Rewriting {
  /** What is being written; null once it is there to choose from. */
  asked = $state.raw<Asked | null>(null);
  problem = $state.raw<Problem | null>(null);
  trouble = $state<Trouble | null>(null);
  #job: string | null = null;
  #letGo = () => {};
  #edit: Edit | null = null;
  readonly #article: OpenArticle;
  readonly #tools: typeof Tools;
  readonly #view: Tools.EditorView;

  constructor(article: OpenArticle, tools: typeof Tools, view: Tools.EditorView) {
    this.#article = article;
    this.#tools = tools;
    this.#view = view;
  }

  /** There is one suggestion at a time: whether one is being written or open to choose from, which is said then. */
  refuses(): boolean {
    const busy = this.asked !== null || this.#tools.suggestion(this.#view.state) !== null;
    if (busy) this.trouble = 'busy';
    return busy;
  }

  /** `only`: what of the passage the model is told to look at, where that is changed as a whole. */
  async start(range: Range, asked: Asked, only: Range | null = null): Promise<void> {
    if (this.refuses()) return;
    const view = this.#view;
    const { from, to } = trimmed(view.state.doc.toString(), range);
    this.problem = this.trouble = this.#edit = null;
    if (from === to) return;
    this.asked = asked;
    this.#tools.beginSuggestion(view, from, to);
    const held = only && ([only.from, only.to] as const).map((at) => this.#tools.holdPlace(view, at));
    try {
      const place = await this.#place();
      if (!place) return;
      const { kind, instruction } = asked;
      const [first, last] = held?.map((now) => now()) ?? [];
      const { section, start, end } = (first !== undefined && last !== undefined && this.#placed(first, last)) || place;
      const said = instruction.trim() === '' ? {} : { instruction: instruction.trim() };
      const { job_id } = await api.rewrite(this.#article.id, section, { kind, ...said, start, end });
      if (this.asked !== asked) return void api.stopGeneration(job_id); // stopped meanwhile
      this.#follow(job_id, place);
    } catch (error) {
      this.#fail(problemOf(error));
    }
  }

  /** Leaves what is being written. */
  stop(): void {
    if (this.#job) void api.stopGeneration(this.#job).catch((error: unknown) => (this.problem = problemOf(error)));
    this.#fail(null);
  }

  close(): void {
    if (this.asked) this.stop();
    this.#letGo();
  }

  /** Nothing of it is open any more: the server is told, so that its edit is not proposed for ever. */
  settled(was: Suggestion): void {
    const edit = this.#edit;
    this.#edit = this.trouble = null;
    if (!edit) return;
    const [accept, reject] = was.rejected === 0 && was.accepted > 0 ? [[edit.id], []] : [[], [edit.id]];
    void this.#article.manuscript
      .through(() => api.settleEdits(this.#article.id, accept, reject))
      .catch((error: unknown) => {
        // The text was another by then, and the edit stale: what was taken is saved with the whole text.
        if (!(error instanceof ApiError) || error.problem.code !== 'edit_settled') this.problem = problemOf(error);
      });
  }

  /** Where the passage stands in its section, as the server has it. */
  async #place(): Promise<Place | null> {
    const { manuscript } = this.#article;
    const saved = await manuscript.flush();
    const passage = this.#tools.suggestion(this.#view.state);
    if (!passage || !this.asked) return null;
    if (!saved || !this.#article.now) return this.#trouble('unsaved');
    return this.#placed(passage.from, passage.to) ?? this.#trouble('across');
  }

  #placed(from: number, to: number): Place | null {
    const article = this.#article.now;
    const map = article && this.#tools.mapping(this.#view.state.doc.toString(), article.text);
    return map ? placeIn(article, layout(article), map(from, 1), map(to, -1)) : null;
  }

  #follow(job: string, place: Place): void {
    this.#job = job;
    let text = '';
    const show = (now: string) => this.#tools.tellSuggestion(this.#view, (text = now));
    this.#letGo = followJob(job, {
      text: (_, piece) => show(text + piece),
      replace: (_, whole) => show(whole),
      state: () => {},
      end: (end) => void this.#ended(end, place),
      lost: (error) => this.#fail(problemOf(error)),
    });
  }

  async #ended(job: Job, place: Place): Promise<void> {
    this.#job = null;
    if (!this.asked) return;
    if (job.problem || job.finish_reason !== 'stop') return this.#fail(job.problem);
    let article: Article | null | undefined = job.article;
    if (!article) {
      await this.#article.poke();
      article = this.#article.now;
    }
    const passage = this.#tools.suggestion(this.#view.state);
    const same = (edit: Edit) => edit.section === place.section && edit.start === place.start && edit.end === place.end;
    const edit = article?.edits.findLast((one) => one.kind === 'rewrite' && one.state === 'proposed' && same(one));
    if (!edit || !passage) return void this.#trouble('gone');
    this.asked = null;
    this.#edit = edit;
    this.#tools.proposeParts(this.#view, partsOf(this.#view.state.sliceDoc(passage.from, passage.to), edit.after));
  }

  #trouble(trouble: Trouble): null {
    this.#fail(null);
    this.trouble = trouble;
    return null;
  }

  #fail(problem: Problem | null): void {
    this.asked = this.#job = null;
    this.problem = problem;
    this.trouble = null;
    this.#letGo();
    this.#tools.dropSuggestion(this.#view);
  }
}

/** What goes on from a passage only adds to it. */
function partsOf(before: string, after: string): Part[] {
  if (!after.startsWith(before)) return readable(before, after);
  return [
    { kind: 'same', text: before },
    { kind: 'ins', text: after.slice(before.length) },
  ];
}
