// Pure: what is filled in for a new article, and the request that is made of it.
import { MATERIALS, type ArticleFormat, type ArticleRequest, type Materials } from './articletypes';
import { asked, isEmpty } from './brief';
import type { CostQuestion } from './costtypes';
import type { BriefFields } from './prompttypes';

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
