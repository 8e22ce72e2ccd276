"""A generation while it runs, as its readers see it: numbered text that is committed already, and where it stands."""

import time
from dataclasses import dataclass, field, replace
from itertools import accumulate

from hanmo.core.values import FinishReason, Generation, GenerationStatus, Problem, Sampling, Timings
from hanmo.work.feed import Feed
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
class Live(Feed[StateEvent, TextEvent, EndEvent]):
    """Written by the runner alone, on the event loop; read by any number of followers."""

    state: StateEvent = StateEvent("queued")
    id: str = field(kw_only=True)
    queued_at: float = field(default_factory=time.monotonic)

    def as_generation(self, reason: FinishReason, timings: Timings, problem: Problem | None) -> Generation:
        """What its readers saw, for an end that could not be stored."""
        texts = [piece.text for piece in self.pieces]
        ends = tuple(accumulate(map(len, texts)))
        return Generation(
            self.id, "", "finished", Sampling(), "".join(texts), ends, finish_reason=reason, problem=problem, timings=timings
        )

    def change(self, **changes: object) -> None:
        """The state as it is, but for these fields; it waits for nobody any more."""
        self.show(replace(self.state, queue_place=None, engine=None, **changes))  # type: ignore[arg-type]

    def write(self, text: str) -> None:
        self.add(TextEvent(len(self.pieces) + 1, text))

    def end(self, generation: Generation) -> None:
        self.close(EndEvent(len(self.pieces) + 1, generation))


def replay(generation: Generation, after: int) -> list[StreamEvent]:
    """What a reader of a finished generation gets: the very events after number `after`, and the end."""
    starts = (0, *generation.ends)
    texts = [TextEvent(i + 1, generation.text[starts[i] : starts[i + 1]]) for i in range(after, len(generation.ends))]
    return [*texts, EndEvent(len(generation.ends) + 1, generation)]
