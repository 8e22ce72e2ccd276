"""Conversations and the messages in them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hanmo.core.brief_fields import is_plain
from hanmo.web.api.brief_shapes import TEXT_CHARACTERS, BriefOrText, read_asked
from hanmo.web.api.shapes import ConversationJson, ConversationSummaryJson, conversation_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewConversation(_Body):
    title: Annotated[str, Field(max_length=200)] = ""


class NewMessage(_Body):
    """Either `text`, or a `brief` of fields that the text is made of. `sampling` changes single values of the preset; unknown names and values
    out of range are refused with what is allowed."""

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    brief: BriefOrText | None = None
    preset: Literal["chat", "qa", "creative", "code", "long"] | None = None
    sampling: dict[str, Any] | None = None
    parent_id: Id | None = None


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
        """All conversations, the newest first."""
        rows = await services.conversations.list()
        return ConversationsAnswer(
            conversations=[
                ConversationSummaryJson(id=c.id, title=c.title, created_at=c.created_at, updated_at=c.updated_at) for c in rows
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
            brief=None if is_plain(fields) else fields,
        )
        return NewTurnAnswer(message_id=turn.message_id, user_message_id=turn.user_message_id, generation_id=turn.generation_id)

    return router
