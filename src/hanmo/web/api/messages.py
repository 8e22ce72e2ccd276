"""What can be done with a message that is there: answer again, show its branch, clear the context after it, delete it and bring it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hanmo.web.api.conversations import NewTurnAnswer, PresetName
from hanmo.web.api.shapes import ConversationJson, conversation_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AnswerOrder(_Body):
    """Without `preset` and `sampling`, as the last answer to the same question was sampled."""

    preset: PresetName | None = None
    sampling: dict[str, Any] | None = None


class Choice(_Body):
    message_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Clearing(_Body):
    cleared: bool


class Nothing(_Body):
    pass


def messages_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/conversations/{conversation_id}", tags=["conversations"])
    talk = services.talk

    @router.post("/messages/{message_id}/regenerate", status_code=202)
    async def regenerate(conversation_id: str, message_id: str, body: AnswerOrder | None = None) -> NewTurnAnswer:
        """Another answer beside those that are there. `message_id` is the question or one of its answers."""
        order = body or AnswerOrder()
        turn = await talk.answer_again(conversation_id, message_id, preset=order.preset, sampling=order.sampling)
        return NewTurnAnswer(message_id=turn.message_id, user_message_id=turn.user_message_id, generation_id=turn.generation_id)

    @router.put("/active")
    async def choose_branch(conversation_id: str, body: Choice, request: Request) -> ConversationJson:
        """Shows the newest branch that goes through this message."""
        return conversation_json(await talk.choose(conversation_id, body.message_id), language_of(request.scope))

    @router.put("/messages/{message_id}/cleared")
    async def clear_context(conversation_id: str, message_id: str, body: Clearing, request: Request) -> ConversationJson:
        """What is asked after this answer is asked without it and all before it; `false` takes that back."""
        return conversation_json(await talk.clear(conversation_id, message_id, body.cleared), language_of(request.scope))

    @router.delete("/messages/{message_id}")
    async def delete_message(conversation_id: str, message_id: str, request: Request) -> ConversationJson:
        """Stops what is written in the message and below it, and hides them. They can be restored for seven days; at a start after that they are
        removed for good."""
        return conversation_json(await talk.delete_message(conversation_id, message_id), language_of(request.scope))

    @router.post("/messages/{message_id}/restore", status_code=200)
    async def restore_message(
        conversation_id: str, message_id: str, request: Request, _: Nothing | None = None
    ) -> ConversationJson:
        """Brings a deleted message back, with what was deleted with it and the branch that was shown."""
        return conversation_json(await talk.restore_message(conversation_id, message_id), language_of(request.scope))

    return router
