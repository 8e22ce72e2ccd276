"""The embedded engine: the `Engine` port over llama.cpp in a child process.

Rules
  * One slot, one run at a time: `_turn` is held from the first byte of a run to its last, and while models are changed over.
  * Silence alone is no fault: a slow machine may read a long prompt for minutes. A process is frozen when it is silent *and* uses no
    processor time; then it is killed, which ends the run as `EngineLost` and starts it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from hanmo.core.errors import EngineLost
from hanmo.core.values import EngineIdentity, Problem
from hanmo.engine.slots import SlotContent
from hanmo.engine.supervisor import EngineOptions, Running, Supervisor
from hanmo.work.ports import ChatFormat, EngineDone, EngineEvent, EngineRequest, EngineStatus, LoadPlan, PromptRead, TextPiece

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Watch:
    """When silence is looked into (`silence_s`), for how long (`probe_s`), and below which share of a processor it counts as frozen.
    With `doze_after_s` without work the memory is given back."""

    silence_s: float = 10.0
    probe_s: float = 5.0
    idle_share: float = 0.01
    doze_after_s: float = 30 * 60


class EmbeddedEngine:
    """Use as an async context manager; leaving it ends the process."""

    def __init__(self, options: EngineOptions, *, watch: Watch | None = None, on_change: Callable[[], None] = lambda: None) -> None:
        self._supervisor = Supervisor(options, on_change)
        self._watch = watch or Watch()
        self._turn = asyncio.Lock()
        self._doze: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "EmbeddedEngine":
        await self._supervisor.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cancel_doze()
        await self._supervisor.stop()

    def status(self) -> EngineStatus:
        return self._supervisor.status()

    async def load(self, plan: LoadPlan) -> None:
        async with self._turn:
            self._cancel_doze()
            await self._supervisor.load(plan)
        await self._supervisor.wait_ready()
        self._doze_later()

    def give_up(self, problem: Problem) -> None:
        self._supervisor.give_up(problem)

    async def identity(self) -> EngineIdentity:
        return (await self._supervisor.wait_ready()).identity

    async def chat_format(self) -> ChatFormat:
        return (await self._supervisor.wait_ready()).chat_format

    async def tokenize(self, text: str) -> tuple[int, ...]:
        return await (await self._supervisor.wait_ready()).wire.tokenize(text) if text else ()

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with self._turn:
            self._cancel_doze()
            try:
                async with aclosing(self._run(request)) as events:
                    async for event in events:
                        yield event
            finally:
                self._doze_later()

    async def _run(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        running = await self._supervisor.wait_ready()
        with self._supervisor.working(running):
            await self._guarded(running, running.slots.take(request.work, request.prompt_ids))
            ids = list(request.prompt_ids)
            done = len(running.slots.content.ids)
            async with aclosing(running.wire.complete(request)) as events:
                while True:
                    event = await self._guarded(running, anext(events))
                    match event:
                        case PromptRead():
                            done = event.done
                        case TextPiece():
                            ids += event.ids
                            done = len(ids) - 1
                    running.slots.content = SlotContent(request.work, tuple(ids[:done]))
                    yield event
                    if isinstance(event, EngineDone):
                        break

    async def _guarded(self, running: Running, step: Awaitable[T]) -> T:
        """Waits for one step of the engine, however long it takes, unless the process is frozen."""
        task = asyncio.ensure_future(step)
        try:
            while not (await asyncio.wait([task], timeout=self._watch.silence_s))[0]:
                before = running.cpu_seconds()
                if (await asyncio.wait([task], timeout=self._watch.probe_s))[0]:
                    break
                if running.cpu_seconds() - before < self._watch.idle_share * self._watch.probe_s:
                    raise EngineLost("engine_frozen")
            return await task
        finally:
            task.cancel()
            await asyncio.wait([task])

    def _doze_later(self) -> None:
        self._cancel_doze()
        self._doze = asyncio.get_running_loop().call_later(self._watch.doze_after_s, self._supervisor.doze)

    def _cancel_doze(self) -> None:
        if self._doze is not None:
            self._doze.cancel()
