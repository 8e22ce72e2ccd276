"""Runs generations, one at a time, and shows them to whoever follows.

Rules
  * A generation outlives its readers: only `stop` ends it early. Text is committed to the store before anyone sees it.
  * The runner is the only writer of `Live` objects; the store numbers the events, and the numbers agree because one task writes both.
  * Every way out is a finish reason, and each keeps the text: `stop` and `length` from the engine, `cancelled` by `stop`, `error` with its
    problem, `interrupted` when this process ends.

Theory
  The engine gives a token at a time; committing each would cost an fsync a token. So pieces are gathered while the last commit is on its way and
  for `BATCH_S` after it; the first one goes at once, because the first word is what people wait for.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from hanmo.core.errors import EngineChanged, HanmoError, StoreError
from hanmo.core.values import EngineIdentity, FinishReason, Generation, Problem, Timings
from hanmo.work import ports
from hanmo.work.faults import log_fault, problem_of
from hanmo.work.live import Live, StateEvent, StreamEvent, replay
from hanmo.work.ports import Engine, EngineBegun, EngineDone, EngineEvent, EngineRequest, PromptRead, TextPiece
from hanmo.work.prompts import PromptBuilder, asked_words
from hanmo.work.queue import FairQueue

log = logging.getLogger(__name__)

BATCH_S = 0.2
RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class _Ending:
    """An end that could not be written yet, with the text that could not be either."""

    generation_id: str
    reason: FinishReason
    timings: Timings
    problem: Problem | None
    text: str
    ids: tuple[int, ...]


@dataclass(slots=True)
class _Batch:
    """Pieces that the engine gave and the store does not have yet, and the task that brings them there."""

    text: str = ""
    ids: list[int] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    committer: asyncio.Task[None] | None = None

    def add(self, piece: TextPiece) -> None:
        self.text += piece.text
        self.ids += piece.ids


class Runner:
    """The one who works off the queue. Use as an async context manager; leaving it interrupts what runs and keeps its text."""

    def __init__(
        self, engine: Engine, store: ports.Generations, *, queue_limit: int, answered: Callable[[str], None] = lambda _: None
    ) -> None:
        """`answered` is told the conversation whose answer came to its own end."""
        self._engine = engine
        self._answered = answered
        self._store = store
        self.queue = FairQueue(queue_limit)
        self.running: str | None = None
        self._live: dict[str, Live] = {}
        self._work: asyncio.Task[FinishReason] | None = None
        self._stopping: FinishReason = "interrupted"
        self._unwritten: list[_Ending] = []
        self._added = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Runner":
        await self._store.interrupt_unfinished()
        self._loop = asyncio.create_task(self._serve(), name="generations")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        while waiting := self.queue.pop():
            await self._finish(self._live[waiting], "interrupted", Timings())

    # ----------------------------------------------------------------------------------------------------------- commands

    def submit(self, generation_id: str, party: str) -> None:
        """Puts a queued generation of the store into the line, in a place reserved before. `party` is who must not be served twice before others."""
        self._live[generation_id] = Live(id=generation_id)
        self.queue.add(generation_id, party)
        self._show_places()
        self._added.set()

    @property
    def wants_engine(self) -> bool:
        """Whether somebody waits for the engine, or has it."""
        return self.running is not None or len(self.queue) > 0

    async def stop(self, generation_id: str) -> Generation:
        """Stops it, wherever it stands, and keeps its text. A finished one is returned as it is."""
        live = self._live.get(generation_id)
        if live is None:
            await self.settle()
            return await self._store.get(generation_id)
        if self.queue.remove(generation_id):
            await self._finish(live, "cancelled", Timings())
            self._show_places()
        elif self.running == generation_id and self._work is not None and not self._work.cancelling():
            self._stopping = "cancelled"
            self._work.cancel()
        async for _ in live.follow(len(live.pieces)):
            pass
        return await self._store.get(generation_id)

    async def follow(self, generation_id: str, after: int = 0) -> AsyncGenerator[StreamEvent]:
        """The numbered events after `after`, from memory while it runs and from the store once it is over."""
        live = self._live.get(generation_id)
        if live is not None:
            async with aclosing(live.follow(after)) as events:
                async for event in events:
                    yield event
            return
        for event in replay(await self._store.get(generation_id), after):
            yield event

    def engine_changed(self) -> None:
        """To be called when the engine's state changes: whoever waits for it sees why."""
        self._show_places()

    # ------------------------------------------------------------------------------------------------------ the machinery

    async def _serve(self) -> None:
        while True:
            generation_id = self.queue.pop()
            if generation_id is None:
                self._added.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_S if self._unwritten else None):
                        await self._added.wait()
                await self.settle()
                continue
            self.running = generation_id
            self._show_places()
            try:
                await self._run(self._live[generation_id])
            except Exception as error:  # one that cannot even be ended must not keep the others waiting
                log_fault(log, error, "at the end of a generation")
            finally:
                self.running = None

    async def _run(self, live: Live) -> None:
        """One generation from the front of the line to its finish reason, which is written whatever happens."""
        clock = _Clock(live.queued_at)
        self._stopping = "interrupted"
        batch = _Batch()
        work = self._work = asyncio.create_task(self._generate(live, clock, batch))
        leaving = await _outlast(work, cancel=True)
        ending = asyncio.create_task(self._end(live, clock, batch, *self._outcome(work)))
        leaving = await _outlast(ending) or leaving
        ending.result()
        if leaving:
            raise asyncio.CancelledError

    async def _end(self, live: Live, clock: "_Clock", batch: _Batch, reason: FinishReason, problem: Problem | None) -> None:
        """The rest of the text, then the reason."""
        batch.complete.set()
        try:
            if batch.committer is not None:
                await batch.committer
            await self._commit(live, batch)
        except Exception as error:
            reason, problem = "error", problem or problem_of(log, error, "when the end of a text was written")
        await self._finish(live, reason, clock.timings, problem, batch)
        if reason == "stop":
            self._answered(await self._store.conversation_of(live.id))

    def _outcome(self, work: asyncio.Task[FinishReason]) -> tuple[FinishReason, Problem | None]:
        """How a generation's task ended, as a finish reason. A reason that the engine gave stands, even if a stop came after it."""
        if work.cancelled():
            return self._stopping, None
        error = work.exception()
        if error is None:
            return work.result(), None
        return "error", problem_of(log, error, "in a generation")

    async def _generate(self, live: Live, clock: "_Clock", batch: _Batch) -> FinishReason:
        while True:
            identity = await self._engine.identity()
            request = await self._request(live, identity)
            try:
                return await self._read_and_write(live, clock, batch, request)
            except EngineChanged:
                continue  # models were changed over in between: these ids mean nothing to the new one

    async def _request(self, live: Live, identity: EngineIdentity) -> EngineRequest:
        """The prompt for the engine that is there now, written down; how many of the oldest messages did not fit, and the length that was asked
        for, are shown."""
        sampling = (await self._store.get(live.id)).sampling
        builder = PromptBuilder(self._engine, identity.model_sha256, identity.n_ctx, await self._engine.chat_format())
        path, rounds = await self._store.path(live.id), await self._store.rounds(live.id)
        prompt = await builder.build(path, sampling.max_new_tokens, rounds)
        await self._store.begin(live.id, identity, prompt.ids, prompt.dropped_messages, prompt.left_out_messages)
        work = f"conversation:{await self._store.conversation_of(live.id)}"
        live.change(status="reading", dropped_messages=prompt.dropped_messages, target=asked_words(path))
        return EngineRequest(prompt.ids, sampling, work, identity)

    async def _read_and_write(self, live: Live, clock: "_Clock", batch: _Batch, request: EngineRequest) -> FinishReason:
        async with aclosing(self._engine.generate(request)) as events:
            async for event in events:
                clock.saw(event)
                match event:
                    case PromptRead():
                        live.change(status="reading", prompt_progress=event)
                    case TextPiece():
                        batch.add(event)
                        if batch.committer is None or batch.committer.done():
                            if batch.committer is not None:
                                batch.committer.result()
                            batch.committer = asyncio.create_task(self._commit_while_written(live, batch))
                    case EngineDone():
                        return event.finish_reason
        raise RuntimeError("an engine ended without EngineDone")

    async def _commit_while_written(self, live: Live, batch: _Batch) -> None:
        """Commits what there is, rests, commits what has come meanwhile; done when nothing has."""
        while batch.text:
            await self._commit(live, batch)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BATCH_S):
                    await batch.complete.wait()

    async def _commit(self, live: Live, batch: _Batch) -> None:
        text, ids = batch.text, batch.ids
        if text:
            batch.text, batch.ids = "", []
            try:
                await self._store.append(live.id, text, ids)
            except HanmoError:
                batch.text, batch.ids = text + batch.text, ids + batch.ids
                raise
            live.write(text)
            live.change(status="writing", prompt_progress=None)

    async def settle(self) -> None:
        """Writes the ends that could not be written before, oldest first, as far as they can be now."""
        while self._unwritten:
            late = self._unwritten[0]
            try:
                if late.text:
                    await self._store.append(late.generation_id, late.text, late.ids)
                    self._unwritten[0] = late = replace(late, text="", ids=())
                await self._store.finish(late.generation_id, late.reason, timings=late.timings, problem=late.problem)
            except StoreError:
                return
            except HanmoError as error:
                log.error("the end of a generation is given up: %s", error.code)
            self._unwritten.pop(0)

    async def _finish(
        self, live: Live, reason: FinishReason, timings: Timings, problem: Problem | None = None, batch: _Batch | None = None
    ) -> None:
        """Writes the end. Where it cannot be written (a full disk), readers are told so, and it is written as soon as it can be."""
        try:
            generation = await self._store.finish(live.id, reason, timings=timings, problem=problem)
        except Exception as error:
            met = problem_of(log, error, "when the end of a generation was written")
            told = problem or met
            rest, ids = (batch.text, tuple(batch.ids)) if batch else ("", ())
            self._unwritten.append(_Ending(live.id, "error", timings, told, rest, ids))
            generation = live.as_generation("error", timings, told)
        self._live.pop(live.id, None)
        if self.running == live.id:
            self.running = None  # whoever hears the end finds the engine free
        live.end(generation)

    def _show_places(self) -> None:
        state = self._engine.status().state
        waits_for_engine = None if state in ("ready", "busy") else state
        for place, generation_id in enumerate(self.queue.order(), start=1):
            self._live[generation_id].show(StateEvent("queued", queue_place=place, engine=waits_for_engine))
        if self.running and (live := self._live.get(self.running)) and live.state.status == "queued":
            live.show(StateEvent("queued", engine=waits_for_engine))


async def _outlast(task: asyncio.Task[Any], *, cancel: bool = False) -> bool:
    """Waits until the task has ended, whatever comes, and says whether the one who waits was asked to end meanwhile. With `cancel` the task is
    asked, too."""
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if cancel and not task.cancelling():
            task.cancel()
        await asyncio.wait([task])
        return True
    return False


@dataclass(slots=True)
class _Clock:
    """Measures one generation from our side of the wire, and takes the engine's own figures when it is done."""

    queued_at: float
    started_at: float | None = None
    timings: Timings = field(default_factory=Timings)
    first_token_at: float | None = None

    def saw(self, event: EngineEvent) -> None:
        match event:
            case EngineBegun():
                self.started_at = time.monotonic()
                self.timings = replace(self.timings, queue_ms=1000 * (self.started_at - self.queued_at))
            case PromptRead():
                self.timings = replace(self.timings, prompt_tokens=event.total, cached_tokens=event.cached)
            case TextPiece():
                now = time.monotonic()
                if self.first_token_at is None and self.started_at is not None:
                    self.first_token_at = now
                    self.timings = replace(self.timings, ttft_ms=1000 * (now - self.started_at))
                self.timings = replace(self.timings, generated_tokens=self.timings.generated_tokens + len(event.ids))
                if self.first_token_at is not None and now > self.first_token_at:
                    speed = (self.timings.generated_tokens - 1) / (now - self.first_token_at)
                    self.timings = replace(self.timings, tokens_per_second=speed)
            case EngineDone():
                self.timings = replace(event.timings, queue_ms=self.timings.queue_ms, ttft_ms=self.timings.ttft_ms)
