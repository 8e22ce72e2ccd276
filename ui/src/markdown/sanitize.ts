// The only way from an HTML string to nodes. markdown-it escapes everything first (html: false); this is the second wall.
// DOMPurify parses through its Trusted Types policy `dompurify` and hands out nodes, so the page itself has no sink and nothing is parsed twice.
import DOMPurify from 'dompurify';

const TAGS =
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a br hr table thead tbody tr th td div span figure figcaption';

const config = {
  ALLOWED_TAGS: TAGS.split(' '),
  ALLOWED_ATTR: ['class', 'href', 'title', 'start', 'target', 'rel', 'data-lang'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ADD_URI_SAFE_ATTR: ['class', 'title', 'start', 'target', 'rel', 'data-lang'],
  KEEP_CONTENT: true,
};

/** `tags`, `attributes`: besides those that our own Markdown makes. */
export function toNodes(html: string, tags: string[] = [], attributes: string[] = []): DocumentFragment {
  const more = {
    ALLOWED_TAGS: [...config.ALLOWED_TAGS, ...tags],
    ALLOWED_ATTR: [...config.ALLOWED_ATTR, ...attributes],
    ADD_URI_SAFE_ATTR: [...config.ADD_URI_SAFE_ATTR, ...attributes],
  };
  return DOMPurify.sanitize(html, { ...config, ...more, RETURN_DOM_FRAGMENT: true });
}
