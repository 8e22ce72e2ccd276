"""The remote engine: the `Engine` port over a llama-server somewhere else, by its own HTTP and the same token ids.

Rules
  * One run at a time, as with the embedded engine. Before each one the server is asked who it is: ids are for one model alone, and another one may
    have been started at the same address. Then they are built again (`EngineChanged`).
  * A server that does not answer is asked again by itself, and at once when somebody needs it; `status` says `failed` and why meanwhile.
  * Silence is no fault: a slow machine reads for minutes, and others may be before us. A run ends as `EngineLost` where the connection breaks, or
    where it is silent and /health does not answer, several times in a row.
  * What the server keeps is its own: nothing is saved or brought back there, no slot is ours. Others may take the caches: slower, never wrong.

Theory
  Everything that the embedded engine promises stands on ids, a grammar and biases, which llama-server takes over HTTP. What it says it found in its
  cache is what a run reports.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import urlsplit

from hanmo.core.errors import EngineChanged, EngineError, EngineLost, EngineUnavailable
from hanmo.core.values import EngineIdentity, Problem
from hanmo.engine.remote_server import Server, ServerFace, face_of, meet
from hanmo.engine.remote_slots import SlotGuess
from hanmo.engine.watchdog import unless_gone
from hanmo.engine.wire import Wire
from hanmo.work.faults import log_fault
from hanmo.work.ports import (
    ChatFormat,
    EngineBegun,
    EngineDone,
    EngineEvent,
    EngineRequest,
    EngineState,
    EngineStatus,
    PromptRead,
    Standing,
    TextPiece,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 0.05
MOST_WORKS = 64
"""The ids of so many works are remembered."""
MOST_CHANGES = 3
"""So often another server may answer before one run: where several take turns, none of them is ours."""
AWAY, LOADING = "remote_away", "remote_loading"
"""What may be over in a moment, and what will be. All else is said at once."""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """`leaves`: the host is another computer's, so texts leave this one. A run may be silent for `silence_s`; then /health is asked `health_times`,
    for `health_s` each. A server at rest is looked at every `beat_s`; one that is away after pauses that double from `pause_s` up to `beat_s`, and is
    said to be so after `patience` times. A run that was broken off is waited for for `rest_s` at most."""

    url: str
    key: str = field(default="", repr=False)
    leaves: bool = True
    silence_s: float = 15.0
    health_s: float = 10.0
    health_times: int = 3
    beat_s: float = 15.0
    pause_s: float = 0.5
    patience: int = 5
    rest_s: float = 30.0

    @property
    def host(self) -> str:
        """With its port, where the URL names one."""
        return urlsplit(self.url).netloc

    @property
    def encrypted(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    def pause_after(self, failures: int) -> float:
        """Seconds, after so many looks in vain, one after the other. They may be as many as there are in months."""
        return min(self.pause_s * 2.0 ** min(max(0, failures - 1), 30), self.beat_s)


async def remote_face(options: RemoteOptions) -> ServerFace:
    """What a server says of itself, once. `EngineUnavailable` where there is none."""
    async with Wire(options.url, options.key, 0, None) as wire:
        return await face_of(wire, options.host)


class RemoteEngine:
    """Use as an async context manager; entering begins to look for the server."""

    def __init__(self, options: RemoteOptions, on_change: Callable[[], None] = lambda: None) -> None:
        self._options, self._on_change = options, on_change
        self._turn = asyncio.Lock()
        self._running = False
        self._server: Server | None = None
        self._problem: Problem | None = None
        self._looked = 0
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._guess = SlotGuess()
        self._works: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._known: EngineIdentity | None = None
        self._unended: tuple[Server, set[int]] | None = None
        self._touch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._touch = asyncio.create_task(self._stay_in_touch(), name="remote engine")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._touch is not None:
            self._touch.cancel()
            await asyncio.wait([self._touch])

    # ---------------------------------------------------------------------------------------------------- what others see

    def status(self) -> EngineStatus:
        known, host = self._known, self._options.host
        return EngineStatus(
            state=self._state,
            model_id=known.model_id if known else None,
            n_ctx=known.n_ctx if known else None,
            build=known.build if known else None,
            problem=self._problem,
            manner=f"at {host}",
            remote=host,
            leaves=self._options.leaves,
        )

    @property
    def _state(self) -> EngineState:
        """Follows from what there is."""
        if self._server is not None:
            return "busy" if self._running else "ready"
        return "failed" if self._problem is not None else "starting"

    async def identity(self) -> EngineIdentity:
        return (await self._ready()).identity

    async def chat_format(self) -> ChatFormat:
        return (await self._ready()).chat_format

    async def tokenize(self, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        server = await self._ready()
        return await self._asked(server, server.wire.tokenize(text))

    async def text_of(self, ids: Sequence[int]) -> str:
        server = await self._ready()
        return await self._asked(server, server.wire.detokenize(ids))

    async def standing(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:  # noqa: ARG002 - nothing is kept by work there
        await self._ready()
        return Standing(self._guess.cached(prompt_ids))

    async def remembered(self, work: str) -> tuple[int, ...]:
        await self._ready()
        return self._works.get(work, ())

    async def bring_back(self, work: str) -> bool:  # noqa: ARG002 - the server's slots are its own
        return False

    # --------------------------------------------------------------------------------------------------------------- runs

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with self._turn:
            server = await self._unchanged()
            if request.identity not in (None, server.identity):
                raise EngineChanged("engine_changed")
            self._running = True
            self._tell()
            try:
                await self._rested(server)
                yield EngineBegun()
                async with aclosing(self._stream(server, request)) as events:
                    async for event in events:
                        yield event
            finally:
                self._running = False
                self._tell()

    async def _unchanged(self) -> Server:
        """The server, which is still the one that was met. `EngineUnavailable` where it is another one each time."""
        for _ in range(MOST_CHANGES):
            server = await self._ready()
            if await self._is_there(server) and self._server is server:
                return server
            self._lose(server)
        raise EngineUnavailable("remote_restless", host=self._options.host)

    async def _is_there(self, server: Server) -> bool:
        """Whether it is the one that answers. If not, what is in the way is found out by who looks for it again."""
        try:
            return (await face_of(server.wire, self._options.host)).mark == server.face.mark
        except EngineUnavailable:
            return False

    async def _rested(self, server: Server) -> None:
        """Waits for the end of a run that was broken off, which is between two steps of the server; its slot is not given to another run before,
        and the next one would find another. Those of others are not waited for."""
        if server.face.num_slots < 2:
            return
        with contextlib.suppress(EngineError, KeyError, TypeError, TimeoutError):  # a server need not tell
            async with asyncio.timeout(self._options.rest_s):
                busy = await server.wire.busy_slots()
                while self._unended is not None and self._unended[0] is server and busy - self._unended[1]:
                    await asyncio.sleep(LOOK_S)
                    busy = await server.wire.busy_slots()
            self._unended = (server, busy)

    async def _stream(self, server: Server, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        ids, first, guess = request.prompt_ids, True, self._guess
        guess.take(ids)
        async with aclosing(server.wire.complete(request)) as events:
            while True:
                event = await self._asked(server, anext(events), of_the_run=True)
                match event:
                    case PromptRead():
                        guess.stands(ids[: event.done], event.cached if first else None)
                        self._remember(request.work, ids[: event.done])
                        first = False
                    case TextPiece():
                        ids += event.ids
                        guess.stands(ids[:-1])
                        self._remember(request.work, ids[:-1])
                    case EngineDone():
                        self._unended = None
                yield event
                if isinstance(event, EngineDone):
                    return

    def _remember(self, work: str | None, ids: tuple[int, ...]) -> None:
        if work is not None:
            self._works[work] = ids
            self._works.move_to_end(work)
            while len(self._works) > MOST_WORKS:
                self._works.popitem(last=False)

    async def _asked(self, server: Server, answer: Awaitable[T], *, of_the_run: bool = False) -> T:
        """What the server answers, however long it takes, as long as it lives. A question that fails beside a run does not end the run, which has
        a connection of its own and finds out itself."""
        try:
            return await unless_gone(lambda: self._is_gone(server), self._options.silence_s, "remote_silent", answer)
        except EngineLost as error:
            if of_the_run or not self._running:
                self._lose(server)
            code = "remote_silent" if error.code == "remote_silent" else "remote_lost"
            raise EngineLost(code, host=self._options.host) from error

    async def _is_gone(self, server: Server) -> bool:
        for _ in range(self._options.health_times):
            with contextlib.suppress(EngineLost, TimeoutError):
                async with asyncio.timeout(self._options.health_s):
                    if (await server.wire.look("/health"))[0] == 200:
                        return False
        return True

    # -------------------------------------------------------------------------------------------------------- the connection

    async def _ready(self) -> Server:
        """The server; waits while it is looked for. One that was away is looked for at once, and then `EngineUnavailable` if it is so still."""
        asked_at: int | None = None
        while self._server is None:
            if self._problem is not None:
                if asked_at is not None and self._looked > asked_at:
                    raise EngineUnavailable(self._problem.code, **self._problem.params)
                if asked_at is None:
                    asked_at = self._looked
                    self._wanted.set()
            await self._changed.wait()
        return self._server

    def _lose(self, server: Server) -> None:
        """It is looked for again."""
        if self._server is server:
            self._server = None
            self._guess.forget()
            self._wanted.set()
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_change()

    async def _stay_in_touch(self) -> None:
        failures = 0
        while True:
            try:
                async with contextlib.AsyncExitStack() as stack:
                    server = await self._look(stack)
                    failures = 0
                    await self._watch(server)
                continue
            except EngineUnavailable as error:
                failures = 0 if error.code == LOADING else failures + 1
                self._away(error, failures)
            except Exception as error:  # whatever it was: the state has to say so, and the next look may be better
                log_fault(log, error, "while the remote engine was looked at")
                failures += 1
                self._away(EngineUnavailable(AWAY, host=self._options.host, reason=type(error).__name__), failures)
            await self._until_wanted(self._options.pause_after(failures))

    async def _look(self, stack: contextlib.AsyncExitStack) -> Server:
        options = self._options
        self._wanted.clear()
        face = await remote_face(options)
        wire = await stack.enter_async_context(Wire(options.url, options.key, face.n_ctx, None))
        server = await meet(wire, face, options.host)
        if server.identity != self._known:
            self._works.clear()
            log.info("the engine at %s is %s with %s, context %s", options.host, face.model_name, face.build, face.n_ctx)
        self._known, self._server, self._problem = server.identity, server, None
        self._guess = SlotGuess()
        self._looked += 1
        self._tell()
        return server

    async def _watch(self, server: Server) -> None:
        """Returns when it was lost, or is another one. A run watches itself."""
        try:
            while self._server is server:
                await self._until_wanted(self._options.beat_s)
                if self._server is not server or self._running:
                    continue
                if not await self._is_there(server) and not self._running:
                    return
        finally:
            self._lose(server)

    def _away(self, error: EngineUnavailable, failures: int) -> None:
        if error.code == LOADING:
            self._problem = None
        elif error.code != AWAY or failures >= self._options.patience or self._problem is not None:
            if self._problem != error.problem:
                log.warning("the engine at %s cannot be used: %s", self._options.host, error)
            self._problem = error.problem
        self._looked += 1
        self._tell()

    async def _until_wanted(self, most_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._wanted.wait()
        self._wanted.clear()
