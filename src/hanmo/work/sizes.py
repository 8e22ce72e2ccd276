"""How much `hanmo bench` measures of each setting, and what that takes on a machine of some speed.

Rules
  * What is compared is measured alike: sizes are chosen once, when a glance has shown how fast this machine is about.
  * They are the largest with which all can be decided in the time there is; where even the smallest are too many, those.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hanmo.core.tuning import Speed

GLANCE_READ, GLANCE_WRITTEN = 16, 8
"""Tokens of the first run of all."""
DEEP_TOKENS = 1536
"""What stands before, where the KV caches are compared; with what is written it fits the smallest context that is measured."""
DEEP_RUNS = 3
STEPS = (1, 2, 4, 8, 16, 32, 49)
"""How many tokens are put through the engine at once; 49 is the longest draft and the token before it."""
SURE = 1.2
"""What is foreseen may take so many times as long."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of one setting: tokens of a prompt that is read and of what is written behind it, tokens at most of a correction, and the numbers of
    the sentences that are corrected. The best of `runs` counts, as other programs only make a run slower."""

    read: int
    written: int
    copied: int
    sentences: tuple[int, ...]
    runs: int


SIZES = (
    Sizes(read=128, written=32, copied=96, sentences=(3, 2, 1), runs=2),
    Sizes(read=128, written=32, copied=96, sentences=(3, 2, 1), runs=1),
    Sizes(read=128, written=32, copied=48, sentences=(2,), runs=1),
    Sizes(read=64, written=20, copied=48, sentences=(2,), runs=1),
)
"""Largest first. Even the smallest writes enough (`core.speeds.ENOUGH_TOKENS` behind the first piece) for the first click to have a price."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of what is measured with these sizes by a setting that reads and writes at this speed; `corrections` are the tokens of each that
    are read, and that an answer has."""

    sizes: Sizes
    speed: Speed
    load_s: float
    corrections: Sequence[tuple[int, int]]

    @property
    def look_s(self) -> float:
        """Reading and free writing."""
        return self.sizes.runs * self._run_s(self.sizes.read, self.sizes.written)

    @property
    def copying_s(self) -> float:
        return self.sizes.runs * sum(self._run_s(read, min(written, self.sizes.copied)) for read, written in self.corrections)

    @property
    def steps_s(self) -> float:
        return self.sizes.runs * sum(max(self._run_s(0, 1), self._run_s(size, 0)) for size in STEPS)

    @property
    def deep_s(self) -> float:
        """Writing behind a long text."""
        return self._run_s(DEEP_TOKENS, DEEP_RUNS * self.sizes.written)

    @property
    def beside_s(self) -> float:
        """Free writing beside a busy process, which may take half of the machine."""
        return 2 * self._run_s(0, self.sizes.written)

    @property
    def draft_s(self) -> float:
        """Trying one length of drafts."""
        return self.load_s + self.look_s + self.copying_s

    def threads_s(self, shares: Sequence[float]) -> float:
        """Trying other numbers of threads, as shares of the one that was measured."""
        return sum(self.load_s + self.look_s / min(1.0, share) for share in shares)

    @property
    def first_s(self) -> float:
        """All that the first setting shows when it is loaded, but the cache."""
        return self.look_s + self.steps_s + self.beside_s + self.copying_s

    def _run_s(self, read: float, written: float) -> float:
        return read / max(self.speed.read, 0.001) + written / max(self.speed.written, 0.001)
