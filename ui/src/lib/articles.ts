// Pure: what the page reads out of an article.
import type { Article, ArticleHead, Plan } from './types';

/** Whole percent; 100 only when it is done. */
export function percent({ words, target, state }: Pick<ArticleHead, 'words' | 'target' | 'state'>): number {
  if (state === 'done') return 100;
  return target > 0 ? Math.min(99, Math.floor((words / target) * 100)) : 0;
}

/** True while the plan is being made, whether it was asked for alone or on the way to writing. */
export function isPlanning(article: Article): boolean {
  if (article.plan !== null || article.problem !== null) return article.state === 'writing' && article.plan === null;
  return article.state === 'writing' || (article.state === 'new' && article.job_id !== null);
}

export function isMoving(article: Article): boolean {
  return article.state === 'writing' || isPlanning(article);
}

/** The end of a text as plain words, for the card of the section that is being written. */
export function tail(markdown: string, length = 240): string {
  const plain = markdown
    .slice(-2 * length)
    .replace(/^(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, '')
    .replace(/[*_`~|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return [...plain].slice(-length).join('');
}

const LONGEST_NAME = 80;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** A name that every file system takes: no separators, no control or direction marks, no dots or spaces at its ends. */
export function fileName(title: string, fallback: string): string {
  const clean = title
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\/:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '');
  // 80 Han characters are 240 bytes, and a name may have 255.
  const name = [...clean]
    .slice(0, LONGEST_NAME)
    .join('')
    .replace(/[. ]+$/, '');
  return `${name === '' || RESERVED.test(name) ? fallback : name}.md`;
}

/** A plan as the server keeps it, so that two can be compared: no blank points, no spaces around. */
export function tidy(plan: Plan): Plan {
  return {
    title: plan.title.trim(),
    headed: plan.headed,
    sections: plan.sections.map(({ heading, points, words }) => ({
      heading: heading.trim(),
      points: points.map((point) => point.trim()).filter((point) => point !== ''),
      words,
    })),
  };
}

export const samePlan = (a: Plan, b: Plan): boolean => JSON.stringify(tidy(a)) === JSON.stringify(tidy(b));
