"""A generation while it runs, as its readers see it: numbered text that is committed already, and where it stands."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from itertools import accumulate

from hanmo.core.values import FinishReason, Generation, GenerationStatus, Problem, Sampling, Timings
from hanmo.work.ports import EngineState, PromptRead


@dataclass(frozen=True, slots=True)
class StateEvent:
    """`queue_place` counts from 1; `engine` is set while the generation waits for the engine to start. `target` is the length in words that was
    asked for, if any."""

    status: GenerationStatus
    queue_place: int | None = None
    prompt_progress: PromptRead | None = None
    engine: EngineState | None = None
    dropped_messages: int = 0
    target: int | None = None


@dataclass(frozen=True, slots=True)
class TextEvent:
    """`seq` numbers the events of one generation 1, 2, 3 …"""

    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class EndEvent:
    seq: int
    generation: Generation


StreamEvent = StateEvent | TextEvent | EndEvent


@dataclass(slots=True)
class Live:
    """Written by the runner alone, on the event loop; read by any number of followers."""

    id: str
    queued_at: float = field(default_factory=time.monotonic)
    state: StateEvent = StateEvent("queued")
    texts: list[str] = field(default_factory=list)
    ended: Generation | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def as_generation(self, reason: FinishReason, timings: Timings, problem: Problem | None) -> Generation:
        """What its readers saw, for an end that could not be stored."""
        ends = tuple(accumulate(map(len, self.texts)))
        return Generation(
            self.id, "", "finished", Sampling(), "".join(self.texts), ends, finish_reason=reason, problem=problem, timings=timings
        )

    def show(self, state: StateEvent) -> None:
        if state != self.state:
            self.state = state
            self._wake()

    def change(self, **changes: object) -> None:
        """The state as it is, but for these fields; it waits for nobody any more."""
        self.show(replace(self.state, queue_place=None, engine=None, **changes))  # type: ignore[arg-type]

    def add(self, text: str) -> None:
        self.texts.append(text)
        self._wake()

    def end(self, generation: Generation) -> None:
        self.ended = generation
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int) -> AsyncGenerator[StreamEvent]:
        """Every text event after number `after`, the present state whenever it changes, and the end."""
        sent, shown = after, None
        while True:
            changed = self._changed
            if self.state != shown and self.ended is None:
                shown = self.state
                yield shown
            while sent < len(self.texts):
                sent += 1
                yield TextEvent(sent, self.texts[sent - 1])
            if self.ended is not None:
                yield EndEvent(len(self.texts) + 1, self.ended)
                return
            await changed.wait()


def replay(generation: Generation, after: int) -> list[StreamEvent]:
    """What a reader of a finished generation gets: the very events after number `after`, and the end."""
    starts = (0, *generation.ends)
    texts = [TextEvent(i + 1, generation.text[starts[i] : starts[i + 1]]) for i in range(after, len(generation.ends))]
    return [*texts, EndEvent(len(generation.ends) + 1, generation)]
