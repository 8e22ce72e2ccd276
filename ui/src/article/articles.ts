// Pure: what the page reads out of an article.
import type { Article, ArticleHead, Edit, JobKind, Plan, PlanSection, Section } from '../wire/articletypes';

/** Whole percent; 100 only when it is done. */
export function percent({ words, target, state }: Pick<ArticleHead, 'words' | 'target' | 'state'>): number {
  if (state === 'done') return 100;
  return target > 0 ? Math.min(99, Math.floor((words / target) * 100)) : 0;
}

/** What is being done to it now. */
export function activity(article: Article): JobKind | null {
  if (article.job) return article.job.kind;
  return article.state === 'writing' ? (article.plan ? 'write' : 'plan') : null;
}

/** True while the plan is being made, whether it was asked for alone or on the way to writing. */
export function isPlanning(article: Article): boolean {
  const doing = activity(article);
  return doing === 'plan' || (doing === 'write' && article.plan === null);
}

/** The section that is being written; its part of the plan and its text cannot be changed meanwhile. */
export function inFlight(article: Article): Section | null {
  if (activity(article) !== 'write') return null;
  return article.sections.find((section) => section.state === 'writing') ?? null;
}

/** Begun and never finished. */
export const isResting = ({ state, version, text }: Section): boolean => state === 'waiting' && version === 0 && text !== '';

export function proposed(article: Article): Edit[] {
  return article.edits.filter((edit) => edit.state === 'proposed');
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
const LONGEST_LINE = 200;
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

/** What a file is called, as the name of a text: without its ending, and no longer than a line may be. */
export const nameOf = (file: string): string =>
  file
    .replace(/\.[^.]*$/, '')
    .trim()
    .slice(0, LONGEST_LINE);

/** A plan as the server keeps it, so that two can be compared: no blank points, no spaces around. */
export function tidy(plan: Plan): Plan {
  return {
    title: plan.title.trim(),
    headed: plan.headed,
    sections: plan.sections.map(({ id, heading, points, words, note = '', skipped = false }) => ({
      ...(id === undefined ? {} : { id }),
      heading: heading.trim(),
      points: points.map((point) => point.trim()).filter((point) => point !== ''),
      words,
      note: note.trim(),
      skipped,
    })),
  };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export const samePlan = (a: Plan, b: Plan): boolean => same(tidy(a), tidy(b));

export interface PlanEffect {
  /** Sections with a text that a changed plan asks to be written anew. */
  anew: string[];
  /** Sections with a text that are no longer in the plan. */
  removed: string[];
}

/** What saving `draft` would do to the text that is there: other points or another length ask for a new text. A section that waits is to be
 * written anyway, whatever is left of an earlier text. */
export function planEffect(article: Article, draft: Plan): PlanEffect {
  const asked = (section: PlanSection) => [section.points, section.words];
  const now = new Map(article.plan ? tidy(article.plan).sections.map((section) => [section.id, section]) : []);
  const then = new Map(tidy(draft).sections.map((section) => [section.id, section]));
  const effect: PlanEffect = { anew: [], removed: [] };
  for (const { id, text, state } of article.sections) {
    const [before, after] = [now.get(id), then.get(id)];
    if (text === '' || !before) continue;
    if (!after) effect.removed.push(id);
    else if (state !== 'waiting' && !same(asked(before), asked(after))) effect.anew.push(id);
  }
  return effect;
}
