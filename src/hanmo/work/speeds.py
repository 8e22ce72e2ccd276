"""Measures every run of the engine as it passes, and keeps what was measured for each model, manner of running it and build, over restarts.

Rules
  * Time is the monotonic clock's alone, from `EngineBegun` on: waiting for the engine is not its speed.
  * Runs for a single token (reading ahead, keeping a beginning away) are not measured: they say nothing of how fast a text comes. Writing under a
    grammar is measured apart.
  * What is known is written down after each run, beside the work and with nobody waiting for it; a disk that refuses, or a process that is
    killed meanwhile, costs measuring again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.text import count_words, language_of
from hanmo.core.values import EngineIdentity
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import (
    ChatFormat,
    Engine,
    EngineBegun,
    EngineEvent,
    EngineRequest,
    EngineStatus,
    PromptRead,
    Standing,
    TextPiece,
)
from hanmo.work.speed_ports import SpeedNotes

LEAST_PACE, MOST_PACE = 0.25, 4.0
"""How much slower or faster than expected a prompt may be read, when its time left is told."""


class SpeedBook:
    """What was measured, by what it depends on. `settled` before the process ends: until then the newest may not be on the disk."""

    def __init__(self, notes: SpeedNotes | None = None) -> None:
        self._notes = notes
        self._known = notes.read() if notes else {}
        self._newer = False
        self._writer: asyncio.Task[None] | None = None

    def of(self, status: EngineStatus) -> Speeds:
        return self._known.get(_key(status), Speeds())

    def of_model(self, model_id: str) -> Speeds:
        """As it was measured last, however it was loaded."""
        return next((known for key, known in reversed(self._known.items()) if key.startswith(f"{model_id} ")), Speeds())

    def keep(self, status: EngineStatus, speeds: Speeds) -> None:
        """Returns at once."""
        if speeds != self.of(status):
            self._add({_key(status): speeds})

    def take_over(self, other: "SpeedBook", chosen: LoadPlan, threads: int) -> None:
        """What another book has been told, as the newest; last of all, of the model that is run so from now on."""
        setting = _setting(chosen.model_id, chosen.manner, threads)
        self._add(dict(sorted(other._known.items(), key=lambda known: known[0].startswith(setting))))

    async def settled(self) -> None:
        """Returns when all that is known is written down."""
        if self._writer is not None:
            await self._writer

    def _add(self, known: Mapping[str, Speeds]) -> None:
        for key in known:
            self._known.pop(key, None)
        self._known.update(known)
        self._newer = True
        if self._notes is not None and (self._writer is None or self._writer.done()):
            self._writer = asyncio.create_task(self._write(self._notes), name="measured speeds")

    async def _write(self, notes: SpeedNotes) -> None:
        while self._newer:
            self._newer = False
            await asyncio.to_thread(notes.write, dict(self._known))


def _key(status: EngineStatus) -> str:
    return f"{_setting(status.model_id, status.manner, status.threads)}{status.build}"


def _setting(model_id: str | None, manner: str, threads: int) -> str:
    return f"{model_id} {manner}, {threads} threads, "


def _of_several_tokens(request: EngineRequest) -> bool:
    return request.sampling.max_new_tokens > 1


class MeteredEngine:
    """The engine, with every run measured that `counts`, the changes of its slot counted, and the time left told while a prompt is read."""

    def __init__(self, engine: Engine, book: SpeedBook, counts: Callable[[EngineRequest], bool] = _of_several_tokens) -> None:
        self._engine = engine
        self._book = book
        self._counts = counts
        self._slot_changes = 0

    @property
    def speeds(self) -> Speeds:
        """Of the model that is loaded now."""
        return self._book.of(self._engine.status())

    def status(self) -> EngineStatus:
        return replace(self._engine.status(), slot_changes=self._slot_changes)

    async def identity(self) -> EngineIdentity:
        return await self._engine.identity()

    async def chat_format(self) -> ChatFormat:
        return await self._engine.chat_format()

    async def tokenize(self, text: str) -> tuple[int, ...]:
        return await self._engine.tokenize(text)

    async def text_of(self, ids: Sequence[int]) -> str:
        return await self._engine.text_of(ids)

    async def standing(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:
        return await self._engine.standing(work, prompt_ids)

    async def remembered(self, work: str) -> tuple[int, ...]:
        return await self._engine.remembered(work)

    async def bring_back(self, work: str) -> bool:
        brought = await self._engine.bring_back(work)
        self._slot_changes += brought
        return brought

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        run, status = Stopwatch(request, self.speeds), self._engine.status()
        try:
            async with aclosing(self._engine.generate(request)) as events:
                async for event in events:
                    if isinstance(event, EngineBegun):
                        self._slot_changes += 1
                        status = self._engine.status()
                    yield run.saw(event)
        finally:
            self._slot_changes += 1
            if self._counts(request):
                self._book.keep(status, run.added_to(self._book.of(status)))


@dataclass(slots=True)
class Stopwatch:
    """One run as it passes. `speeds` are those known before."""

    request: EngineRequest
    speeds: Speeds
    moved: int = 0
    began_at: float | None = None
    reading: Reading | None = None
    prompt: PromptRead | None = None
    first_at: float = 0.0
    last_at: float = 0.0
    tokens: int = 0
    later_tokens: int = 0
    texts: list[str] = field(default_factory=list)
    ticks: list[tuple[float, int]] = field(default_factory=list)

    def saw(self, event: EngineEvent) -> EngineEvent:
        """The event, with what can be said about the time left."""
        now = time.monotonic()
        match event:
            case EngineBegun():
                self.began_at, self.moved = now, event.moved
            case PromptRead():
                self.prompt = event
                self.ticks.append((now, event.done))
                return replace(event, seconds_left=self._seconds_left(event))
            case TextPiece():
                self._wrote(event, now)
        return event

    def _wrote(self, piece: TextPiece, now: float) -> None:
        if not self.texts:
            self.first_at = now
            if self.prompt is not None and self.began_at is not None:
                new = self.prompt.total - self.prompt.cached
                self.reading = Reading(new, self.prompt.total, self.moved, now - self.began_at - self._held_back(piece))
        else:
            self.later_tokens += len(piece.ids)
        self.last_at = now
        self.tokens += len(piece.ids)
        self.texts.append(piece.text)

    def _held_back(self, piece: TextPiece) -> float:
        """Seconds from the first token to the first text: a character may take several tokens, and comes when it is whole."""
        before = self.prompt.total if self.prompt else 0
        return self.speeds.seconds_to_write(len(piece.ids) - 1, before, locked=self.request.grammar is not None) or 0.0

    def _seconds_left(self, read: PromptRead) -> float | None:
        """As the model says, at the pace at which this prompt is really read."""
        expected = self.speeds.seconds_to_first_token(read.total - read.done, read.total)
        (first_at, first), (now, done) = self.ticks[0], self.ticks[-1]
        if done > first and now > first_at:
            foreseen = self.speeds.seconds_to_first_token(done - first, done)
            if expected is None or foreseen is None:
                return (now - first_at) / (done - first) * (read.total - read.done)
            expected *= min(MOST_PACE, max(LEAST_PACE, (now - first_at) / foreseen))
        return expected

    def added_to(self, speeds: Speeds) -> Speeds:
        """With what this run has shown; one that ended before its first word showed nothing."""
        if self.reading is not None:
            speeds = speeds.after_reading(self.reading)
        if not self.texts:
            return speeds
        before, locked = self.reading.total if self.reading else 0, self.request.grammar is not None
        speeds = speeds.after_writing(Writing(self.later_tokens, before, self.last_at - self.first_at), locked=locked)
        text = "".join(self.texts)
        return speeds if locked else speeds.after_text(self.tokens, count_words(text), language_of(text))
