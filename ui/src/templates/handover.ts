// Where a filled template goes: into the input of a conversation, with its preset, or into a new article. What is written there stays.
import { ARTICLE_PARAMS } from '../article/new/newarticle.svelte';
import { blank, putOver } from '../prompt/brief';
import { params } from '../prompt/params.svelte';
import { readArticleDraft, readDraft, writeArticleDraft, writeDraft } from '../state/drafts';
import { t } from '../state/i18n.svelte';
import type { BriefFields } from '../wire/prompttypes';
import type { Filled } from '../wire/templatetypes';

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
