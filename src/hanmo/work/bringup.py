"""From nothing to a model that writes: which model is loaded, and what is fetched behind it.

Rules
  * It always ends in something that runs, or in one sentence that says why not and what to do.
  * A starter model is never in the way of the wanted one: the wanted one goes on downloading, and changing over is the user's click.
  * Nothing is fetched that the user does not see in the status line.

Theory
  The wanted model is here: plan and load it. It is not: ask the hubs. No answer: the starter. An answer: download it, and if that will
  take longer than a user would watch, let the starter write meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Literal

from hanmo.core.errors import Conflict, EngineError, HanmoError, InvalidRequest, ModelError
from hanmo.core.values import Problem
from hanmo.work.downloads import Downloads
from hanmo.work.faults import log_fault
from hanmo.work.ports import EngineLoader, Models

log = logging.getLogger(__name__)


ActionKind = Literal["use_model", "pull_model", "pause_model"]
Step = Literal["looking", "downloading", "planning", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a hub may take to answer, how long its speed is measured, and how long a download may take before the starter is fetched."""

    hub_s: float = 10.0
    measure_s: float = 8.0
    download_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Action:
    """What a notice offers to do."""

    kind: ActionKind
    model_id: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One calm line for the user."""

    problem: Problem
    action: Action | None = None


class Bringup:
    """Use as an async context manager; entering starts it in the background."""

    def __init__(
        self,
        models: Models,
        downloads: Downloads,
        loader: EngineLoader,
        wanted: str,
        n_ctx: int | None = None,
        *,
        obstacle: Callable[[], Problem | None] = lambda: None,
        waits: Waits | None = None,
    ) -> None:
        """`obstacle` names what keeps any model from running on this machine, such as a processor that is too old."""
        self._models = models
        self._downloads = downloads
        self._loader = loader
        self._n_ctx = n_ctx
        self._obstacle = obstacle
        self._waits = waits or Waits()
        self._task: asyncio.Task[None] | None = None
        self._plan_notes: tuple[Problem, ...] = ()
        self._hub_silent = False
        self.wanted = wanted
        self.step: Step = "looking"
        self.model_id: str | None = None
        self.problem: Problem | None = None

    async def __aenter__(self) -> "Bringup":
        self._begin(self._bring_up())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._cancel()

    async def use(self, model: str) -> None:
        """Changes over to `model` (an id or a path to a `.gguf`), which is downloaded first if it is not here.
        `InvalidRequest("unknown_model")` before anything happens."""
        self._models.resolve(model)
        await self._cancel()
        self.wanted = model
        self._begin(self._bring_up())

    async def remove(self, model_id: str) -> None:
        """Deletes a model's file and its parts; `Conflict("model_in_use")` for the one that writes now."""
        entry = self._models.resolve(model_id)
        if entry.id == self.model_id:
            raise Conflict("model_in_use", model=entry.name)
        await self._downloads.pause(entry.id)
        self._models.remove(entry.id)

    def notices(self) -> list[Notice]:
        """What the user should know now, derived from where things stand."""
        notices = [Notice(note) for note in self._plan_notes]
        if self.model_id is None or self.model_id == self.wanted:
            return notices
        here = self._models.resolve(self.model_id).name
        with contextlib.suppress(InvalidRequest):
            wanted = self._models.resolve(self.wanted)
            names: dict[str, str | int | float] = {"here": here, "wanted": wanted.name}
            moving = any(
                p.model_id == wanted.id and p.state in ("racing", "downloading", "verifying") for p in self._downloads.progress()
            )
            if wanted.path is not None:
                notices.append(Notice(Problem("wanted_model_ready", names), Action("use_model", wanted.id)))
            elif moving:
                notices.append(Notice(Problem("starter_writes_meanwhile", names)))
            else:
                code = "starter_no_hub" if self._hub_silent else "starter_instead"
                notices.append(Notice(Problem(code, names), Action("pull_model", wanted.id)))
        return notices

    # ------------------------------------------------------------------------------------------------------ the machinery

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self.step, self.problem = "looking", None
        self._task = asyncio.create_task(work, name="bring-up")

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _bring_up(self) -> None:
        if problem := self._obstacle():
            self._fail(problem)
            return
        try:
            if self._models.resolve(self.wanted).path is not None:
                await self._load_or_fall_back(self.wanted)
            elif await self._models.hub_answers(self.wanted, self._waits.hub_s):
                await self._fetch_wanted()
            else:
                self._hub_silent = True
                await self._start_with_starter()
        except HanmoError as error:
            self._fail(error.problem)
        except Exception as error:
            log_fault(log, error, "while a model was brought up")
            self._fail(Problem("unexpected"))

    async def _fetch_wanted(self) -> None:
        self._hub_silent = False
        self.step = "downloading"
        whole = self._downloads.start(self.wanted)
        await asyncio.wait([whole], timeout=self._waits.measure_s)
        if not whole.done() and self._slow() and self.model_id is None:
            await self._start_with_starter()
            return
        if await asyncio.shield(whole):
            await self._load_or_fall_back(self.wanted)
        elif self.model_id is None:
            await self._start_with_starter()

    def _slow(self) -> bool:
        progress = next(p for p in self._downloads.progress() if p.model_id == self._models.resolve(self.wanted).id)
        return progress.seconds_left is None or progress.seconds_left > self._waits.download_s

    async def _start_with_starter(self) -> None:
        starter = self._models.choose_starter()
        if self._models.resolve(starter).path is None:
            self.step = "downloading"
            if not await asyncio.shield(self._downloads.start(starter)):
                failed = next(p for p in self._downloads.progress() if p.model_id == starter)
                self._fail(failed.problem or Problem("download_failed"))
                return
        await self._load(starter)

    async def _load_or_fall_back(self, model: str) -> None:
        """Loads `model`; where it cannot be loaded, what ran before goes on, or a starter writes. A file that the user named as the first
        model is not replaced in silence: there the error stands."""
        before = self.model_id
        try:
            await self._load(model)
        except (ModelError, EngineError) as error:
            entry = self._models.resolve(model)
            if before is not None and before != entry.id:
                await self._load(before)
            elif entry.starter or entry.id.endswith(".gguf"):
                raise
            else:
                await self._start_with_starter()
            self._plan_notes = (*self._plan_notes, Problem("model_not_loaded", {"model": entry.name}), error.problem)

    async def _load(self, model: str) -> None:
        self.step = "planning"
        plan = await self._models.plan(model, n_ctx=self._n_ctx)
        self.step = "loading"
        self._plan_notes = plan.notes
        await self._loader.load(plan)
        self.model_id, self.step = plan.model_id, "ready"

    def _fail(self, problem: Problem) -> None:
        self.problem = problem
        if self.model_id is None:
            self.step = "failed"
            self._loader.give_up(problem)
        else:
            self.step = "ready"
