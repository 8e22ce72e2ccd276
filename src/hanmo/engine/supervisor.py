"""Owns the engine process: starts it, watches it, starts it again. The only writer of its state.

Rules
  * `_fire` is the one place where the state changes; it runs on the event loop's thread and follows `lifecycle.TABLE`.
  * One task per process lives from spawn to exit, and reports the exit as `died` whatever the reason was.
  * A process that dies while it serves is started again at once; if no run gets through between two deaths, after
    ever longer pauses. One that dies three times in a row while it loads is given up, with what
    it said last; `load` with another plan is the way on.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import psutil

from hanmo.core.errors import EngineError, EngineLost, EngineUnavailable
from hanmo.core.speeds import STEP
from hanmo.core.values import EngineIdentity, Problem
from hanmo.engine.canary import check_canary
from hanmo.engine.chat_format import find_chat_format
from hanmo.engine.lifecycle import Event, IllegalMove, move
from hanmo.engine.slot_files import SlotOrigin
from hanmo.engine.slots import SlotKeeper
from hanmo.engine.watchdog import Watch, unless_frozen
from hanmo.engine.wire import Wire, socket_host
from hanmo.engine.worker import WORKER_COMMAND, WorkerSettings
from hanmo.work.faults import log_fault
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import ChatFormat, EngineState, EngineStatus

log = logging.getLogger(__name__)

N_BATCH = STEP
"""A cancelled prefill is noticed only between batch steps: 64 frees the engine in under a second where 2048 takes fifteen."""
SPIN_COUNT = "1000"
"""OpenMP threads spin at their barrier; unbounded, two busy neighbours slow decoding ten times."""
LOAD_TRIES = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 60.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What stays the same over all processes; a plan may have `threads` of its own. `slot_dir` holds kept KV caches, `memory_file` what canaries
    answered before. A disk may keep loading waiting longer than a run may stand still; after `keep_after_s` without work the slot is written
    down, after `doze_after_s` the memory is given back."""

    threads: int
    slot_dir: Path
    memory_file: Path
    slot_budget_bytes: int
    watch: Watch = field(default_factory=Watch)
    load_watch: Watch = field(default_factory=lambda: Watch(silence_s=60.0, probe_s=30.0))
    keep_after_s: float = 30.0
    doze_after_s: float = 30 * 60


@dataclass(slots=True)
class Running:
    """One engine process that can answer."""

    process: asyncio.subprocess.Process
    plan: LoadPlan
    build: str
    wire: Wire
    slots: SlotKeeper
    chat_format: ChatFormat

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(self.plan.model_id, self.plan.sha256, self.build, self.plan.n_ctx)

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


class Supervisor:
    """Use as an async context manager; leaving it ends the process."""

    def __init__(self, options: EngineOptions, on_change: Callable[[], None] = lambda: None) -> None:
        self._options = options
        self._on_change = on_change
        self._state: EngineState = "stopped"
        self._plan: LoadPlan | None = None
        self._problem: Problem | None = None
        self._running: Running | None = None
        self._failed_loads = 0
        self._deaths = 0
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        try:
            self._options.slot_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            for unfinished in self._options.slot_dir.glob("*.part"):
                unfinished.unlink(missing_ok=True)
        except OSError as error:  # a link to a disk that is not there: nothing is kept, and more is read
            log.warning("no KV caches can be kept: %s", error.strerror or type(error).__name__)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---------------------------------------------------------------------------------------------------- what others see

    def status(self) -> EngineStatus:
        running, plan = self._running, self._plan
        return EngineStatus(
            state=self._state,
            model_id=plan.model_id if plan else None,
            n_ctx=plan.n_ctx if plan else None,
            kv_type=plan.kv_type if plan else None,
            threads=_threads(plan, self._options),
            build=running.build if running else None,
            memory_bytes=_resident_bytes(self._process),
            problem=self._problem,
            manner=plan.manner if plan else "",
        )

    @property
    def running(self) -> Running | None:
        """The engine process, where there is one that can answer now."""
        return self._running

    async def wait_ready(self) -> Running:
        """The running engine; wakes one that sleeps, waits while it starts or while no model was chosen yet.
        `EngineUnavailable` once it was given up."""
        while self._running is None or self._state not in ("ready", "busy"):
            if self._state == "failed":
                problem = self._problem or Problem("engine_failed")
                raise EngineUnavailable(problem.code, **problem.params)
            if self._state == "asleep":
                self._fire("wake")
            await self._changed.wait()
        return self._running

    @contextlib.contextmanager
    def working(self, running: Running) -> Iterator[None]:
        """Marks the engine busy for one run."""
        if self._running is not running:
            raise EngineLost("engine_died")
        self._fire("began")
        try:
            yield
        except EngineLost:
            self.lost(running)
            raise
        finally:
            if self._running is running and self._state == "busy":
                self._deaths = 0
                self._fire("ended")

    def lost(self, running: Running) -> None:
        """A process that something was lost on is not trusted with more: it is ended, if it lives still, and started again."""
        if self._running is running:
            self._running = None
        running.kill()

    # --------------------------------------------------------------------------------------------------------- commands

    async def load(self, plan: LoadPlan) -> None:
        """Changes over to `plan`; returns when the old process is gone and the new one is on its way."""
        await self.stop()
        self._plan, self._problem, self._failed_loads, self._deaths = plan, None, 0, 0
        self._fire("load")

    async def stop(self) -> None:
        """Ends the process, if there is one, and waits for it."""
        self._fire("stop")
        self._no_retry()
        if self._task is not None:
            await asyncio.wait([self._task])

    def give_up(self, problem: Problem) -> None:
        """Says that no model can be had: whoever waits is told why."""
        if self._state in ("stopped", "waiting", "starting"):
            self._problem = problem
            self._fire("give_up")

    def doze(self) -> None:
        """Gives the memory back while nobody needs the engine; the next request wakes it."""
        if self._state == "ready":
            self._fire("doze")

    # ------------------------------------------------------------------------------------------------------ the machinery

    def _fire(self, event: Event) -> None:
        self._state, effects = move(self._state, event)
        if self._state not in ("ready", "busy"):
            self._running = None
        for effect in effects:
            match effect:
                case "spawn":
                    if self._plan is None:
                        raise IllegalMove("spawn without a plan")
                    self._task = asyncio.create_task(self._live(self._plan), name="engine process")
                case "kill":
                    if self._process is not None:
                        with contextlib.suppress(ProcessLookupError):
                            self._process.kill()
                case "retry_later":
                    failures = max(self._failed_loads, self._deaths)
                    pause_s = min(FIRST_PAUSE_S * 4**failures, LONGEST_PAUSE_S)
                    self._retry = asyncio.get_running_loop().call_later(pause_s, self._fire, "retry")
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_change()

    def _no_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()

    async def _live(self, plan: LoadPlan) -> None:
        """One process from spawn to exit."""
        directory = Path(tempfile.mkdtemp(prefix="hanmo-"))
        key = secrets.token_urlsafe(32)
        said: deque[str] = deque(maxlen=20)
        try:
            self._process = process = await _spawn(plan, self._options, directory, key)
            reader = asyncio.create_task(_drain(process.stderr, said))
            try:
                if self._state == "starting":
                    await self._serve(process, plan, key)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
                await reader
                self._process = None
        except Exception as error:  # whatever it was: the process is gone, and the state has to say so
            self._loading_failed(error, said)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        if self._state not in ("failed", "stopped"):
            self._fire("died")
            self._deaths += self._state == "waiting"
            if self._failed_loads >= LOAD_TRIES:
                self._no_retry()
                self._fire("give_up")

    async def _serve(self, process: asyncio.subprocess.Process, plan: LoadPlan, key: str) -> None:
        """From the first line it says until it exits."""
        line = await unless_frozen(process.pid, self._options.load_watch, _first_line(process.stdout))
        message = json.loads(line) if line else {"event": "failed", "reason": "no answer"}
        if message["event"] != "loaded":
            raise EngineError("engine_load_failed", reason=message["reason"])
        async with Wire(message["address"], key, plan.n_ctx) as wire:
            build = message["build"]
            watch = self._options.load_watch
            await unless_frozen(process.pid, watch, check_canary(wire, plan, build, self._options.memory_file))
            chat_format = await unless_frozen(process.pid, watch, find_chat_format(wire))
            origin = SlotOrigin(plan.sha256, build, plan.kv_type, plan.n_ctx)
            watched = partial(unless_frozen, process.pid, self._options.watch)
            keeps = not plan.draft_path or plan.draft_kind == "simple"
            slots = SlotKeeper(wire, origin, self._options.slot_dir, self._options.slot_budget_bytes, watched, keeps=keeps)
            if self._state != "starting":
                return
            self._running = Running(process, plan, build, wire, slots, chat_format)
            self._failed_loads, self._problem = 0, None
            self._fire("loaded")
            code = await process.wait()
            if self._state in ("ready", "busy"):
                log.warning("the engine process ended with code %s and is started again", code)

    def _loading_failed(self, error: Exception, said: deque[str]) -> None:
        if self._state != "starting":
            return
        self._failed_loads += 1
        last = said[-1] if said else ""
        if not isinstance(error, EngineError | OSError | ValueError):
            log_fault(log, error, "while the engine was started")
        problem = (
            error.problem if isinstance(error, EngineError) else Problem("engine_load_failed", {"reason": type(error).__name__})
        )
        self._problem = Problem(problem.code, {**problem.params, "said": last[:200]})
        log.warning("the engine did not start (%s of %s): %s %s", self._failed_loads, LOAD_TRIES, problem.code, last[:200])


async def _spawn(plan: LoadPlan, options: EngineOptions, directory: Path, key: str) -> asyncio.subprocess.Process:
    """A new engine process in a session of its own, so that Ctrl-C in the terminal reaches only the parent. The key goes by stdin, not argv."""
    settings = WorkerSettings(
        parent_pid=os.getpid(),
        host=socket_host(directory),
        key=key,
        model_path=plan.path,
        slot_dir=str(options.slot_dir),
        n_ctx=plan.n_ctx,
        n_batch=N_BATCH,
        threads=_threads(plan, options),
        kv_type=plan.kv_type,
        repack=plan.repack,
        gpu_layers=plan.gpu_layers,
        ngram_match=plan.speculation.match if plan.speculation else 0,
        ngram_draft=plan.speculation.draft if plan.speculation else 0,
        draft_path=plan.draft_path,
        draft_kind=plan.draft_kind,
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *WORKER_COMMAND,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
        env=_without_our_settings(os.environ) | {"GOMP_SPINCOUNT": SPIN_COUNT},
    )
    if process.stdin is not None:
        process.stdin.write(json.dumps(settings).encode() + b"\n")
    return process


def _threads(plan: LoadPlan | None, options: EngineOptions) -> int:
    return (plan.threads if plan else None) or options.threads


def _without_our_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """A password given as `HANMO_PASSWORD` is no business of the engine's."""
    return {name: value for name, value in environment.items() if not name.startswith("HANMO_")}


async def _first_line(stream: asyncio.StreamReader | None) -> bytes:
    """What the worker says first; empty where it ended without a word."""
    return await stream.readline() if stream is not None else b""


async def _drain(stream: asyncio.StreamReader | None, lines: deque[str]) -> None:
    """Keeps the last lines that the process said, and the pipe empty."""
    while stream is not None and (line := await stream.readline()):
        lines.append(line.decode(errors="replace").strip())


def _resident_bytes(process: asyncio.subprocess.Process | None) -> int:
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(process.pid).memory_info().rss) if process else 0
    return 0
