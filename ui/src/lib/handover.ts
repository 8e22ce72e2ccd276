// Where a filled template goes: into the input of a conversation, with its preset, or into a new article. What is written there stays, behind it.
import { plainText } from './brief';
import { readArticleDraft, readDraft, writeArticleDraft, writeDraft } from './drafts';
import { ARTICLE_PARAMS } from './newarticle.svelte';
import { params } from './params.svelte';
import type { BriefFields } from './prompttypes';
import type { Filled } from './templatetypes';

export function toConversation(conversation: string | null, { brief, preset }: Filled): void {
  writeDraft(conversation, onto(brief, readDraft(conversation)));
  params.show(conversation);
  params.use(preset);
}

/** The other parts of the article's draft stay. */
export function toNewArticle({ brief, language, preset }: Filled): void {
  const before = readArticleDraft();
  const fields = { ...onto(brief, before.fields), words: null };
  writeArticleDraft({ ...before, fields, words: brief.words, lang: language });
  params.show(ARTICLE_PARAMS);
  params.use(preset);
}

/** The fields of a template; what was written before stands in the free text, behind the template's own. */
function onto(brief: BriefFields, before: BriefFields | undefined): BriefFields {
  const kept = before ? plainText(before) : '';
  const texts = kept === plainText(brief) ? [brief.text] : [brief.text, kept];
  return { ...brief, text: texts.filter((text) => text.trim() !== '').join('\n\n') };
}
