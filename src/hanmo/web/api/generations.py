"""Generations: look, follow, go on, stop."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from hanmo.core.values import JsonValue
from hanmo.i18n import Language
from hanmo.web.api.shapes import GenerationJson, generation_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.web.sse import Event, EventStream, last_event_id
from hanmo.work.live import EndEvent, StateEvent, StreamEvent, TextEvent


class ContinueAnswer(BaseModel):
    generation_id: str
    message_id: str


def generations_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/generations", tags=["generations"])

    @router.get("/{generation_id}")
    async def get_generation(generation_id: str, request: Request) -> GenerationJson:
        """As it stands now."""
        return generation_json(await services.generations.get(generation_id), language_of(request.scope))

    @router.get("/{generation_id}/events", response_class=EventStream, status_code=200)
    async def follow_generation(generation_id: str, request: Request) -> Response:
        """Numbered text events from `Last-Event-ID` (or `?after=`) on, the state whenever it changes, and the end."""
        after = last_event_id(request)
        await services.generations.conversation_of(generation_id)
        return EventStream(_events(services, generation_id, after, language_of(request.scope)), closing=services.closing)

    @router.post("/{generation_id}/continue", status_code=202)
    async def continue_generation(generation_id: str) -> ContinueAnswer:
        """Goes on from the last character, in the same message, as a new generation."""
        continuation = await services.talk.go_on(generation_id)
        return ContinueAnswer(generation_id=continuation.generation_id, message_id=continuation.message_id)

    @router.delete("/{generation_id}")
    async def stop_generation(generation_id: str, request: Request) -> GenerationJson:
        """Stops it and keeps its text."""
        return generation_json(await services.runner.stop(generation_id), language_of(request.scope))

    return router


async def _events(services: Services, generation_id: str, after: int, lang: Language) -> AsyncGenerator[Event]:
    async with aclosing(services.runner.follow(generation_id, after)) as events:
        async for event in events:
            yield event_json(event, lang)


def event_json(event: StreamEvent, lang: Language) -> Event:
    """A stream event as it goes over the wire."""
    match event:
        case TextEvent():
            return Event("text", {"text": event.text}, id=event.seq)
        case EndEvent():
            return Event("end", cast("JsonValue", generation_json(event.generation, lang)), id=event.seq)
        case StateEvent():
            return Event("state", _state_json(event))


def _state_json(state: StateEvent) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {"status": state.status, "dropped_messages": state.dropped_messages}
    if state.queue_place is not None:
        data["queue_place"] = state.queue_place
    if state.engine is not None:
        data["engine"] = state.engine
    if (progress := state.prompt_progress) is not None:
        data["prompt_progress"] = {"done": progress.done, "total": progress.total, "cached": progress.cached}
    return data
