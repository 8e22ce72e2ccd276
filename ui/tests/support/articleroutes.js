// The addresses of the scripted server's articles.
import { articleRoutes as makeArticles } from './articles.js';
import { count } from './jobs.js';

/** @param {{problem: (code: string, title: string, detail?: string, next?: string) => any}} tools */
export function articleRoutes({ problem }) {
  const made = makeArticles({ problem });
  const { articles, view } = made;
  const missing = [404, problem('article_not_found', '找不到这篇文稿', '它可能已被删除。', '新写一篇。')];
  const busy = [409, problem('article_writing', '正在写这篇文稿', '', '等它写完，或先暂停。')];
  const on =
    (handler) =>
    ([id, ...rest], body) =>
      articles.has(id) && !articles.get(id).deleted ? handler(articles.get(id), body, ...rest) : missing;
  const idle = (handler) => on((a, body, ...rest) => (a.job ? busy : handler(a, body, ...rest)));
  const section = (a, id) => a.sections.find((s) => s.id === id);
  const begun = (job) => [202, { job_id: job.id }];

  const head = (a) => {
    const { id, title, state, words, target, created_at, updated_at, pinned } = view(a);
    return { id, title, state, words, target, created_at, updated_at, pinned };
  };

  function create(_, body) {
    const known = [
      'text',
      'brief',
      'words',
      'lang',
      'seed',
      'format',
      'style',
      'glossary',
      'characters',
      'facts',
      'preset',
      'sampling',
    ];
    const strange = Object.keys(body).find((name) => !known.includes(name));
    if (strange) return [422, problem('unknown_field', `不认识 ${strange}`)];
    const text = body.text ?? JSON.stringify(body.brief);
    if (text.trim() === '') return [422, problem('brief_empty', '写作要求是空的', '', '写一句要写什么。')];
    if (body.words !== undefined && (body.words < 20 || body.words > 60000))
      return [422, problem('words_out_of_range', '目标字数不合适', '可以写 20 到 60,000 字。', '换一个字数。')];
    return [201, { id: made.create({ ...body, text }).id }];
  }

  function open(_, { text, name }) {
    const article = made.create({ text: name, words: count(text) });
    article.plan = { title: '', headed: true, sections: [] };
    made.setManuscript(article, { text, base_revision: article.history.length });
    return [201, { id: article.id, resumed: false }];
  }

  function revision(a, _, number) {
    const found = a.history.find((r) => r.number === Number(number));
    if (!found) return [404, problem('revision_not_found', '没有这一版', '', '看看别的版本。')];
    const { snapshot, kind, created_at } = found;
    const sections = snapshot.sections.map(({ id, heading, text }) => ({ id, heading, text }));
    const whole = snapshot.plan ? made.text(snapshot) : '';
    return [200, { number: found.number, kind, created_at, title: snapshot.title, text: whole, words: count(whole), sections }];
  }

  function list() {
    const kept = [...articles.values()].filter((a) => !a.deleted).map(head);
    return [200, { articles: kept.sort((a, b) => b.pinned - a.pinned || b.updated_at - a.updated_at) }];
  }

  function change(a, { title = a.name, pinned = a.pinned }) {
    Object.assign(a, { name: title.replace(/\s+/g, ' ').trim(), pinned });
    return [200, view(a)];
  }

  function restoreDeleted([id]) {
    articles.get(id).deleted = false;
    return [200, view(articles.get(id))];
  }

  const routes = [
    ['GET', /^articles$/, list],
    ['POST', /^articles$/, create],
    ['POST', /^articles\/open$/, open],
    ['GET', /^articles\/([^/]+)$/, on((a) => [200, view(a)])],
    ['PATCH', /^articles\/([^/]+)$/, on(change)],
    ['DELETE', /^articles\/([^/]+)$/, on((a) => (made.pause(a), (a.deleted = true), [204]))],
    ['POST', /^articles\/([^/]+)\/restore$/, restoreDeleted],
    ['POST', /^articles\/([^/]+)\/plan$/, idle((a) => begun(made.plan(a)))],
    ['PUT', /^articles\/([^/]+)\/plan$/, on((a, body) => made.savePlan(a, body))],
    ['POST', /^articles\/([^/]+)\/write$/, idle((a) => begun(made.write(a)))],
    ['POST', /^articles\/([^/]+)\/pause$/, on((a) => [202, made.pause(a)])],
    ['POST', /^articles\/([^/]+)\/steer$/, on((a, body) => made.steer(a, body))],
    ['POST', /^articles\/([^/]+)\/(polish|proofread)$/, idle((a, body, kind) => made.check(a, kind, body.section))],
    ['POST', /^articles\/([^/]+)\/sections\/([^/]+)\/rewrite$/, on((a, body, id) => made.rewrite(a, section(a, id), body))],
    [
      'PUT',
      /^articles\/([^/]+)\/sections\/([^/]+)$/,
      on((a, body, id) => (made.setText(a, section(a, id), body.text, 'edited'), [200, view(a)])),
    ],
    [
      'POST',
      /^articles\/([^/]+)\/sections\/([^/]+)\/text$/,
      on((a, body, id) => {
        const { text } = section(a, id);
        made.setText(a, section(a, id), `${text}\n\n${body.text}`.trim(), 'edited');
        return [200, view(a)];
      }),
    ],
    ['PUT', /^articles\/([^/]+)\/text$/, on((a, body) => made.setManuscript(a, body))],
    ['POST', /^articles\/([^/]+)\/edits$/, on((a, body) => made.settle(a, body))],
    ['POST', /^articles\/([^/]+)\/title$/, idle((a) => begun(made.title(a)))],
    ['GET', /^articles\/([^/]+)\/revisions\/(\d+)$/, on(revision)],
    ['POST', /^articles\/([^/]+)\/revisions\/(\d+)\/restore$/, idle((a, _, number) => [200, made.restore(a, Number(number))])],
  ];
  return { ...made, routes };
}
