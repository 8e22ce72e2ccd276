// The conversations of the scripted server, by the HTTP contract: branches, deletion and its undoing, names, pins, history.

/** @param {any} parts */
export function conversationRoutes({ state, problem, view, addMessage, begin, finish, createConversation }) {
  const missing = [404, problem('not_found', '没有这个会话', '它可能已经被删除。', '新开一个会话。')];
  const seen = (c) => c.messages.filter((m) => m.deleted === null);

  function pathTo(c, id) {
    const by = new Map(seen(c).map((m) => [m.id, m]));
    const path = [];
    for (let at = by.get(id); at; at = by.get(at.parent_id)) path.unshift(at);
    return path;
  }

  function below(messages, root) {
    const found = new Set([root]);
    for (const m of messages) if (found.has(m.parent_id)) found.add(m.id);
    return found;
  }

  function newestLeaf(c, root) {
    const inside = below(seen(c), root);
    const parents = new Set(seen(c).map((m) => m.parent_id));
    return seen(c).findLast((m) => inside.has(m.id) && !parents.has(m.id)).id;
  }

  function unsent(c) {
    const path = pathTo(c, c.active_id);
    const cleared = path.findLastIndex((m) => m.cleared) + 1;
    if (c.rounds === null) return cleared;
    const period = Math.ceil(c.rounds / 2) + 1;
    return cleared + 2 * Math.floor(Math.max(0, (path.length - cleared) / 2 - c.rounds) / period) * period;
  }

  const head = ({ id, title, created_at, updated_at, pinned }) => ({ id, title, created_at, updated_at, pinned });
  const show = (c) => ({
    ...head(c),
    active_id: c.active_id,
    rounds: c.rounds,
    unsent_messages: unsent(c),
    messages: seen(c).map(({ deleted: _, ...m }) => ({ ...m, generations: m.generations.map(view) })),
  });

  const on =
    (handler) =>
    ([id, ...rest], body) => {
      const c = state.conversations.get(id);
      return !c || c.deleted ? missing : handler(c, body, ...rest);
    };
  const shown = (act) =>
    on((c, body, ...rest) => {
      const refused = act(c, body, ...rest);
      return Array.isArray(refused) ? refused : [200, show(c)];
    });
  const stop = (messages) => messages.flatMap((m) => m.generations).forEach((g) => finish(g, 'cancelled'));

  function answer(c, question) {
    const made = addMessage(c, 'assistant', '', question);
    return [202, { message_id: made.id, user_message_id: question, generation_id: begin(c, made).id }];
  }

  function send(c, { text: typed, brief, beside_id }) {
    const text = typed ?? Object.values(brief).filter(Boolean).join('\n');
    const beside = beside_id && c.messages.find((m) => m.id === beside_id);
    const user = Object.assign(addMessage(c, 'user', text, beside ? beside.parent_id : c.active_id), { brief: brief ?? null });
    c.title ||= text.slice(0, 18);
    return answer(c, user.id);
  }

  function change(c, body) {
    if (body.title === '') return [422, problem('title_empty', '标题是空的', '', '写一个标题。')];
    Object.assign(c, body);
  }

  function remove(c, _, id) {
    const gone = below(seen(c), id);
    const messages = c.messages.filter((m) => m.deleted === null && gone.has(m.id));
    stop(messages);
    c.was = { ...c.was, [id]: c.active_id };
    for (const m of messages) m.deleted = id;
    if (!gone.has(c.active_id)) return;
    const parent = messages[0].parent_id;
    const left = seen(c);
    c.active_id = parent ? newestLeaf(c, parent) : (left.at(-1)?.id ?? null);
  }

  function restore(c, _, id) {
    for (const m of c.messages) if (m.deleted === id) m.deleted = null;
    c.active_id = c.was[id];
  }

  return [
    [
      'GET',
      /^conversations$/,
      () => {
        const kept = [...state.conversations.values()].filter((c) => !c.deleted);
        return [200, { conversations: kept.sort((a, b) => b.pinned - a.pinned || b.updated_at - a.updated_at).map(head) }];
      },
    ],
    ['POST', /^conversations$/, () => [201, { id: createConversation().id }]],
    ['GET', /^conversations\/([^/]+)$/, on((c) => [200, show(c)])],
    ['PATCH', /^conversations\/([^/]+)$/, shown(change)],
    ['DELETE', /^conversations\/([^/]+)$/, on((c) => (stop(c.messages), (c.deleted = true), [204]))],
    [
      'POST',
      /^conversations\/([^/]+)\/restore$/,
      ([id]) => ((state.conversations.get(id).deleted = false), [200, show(state.conversations.get(id))]),
    ],
    ['POST', /^conversations\/([^/]+)\/messages$/, on(send)],
    [
      'POST',
      /^conversations\/([^/]+)\/messages\/([^/]+)\/regenerate$/,
      on((c, _, id) => {
        const message = c.messages.find((m) => m.id === id);
        return answer(c, message.role === 'user' ? id : message.parent_id);
      }),
    ],
    ['PUT', /^conversations\/([^/]+)\/active$/, shown((c, body) => void (c.active_id = newestLeaf(c, body.message_id)))],
    [
      'PUT',
      /^conversations\/([^/]+)\/messages\/([^/]+)\/cleared$/,
      shown((c, body, id) => void (c.messages.find((m) => m.id === id).cleared = body.cleared)),
    ],
    ['DELETE', /^conversations\/([^/]+)\/messages\/([^/]+)$/, shown(remove)],
    ['POST', /^conversations\/([^/]+)\/messages\/([^/]+)\/restore$/, shown(restore)],
  ];
}
