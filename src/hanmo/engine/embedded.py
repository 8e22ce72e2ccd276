"""The embedded engine: the `Engine` port over llama.cpp in a child process.

Rules
  * One slot, one run at a time: `_turn` is held from the first byte of a run to its last, and while models are changed over.
  * Every step is watched: a process that stands still is killed, which ends the run as `EngineLost` and starts it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from hanmo.core.errors import EngineChanged, EngineLost
from hanmo.core.values import EngineIdentity, Problem
from hanmo.engine.slots import SlotContent
from hanmo.engine.supervisor import EngineOptions, Running, Supervisor
from hanmo.engine.watchdog import unless_frozen
from hanmo.work.ports import ChatFormat, EngineDone, EngineEvent, EngineRequest, EngineStatus, LoadPlan, PromptRead, TextPiece

T = TypeVar("T")


class EmbeddedEngine:
    """Use as an async context manager; leaving it ends the process."""

    def __init__(self, options: EngineOptions, on_change: Callable[[], None] = lambda: None) -> None:
        self._supervisor = Supervisor(options, on_change)
        self._watch = options.watch
        self._doze_after_s = options.doze_after_s
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
        if not text:
            return ()
        running = await self._supervisor.wait_ready()
        return await self._asked(running, running.wire.tokenize(text))

    async def text_of(self, ids: Sequence[int]) -> str:
        running = await self._supervisor.wait_ready()
        return await self._asked(running, running.wire.detokenize(ids))

    async def count_cached(self, work: str | None, prompt_ids: Sequence[int]) -> int:
        return await (await self._supervisor.wait_ready()).slots.count_kept(work, prompt_ids)

    async def _asked(self, running: Running, answer: Awaitable[T]) -> T:
        """What the process answers beside its runs."""
        try:
            return await unless_frozen(running.pid, self._watch, answer)
        except EngineLost:
            self._supervisor.lost(running)
            raise

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
        if request.identity not in (None, running.identity):
            raise EngineChanged("engine_changed")
        with self._supervisor.working(running):
            await unless_frozen(running.pid, self._watch, running.slots.take(request.work, request.prompt_ids))
            ids = list(request.prompt_ids)
            done = len(running.slots.content.ids)
            async with aclosing(running.wire.complete(request)) as events:
                while True:
                    event = await unless_frozen(running.pid, self._watch, anext(events))
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

    def _doze_later(self) -> None:
        self._cancel_doze()
        self._doze = asyncio.get_running_loop().call_later(self._doze_after_s, self._supervisor.doze)

    def _cancel_doze(self) -> None:
        if self._doze is not None:
            self._doze.cancel()
