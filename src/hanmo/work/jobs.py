"""A piece of work on an article while it runs, as its readers see it: numbered text by section, where it stands, and its end."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hanmo.core.values import GenerationStatus
from hanmo.work.article_ports import JobRecord, SectionCost
from hanmo.work.feed import Feed
from hanmo.work.ports import PromptRead

REMEMBER = 0.2
"""How much of the speed measured by the newest piece of text goes into the mean."""


@dataclass(frozen=True, slots=True)
class JobState:
    """`queue_place` counts from 1 while other articles are written; `words` of `target` are there (of the article, or of what is worked on);
    `done` is the share, 0 to 1; `seconds_left` to the end of the job, where it is known. `prompt_progress` while a prompt is read."""

    status: GenerationStatus = "queued"
    queue_place: int | None = None
    section_id: str | None = None
    words: int = 0
    target: int = 0
    seconds_left: float | None = None
    done: float = 0.0
    prompt_progress: PromptRead | None = None


def by_section(costs: Iterable[SectionCost]) -> tuple[SectionCost, ...]:
    """One for each section, in the order in which they were met."""
    sums: dict[str | None, SectionCost] = {}
    for cost in costs:
        before = sums.get(cost.section_id)
        sums[cost.section_id] = cost if before is None else _together(before, cost)
    return tuple(sums.values())


def _together(a: SectionCost, b: SectionCost) -> SectionCost:
    read, cached = a.read_tokens + b.read_tokens, a.cached_tokens + b.cached_tokens
    return SectionCost(a.section_id, a.seconds + b.seconds, read, cached, a.written_tokens + b.written_tokens)


@dataclass(frozen=True, slots=True)
class SectionPiece:
    """Event `seq`: `text` follows what a section has; with `whole` it is all that the section has now (a repetition was taken back)."""

    seq: int
    section_id: str | None
    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class JobEnd:
    seq: int
    job: JobRecord


JobEvent = JobState | SectionPiece | JobEnd


@dataclass(slots=True)
class Job(Feed[JobState, SectionPiece, JobEnd]):
    """Written by its own tasks alone, on the event loop; read by any number of followers. `work` may be cancelled; `task` ends when the end of
    the work is written. `rest` tells the seconds that are left once a prompt of so many tokens is read."""

    state: JobState = JobState()
    row: JobRecord = field(kw_only=True)
    section_text: str = ""
    costs: list[SectionCost] = field(default_factory=list)
    rest: Callable[[int], float | None] = lambda _: None
    work: asyncio.Task[None] | None = None
    task: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def ended(self) -> JobRecord | None:
        return self.last.job if self.last else None

    def change(self, **changes: object) -> None:
        """The state as it is, but for these fields."""
        self.show(replace(self.state, **changes))  # type: ignore[arg-type]

    def read(self, read: PromptRead) -> None:
        """A prompt is on its way into the engine. Where nobody knows how long the rest takes, what was told of it before stays."""
        rest = self.rest(read.total)
        left = self.state.seconds_left if rest is None or read.seconds_left is None else read.seconds_left + rest
        self.change(status="reading", prompt_progress=read, seconds_left=left)

    def begin_section(self, section_id: str | None) -> None:
        self.section_text = ""
        self.change(section_id=section_id, status="reading")

    def write(self, text: str) -> None:
        """`text` is all that the section in work has now; followers get what is new of it, or all where something was taken back."""
        if text == self.section_text:
            return
        self.change(prompt_progress=None)
        goes_on = text.startswith(self.section_text)
        new = text[len(self.section_text) :] if goes_on else text
        self.section_text = text
        self.add(SectionPiece(len(self.pieces) + 1, self.state.section_id, new, whole=not goes_on))

    def end(self, row: JobRecord) -> None:
        self.close(JobEnd(len(self.pieces) + 1, row))


@dataclass(slots=True)
class Pace:
    """Words a second, measured while a text grows; None until it is known."""

    words_per_second: float | None = None
    _since: float | None = None
    _words: int = 0

    def rest(self) -> None:
        """Nothing is written for a while: the time does not count."""
        self._since = None

    def saw(self, words: int) -> None:
        now = time.monotonic()
        if self._since is None or words < self._words:
            self._since, self._words = now, words
        elif now - self._since >= 2.0 and words > self._words:
            new = (words - self._words) / (now - self._since)
            old = self.words_per_second
            self.words_per_second = new if old is None else old + REMEMBER * (new - old)
            self._since, self._words = now, words

    def seconds_for(self, words: int) -> float | None:
        return None if not self.words_per_second else max(0, words) / self.words_per_second
