"""Generations: look, follow, go on, stop."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from hanmo.core.errors import NotFound
from hanmo.core.values import JsonValue
from hanmo.i18n import Language
from hanmo.web.api.article_shapes import JobJson, article_json, job_json, progress_json, state_json
from hanmo.web.api.shapes import GenerationJson, generation_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.web.sse import Event, EventStream, last_event_id
from hanmo.work.article_ports import JobRecord
from hanmo.work.jobs import Job, JobEnd, JobState, SectionPiece
from hanmo.work.live import EndEvent, StateEvent, StreamEvent, TextEvent


class ContinueAnswer(BaseModel):
    generation_id: str
    message_id: str


def generations_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/generations", tags=["generations"])

    @router.get("/{generation_id}")
    async def get_generation(generation_id: str, request: Request) -> GenerationJson | JobJson:
        """As it stands now: a generation, or a job of an article."""
        lang = language_of(request.scope)
        if job := await services.desk.find_job(generation_id):
            return await _job_now(services, job, lang)
        return generation_json(await services.generations.get(generation_id), lang)

    @router.get("/{generation_id}/events", response_class=EventStream, status_code=200)
    async def follow_generation(generation_id: str, request: Request) -> Response:
        """Numbered text events from `Last-Event-ID` (or `?after=`) on, the state whenever it changes, and the end."""
        after, lang = last_event_id(request), language_of(request.scope)
        if await services.desk.find_job(generation_id):
            return EventStream(_job_events(services, generation_id, after, lang), closing=services.closing)
        await services.generations.conversation_of(generation_id)
        return EventStream(_events(services, generation_id, after, lang), closing=services.closing)

    @router.post("/{generation_id}/continue", status_code=202)
    async def continue_generation(generation_id: str) -> ContinueAnswer:
        """Goes on from the last character, in the same message, as a new generation. One that the model ended by itself goes on only where its
        answer may be unfinished."""
        continuation = await services.talk.go_on(generation_id)
        return ContinueAnswer(generation_id=continuation.generation_id, message_id=continuation.message_id)

    @router.delete("/{generation_id}")
    async def stop_generation(generation_id: str, request: Request) -> GenerationJson | JobJson:
        """Stops it and keeps its text."""
        lang = language_of(request.scope)
        if await services.desk.find_job(generation_id):
            return await _job_now(services, await services.desk.jobs.stop(generation_id), lang)
        return generation_json(await services.runner.stop(generation_id), lang)

    return router


async def _events(services: Services, generation_id: str, after: int, lang: Language) -> AsyncGenerator[Event]:
    async with aclosing(services.runner.follow(generation_id, after)) as events:
        async for event in events:
            yield event_json(event, lang)


async def _job_now(services: Services, row: JobRecord, lang: Language) -> JobJson:
    live = services.desk.jobs.live(row.id)
    text = live.section_text if live else (await services.desk.view(row.article_id)).text
    return job_json(row, live, text, lang)


async def _job_events(services: Services, job_id: str, after: int, lang: Language) -> AsyncGenerator[Event]:
    job = services.desk.jobs.live(job_id)
    async with aclosing(services.desk.jobs.follow(job_id, after)) as events:
        async for event in events:
            match event:
                case SectionPiece():
                    kind = "replace" if event.whole else "text"
                    yield Event(kind, {"section": event.section_id, "text": event.text}, id=event.seq)
                case JobState():
                    yield Event("state", state_json(event))
                case JobEnd():
                    yield Event("end", cast("JsonValue", await _whole(services, event.job, job, lang)), id=event.seq)


async def _whole(services: Services, row: JobRecord, live: Job | None, lang: Language) -> dict[str, object]:
    """A job that is over, with its article: null where that was deleted meanwhile."""
    try:
        view = await services.desk.view(row.article_id)
    except NotFound:
        return {**job_json(row, live, "", lang), "article": None}
    return {**job_json(row, live, view.text, lang), "article": article_json(view, lang)}


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
    if state.target is not None:
        data["target"] = state.target
    if state.prompt_progress is not None:
        data["prompt_progress"] = progress_json(state.prompt_progress)
    return data
