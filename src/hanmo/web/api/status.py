"""Where everything stands, for the status line, for watchdogs and for load balancers."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from hanmo.i18n import Language, words
from hanmo.web.api.shapes import ProblemJson, problem_json, rounded
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.work.bringup import Action, ActionKind, Notice, Step
from hanmo.work.model_ports import DownloadState
from hanmo.work.ports import EngineState


class EngineJson(TypedDict):
    """While `slot_changes` is the same, what a prompt costs is the same. `remote` is host and port of an engine elsewhere, null of our own; where
    `leaves` is true that is another computer, to which the texts go."""

    state: EngineState
    model: str | None
    model_name: str | None
    n_ctx: int | None
    kv_type: str | None
    threads: int
    build: str | None
    problem: ProblemJson | None
    slot_changes: int
    remote: str | None
    leaves: bool


class BringupJson(TypedDict):
    step: Step
    model: str | None
    problem: ProblemJson | None


class MemoryJson(TypedDict):
    engine_bytes: int
    parent_bytes: int


class SpeedsJson(TypedDict):
    prompt_tokens_per_second: float | None
    tokens_per_second: float | None
    words_per_second: float | None


class QueueJson(TypedDict):
    length: int
    limit: int
    running: str | None


class ActionJson(TypedDict):
    kind: ActionKind
    model: str
    label: str


class NoticeJson(TypedDict):
    """One calm line, in the language that was asked for."""

    code: str
    params: dict[str, str | int | float]
    text: str
    action: ActionJson | None


class DownloadJson(TypedDict):
    model: str
    name: str
    state: DownloadState
    source: str
    received_bytes: int
    total_bytes: int
    bytes_per_second: float
    seconds_left: float | None
    problem: ProblemJson | None


class StatusJson(TypedDict):
    version: str
    engine: EngineJson
    bringup: BringupJson
    memory: MemoryJson
    speeds: SpeedsJson
    queue: QueueJson
    notices: list[NoticeJson]
    downloads: list[DownloadJson]


def status_router(services: Services) -> APIRouter:
    router = APIRouter(tags=["status"])

    @router.get("/healthz")
    async def healthz() -> dict[str, bool]:
        """200 as soon as the server answers."""
        return {"ok": True}

    @router.get("/readyz")
    async def readyz(request: Request) -> JSONResponse:
        """200 when the engine can generate, else 503 with the reason and the progress."""
        status, bringup = services.engine.status(), services.bringup
        if status.state in ("ready", "busy", "asleep"):
            return JSONResponse({"ready": True})
        body: dict[str, Any] = {
            "ready": False,
            "reason": bringup.step if bringup.step != "ready" else status.state,
            "problem": problem_json(bringup.problem or status.problem, language_of(request.scope)),
        }
        if moving := [p for p in services.downloads.progress() if p.state in ("racing", "downloading", "verifying")]:
            body["progress"] = {"received_bytes": moving[0].received_bytes, "total_bytes": moving[0].total_bytes}
        return JSONResponse(body, 503)

    @router.get("/api/status")
    async def status(request: Request) -> StatusJson:
        """All that the status line shows."""
        return status_json(services, language_of(request.scope))

    return router


def status_json(services: Services, lang: Language) -> StatusJson:
    engine, bringup, speeds, queue = services.engine.status(), services.bringup, services.speeds(), services.runner.queue
    names = {m.id: m.name for m in services.models.list()}
    return {
        "version": services.version,
        "engine": {
            "state": engine.state,
            "model": engine.model_id,
            "model_name": names.get(engine.model_id or "", engine.model_id),
            "n_ctx": engine.n_ctx,
            "kv_type": engine.kv_type,
            "threads": engine.threads,
            "build": engine.build,
            "problem": problem_json(engine.problem, lang),
            "slot_changes": engine.slot_changes,
            "remote": engine.remote or None,
            "leaves": engine.leaves,
        },
        "bringup": {"step": bringup.step, "model": bringup.model_id, "problem": problem_json(bringup.problem, lang)},
        "memory": {"engine_bytes": engine.memory_bytes, "parent_bytes": services.resident_bytes()},
        "speeds": {
            "prompt_tokens_per_second": rounded(speeds.prompt_tokens_per_second),
            "tokens_per_second": rounded(speeds.tokens_per_second),
            "words_per_second": rounded(speeds.words_per_second(lang)),
        },
        "queue": {"length": len(queue), "limit": queue.limit, "running": services.runner.running},
        "notices": [_notice_json(notice, lang) for notice in bringup.notices()],
        "downloads": [
            {
                "model": p.model_id,
                "name": names.get(p.model_id, p.model_id),
                "state": p.state,
                "source": p.source,
                "received_bytes": p.received_bytes,
                "total_bytes": p.total_bytes,
                "bytes_per_second": p.bytes_per_second,
                "seconds_left": p.seconds_left,
                "problem": problem_json(p.problem, lang),
            }
            for p in services.downloads.progress()
        ],
    }


def _notice_json(notice: Notice, lang: Language) -> NoticeJson:
    problem = notice.problem
    return NoticeJson(
        code=problem.code,
        params=problem.params,
        text=words(lang).text(f"notice.{problem.code}", **problem.params),
        action=_action_json(notice.action, lang) if notice.action else None,
    )


def _action_json(action: Action, lang: Language) -> ActionJson:
    return ActionJson(kind=action.kind, model=action.model_id, label=words(lang).text(f"notice.action.{action.kind}"))
