// What the scripted server finds: plain text, in titles, messages, briefs and sections.

const points = (text, upTo) => [...text.slice(0, upTo)].length;

export function search(state, articles, query) {
  const wanted = query.trim().toLowerCase();
  const hits = [];
  const look = (kind, owner, text, extra = {}) => {
    const at = text.toLowerCase().indexOf(wanted);
    if (wanted === '' || at === -1) return;
    const [start, end] = [points(text, at), points(text, at + wanted.length)];
    const shared = { kind, id: owner.id, title: owner.title, message_id: null, section_id: null, start, end };
    hits.push({ ...shared, snippet: { text, spans: [[start, end]] }, date: owner.updated_at, ...extra });
  };
  const talks = [...state.conversations.values()].filter((c) => !c.deleted);
  for (const c of talks) look('conversation', c, c.title);
  for (const c of talks)
    for (const m of c.messages) if (m.deleted === null) look('message', c, m.text, { message_id: m.id, date: m.created_at });
  for (const a of articles.articles.values()) {
    look('article', a, a.title);
    look('brief', a, a.brief.text);
    for (const s of a.sections) look('heading', a, s.heading, { section_id: s.id });
    for (const s of a.sections) look('section', a, s.text, { section_id: s.id });
  }
  return { hits: hits.slice(0, 50), more: hits.length > 50 };
}
