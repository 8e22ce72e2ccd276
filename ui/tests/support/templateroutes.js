// The template library of the scripted server: a few built-in templates, and the user's own in memory.
const VARIABLE = /\{\{[ \t]*(\p{L}[\p{L}\p{N}_ -]{0,39}?)[ \t]*\}\}/gu;
const PARTS = ['role', 'task', 'audience', 'requirements', 'structure', 'example', 'format', 'text'];
const HEADINGS = { role: '角色', task: '任务', requirements: '要求', structure: '结构' };

const brief = (parts) => ({ ...Object.fromEntries(PARTS.map((part) => [part, ''])), language: '', words: null, ...parts });
const builtin = (id, name, category, more, variables = []) => ({
  id,
  builtin: true,
  name,
  description: `${name}的说明`,
  category,
  language: id.slice(0, 2),
  kind: 'conversation',
  preset: 'qa',
  variables,
  created_at: null,
  updated_at: null,
  ...more,
  brief: brief(more.brief),
});

const BUILTIN = [
  builtin(
    'zh-weekly-report',
    '周报',
    '职场',
    { brief: { role: '职场写作者', task: '整理成{{岗位}}的周报', text: '记录：\n{{记录}}' } },
    [
      { name: '岗位', default: '后端开发', hint: '你的岗位' },
      { name: '记录', default: '', hint: '一行一条' },
    ],
  ),
  builtin('zh-email', '邮件', '职场', { preset: 'chat', brief: { task: '写一封邮件' } }),
  builtin(
    'zh-short-story',
    '短篇小说',
    '故事',
    { kind: 'article', preset: 'creative', brief: { task: '写一篇小说：{{故事}}', words: 2000 } },
    [{ name: '故事', default: '雨夜修伞', hint: '' }],
  ),
  builtin('en-email', 'Email', 'Work', { brief: { task: 'Write an email' } }),
];

/** @param {{problem: (code: string, title: string, detail?: string, next?: string) => any}} tools */
export function templateRoutes({ problem }) {
  /** @type {Map<string, any>} */
  const own = new Map();
  /** @type {Map<string, any>} */
  const removed = new Map();
  let ids = 0;
  const missing = [404, problem('template_not_found', '找不到这个模板', '它可能已被删除。', '回到模板库看看。')];
  const find = (id) => own.get(id) ?? BUILTIN.find((template) => template.id === id);
  const on =
    (handler) =>
    ([id], body) =>
      find(id) ? handler(find(id), body) : missing;

  const names = (template) => [...new Set(PARTS.flatMap((part) => [...template.brief[part].matchAll(VARIABLE)].map((m) => m[1])))];
  const whole = (template) => ({
    ...template,
    variables: names(template).map((name) => template.variables.find((v) => v.name === name) ?? { name, default: '', hint: '' }),
  });

  function refusal(body) {
    if (body.name.trim() === '') return problem('template_nameless', '模板没有名称', '名称是空的。', '给它起一个名称。');
    if (PARTS.every((part) => body.brief[part].trim() === '')) return problem('template_empty', '模板是空的', '', '至少写一项。');
    return null;
  }

  function keep(body, id = `t${(++ids).toString(36)}`) {
    const now = Date.now() / 1000;
    const template = { ...whole(body), id, builtin: false, created_at: now, updated_at: now };
    own.delete(id);
    own.set(id, template);
    return template;
  }

  const write = (id, body) => (refusal(body) ? [422, refusal(body)] : [id ? 200 : 201, keep(body, id)]);

  function fill(template, { values = {}, partly = false }) {
    const value = (v) => values[v.name]?.trim() || v.default;
    const open = template.variables.filter((v) => !value(v)).map((v) => v.name);
    if (open.length > 0 && !partly) {
      const why = problem('variable_unfilled', '还有变量没有填', `“${open[0]}”没有填。`, '填上它再用。');
      return [422, { ...why, params: { name: open[0] } }];
    }
    const chosen = Object.fromEntries(template.variables.map((v) => [v.name, value(v)]));
    const filled = { ...template.brief };
    for (const part of PARTS) filled[part] = filled[part].replace(VARIABLE, (all, name) => chosen[name] || all);
    const headed = Object.entries(HEADINGS)
      .filter(([part]) => filled[part])
      .map(([part, heading]) => `${heading}：${filled[part]}`);
    const text = [headed.join('\n'), filled.text].filter(Boolean).join('\n\n');
    const { kind, preset, language } = template;
    return [200, { brief: filled, text, missing: open, kind, preset, language }];
  }

  function importFile({ text }) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      return [422, problem('templates_not_json', '这不是模板文件', '从第 1 行起不是 JSON。', '选一个由翰墨导出的 .json 文件。')];
    }
    const known = file.templates.filter(({ name }) => [...own.values()].some((template) => template.name === name));
    const fresh = file.templates.filter((template) => !known.includes(template));
    return [
      200,
      { templates: fresh.map((each) => keep({ ...each, brief: brief(each.brief), variables: [] })), known: known.length },
    ];
  }

  function list(_, __, url) {
    const [q, language] = [url.searchParams.get('q') ?? '', url.searchParams.get('language')];
    const all = [...[...own.values()].reverse(), ...BUILTIN.filter((template) => template.language === language)];
    return [200, { templates: all.filter((template) => JSON.stringify(template).includes(q)) }];
  }

  const routes = [
    ['GET', /^templates$/, list],
    ['POST', /^templates$/, (_, body) => write(undefined, body)],
    ['GET', /^templates\/export$/, (_, __, url) => [200, { templates: url.searchParams.get('ids')?.split(',').map(find) }]],
    ['POST', /^templates\/import$/, (_, body) => importFile(body)],
    ['GET', /^templates\/([^/]+)$/, on((template) => [200, template])],
    ['PUT', /^templates\/([^/]+)$/, on((template, body) => write(template.id, body))],
    ['DELETE', /^templates\/([^/]+)$/, on((template) => (removed.set(template.id, template), own.delete(template.id), [204]))],
    ['POST', /^templates\/([^/]+)\/restore$/, ([id]) => (own.set(id, removed.get(id)), removed.delete(id), [200, own.get(id)])],
    [
      'POST',
      /^templates\/([^/]+)\/duplicate$/,
      on((template, body) => [201, keep({ ...template, name: body.name || template.name })]),
    ],
    ['POST', /^templates\/([^/]+)\/fill$/, on(fill)],
  ];
  return { routes, own };
}
