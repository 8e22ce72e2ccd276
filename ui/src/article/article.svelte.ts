// The open article. The server owns it; this class reads it, follows the job that runs on it, and reads it again when that has turned a page.
import { openUp } from '../prompt/openup';
import { t } from '../state/i18n.svelte';
import { api, ApiError } from '../wire/api';
import type { Article, Job, JobKind, Rewrite, SteerAction } from '../wire/articletypes';
import { followJob } from '../wire/stream';
import type { Problem } from '../wire/types';
import { activity, isPlanning, proposed, tidy } from './articles';
import { LiveJob } from './livejob.svelte';
import { Manuscript } from './manuscript/manuscript.svelte';
import { opening } from './openings';
import { PlanDraft } from './plan/plan.svelte';
import { EditChoices } from './review/editchoices.svelte';
import { recallUnsaved } from './unsaved';

const MOVING_MS = 1_000;
const RESTING_MS = 5_000;
/** After a turn of the job: several may come close together. */
const SOON_MS = 60;

type Asked = JobKind | 'pause' | 'steer' | 'save';

export interface Outlook {
  announce(words: string): void;
  changed(article: Article): void;
}

export class OpenArticle {
  readonly id: string;
  readonly plan: PlanDraft;
  readonly edits: EditChoices;
  readonly manuscript: Manuscript;
  /** It was just made of a text of the writer's. */
  own = false;
  /** Pictures of the file that it was opened from, to be told of once. */
  leftOut: readonly string[] = [];
  #read = $state.raw<Article | null>(null);
  #live = $state.raw<LiveJob | null>(null);
  now = $derived(this.#read && this.#live ? this.#live.over(this.#read) : this.#read);
  /** What was asked for and is not yet seen to have happened. */
  asked = $state<Asked | null>(null);
  /** Why the last action was not done, or the article could not be read. */
  problem = $state.raw<Problem | null>(null);
  missing = $state(false);
  /** The last check of this visit that found nothing to change. */
  clean = $state<JobKind | null>(null);
  /** The job that was begun here and has not ended, even where another one is before it. */
  begun = $state<JobKind | null>(null);
  #closed = false;
  #letGo = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #poll = 0;
  #answered = Promise.resolve(true);
  /** The problem of the last reading; it goes when the article can be read again. */
  #unread: Problem | null = null;
  readonly #outlook: Outlook;

  constructor(id: string, outlook: Outlook) {
    this.id = id;
    this.#outlook = outlook;
    const take = (article: Article) => this.take(article);
    const isLast = opening(id);
    this.plan = new PlanDraft(id, take, isLast);
    this.manuscript = new Manuscript(id, take, isLast);
    const failed = (error: unknown) => {
      this.problem = error instanceof ApiError ? error.problem : away();
      void this.poke();
    };
    this.edits = new EditChoices(id, () => this.manuscript.flush(), take, failed);
  }

  /** Saves what is unsaved, as far as the server takes it. */
  async settle(): Promise<void> {
    await Promise.all([this.plan.flush(), this.manuscript.flush()]);
  }

  async start(): Promise<void> {
    document.addEventListener('visibilitychange', this.#onVisibility);
    await recallUnsaved(this.id);
    await this.poke();
    if (!this.missing) await openUp(() => api.openArticle(this.id));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#follow(null);
    this.#letGo();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    void this.plan.flush();
    this.manuscript.close();
  }

  /** Ask now, and then go on as usual. */
  async poke(): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#poll;
    try {
      const article = await api.article(this.id);
      if (mine !== this.#poll || this.#closed) return;
      this.#show(article);
    } catch (error) {
      if (mine !== this.#poll || this.#closed) return;
      if (error instanceof ApiError) {
        this.problem = this.#unread = error.problem;
        this.missing = error.status === 404;
        if (this.missing) return this.#lose();
      }
    }
    this.#next(this.#read === null || activity(this.#read) ? MOVING_MS : RESTING_MS);
  }

  /** Makes the plan; where there is one, another. */
  makePlan(): Promise<boolean> {
    return this.#ask('plan', () => api.planArticle(this.id));
  }

  /** Begins, or goes on where it stopped. What is unsaved in the plan is saved first. */
  async write(): Promise<boolean> {
    if (this.asked) return false;
    this.asked = 'write';
    const saved = await this.plan.flush(true);
    this.asked = null;
    return saved && (await this.#ask('write', () => api.writeArticle(this.id)));
  }

  /** Is never lost: what is being asked for is answered first. */
  async pause(): Promise<boolean> {
    if (this.asked !== 'pause') await this.#answered;
    return this.#ask('pause', () => api.pauseArticle(this.id));
  }

  steer(action: SteerAction, text?: string): Promise<boolean> {
    return this.#ask('steer', () => api.steer(this.id, action, text));
  }

  check(kind: 'polish' | 'proofread', section?: string): Promise<boolean> {
    return this.#ask(kind, () => api.check(this.id, kind, section));
  }

  rewrite(section: string, rewrite: Rewrite): Promise<boolean> {
    return this.#ask('rewrite', () => api.rewrite(this.id, section, rewrite));
  }

  proposeTitles(): Promise<boolean> {
    return this.#ask('title', () => api.proposeTitles(this.id));
  }

  async chooseTitle(title: string): Promise<boolean> {
    await this.plan.flush(); // what is unsaved in the plan is not to be lost under it
    const plan = this.#read?.plan;
    if (!plan) return false;
    return this.#ask('save', () => api.savePlan(this.id, { ...tidy(plan), title }));
  }

  restore(number: number): Promise<boolean> {
    return this.#ask('save', () => api.restore(this.id, number));
  }

  /** Throws what the server said; the text stays with the field that it was typed in. */
  async saveSection(section: string, text: string): Promise<void> {
    await this.manuscript.flush();
    this.take(await api.saveSection(this.id, section, text));
  }

  /** Does it and shows the article as it is then; false when it was not done. */
  async #ask(asked: Asked, act: () => Promise<Article | { job_id: string }>): Promise<boolean> {
    if (this.asked) return false;
    this.asked = asked;
    return (this.#answered = this.#answer(asked, act));
  }

  async #answer(asked: Asked, act: () => Promise<Article | { job_id: string }>): Promise<boolean> {
    this.problem = null;
    try {
      // Whatever is done, is done with the text as it stands in the editor; but nothing holds up a pause.
      if (asked !== 'pause' && asked !== 'steer') await this.manuscript.flush();
      const answer = await act();
      if ('job_id' in answer && !('brief' in answer)) {
        this.begun = asked as JobKind;
        this.clean = null;
        await this.poke();
        if (this.#live?.id !== answer.job_id) this.#waitBeside(answer.job_id);
      } else this.take(answer as Article);
      // It stops at the end of a step; until then the page says that it was asked to.
      if (asked !== 'pause' || !this.#read || activity(this.#read) === null) this.asked = null;
      return true;
    } catch (error) {
      this.problem = error instanceof ApiError ? error.problem : away();
      this.asked = null;
      void this.poke();
      return false;
    }
  }

  /** An article that an action answered with: newer than any reading that is under way. */
  take(article: Article): void {
    if (this.#closed) return;
    this.#poll++;
    this.#show(article);
    this.#next(activity(article) ? MOVING_MS : RESTING_MS);
  }

  /** A tab that nobody sees asks only whether the job is over, for those who want to be told. */
  #next(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const job = this.#read?.job?.id;
    if (!document.hidden) this.#timer = setTimeout(() => void this.poke(), ms);
    else if (job !== undefined) this.#timer = setTimeout(() => void this.#hearEnd(job), RESTING_MS);
  }

  async #hearEnd(job: string): Promise<void> {
    const mine = this.#poll;
    const over = await api.job(job).then(
      ({ status }) => status === 'finished',
      (error) => error instanceof ApiError && error.status < 500,
    );
    if (mine !== this.#poll) return;
    if (over) await this.poke();
    else this.#next(RESTING_MS);
  }

  #show(article: Article): void {
    const before = this.#read;
    this.#read = article;
    this.missing = false;
    if (this.problem === this.#unread || (before && before.state !== article.state)) this.problem = null;
    this.plan.adopt(article);
    this.manuscript.adopt(article);
    this.#follow(article.job?.id ?? null);
    this.#outlook.changed(article);
    this.#tell(before, article);
    if (this.asked === 'pause' && activity(article) === null) this.asked = null;
  }

  /** It was deleted: what is unsaved of it stays in this browser. */
  #lose(): void {
    this.#read = null;
    this.#follow(null);
  }

  #follow(job: string | null): void {
    if (job === (this.#live?.id ?? null)) return;
    this.#live?.close();
    this.#live =
      job === null || document.hidden
        ? null
        : new LiveJob(job, { onTurn: () => this.#next(SOON_MS), onEnd: (end) => this.#ended(end), onLost: () => void this.poke() });
  }

  /** A short job beside the one that is shown: what it proposes comes with the article, and why it failed with its end. */
  #waitBeside(job: string): void {
    this.#letGo();
    const onEnd = () => void this.poke();
    const end = ({ problem }: Job) => {
      if (problem) [this.problem, this.begun] = [problem, null];
      onEnd();
    };
    this.#letGo = followJob(job, { text: () => {}, replace: () => {}, state: () => {}, end, lost: onEnd });
  }

  #ended(job: Job): void {
    if (job.article) this.take(job.article);
    void this.poke();
  }

  /** What a screen reader is told: only that something began or ended. */
  #tell(before: Article | null, article: Article): void {
    if (!before) return;
    const [was, is] = [activity(before), activity(article)];
    if (was !== is && is === 'write' && !isPlanning(article)) this.#outlook.announce(t('ui.article.announce.started'));
    if (was === 'write' && is === null && (article.state === 'done' || article.state === 'paused'))
      this.#outlook.announce(t(`ui.article.announce.${article.state}`));
    const found = (kind: JobKind) => proposed(article).filter((edit) => edit.kind === kind).length;
    const ended = is === null ? (this.begun ?? was) : this.begun === 'rewrite' && found('rewrite') > 0 ? this.begun : null;
    if (ended === null) return;
    this.begun = null;
    if (ended !== 'polish' && ended !== 'proofread' && ended !== 'rewrite') return;
    if (found(ended) === 0 && article.problem === null && this.asked !== 'pause') this.clean = ended;
    this.#outlook.announce(t('ui.article.announce.edits', { n: found(ended) }));
  }

  readonly #onVisibility = () => {
    if (document.hidden) {
      this.#follow(null);
      this.#next(RESTING_MS);
      void this.plan.flush();
      this.manuscript.hide();
    } else void this.poke();
  };
}

function away(): Problem {
  return { code: 'unreachable', title: t('ui.article.away'), detail: t('ui.article.away_kept'), next_step: t('ui.offline.next') };
}
