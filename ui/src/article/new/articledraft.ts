// Pure: what is filled in for a new article, the request that is made of it, and how answers become part of it.
import type { Order } from '../../prompt/askback';
import { asked, isEmpty, withAnswer, wordsIn } from '../../prompt/brief';
import { MATERIALS, type ArticleFormat, type ArticleRequest, type Materials } from '../../wire/articletypes';
import type { CostQuestion } from '../../wire/costquestions';
import type { BriefFields, Question } from '../../wire/prompttypes';

export interface ArticleDraft {
  fields: BriefFields;
  words: number | null;
  lang: 'auto' | 'zh' | 'en';
  format: ArticleFormat;
  materials: Materials;
}

/** Only what was chosen is sent. */
export function articleRequest({ fields, words, lang, format, materials }: ArticleDraft): ArticleRequest {
  const request: ArticleRequest = asked(fields);
  if (words !== null) request.words = words;
  if (lang !== 'auto') request.lang = lang;
  if (format !== 'prose') request.format = format;
  for (const name of MATERIALS) if (materials[name].trim() !== '') request[name] = materials[name].trim();
  return request;
}

/** What writing it would cost is asked so; null where nothing is asked for yet. */
export function priceOf(draft: ArticleDraft): CostQuestion | null {
  return isEmpty(draft.fields) ? null : { work: { action: 'write', order: articleRequest(draft) } };
}

/** What is asked about before it is written. */
export function orderOf({ format, words }: ArticleDraft): Order {
  return { article: true, format, ...(words === null ? {} : { words }) };
}

/** Puts the answers that were given into a draft. */
export function fillIn(draft: ArticleDraft, questions: Question[], answers: Map<string, string>): void {
  for (const question of questions) {
    const said = answers.get(question.code) ?? '';
    const words = question.field === 'words' ? wordsIn(said) : null;
    if (words !== null) draft.words = words;
    else draft.fields = withAnswer(draft.fields, question, said);
  }
}
