"""The prompt before it is sent: reading it ahead while it is typed."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hanmo.core.presets import choose_sampling
from hanmo.web.api.conversations import TEXT_CHARACTERS, Id, Preset
from hanmo.web.services import Services
from hanmo.work.warmup import Draft


class TypedText(BaseModel):
    """What stands in the input now. Without `conversation_id` it will begin a conversation. An empty text ends what is being read."""

    model_config = ConfigDict(extra="forbid", strict=True)

    conversation_id: Id | None = None
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)]
    preset: Preset | None = None
    sampling: dict[str, Any] | None = None


def prompt_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/prompt", tags=["prompt"])

    @router.post("/warm", status_code=202)
    async def warm(body: TypedText) -> None:
        """Reads a draft into the cache while nobody else needs the engine, so that its answer begins at once when it is sent."""
        sampling = choose_sampling(body.preset, body.sampling)
        services.warm_up.read(Draft(body.conversation_id, body.text, sampling.max_new_tokens))

    return router
