"""From nothing to a model that writes: which model is loaded, and what is fetched behind it.

Rules
  * It always ends in something that runs, or in one sentence that says why not and what to do.
  * A starter model is never in the way of the wanted one: the wanted one goes on downloading, and changing over is the user's click.
  * Nothing is fetched that the user does not see in the status line.

Theory
  The wanted model is here: plan and load it. It is not: ask the hubs. No answer: the starter. An answer: download it, and if that will
  take longer than a user would watch, let the starter write meanwhile. A starter that was asked for by name needs no hub: it comes as a wheel.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal, Protocol

from hanmo.core.errors import Conflict, EngineError, HanmoError, InvalidRequest, ModelError
from hanmo.core.values import Problem
from hanmo.work.downloads import Downloads
from hanmo.work.faults import log_fault
from hanmo.work.model_ports import Models
from hanmo.work.ports import EngineLoader

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


class ModelDesk(Protocol):
    """Which model writes, as the page sees and chooses it."""

    @property
    def step(self) -> Step: ...

    @property
    def model_id(self) -> str | None: ...

    @property
    def problem(self) -> Problem | None: ...

    async def use(self, model: str) -> None: ...

    async def pull(self, model_id: str) -> None: ...

    async def remove(self, model_id: str) -> None: ...

    def notices(self) -> Sequence[Notice]: ...


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
        self._tasks: list[asyncio.Task[None]] = []
        self._notes: tuple[Problem, ...] = ()
        self._in_vain: str | None = None
        self._loading: str | None = None
        self._hub_silent = False
        self.wanted = wanted
        self.step: Step = "looking"
        self.model_id: str | None = None
        self.problem: Problem | None = None

    async def __aenter__(self) -> "Bringup":
        self._begin(self._bring_up)
        return self

    async def __aexit__(self, *_: object) -> None:
        if tasks := self._cancelled():
            await asyncio.wait(tasks)

    async def use(self, model: str) -> None:
        """Changes over to `model` (an id or a path to a `.gguf`), which is downloaded first if it is not here. What can be known to be
        wrong with it is raised before anything changes: `InvalidRequest("unknown_model")`, `ModelFileBad`, `NoRoom`."""
        if self._models.resolve(model).path is not None:
            await self._models.plan(model, n_ctx=self._n_ctx)
        self.wanted, self._in_vain = model, None
        self._begin(self._bring_up)

    async def pull(self, model_id: str) -> None:
        """Begins or resumes a download; where nothing writes yet, the model is loaded when it is here."""
        entry = self._models.resolve(model_id)
        whole = self._downloads.start(entry.id)
        if self.step == "failed":
            self._begin(lambda: self._load_when_here(entry.id, whole))

    async def remove(self, model_id: str) -> None:
        """Deletes a model's file and its parts; `Conflict("model_in_use")` for the one that writes now or is on its way to."""
        entry = self._models.resolve(model_id)
        if entry.id in (self.model_id, self._loading):
            raise Conflict("model_in_use", model=entry.name)
        await self._downloads.pause(entry.id)
        self._models.remove(entry.id)

    def notices(self) -> list[Notice]:
        """What the user should know now, derived from where things stand."""
        notices = [Notice(note) for note in self._notes]
        if self.model_id is None or self.model_id == self.wanted:
            return notices
        try:
            here, wanted = self._models.resolve(self.model_id), self._models.resolve(self.wanted)
        except InvalidRequest:  # a file of the user's own that is gone by now
            return notices
        names: dict[str, str | int | float] = {"here": here.name, "wanted": wanted.name}
        moving = any(
            p.model_id == wanted.id and p.state in ("racing", "downloading", "verifying") for p in self._downloads.progress()
        )
        if wanted.id in (here.id, self._in_vain):
            return notices
        if wanted.path is not None:
            return [*notices, Notice(Problem("wanted_model_ready", names), Action("use_model", wanted.id))]
        if moving:
            return [*notices, Notice(Problem("starter_writes_meanwhile", names), Action("pause_model", wanted.id))]
        code = "starter_no_hub" if self._hub_silent else "starter_instead"
        return [*notices, Notice(Problem(code, names), Action("pull_model", wanted.id))]

    # ------------------------------------------------------------------------------------------------------ the machinery

    def _begin(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Starts `work` once the work before it is out of the way, which says nothing more from now on."""
        before = self._cancelled()
        self.step, self.problem = "looking", None
        self._tasks = [*before, asyncio.create_task(self._instead_of(before, work), name="bring-up")]

    def _cancelled(self) -> list[asyncio.Task[None]]:
        """What is still at work, on its way out now."""
        working = [task for task in self._tasks if not task.done()]
        for task in working:
            task.cancel()
        return working

    async def _instead_of(self, before: Sequence[asyncio.Task[None]], work: Callable[[], Coroutine[None, None, None]]) -> None:
        if before:
            await asyncio.wait(before)
        try:
            await work()
        except HanmoError as error:
            self._fail(error.problem)
        except Exception as error:
            log_fault(log, error, "while a model was brought up")
            self._fail(Problem("unexpected"))
        finally:
            self._loading = None

    async def _bring_up(self) -> None:
        if problem := self._obstacle():
            self._fail(problem)
            return
        wanted = self._models.resolve(self.wanted)
        if wanted.path is not None:
            await self._load_or_fall_back(self.wanted)
        elif await self._models.hub_answers(self.wanted, self._waits.hub_s):
            await self._fetch_wanted()
        elif wanted.starter:
            await self._load_when_here(wanted.id, self._downloads.start(wanted.id))
        else:
            self._hub_silent = True
            await self._start_with_starter()

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
        if self._models.resolve(starter).path is not None:
            await self._load(starter)
        else:
            await self._load_when_here(starter, self._downloads.start(starter))

    async def _load_when_here(self, model_id: str, whole: "asyncio.Task[bool]") -> None:
        self.step = "downloading"
        if await asyncio.shield(whole):
            await self._load(model_id)
        else:
            failed = next(p for p in self._downloads.progress() if p.model_id == model_id)
            self._fail(failed.problem or Problem("download_paused", {"model": self._models.resolve(model_id).name}))

    async def _load_or_fall_back(self, model: str) -> None:
        """Loads `model`; where it cannot be loaded, what ran before goes on, or a starter writes. A file that the user named as the first
        model is not replaced in silence: there the error stands."""
        before = self.model_id
        entry = self._models.resolve(model)
        try:
            await self._load(model)
        except (ModelError, EngineError):
            self._in_vain = entry.id
            if before is not None and before != entry.id:
                await self._load(before)
            elif entry.starter or entry.id.endswith(".gguf"):
                raise
            else:
                await self._start_with_starter()
            self._notes = (*self._notes, Problem("model_not_loaded", {"model": entry.name}))

    async def _load(self, model: str) -> None:
        self.step = "planning"
        plan = await self._models.plan(model, n_ctx=self._n_ctx)
        if plan.model_id != self._models.resolve(model).id:
            self._in_vain = self._models.resolve(model).id
        self.step, self._loading = "loading", plan.model_id
        try:
            await self._loader.load(plan)
        except EngineError:  # a drafting model that looked right must not keep the large one from writing
            if not plan.draft_path:
                raise
            draft, name = PurePath(plan.draft_path).name, self._models.resolve(plan.model_id).name
            note = Problem("draft_not_loaded", {"draft": draft, "model": name})
            plan = replace(plan, draft_path="", notes=(*plan.notes, note))
            await self._loader.load(plan)
        self._notes, self.model_id, self.step = plan.notes, plan.model_id, "ready"

    def _fail(self, problem: Problem) -> None:
        self.problem = problem
        if self.model_id is None:
            self.step = "failed"
            self._loader.give_up(problem)
        else:
            self.step = "ready"
