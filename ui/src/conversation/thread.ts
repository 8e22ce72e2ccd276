// Pure: the path through the tree of messages that is shown, other versions of them, and the text of a message whose last generation may still run.
import type { Conversation, Generation, Message } from '../wire/types';

/** The messages from the root to the active leaf. A missing `active_id` means the newest message. */
export function activePath(conversation: Pick<Conversation, 'messages' | 'active_id'>): Message[] {
  const byId = new Map(conversation.messages.map((m) => [m.id, m]));
  const path: Message[] = [];
  let at = byId.get(conversation.active_id ?? '') ?? conversation.messages.at(-1);
  while (at && !path.includes(at)) {
    path.unshift(at);
    at = at.parent_id === null ? undefined : byId.get(at.parent_id);
  }
  return path;
}

/** Other versions of each message, in the order they were made: those that stand under the same one. */
export function versions(messages: Message[]): Map<string, Message[]> {
  const under = new Map<string | null, Message[]>();
  for (const message of messages) {
    const beside = under.get(message.parent_id);
    if (beside) beside.push(message);
    else under.set(message.parent_id, [message]);
  }
  return new Map(messages.map((message) => [message.id, under.get(message.parent_id) ?? []]));
}

/** The ids of a message and of all that stands under it. Parents come before their children. */
export function below(messages: Message[], root: string): Set<string> {
  const found = new Set([root]);
  for (const { id, parent_id } of messages) if (parent_id !== null && found.has(parent_id)) found.add(id);
  return found;
}

export function lastGeneration(message: Message): Generation | undefined {
  return message.generations.at(-1);
}

/** What stood in the message before `generation` began: the texts of the chain that it continues. */
export function textBefore(message: Message, generation: Generation): string {
  const byId = new Map(message.generations.map((g) => [g.id, g]));
  let text = '';
  const seen = new Set<string>();
  for (let at = byId.get(generation.continues ?? ''); at && !seen.has(at.id); at = byId.get(at.continues ?? '')) {
    seen.add(at.id);
    text = at.text + text;
  }
  return text;
}

/** The whole text of a message. While its last generation runs, what it has written so far follows what it continues. */
export function messageText(message: Message): string {
  const last = lastGeneration(message);
  if (message.role === 'user' || !last) return message.text;
  const chain = textBefore(message, last) + last.text;
  return last.status === 'finished' && message.text !== '' ? message.text : chain;
}

/** Han characters plus words of other scripts: how writers count length. */
export function countWords(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.replace(/\p{Script=Han}/gu, ' ').match(/[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  return han + words;
}
