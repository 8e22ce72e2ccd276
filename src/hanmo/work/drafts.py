"""A message that is not sent yet, as the path that it would be the end of."""

from dataclasses import dataclass

from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.history import DEFAULT_ROUNDS
from hanmo.core.values import Conversation, Message
from hanmo.work import ports


@dataclass(frozen=True, slots=True)
class DraftPath:
    """As `PromptBuilder.build` takes it: what would stand before the draft, the draft, and its empty answer; and how many rounds are sent."""

    messages: tuple[Message, ...]
    rounds: int | None


class Drafts:
    """Reads the history that a draft would stand under, with the ledgers that its prompt is built on."""

    def __init__(self, conversations: ports.Conversations, generations: ports.Generations) -> None:
        self._conversations = conversations
        self._generations = generations

    async def path(self, text: str, conversation_id: str | None, parent_id: str | None = None) -> DraftPath:
        """`conversation_id` None begins a conversation; `parent_id` None is its active leaf. `NotFound` or `InvalidRequest` where the message
        could not be sent there."""
        draft = Message("", None, "user", text), Message("", None, "assistant", "")
        if conversation_id is None:
            if parent_id is not None:
                raise NotFound("message_not_found", id=parent_id)
            return DraftPath(draft, DEFAULT_ROUNDS)
        conversation = await self._conversations.get(conversation_id)
        answer = _answer(conversation, parent_id)
        before = await self._generations.path(answer.generations[-1].id) if answer else []
        return DraftPath((*before, *draft), conversation.rounds)


def _answer(conversation: Conversation, parent_id: str | None) -> Message | None:
    """The answer that the new message would stand under; None at the beginning. A question that lost its answer is stood beside."""
    by_id = {message.id: message for message in conversation.messages}
    if parent_id is None:
        leaf = by_id.get(conversation.active_id or "")
        return by_id.get(leaf.parent_id or "") if leaf and leaf.role == "user" else leaf
    if parent_id not in by_id:
        raise NotFound("message_not_found", id=parent_id)
    if by_id[parent_id].role != "assistant":
        raise InvalidRequest("parent_not_answer", id=parent_id)
    return by_id[parent_id]
