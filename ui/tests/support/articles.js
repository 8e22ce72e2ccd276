// The articles of the scripted server: a plan, sections that fill up piece by piece, pause and go on. Tests steer it through `script`.

const now = () => Date.now() / 1000;
const count = (/** @type {string} */ text) => text.match(/\p{Script=Han}/gu)?.length ?? 0;

const SENTENCES = [
  '水沸之后先等三分钟，',
  '叶子在杯底慢慢舒展开来。',
  '第一口总是淡的，',
  '第二口才有春天的味道。',
  '杯沿上留着一圈浅浅的绿。',
];

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
    findings: /** @type {any[]} */ ([]),
    attention: -1,
    planProblem: /** @type {any} */ (null),
  };
  let ids = 0;

  const touch = (article) => (article.updated_at = now());
  const fill = (plan, old = []) =>
    plan.sections.map((part, i) => {
      const same = old.find((o) => o.state !== 'waiting' && JSON.stringify(o.part) === JSON.stringify(part));
      return same ?? { part, heading: part.heading, target: part.words, words: 0, state: 'waiting', text: '', seed: i };
    });

  function view(a) {
    const sections = a.sections.map(({ part: _p, seed: _s, ...section }) => ({ ...section, words: count(section.text) }));
    const parts = sections.filter((s) => s.text !== '').map((s) => (a.plan.headed ? `## ${s.heading}\n\n${s.text}` : s.text));
    const text = parts.length > 0 ? `# ${a.plan.title}\n\n${parts.join('\n\n')}\n` : '';
    const words = sections.reduce((sum, s) => sum + s.words, 0);
    const { timer: _t, ...rest } = a;
    return {
      ...rest,
      sections,
      text,
      words,
      findings: a.state === 'done' ? script.findings : [],
      seconds_left: a.state === 'writing' && a.plan ? Math.max(1, Math.ceil((a.target - words) * 1.2)) : null,
    };
  }

  function create(body) {
    const article = {
      id: `a${(++ids).toString(36)}`,
      title: body.text.slice(0, 12),
      state: 'new',
      brief: { text: body.text, words: body.words ?? null, lang: body.lang ?? null, seed: null },
      plan: /** @type {any} */ (null),
      sections: /** @type {any[]} */ ([]),
      target: body.words ?? 1500,
      job_id: /** @type {string | null} */ (null),
      problem: /** @type {any} */ (null),
      created_at: now(),
      updated_at: now(),
      timer: /** @type {any} */ (undefined),
    };
    articles.set(article.id, article);
    return article;
  }

  function setPlan(a, plan) {
    a.plan = structuredClone(plan);
    a.title = plan.title;
    a.sections = fill(plan, a.sections);
    touch(a);
  }

  function makePlan(a, then) {
    Object.assign(a, { job_id: `j${a.id}`, problem: null });
    a.timer = setTimeout(() => {
      a.job_id = null;
      if (script.planProblem) return Object.assign(a, { state: 'new', problem: script.planProblem });
      setPlan(a, script.plan);
      if (then) return then();
      a.state = 'planned';
    }, script.planningMs);
  }

  function write(a) {
    Object.assign(a, { state: 'writing', job_id: `j${a.id}`, problem: null });
    if (!a.plan) return makePlan(a, () => write(a));
    const step = (n) => {
      const section = a.sections.find((s) => s.state === 'writing' || s.state === 'waiting');
      if (!section) return Object.assign(a, { state: 'done', job_id: null, updated_at: now() });
      section.state = 'writing';
      section.text += SENTENCES[n % SENTENCES.length];
      if (count(section.text) >= section.target * 0.95)
        section.state = a.sections.indexOf(section) === script.attention ? 'attention' : 'written';
      touch(a);
      a.timer = setTimeout(step, script.everyMs, n + 1);
    };
    a.timer = setTimeout(step, script.everyMs, 0);
  }

  function pause(a) {
    clearTimeout(a.timer);
    for (const s of a.sections) if (s.state === 'writing') s.state = s.text === '' ? 'waiting' : 'writing';
    Object.assign(a, { state: a.plan ? 'paused' : 'new', job_id: null });
  }

  const refusePlan = (a, plan) => {
    if (a.state === 'writing') return [409, problem('article_writing', '正在写这篇文稿', '', '先暂停，再改提纲。')];
    if (plan.sections.length === 0) return [422, problem('plan_empty', '提纲是空的', '一节也没有。', '至少留一节。')];
    return null;
  };

  const missing = [404, problem('article_not_found', '找不到这篇文稿', '它可能已被删除。', '新写一篇。')];
  const on =
    (handler) =>
    ([id], body) =>
      articles.has(id) ? handler(articles.get(id), body) : missing;

  const routes = [
    ['GET', /^articles$/, () => [200, { articles: [...articles.values()].map(head).sort((a, b) => b.updated_at - a.updated_at) }]],
    [
      'POST',
      /^articles$/,
      (_, body) => {
        if (body.text.trim() === '') return [422, problem('brief_empty', '写作要求是空的', '', '写一句要写什么。')];
        if (body.words !== undefined && (body.words < 100 || body.words > 20000))
          return [422, problem('words_out_of_range', '目标字数不合适', '可以写 100 到 20,000 字。', '换一个字数。')];
        return [201, { id: create(body).id }];
      },
    ],
    ['GET', /^articles\/([^/]+)$/, on((a) => [200, view(a)])],
    ['POST', /^articles\/([^/]+)\/plan$/, on((a) => (makePlan(a, null), [202, { job_id: a.job_id }]))],
    ['PUT', /^articles\/([^/]+)\/plan$/, on((a, body) => refusePlan(a, body) ?? (setPlan(a, body), [200, a.plan]))],
    ['POST', /^articles\/([^/]+)\/write$/, on((a) => (write(a), [202, { job_id: a.job_id }]))],
    ['POST', /^articles\/([^/]+)\/pause$/, on((a) => (pause(a), [202]))],
  ];

  const head = (a) => {
    const { id, title, state, words, target, created_at, updated_at } = view(a);
    return { id, title, state, words, target, created_at, updated_at };
  };
  const close = () => articles.forEach((a) => clearTimeout(a.timer));
  return { articles, script, routes, create, setPlan, write, close };
}
