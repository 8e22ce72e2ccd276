// The whole text of the scripted server's articles: read back by its headings, in the plain way; the rules are the real server's to test.

/**
 * @param {any} article
 * @param {string} text
 */
export function sectionsOf(article, text) {
  const [first = '', ...rest] = text.split('\n');
  const title = /^# +(\S.*)$/.exec(first)?.[1];
  const parts = /** @type {{heading: string, text: string}[]} */ ([]);
  for (const line of title === undefined ? [first, ...rest] : rest) {
    const heading = article.plan.headed ? /^## +(\S.*)$/.exec(line)?.[1] : undefined;
    if (heading !== undefined) parts.push({ heading, text: '' });
    else if (parts.length > 0 || line.trim() !== '') {
      if (parts.length === 0) parts.push({ heading: '', text: '' });
      const part = /** @type {{heading: string, text: string}} */ (parts.at(-1));
      part.text += `${line}\n`;
    }
  }
  return { title: title ?? '', parts: parts.map(({ heading, text: body }) => ({ heading, text: body.trim() })) };
}
