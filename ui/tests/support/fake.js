// A small stand-in for the server, at the network boundary: the HTTP contract in memory, and scripts instead of a model.
// It is never part of the page. Tests steer it through `fake.state` and `fake.script`.
import { articleRoutes } from './articleroutes.js';
import { listen, STATIC } from './browser.js';
import { conversationRoutes } from './conversations.js';
import { exported, exportRoutes } from './exportroutes.js';
import { promptRoutes } from './promptroutes.js';
import { search } from './search.js';
import { serveStatic } from './static.js';
import { templateRoutes } from './templateroutes.js';
import { finished, MODEL_ROUTES, problem, readyStatus } from './machine.js';
import { RICH } from './texts.js';

const now = () => Date.now() / 1000;
export { problem };

export async function startFake({ port = 0, rootPath = '/', root = STATIC } = {}) {
  /** Everything a test may look at or change. */
  const state = {
    status: readyStatus(),
    password: /** @type {string | null} */ (null),
    signedIn: false,
    down: false,
    conversations: /** @type {Map<string, any>} */ (new Map()),
    generations: /** @type {Map<string, any>} */ (new Map()),
    refuse: /** @type {((method: string, path: string) => any) | null} */ (null),
    log: /** @type {{method: string, path: string, body: any, language: string | undefined}[]} */ ([]),
  };
  /** What the next generations do. */
  const script = {
    text: RICH,
    piece: 7,
    everyMs: 15,
    reading: 3,
    readingMs: 30,
    /** As long as it says so of a generation, that stands still; `place` is its place in the queue. */
    still: /** @type {(gen: {status: string, text: string, place: number}) => boolean} */ (() => false),
    /** The length in words that was asked for. */
    target: /** @type {number | null} */ (null),
    queued: 0,
    finish: 'stop',
    problem: null,
    cutStream: false,
    /** What the checks find in an answer. */
    findings: /** @type {any[]} */ ([]),
    notInstalled: /** @type {Record<string, any>} */ ({}),
  };
  const articles = articleRoutes({ problem });
  const { prompt, routes: beforeSending } = promptRoutes();
  const templates = templateRoutes({ problem });
  let ids = 0;
  const nextId = (kind) => `${kind}${(++ids).toString(36)}`;

  function emit(gen, event, data, numbered) {
    const id = numbered ? ++gen.seq : undefined;
    const frame = `${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    if (numbered) gen.frames.push({ id, frame });
    else gen.state = frame;
    for (const res of gen.readers) res.write(frame);
  }

  const view = ({ frames: _f, readers: _r, seq: _s, state: _st, timer: _t, conversation: _c, ...generation }) => generation;

  function finish(gen, reason, why = null) {
    if (gen.status === 'finished') return;
    clearTimeout(gen.timer);
    Object.assign(gen, { status: 'finished', finish_reason: reason, problem: why });
    const message = gen.conversation.messages.find((m) => m.id === gen.message_id);
    message.text += gen.text;
    emit(gen, 'end', view(gen), true);
    for (const res of gen.readers) res.end();
    gen.readers.clear();
    state.status.queue.running = null;
    state.status.engine.state = 'ready';
  }

  function run(gen, plan) {
    const later = (ms, then, place = 0) => {
      gen.timer = setTimeout(() => (script.still({ ...gen, place }) ? later(10, then, place) : then()), ms);
    };
    const pieces = plan.text.match(new RegExp(`.{1,${plan.piece}}`, 'gsu')) ?? [];
    const write = (i) => {
      if (i >= pieces.length) return finish(gen, plan.finish, plan.problem);
      gen.status = 'writing';
      gen.text += pieces[i];
      emit(gen, 'text', { text: pieces[i] }, true);
      if (plan.cutStream && i === 5) for (const res of gen.readers) res.destroy();
      later(plan.everyMs, () => write(i + 1));
    };
    const target = plan.target === null ? {} : { target: plan.target };
    const read = (i) => {
      gen.status = 'reading';
      state.status.engine.state = 'busy';
      state.status.queue.running = gen.id;
      emit(gen, 'state', {
        status: 'reading',
        prompt_progress: { done: Math.round((2010 * i) / plan.reading), total: 2010, cached: 0, seconds_left: 14 - i },
        ...target,
      });
      later(plan.readingMs, () =>
        i >= plan.reading ? (emit(gen, 'state', { status: 'writing', ...target }), write(0)) : read(i + 1),
      );
    };
    const wait = (place) => {
      emit(gen, 'state', { status: 'queued', queue_place: place });
      later(plan.readingMs, () => (place > 1 ? wait(place - 1) : read(0)), place);
    };
    if (plan.hold) emit(gen, 'state', { status: 'queued', engine: 'starting' });
    else if (plan.queued > 0) wait(plan.queued);
    else read(0);
  }

  function begin(conversation, message, continues = null) {
    const gen = {
      id: nextId('g'),
      message_id: message.id,
      status: 'queued',
      text: '',
      finish_reason: null,
      problem: null,
      continues,
      dropped_messages: script.dropped ?? 0,
      left_out_messages: 0,
      model: 'qwen3-4b-instruct-2507',
      created_at: now(),
      conversation,
      frames: [],
      readers: new Set(),
      seq: 0,
      timer: undefined,
      timings: {
        prompt_tokens: 2010,
        cached_tokens: 0,
        generated_tokens: 0,
        queue_ms: 0,
        ttft_ms: 90,
        prompt_tokens_per_second: 24,
        tokens_per_second: 7,
      },
    };
    state.generations.set(gen.id, gen);
    message.generations.push(gen);
    setTimeout(run, 20, gen, { ...script });
    return gen;
  }

  function createConversation(title = '') {
    const conversation = {
      id: nextId('c'),
      title,
      created_at: now(),
      updated_at: now(),
      pinned: false,
      rounds: /** @type {number | null} */ (5),
      deleted: false,
      active_id: /** @type {string | null} */ (null),
      messages: /** @type {any[]} */ ([]),
    };
    state.conversations.set(conversation.id, conversation);
    return conversation;
  }

  function addMessage(conversation, role, text, parent_id = conversation.active_id) {
    const message = {
      id: nextId('m'),
      parent_id,
      role,
      text,
      created_at: now(),
      cleared: false,
      deleted: /** @type {string | null} */ (null),
      generations: /** @type {any[]} */ ([]),
    };
    conversation.messages.push(message);
    conversation.active_id = message.id;
    conversation.updated_at = now();
    return message;
  }

  /** An answer that was written long ago. */
  function addAnswer(conversation, text) {
    const message = addMessage(conversation, 'assistant', text);
    message.generations.push(finished(nextId('g'), message.id, text, now()));
    return message;
  }

  const talks = conversationRoutes({ state, problem, view, addMessage, begin, finish, createConversation });

  const routes = [
    [
      'GET',
      /^session$/,
      () => [200, { password_set: state.password !== null, signed_in: state.password === null || state.signedIn }],
    ],
    [
      'POST',
      /^login$/,
      (_, body) => {
        state.signedIn = body.password === state.password;
        return state.signedIn ? [204] : [401, problem('wrong_password', '密码不对', '', '再试一次。')];
      },
    ],
    ['POST', /^logout$/, () => ((state.signedIn = false), [204])],
    ['GET', /^status$/, () => [200, state.status]],
    ...MODEL_ROUTES,
    ...articles.routes,
    ...talks,
    ['GET', /^search$/, (_, __, url) => [200, search(state, articles, url.searchParams.get('q') ?? '')]],
    ...beforeSending,
    ...exportRoutes(script),
    ['POST', /^checks$/, () => [200, { findings: script.findings }]],
    ...templates.routes,
    [
      'GET',
      /^generations\/([^/]+)$/,
      ([id]) => [200, articles.jobs.has(id) ? articles.show(articles.jobs.get(id)) : view(state.generations.get(id))],
    ],
    [
      'DELETE',
      /^generations\/([^/]+)$/,
      ([id]) => {
        if (articles.jobs.has(id))
          return (articles.end(articles.jobs.get(id), 'cancelled'), [200, articles.show(articles.jobs.get(id))]);
        finish(state.generations.get(id), 'cancelled');
        return [200, view(state.generations.get(id))];
      },
    ],
    [
      'POST',
      /^generations\/([^/]+)\/continue$/,
      ([id]) => {
        const old = state.generations.get(id);
        const message = old.conversation.messages.find((m) => m.id === old.message_id);
        return [202, { generation_id: begin(old.conversation, message, old.id).id, message_id: message.id }];
      },
    ],
  ];

  function events(gen, url, req, res) {
    const after = Number(req.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0);
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write('retry: 150\n\n');
    if (gen.state) res.write(gen.state);
    for (const { id, frame } of gen.frames) if (id > after) res.write(frame);
    if (gen.status === 'finished') return res.end();
    gen.readers.add(res);
    res.on('close', () => gen.readers.delete(res));
  }

  const server = await listen(async (req, res) => {
    const url = new URL(req.url ?? '/', 'http://x');
    if (state.down) return req.socket.destroy();
    const path = url.pathname.startsWith(rootPath) ? url.pathname.slice(rootPath.length) : url.pathname.slice(1);
    if (!path.startsWith('api/')) return serveStatic(root, `/${path}`, res, rootPath);
    const name = path.slice(4);
    let raw = '';
    for await (const part of req) raw += part;
    const body = raw ? JSON.parse(raw) : null;
    state.log.push({ method: req.method ?? '', path: name, body, language: req.headers['accept-language'] });
    const json = (status, value) => {
      res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json' });
      res.end(value === undefined ? '' : JSON.stringify(value));
    };
    const refused = state.refuse?.(req.method ?? '', name);
    if (refused) return json(...refused);
    if (state.password !== null && !state.signedIn && !/^(session|login)$/.test(name))
      return json(401, problem('sign_in_needed', '请先登录'));
    if (exported(name, url, res)) return;
    const stream = /^generations\/([^/]+)\/events$/.exec(name);
    if (stream) return events(state.generations.get(stream[1]) ?? articles.jobs.get(stream[1]), url, req, res);
    for (const [method, pattern, handler] of routes) {
      const match = method === req.method && pattern.exec(name);
      if (match) return json(...handler(match.slice(1), body, url));
    }
    json(404, problem('not_found', '没有这个地址'));
  }, port);

  const close = () => (articles.close(), state.generations.forEach((gen) => clearTimeout(gen.timer)), server.close());
  return {
    ...server,
    close,
    url: server.url + rootPath,
    state,
    script,
    articles,
    prompt,
    templates,
    createConversation,
    addMessage,
    addAnswer,
    begin,
    finish,
  };
}
