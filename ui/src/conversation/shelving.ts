// What can be done with a conversation or a message as a whole: name it, pin it, take it away, bring it back.
import { app } from '../state/app.svelte';
import { t } from '../state/i18n.svelte';
import { offers } from '../state/offer.svelte';
import { router } from '../state/router.svelte';
import { api } from '../wire/api';
import type { Message } from '../wire/types';
import type { OpenConversation } from './conversation.svelte';
import { below } from './thread';

export function rename(conversation: string, title: string): Promise<boolean> {
  return offers.attempt(async () => {
    const changed = await api.changeConversation(conversation, { title });
    if (app.open?.id === conversation) app.open.title = changed.title;
    await app.refreshList();
  });
}

export function pin(conversation: string, pinned: boolean): Promise<boolean> {
  return offers.attempt(async () => {
    await api.changeConversation(conversation, { pinned });
    await app.refreshList();
  });
}

/** What is written in it stops. If it was open, it is open again when it is brought back. */
export function deleteConversation(conversation: string): Promise<boolean> {
  return offers.attempt(async () => {
    await api.deleteConversation(conversation);
    const open = app.open?.id === conversation;
    if (open) router.go({ name: 'new' });
    await app.refreshList();
    offers.show({
      words: t('ui.offer.conversation_deleted'),
      label: t('ui.offer.undo'),
      ...(open ? {} : { place: `[data-row="${conversation}"] a` }),
      act: async () => {
        await api.restoreConversation(conversation);
        await app.refreshList();
        if (open) router.go({ name: 'conversation', id: conversation });
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
