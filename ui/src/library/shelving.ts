// What can be done with a conversation, an article or a message as a whole: name it, pin it, take it away, bring it back.
import type { OpenConversation } from '../conversation/conversation.svelte';
import { below } from '../conversation/thread';
import { app } from '../state/app.svelte';
import { t } from '../state/i18n.svelte';
import { offers } from '../state/offer.svelte';
import { router } from '../state/router.svelte';
import { api } from '../wire/api';
import type { Article } from '../wire/articletypes';
import type { Conversation, Message } from '../wire/types';

/** What stands in the library. */
export interface Shelved {
  kind: 'conversation' | 'article';
  id: string;
}

const isOpen = ({ kind, id }: Shelved): boolean => (kind === 'article' ? app.article : app.open)?.id === id;

function change({ kind, id }: Shelved, changes: { title?: string; pinned?: boolean }): Promise<Conversation | Article> {
  return kind === 'article' ? api.changeArticle(id, changes) : api.changeConversation(id, changes);
}

/** An article without a name has the title of its plan or its brief again. */
export function rename(one: Shelved, title: string): Promise<boolean> {
  return offers.attempt(async () => {
    const changed = await change(one, { title });
    if (isOpen(one) && 'plan' in changed) app.article?.take(changed);
    else if (isOpen(one) && app.open) app.open.title = changed.title;
    await app.refreshList();
  });
}

export function pin(one: Shelved, pinned: boolean): Promise<boolean> {
  return offers.attempt(async () => {
    const changed = await change(one, { pinned });
    if (isOpen(one) && 'plan' in changed) app.article?.take(changed);
    await app.refreshList();
  });
}

/** What is written in it stops. If it was open, it is open again when it is brought back. */
export function remove(one: Shelved): Promise<boolean> {
  return offers.attempt(async () => {
    if (one.kind === 'article') {
      if (isOpen(one)) await app.article?.settle();
      await api.deleteArticle(one.id);
    } else await api.deleteConversation(one.id);
    const open = isOpen(one);
    if (open) router.go({ name: 'new' });
    await app.refreshList();
    offers.show({
      words: t(`ui.offer.${one.kind}_deleted`),
      label: t('ui.offer.undo'),
      ...(open ? {} : { place: `[data-row="${one.id}"] a` }),
      act: async () => {
        await (one.kind === 'article' ? api.restoreArticle(one.id) : api.restoreConversation(one.id));
        await app.refreshList();
        if (open) router.go({ name: one.kind, id: one.id });
      },
    });
  });
}

/** With what stands below it. */
export async function deleteMessage(conversation: OpenConversation, message: Message): Promise<void> {
  const count = below(conversation.messages, message.id).size;
  if (!(await conversation.deleteMessage(message.id))) return;
  offers.show({
    words: t('ui.offer.messages_deleted', { n: count }),
    label: t('ui.offer.undo'),
    act: () => conversation.restoreMessage(message.id),
    place: `[data-message="${message.id}"]`,
  });
}
