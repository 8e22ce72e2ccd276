// What can be done with a section, and how its price is asked for.
import { t } from '../../state/i18n.svelte';
import type { Place, Rewrite, RewriteKind, Section } from '../../wire/articletypes';
import type { CostQuestion } from '../../wire/costquestions';

export type SectionWork = RewriteKind | 'polish' | 'proofread';

const KINDS: RewriteKind[] = ['anew', 'expand', 'shorten', 'rephrase', 'tone', 'translate'];

/** The ways to rewrite a section that there are; a file of code has no other words. */
export const kindsFor = (section: Section): RewriteKind[] => (section.file ? ['anew'] : KINDS);

export function priceOf(
  article: string,
  section: string,
  work: SectionWork,
  ordered: (kind: RewriteKind) => Rewrite,
): { label: string; question: CostQuestion } {
  if (work === 'polish' || work === 'proofread')
    return { label: t(`ui.article.menu.${work}`), question: { work: { action: work, article_id: article, section } } };
  const question = { work: { action: 'rewrite', article_id: article, section, ...ordered(work) } } as const;
  return { label: t(`ui.article.rewrite.${work}`), question };
}

/** What is asked of the server: of the whole section, or of a place in it. */
export function rewriteOf(kind: RewriteKind, instruction: string, place: Pick<Place, 'start' | 'end'> | null | undefined): Rewrite {
  const said = instruction.trim() === '' ? {} : { instruction: instruction.trim() };
  return { kind, ...said, ...(place ? { start: place.start, end: place.end } : {}) };
}
