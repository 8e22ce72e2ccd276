"""Conversations: the list, one of them, and a message to it. What is done with messages that are there is in `messages.py`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hanmo.core.brief_fields import is_plain
from hanmo.web.api.brief_shapes import TEXT_CHARACTERS, BriefOrText, read_asked
from hanmo.web.api.shapes import ConversationJson, ConversationSummaryJson, conversation_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
PresetName = Literal["chat", "qa", "creative", "code", "long"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewConversation(_Body):
    title: Annotated[str, Field(max_length=200)] = ""


class NewMessage(_Body):
    """Either `text`, or a `brief` of fields that the text is made of. `sampling` changes single values of the preset; unknown names and values
    out of range are refused with what is allowed. `beside_id` names a question: the text becomes another version of it, and the branch that is
    there stays."""

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    brief: BriefOrText | None = None
    preset: PresetName | None = None
    sampling: dict[str, Any] | None = None
    parent_id: Id | None = None
    beside_id: Id | None = None


class Changes(_Body):
    """What is left out stays. `rounds`: how many rounds go with the next question, null for all."""

    title: Annotated[str, Field(max_length=200)] | None = None
    pinned: bool | None = None
    rounds: Literal[1, 2, 5, 10, 20] | None = None


class Nothing(_Body):
    pass


class ConversationsAnswer(BaseModel):
    conversations: list[ConversationSummaryJson]


class Created(BaseModel):
    id: str


class NewTurnAnswer(BaseModel):
    """`message_id` is the answer that is being written."""

    message_id: str
    user_message_id: str
    generation_id: str


def conversations_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/conversations", tags=["conversations"])

    @router.get("")
    async def list_conversations() -> ConversationsAnswer:
        """All conversations, the pinned ones first, then the newest first."""
        rows = await services.conversations.list()
        return ConversationsAnswer(
            conversations=[
                ConversationSummaryJson(id=c.id, title=c.title, created_at=c.created_at, updated_at=c.updated_at, pinned=c.pinned)
                for c in rows
            ]
        )

    @router.post("", status_code=201)
    async def create_conversation(body: NewConversation) -> Created:
        """An empty conversation."""
        return Created(id=(await services.conversations.create(body.title)).id)

    @router.get("/{conversation_id}")
    async def get_conversation(conversation_id: str, request: Request) -> ConversationJson:
        """With all messages and their generations."""
        return conversation_json(await services.conversations.get(conversation_id), language_of(request.scope))

    @router.post("/{conversation_id}/open", status_code=202)
    async def open_conversation(conversation_id: str, _: Nothing | None = None) -> None:
        """Somebody looks at it: what was kept of its cache is brought back while nobody else needs the engine. Answers at once."""
        services.warm_up.open(f"conversation:{(await services.conversations.get(conversation_id)).id}")

    @router.patch("/{conversation_id}")
    async def change_conversation(conversation_id: str, body: Changes, request: Request) -> ConversationJson:
        """Renames it, pins it, sets how much of its history is sent."""
        if body.title is not None:
            await services.talk.rename(conversation_id, body.title)
        if body.pinned is not None:
            await services.conversations.pin(conversation_id, body.pinned)
        if "rounds" in body.model_fields_set:
            await services.conversations.set_rounds(conversation_id, body.rounds)
        return conversation_json(await services.conversations.get(conversation_id), language_of(request.scope))

    @router.delete("/{conversation_id}", status_code=204)
    async def delete_conversation(conversation_id: str) -> None:
        """Stops what is written in it, and hides it. It can be restored for seven days; at a start after that it is removed for good."""
        await services.talk.delete(conversation_id)

    @router.post("/{conversation_id}/restore", status_code=200)
    async def restore_conversation(conversation_id: str, request: Request, _: Nothing | None = None) -> ConversationJson:
        """Brings a deleted one back as it was."""
        await services.conversations.restore(conversation_id)
        return conversation_json(await services.conversations.get(conversation_id), language_of(request.scope))

    @router.post("/{conversation_id}/messages", status_code=202)
    async def send_message(conversation_id: str, body: NewMessage) -> NewTurnAnswer:
        """Adds a user's message and puts its answer into the line; follow the generation for its text."""
        text, fields = read_asked(body.text, body.brief)
        turn = await services.talk.send(
            conversation_id,
            text,
            preset=body.preset,
            sampling=body.sampling,
            parent_id=body.parent_id,
            beside_id=body.beside_id,
            brief=None if is_plain(fields) else fields,
        )
        services.warm_up.sent()
        return NewTurnAnswer(message_id=turn.message_id, user_message_id=turn.user_message_id, generation_id=turn.generation_id)

    return router
