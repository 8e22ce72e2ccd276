"""The embedded engine: the `Engine` port over llama.cpp in a child process.

Rules
  * One slot, one run at a time: `_turn` is held from the first byte of a run to its last, and while models are changed over.
  * Every step of the engine is watched: a process that stands still is killed, which ends the run as `EngineLost` and starts it again.
  * A run that is broken off goes on in the engine for two more tokens, or for what is left of a batch: the next one begins when that is over.
  * A kept cache that takes the process with it costs reading, not the answer: the next process goes on without it.
  * The slot is written down before its process goes: after a while without work, before models are changed over, and at the end.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Self, TypeVar

from hanmo.core.errors import EngineChanged, EngineLost
from hanmo.core.values import EngineIdentity, Problem
from hanmo.engine.slots import SlotContent
from hanmo.engine.supervisor import EngineOptions, Running, Supervisor
from hanmo.engine.watchdog import unless_frozen
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import (
    ChatFormat,
    EngineBegun,
    EngineDone,
    EngineEvent,
    EngineRequest,
    EngineStatus,
    PromptRead,
    Standing,
    TextPiece,
)

T = TypeVar("T")

LAST_KEEP_S = 10.0
"""At the end, writing the slot down may take so long: a gigabyte on a slow disk."""


class EmbeddedEngine:
    """Use as an async context manager; leaving it ends the process."""

    def __init__(self, options: EngineOptions, on_change: Callable[[], None] = lambda: None) -> None:
        self._supervisor = Supervisor(options, on_change)
        self._watch = options.watch
        self._keep_after_s = min(options.keep_after_s, options.doze_after_s)
        self._doze_after_s = options.doze_after_s
        self._turn = asyncio.Lock()
        self._unended: Running | None = None
        self._rest: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._supervisor.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._disturb()
        with contextlib.suppress(TimeoutError):  # a disk that hangs must not keep us; all that it costs is reading again
            async with asyncio.timeout(LAST_KEEP_S), self._turn:
                await self._keep()
        await self._supervisor.stop()

    def status(self) -> EngineStatus:
        return self._supervisor.status()

    async def load(self, plan: LoadPlan) -> None:
        async with self._turn:
            self._disturb()
            await self._keep()
            await self._supervisor.load(plan)
        await self._supervisor.wait_ready()
        self._rest_later()

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

    async def standing(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:
        return await (await self._supervisor.wait_ready()).slots.outlook(work, prompt_ids)

    async def remembered(self, work: str) -> tuple[int, ...]:
        return await (await self._supervisor.wait_ready()).slots.remembered(work)

    async def bring_back(self, work: str) -> bool:
        async with self._turn:
            self._disturb()
            try:
                running = await self._supervisor.wait_ready()
                with self._supervisor.working(running):
                    return await running.slots.open(work)
            finally:
                self._rest_later()

    async def _asked(self, running: Running, answer: Awaitable[T]) -> T:
        """What the process answers beside its runs."""
        try:
            return await unless_frozen(running.pid, self._watch, answer)
        except EngineLost:
            self._supervisor.lost(running)
            raise

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with self._turn:
            self._disturb()
            try:
                async with aclosing(self._run(request)) as events:
                    async for event in events:
                        yield event
            finally:
                self._rest_later()

    async def _run(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        begun = False
        while True:
            running = await self._supervisor.wait_ready()
            if request.identity not in (None, running.identity):
                raise EngineChanged("engine_changed")
            with self._supervisor.working(running):
                if not await self._is_over(running):
                    continue
                if not begun:
                    yield EngineBegun((await running.slots.outlook(request.work, request.prompt_ids)).moved)
                if await self._has_slot(running, request, last_try=begun):
                    async with aclosing(self._stream(running, request)) as events:
                        async for event in events:
                            yield event
                    return
                begun = True

    async def _is_over(self, running: Running) -> bool:
        """Waits for the end of a run that was broken off; False where the process ended with it."""
        try:
            while self._unended is running and await unless_frozen(running.pid, self._watch, running.wire.is_busy()):
                pass
        except EngineLost:
            self._supervisor.lost(running)
            return False
        self._unended = None
        return True

    async def _has_slot(self, running: Running, request: EngineRequest, *, last_try: bool) -> bool:
        """Makes the slot the request's own; False where a cache that was moved for it took the process with it. The file is gone then, and nothing
        is said yet: the next process reads the prompt."""
        try:
            await running.slots.take(request.work, request.prompt_ids)
        except EngineLost:
            if last_try:
                raise
            self._supervisor.lost(running)
            return False
        return True

    async def _stream(self, running: Running, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        ids = list(request.prompt_ids)
        done = len(running.slots.content.ids)
        self._unended = running
        async with aclosing(running.wire.complete(request)) as events:
            while True:
                event = await unless_frozen(running.pid, self._watch, anext(events))
                match event:
                    case PromptRead():
                        done = event.done
                    case TextPiece():
                        ids += event.ids
                        done = len(ids) - 1
                    case EngineDone():
                        self._unended = None
                running.slots.content = SlotContent(request.work, tuple(ids[:done]))
                yield event
                if isinstance(event, EngineDone):
                    return

    def _rest_later(self) -> None:
        self._disturb()
        self._rest = asyncio.create_task(self._go_to_rest(), name="engine at rest")

    def _disturb(self) -> None:
        if self._rest is not None:
            self._rest.cancel()

    async def _go_to_rest(self) -> None:
        """Disturbed by the next work, but not while it writes the slot: that work waits for its turn."""
        await asyncio.sleep(self._keep_after_s)
        async with self._turn:
            await self._keep()
        await asyncio.sleep(self._doze_after_s - self._keep_after_s)
        self._supervisor.doze()

    async def _keep(self) -> None:
        running = self._supervisor.running
        if running is None:
            return
        try:
            await running.slots.keep()
        except EngineLost:
            self._supervisor.lost(running)
