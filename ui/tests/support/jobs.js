// The jobs of the scripted server's articles: one runs at a time, writes to its readers as it goes, and ends once. Pure of any HTTP but the stream.

const SENTENCES = [
  '水沸之后先等三分钟，',
  '叶子在杯底慢慢舒展开来。',
  '第一口总是淡的，',
  '第二口才有春天的味道。',
  '杯沿上留着一圈浅浅的绿。',
];

/** How often a job that stands still looks whether it may go on. */
const STILL_MS = 10;

export const count = (/** @type {string} */ text) => text.match(/\p{Script=Han}/gu)?.length ?? 0;

/** @param {{script: any, view: (a: any) => any, setPlan: (a: any, plan: any) => void, record: (a: any, kind: string, section?: string | null) => void}} tools */
export function articleJobs({ script, view, setPlan, record }) {
  const jobs = /** @type {Map<string, any>} */ (new Map());
  let ids = 0;

  const show = ({ readers: _r, frames: _f, seq: _s, state: _st, timer: _t, article, ...job }) => ({
    ...job,
    article_id: article.id,
  });

  function emit(job, event, data, numbered = true) {
    const id = numbered ? ++job.seq : undefined;
    const frame = `${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    if (numbered) job.frames.push({ id, frame });
    else job.state = frame;
    for (const res of job.readers) res.write(frame);
  }

  function state(job) {
    const { status, queue_place, section, done, article } = job;
    const { words, target, seconds_left } = view(article);
    emit(job, 'state', { status, queue_place, section, words, target, seconds_left, done }, false);
  }

  function begin(article, kind) {
    const job = {
      id: `j${(++ids).toString(36)}`,
      kind,
      status: script.queued > 0 ? 'queued' : 'writing',
      queue_place: script.queued > 0 ? script.queued : null,
      section: null,
      done: 0,
      text: '',
      finish_reason: /** @type {string | null} */ (null),
      problem: /** @type {any} */ (null),
      article,
      readers: new Set(),
      frames: [],
      seq: 0,
      state: '',
      timer: /** @type {any} */ (undefined),
    };
    jobs.set(job.id, job);
    if (kind !== 'rewrite') article.job = job;
    else article.job ??= job;
    article.problem = null;
    state(job);
    return job;
  }

  function end(job, reason = 'stop', problem = null) {
    if (job.status === 'finished') return;
    clearTimeout(job.timer);
    Object.assign(job, { status: 'finished', finish_reason: reason, problem });
    if (job.article.job === job) job.article.job = null;
    job.article.problem = problem;
    emit(job, 'end', { ...show(job), article: view(job.article) });
    for (const res of job.readers) res.end();
    job.readers.clear();
  }

  const later = (job, ms, then) => (job.timer = setTimeout(then, ms));

  /** Waits as long as the script says that others are before it. */
  function turn(job, then) {
    if (script.queued > 0) return later(job, 20, () => turn(job, then));
    if (job.queue_place !== null) {
      Object.assign(job, { queue_place: null, status: 'writing' });
      state(job);
    }
    then();
  }

  function plan(article, then = null, job = begin(article, 'plan')) {
    later(job, script.planningMs, () =>
      turn(job, () => {
        if (script.problem) return end(job, 'error', script.problem);
        setPlan(article, script.plan);
        if (then) return then();
        article.begun = false;
        end(job);
      }),
    );
    return job;
  }

  function write(article, job = begin(article, 'write')) {
    article.begun = true;
    if (!article.plan) return plan(article, () => write(article, job), job);
    const step = (n) => {
      const section = article.sections.find((s) => s.state === 'writing') ?? article.sections.find((s) => s.state === 'waiting');
      if (!section) return end(job);
      if (script.still({ kind: job.kind, section: section.id, text: section.text })) return later(job, STILL_MS, () => step(n));
      if (section.state === 'waiting' || job.section !== section.id) {
        section.state = 'writing';
        job.section = section.id;
        state(job);
        if (section.text !== '') emit(job, 'text', { section: section.id, text: section.text });
      }
      const repeats = script.repeats === section.id && n % 3 === 2;
      const piece = SENTENCES[n % SENTENCES.length];
      section.text += piece;
      emit(job, 'text', { section: section.id, text: piece });
      if (repeats) {
        script.repeats = null;
        section.text = section.text.slice(0, -piece.length);
        emit(job, 'replace', { section: section.id, text: section.text });
      }
      if (section.enough || count(section.text) >= section.target * 0.95) {
        section.state = script.attention === section.id ? 'attention' : 'written';
        section.enough = false;
        record(article, 'written', section.id);
      }
      later(job, script.everyMs, () => step(n + 1));
    };
    turn(job, () => later(job, script.everyMs, () => step(0)));
    return job;
  }

  /** A check or a rewrite: what the script says, after a while. `told` streams before it. */
  function propose(article, kind, edits, told = '') {
    const job = begin(article, kind);
    later(job, script.checkMs, () =>
      turn(job, () => {
        if (script.problem) return end(job, 'error', script.problem);
        const pieces = told.match(/.{1,2}/gsu) ?? [];
        const section = edits[0]?.section ?? null;
        const say = (n) => {
          if (script.still({ kind, section, text: pieces.slice(0, n).join('') })) return later(job, STILL_MS, () => say(n));
          if (n < pieces.length) {
            emit(job, 'text', { section, text: pieces[n] });
            return later(job, script.rewritingMs, () => say(n + 1));
          }
          article.edits = article.edits.filter((edit) => edit.state !== 'proposed').concat(edits);
          end(job);
        };
        say(0);
      }),
    );
    return job;
  }

  function title(article) {
    const job = begin(article, 'title');
    later(job, script.checkMs, () => {
      if (script.problem) return end(job, 'error', script.problem);
      Object.assign(article, { titles: script.titles, summary: script.summary });
      end(job);
    });
    return job;
  }

  const close = () => jobs.forEach((job) => clearTimeout(job.timer));
  return { jobs, show, plan, write, propose, title, end, close };
}
