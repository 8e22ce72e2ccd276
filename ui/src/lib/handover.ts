// Where a filled template goes: into the input of a conversation, with its preset, or into a new article. What is written there stays.
import { blank, putOver } from './brief';
import { readArticleDraft, readDraft, writeArticleDraft, writeDraft } from './drafts';
import { t } from './i18n.svelte';
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
  writeArticleDraft({ ...before, fields, words: brief.words ?? before.words ?? null, lang: language });
  params.show(ARTICLE_PARAMS);
  params.use(preset);
}

function onto(brief: BriefFields, before: BriefFields | undefined): BriefFields {
  return putOver(brief, { ...blank(), ...before }, (name) => t('ui.brief.named', { field: t(`ui.brief.field.${name}`) }));
}
