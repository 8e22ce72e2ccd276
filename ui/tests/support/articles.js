// The articles of the scripted server, by the HTTP contract. Tests steer them through `script`.
import { articleJobs, count } from './jobs.js';
import { sectionsOf } from './manuscript.js';

const now = () => Date.now() / 1000;
const points = (/** @type {string} */ text, from, to) => [...text].slice(from, to).join('');

/** @param {{problem: (code: string, title: string, detail?: string, next?: string) => any}} tools */
export function articleRoutes({ problem }) {
  const articles = /** @type {Map<string, any>} */ (new Map());
  const script = {
    plan: {
      title: '春茶与水温',
      headed: true,
      sections: [
        { heading: '为什么怕开水', points: ['氨基酸与茶多酚', '水温越高越苦'], words: 100 },
        { heading: '三种茶，三种水', points: ['龙井', '铁观音', '熟普'], words: 120 },
        { heading: '凉得多快', points: ['揭盖等三分钟'], words: 80 },
      ],
    },
    planningMs: 60,
    everyMs: 15,
    checkMs: 60,
    rewritingMs: 5,
    /** As long as it says so of what is to be written on, that stands still; the text is what is there of it. */
    still: /** @type {(on: {kind: string, section: string | null, text: string}) => boolean} */ (() => false),
    /** How many other jobs are before the next. */
    queued: 0,
    findings: /** @type {any[]} */ ([]),
    /** What jobs have cost, as the server has it. */
    costs: /** @type {any[]} */ ([]),
    /** The section that is written with something wrong; the one in which a repetition is taken back. */
    attention: /** @type {string | null} */ (null),
    repeats: /** @type {string | null} */ (null),
    /** What the next job that can fail fails with. */
    problem: /** @type {any} */ (null),
    /** What polish and proofreading propose: `before` is looked up in the section's text. */
    proposals: /** @type {{section: string, before: string, after: string, reason?: string}[]} */ ([]),
    rewritten: '换过的一段。',
    titles: /** @type {string[]} */ (['春茶与水温', '怕开水的茶', '三分钟的耐心']),
    summary: '绿茶怕开水，等三分钟再泡。',
  };
  let ids = 0;

  const part = ({ points: asked, words }) => JSON.stringify([asked, words]);
  const written = (section) => section.text !== '' && section.state !== 'writing';

  function record(a, kind, section = null) {
    a.updated_at = now();
    const snapshot = structuredClone({ plan: a.plan, sections: a.sections, title: a.title });
    a.history.unshift({ number: a.history.length + 1, kind, section, words: view(a).words, created_at: now(), snapshot });
  }

  function text({ plan, sections }) {
    const parts = sections
      .filter((s) => (s.text !== '' || s.state === 'written') && s.state !== 'skipped')
      .map((s) => [plan.headed && s.heading !== '' ? `## ${s.heading}` : '', s.text].filter((part) => part !== '').join('\n\n'));
    if (plan.title !== '') parts.unshift(`# ${plan.title}`);
    return parts.some((part) => !part.startsWith('# ')) ? `${parts.join('\n\n')}\n` : '';
  }

  function stateOf(a) {
    if (a.job) return 'writing';
    if (!a.plan) return 'new';
    if (a.sections.every((s) => ['written', 'attention', 'skipped'].includes(s.state))) return 'done';
    return a.begun || a.sections.some((s) => s.text !== '') ? 'paused' : 'planned';
  }

  function view(a) {
    const sections = a.sections.map(({ part: _p, enough: _e, ...section }) => ({ ...section, words: count(section.text) }));
    const words = sections.reduce((sum, s) => sum + s.words, 0);
    const { job, history, begun: _b, name, deleted: _d, ...rest } = a;
    const state = stateOf(a);
    return {
      ...rest,
      title: name || rest.title,
      state,
      sections: sections.map((s) => ({ ...s, length: s.words })),
      text: a.plan ? text(a) : '',
      words,
      findings: state === 'done' ? script.findings : [],
      revision: history.length,
      revisions: history.map(({ snapshot: _s, ...revision }) => revision),
      job: job && { id: job.id, kind: job.kind, queue_place: job.queue_place, section: job.section, done: job.done },
      job_id: job?.id ?? null,
      problem: job ? null : rest.problem,
      costs: script.costs,
      seconds_left: job?.kind === 'write' && a.plan ? Math.max(1, Math.ceil((a.target - words) * 1.2)) : null,
    };
  }

  function create(body) {
    const { text: brief, words = 1500, lang = 'zh', seed = 1, format = 'prose', ...given } = body;
    const article = {
      id: `a${(++ids).toString(36)}`,
      title: brief.slice(0, 12),
      brief: {
        text: brief,
        words,
        lang,
        seed,
        format,
        style: '',
        glossary: '',
        characters: '',
        facts: '',
        preset: null,
        sampling: {},
        ...given,
      },
      plan: /** @type {any} */ (null),
      sections: /** @type {any[]} */ ([]),
      edits: /** @type {any[]} */ ([]),
      titles: /** @type {string[]} */ ([]),
      summary: '',
      target: words,
      begun: false,
      job: /** @type {any} */ (null),
      history: /** @type {any[]} */ ([]),
      problem: /** @type {any} */ (null),
      ...{ created_at: now(), updated_at: now(), pinned: false, name: '', deleted: false },
    };
    articles.set(article.id, article);
    return article;
  }

  function setPlan(a, plan, kind = a.plan ? 'plan_edited' : 'planned') {
    let next = 0;
    const taken = new Set([...plan.sections, ...a.sections].map((s) => s.id));
    const fresh = () => {
      do next++;
      while (taken.has(`s${next}`));
      return `s${next}`;
    };
    const sections = plan.sections.map((s) => ({ note: '', skipped: false, ...s, id: s.id ?? fresh() }));
    a.plan = { title: plan.title, headed: plan.headed, sections };
    a.title = plan.title;
    a.sections = sections.map((s) => {
      const old = a.sections.find((o) => o.id === s.id);
      const same = old && (old.state === 'waiting' || part(old.part) === part(s));
      const kept = same ? old : { file: false, text: '', version: old?.version ?? 0, state: 'waiting' };
      const state = s.skipped ? 'skipped' : kept.state === 'skipped' ? (kept.text ? 'written' : 'waiting') : kept.state;
      return { ...kept, part: s, id: s.id, heading: s.heading, target: s.words, state };
    });
    a.target = sections.reduce((sum, s) => sum + (s.skipped ? 0 : s.words), 0);
    record(a, kind);
  }

  const { jobs, ...run } = articleJobs({ script, view, setPlan, record });

  function setText(a, section, source, kind) {
    Object.assign(section, { text: source, version: section.version + 1, state: 'written' });
    record(a, kind, section.id);
  }

  /** The whole text by the writer's hand: by heading, else by place. */
  function setManuscript(a, { text: source, base_revision }) {
    if (a.job && ['plan', 'write'].includes(a.job.kind))
      return [409, problem('article_writing', '正在写这篇文稿', '', '等它写完，或先暂停。')];
    const current = text(a);
    if (source === current) return [200, view(a)];
    if (base_revision !== a.history.length) {
      const changed = problem('article_changed', '这篇文稿在别处改过了', '', '比较一下再存。');
      return [409, { ...changed, params: { text: current, revision: a.history.length } }];
    }
    const { title, parts } = sectionsOf(a, source);
    const free = [...a.sections];
    const take = (found) => (found ? free.splice(free.indexOf(found), 1)[0] : undefined);
    const known = parts.map(({ heading }) => take(free.find((s) => s.heading === heading)));
    const taken = new Set(a.sections.map((s) => s.id));
    const fresh = () => {
      let n = 1;
      while (taken.has(`s${n}`)) n++;
      taken.add(`s${n}`);
      return `s${n}`;
    };
    const sections = parts.map((part, i) => {
      const old = known[i] ?? take(free.find((s) => s.text !== ''));
      const words = old?.target ?? Math.max(20, count(part.text));
      const same = old?.text === part.text;
      const id = old?.id ?? fresh();
      const version = same ? old.version : (old?.version ?? 0) + 1;
      const row = { id, points: [], note: '', ...old?.part, heading: part.heading, words, skipped: false };
      if (old && !same) for (const e of a.edits) if (e.section === old.id && e.state === 'proposed') e.state = 'stale';
      return { id, heading: part.heading, target: words, text: part.text, version, state: 'written', part: row };
    });
    const left = free.map((s) => (s.text === '' ? s : { ...s, state: 'skipped', part: { ...s.part, skipped: true } }));
    a.sections = [...sections, ...left];
    a.plan = { ...a.plan, title, sections: a.sections.map((s) => s.part) };
    a.title = title;
    record(a, 'edited');
    return [200, view(a)];
  }

  function pause(a) {
    for (const s of a.sections) if (s.state === 'writing') s.state = 'waiting'; // what it has stays
    if (a.job) run.end(a.job, 'cancelled');
    return view(a);
  }

  function steer(a, { action, text: said }) {
    const at = a.sections.findIndex((s) => s.state === 'writing');
    const flying = a.job?.kind === 'write' ? a.sections[at] : undefined;
    const set = (change) => setPlan(a, { ...a.plan, sections: a.plan.sections.map(change) });
    if (action === 'note') {
      if (!said) return [422, problem('note_empty', '没有写要求', '', '写一句再送出。')];
      const next = a.sections.find((s) => s.state === 'waiting');
      set((s) => (s.id === next?.id ? { ...s, note: said } : s));
      return [200, view(a)];
    }
    if (!flying) return [409, problem('nothing_in_flight', '现在没有正在写的一节', '', '等它开始写再试。')];
    if (action === 'skip') set((s) => (s.id === flying.id ? { ...s, skipped: true } : s));
    else if (action === 'enough') flying.enough = true;
    else flying.target = Math.round(flying.target * (action === 'shorter' ? 0.7 : 1.3));
    return [200, view(a)];
  }

  function settle(a, { accept, reject }) {
    for (const id of reject) a.edits.find((e) => e.id === id).state = 'rejected';
    for (const id of accept) {
      const edit = a.edits.find((e) => e.id === id);
      if (edit.state !== 'proposed') return [409, problem('edit_settled', '这一处已经处理过了', '', '看看其他建议。')];
      const section = a.sections.find((s) => s.id === edit.section);
      const next = points(section.text, 0, edit.start) + edit.after + points(section.text, edit.end);
      const grown = [...edit.after].length - (edit.end - edit.start);
      for (const other of a.edits)
        if (other.section === edit.section && other.state === 'proposed' && other !== edit && other.end > edit.start) {
          if (other.start < edit.end) other.state = 'stale';
          else Object.assign(other, { start: other.start + grown, end: other.end + grown });
        }
      edit.state = 'accepted';
      setText(a, section, next, edit.kind === 'rewrite' ? 'rewritten' : edit.kind === 'polish' ? 'polished' : 'proofread');
    }
    return [200, view(a)];
  }

  const edit = (a, kind, section, start, end, after, reason = '') => {
    const before = points(section.text, start, end);
    return { id: `e${a.edits.length}-${++ids}`, section: section.id, start, end, before, after, kind, state: 'proposed', reason };
  };

  function check(a, kind, only) {
    if (!a.sections.some(written)) return [409, problem('article_not_written', '还没有文字', '', '先写。')];
    const edits = script.proposals
      .filter((p) => !only || p.section === only)
      .map((p) => {
        const section = a.sections.find((s) => s.id === p.section);
        const start = [...section.text.slice(0, section.text.indexOf(p.before))].length;
        return edit(a, kind, section, start, start + [...p.before].length, p.after, p.reason);
      });
    return [202, { job_id: run.propose(a, kind, edits).id }];
  }

  function rewrite(a, section, { kind, instruction: _i, start = 0, end = [...section.text].length }) {
    const after = (kind === 'continue' ? points(section.text, start, end) : '') + script.rewritten;
    const [from, to] = section.file ? [0, [...section.text].length] : [start, end];
    const made = edit(a, 'rewrite', section, from, to, after);
    return [202, { job_id: run.propose(a, 'rewrite', [made], script.rewritten).id }];
  }

  function savePlan(a, plan) {
    if (plan.sections.length === 0) return [422, problem('plan_empty', '提纲是空的', '一节也没有。', '至少留一节。')];
    const flying = a.job?.kind === 'write' && a.sections.find((s) => s.state === 'writing');
    const kept = flying && plan.sections.find((s) => s.id === flying.id);
    if (flying && (!kept || part(kept) !== part(flying.part)))
      return [409, problem('section_in_flight', '这一节正在写', '', '等它写完，或先跳过。')];
    setPlan(a, plan);
    return [200, view(a)];
  }

  function restore(a, number) {
    const { snapshot } = a.history.find((r) => r.number === number);
    Object.assign(a, structuredClone(snapshot));
    record(a, 'restored');
    return view(a);
  }

  return {
    articles,
    jobs,
    script,
    create,
    setPlan,
    setText,
    setManuscript,
    view,
    pause,
    steer,
    settle,
    check,
    rewrite,
    savePlan,
    restore,
    text,
    ...run,
  };
}
