// Pure: what the model is asked for where it mends a finding, and what that costs. A certain fix and what is only cut out need no model.
import { t } from '../../state/i18n.svelte';
import { blockAround, trimmed, type Range } from '../../text/blocks';
import { fileOf, layout, placeIn, rangeOf } from '../../text/layout';
import type { Article, Finding, RewriteKind } from '../../wire/articletypes';
import type { CostQuestion } from '../../wire/costquestions';
import { rewriteOf } from '../section/sectionprice';

export interface Mend {
  kind: RewriteKind;
  instruction: string;
  range: Range;
}

/** In `text`, where the finding points at `spot` of the section `whole`; the two are the same where it points at the section. A `file` of code is
    written anew, and told what is wrong with it. */
export function mendOf(
  text: string,
  { action, start, end, text: said }: Finding,
  spot: Range,
  whole: Range,
  file: boolean,
): Mend | null {
  const ask = (kind: RewriteKind, range: Range, instruction = '') => ({ kind, instruction, range });
  if (file && action && action !== 'add' && action !== 'remove') return ask('anew', whole, t('ui.editor.mend', { text: said }));
  switch (action) {
    case 'continue':
      return ask('continue', blockAround(text, start < end ? spot : { from: whole.to, to: whole.to }));
    case 'again':
      return ask('anew', spot === whole ? whole : blockAround(text, spot));
    case 'shorten':
      return ask('shorten', whole);
    case 'rephrase':
      return ask('rephrase', spot);
    case 'add':
      return ask('own', whole, t('ui.editor.add', { text: said }));
    default:
      return null;
  }
}

/** Of the text as the server has it; null where no model is asked, or where the place is not certain. */
export function priceOfMend(article: Article, finding: Finding): CostQuestion | null {
  const { section, start, end, fix } = finding;
  const spans = layout(article);
  const span = spans.findLast(({ id }) => section === null || id === section);
  if (fix || !span) return null;
  const whole = { from: span.start, to: span.end };
  const spot = section !== null && start < end ? rangeOf(article, spans, { section, start, end }) : whole;
  const mend = spot && mendOf(article.text, finding, spot, whole, fileOf(article, span.id) !== undefined);
  if (!mend) return null;
  const { from, to } = trimmed(article.text, mend.range);
  const place = from < to ? placeIn(article, spans, from, to) : null;
  if (!place) return null;
  const rewrite = rewriteOf(mend.kind, mend.instruction, place);
  return { work: { action: 'rewrite', article_id: article.id, section: place.section, ...rewrite } };
}
