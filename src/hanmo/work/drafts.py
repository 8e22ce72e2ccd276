"""A turn that is not taken yet, as the path that it would be the end of: a message to be sent, an answer to be given again or gone on with."""

from collections.abc import Sequence
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

    async def path(
        self, text: str, conversation_id: str | None, parent_id: str | None = None, beside_id: str | None = None
    ) -> DraftPath:
        """`conversation_id` None begins a conversation; `parent_id` None is its active leaf; `beside_id` is the question that it would be another
        version of. `NotFound` or `InvalidRequest` where the message could not be sent there."""
        draft = Message("", None, "user", text), Message("", None, "assistant", "")
        if conversation_id is None:
            if parent_id is not None or beside_id is not None:
                raise NotFound("message_not_found", id=parent_id or beside_id or "")
            return DraftPath(draft, DEFAULT_ROUNDS)
        conversation = await self._conversations.get(conversation_id)
        answer = _answer(conversation, parent_id) if beside_id is None else _above(conversation, beside_id)
        return DraftPath((*await self._before(answer), *draft), conversation.rounds)

    async def again(self, conversation_id: str, message_id: str) -> DraftPath:
        """Another answer to a question, which `message_id` is or answers."""
        conversation = await self._conversations.get(conversation_id)
        by_id = {message.id: message for message in conversation.messages}
        asked = _known(conversation.messages, message_id)
        question = asked if asked.role == "user" else by_id[asked.parent_id or ""]
        before = await self._before(_above(conversation, question.id))
        return DraftPath((*before, question, Message("", question.id, "assistant", "")), conversation.rounds)

    async def on(self, generation_id: str) -> DraftPath:
        """Going on with an answer."""
        path = await self._generations.path(generation_id)
        return DraftPath(tuple(path), await self._generations.rounds(generation_id))

    async def _before(self, answer: Message | None) -> Sequence[Message]:
        return await self._generations.path(answer.generations[-1].id) if answer and answer.generations else []


def _answer(conversation: Conversation, parent_id: str | None) -> Message | None:
    """The answer that the new message would stand under; None at the beginning. A question that lost its answer is stood beside."""
    by_id = {message.id: message for message in conversation.messages}
    if parent_id is None:
        leaf = by_id.get(conversation.active_id or "")
        return by_id.get(leaf.parent_id or "") if leaf and leaf.role == "user" else leaf
    if _known(conversation.messages, parent_id).role != "assistant":
        raise InvalidRequest("parent_not_answer", id=parent_id)
    return by_id[parent_id]


def _above(conversation: Conversation, question_id: str) -> Message | None:
    """The answer that a question stands under; None at the beginning."""
    question = _known(conversation.messages, question_id)
    if question.role != "user":
        raise InvalidRequest("message_not_question", id=question_id)
    return next((message for message in conversation.messages if message.id == question.parent_id), None)


def _known(messages: Sequence[Message], message_id: str) -> Message:
    for message in messages:
        if message.id == message_id:
            return message
    raise NotFound("message_not_found", id=message_id)
