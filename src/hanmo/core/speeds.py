"""What one model on one machine really does: measured runs in, seconds out.

Theory
  Until the first token: `fixed + new · (read + deep · depth) + moved · carry + rest · left · depth`, where `new` tokens are read at a mean depth
  of context, `moved` tokens of KV caches are written to the disk or read from it before, and `rest` of the new ones are left when the others
  have gone through the engine in whole steps. A token costs the more the more stands before it, as attention looks at all of that; a whole
  step looks once for all of its tokens, those of a step that is not whole look each for itself: 65 tokens behind 2,000 others come sooner than
  49. Writing: `tokens · (write + deep · depth)`. The weights are fitted to the runs that were measured last (`core/fit.py`), which are kept
  by the size of what was read: fifty short questions do not make a long one forgotten. Writing under a grammar is a thing of its own: each
  token is held against the grammar, which costs time, and what a form repeats may be guessed, which saves some.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hanmo.core.fit import Row, fit
from hanmo.core.text import Language

__all__ = ["Reading", "Speeds", "Writing"]

MOST_OF_A_SIZE = 8
"""Readings that are kept of one size; sizes double."""
MOST_WRITINGS = 24
FADES = 0.85
"""What counts a run that is one older."""
ENOUGH_TOKENS = 16
"""Shorter runs say more about start-up than about the speed of writing."""
STEP = 64
"""Tokens that the engine reads at once."""
EXPECTED_READ = (12.0, 1.0, 0.15, 0.005, 0.3)
"""Fixed, read, deep (at a depth of 1,000 tokens), carry, left (of a step, at such a depth): in tokens read. One token written costs as much as
several."""
EXPECTED_WRITE = (1.0, 0.1)
WEIGHT = 0.3
"""Of the newest text, in the mean number of words to a token."""
USUAL_READ, USUAL_DEPTH = 512, 512
"""Tokens: what a speed in one number is said of."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`new` of `total` prompt tokens were read, `moved` carried before that; the first token came after `seconds`."""

    new: int
    total: int
    moved: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Writing:
    """`tokens` were written in `seconds`, the first of them after `before` tokens."""

    tokens: int
    before: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Speeds:
    """Runs that were measured, oldest first, and 字 (Han characters and Latin words) to a token of Chinese and of English text. `locked` are
    writings under a grammar, `writings` the others."""

    readings: tuple[Reading, ...] = ()
    writings: tuple[Writing, ...] = ()
    zh_words_per_token: float | None = None
    en_words_per_token: float | None = None
    locked: tuple[Writing, ...] = ()

    def after_reading(self, reading: Reading) -> "Speeds":
        """With one more run taken in."""
        if reading.new <= 0 or reading.seconds <= 0:
            return self
        alike = [r for r in self.readings if r.new.bit_length() == reading.new.bit_length()]
        kept = [r for r in self.readings if len(alike) < MOST_OF_A_SIZE or r is not alike[0]]
        return replace(self, readings=(*kept, reading))

    def after_writing(self, writing: Writing, *, locked: bool = False) -> "Speeds":
        """With one more run taken in, `locked` by a grammar. One that is too short to tell anything is not."""
        if writing.tokens < ENOUGH_TOKENS or writing.seconds <= 0:
            return self
        if locked:
            return replace(self, locked=(*self.locked, writing)[-MOST_WRITINGS:])
        return replace(self, writings=(*self.writings, writing)[-MOST_WRITINGS:])

    def after_text(self, tokens: int, words: int, lang: Language) -> "Speeds":
        """With one more text taken in, of so many tokens."""
        if tokens < ENOUGH_TOKENS or words <= 0:
            return self
        if lang == "zh":
            return replace(self, zh_words_per_token=_mixed(self.zh_words_per_token, words / tokens))
        return replace(self, en_words_per_token=_mixed(self.en_words_per_token, words / tokens))

    def seconds_to_first_token(self, new: int, total: int, moved: int = 0) -> float | None:
        """None until a run was measured."""
        return _dot(_read_features(new, total, moved), _read_weights(self.readings)) if self.readings else None

    def seconds_to_write(self, tokens: float, before: float, *, locked: bool = False) -> float | None:
        """For `tokens` after `before` others; None until a run was measured. `locked` by a grammar it is as without one until such a run was."""
        known = (self.locked if locked else ()) or self.writings
        return _dot(_write_features(tokens, before), _write_weights(known)) if known else None

    def words_per_token(self, lang: Language) -> float | None:
        """Of the other language where this one was not met yet."""
        own, other = self.zh_words_per_token, self.en_words_per_token
        return (own or other) if lang == "zh" else (other or own)

    def seconds_for_words(self, words: float, before: float, lang: Language) -> float | None:
        per_token = self.words_per_token(lang)
        return self.seconds_to_write(words / per_token, before) if per_token else None

    @property
    def prompt_tokens_per_second(self) -> float | None:
        """Of a cold prompt of 512 tokens."""
        seconds = self.seconds_to_first_token(USUAL_READ, USUAL_READ)
        return USUAL_READ / seconds if seconds else None

    @property
    def tokens_per_second(self) -> float | None:
        """After 512 tokens."""
        seconds = self.seconds_to_write(1, USUAL_DEPTH)
        return 1 / seconds if seconds else None

    def words_per_second(self, lang: Language) -> float | None:
        seconds = self.seconds_for_words(1, USUAL_DEPTH, lang)
        return 1 / seconds if seconds else None


def _read_features(new: int, total: int, moved: int) -> tuple[float, ...]:
    rest = new % STEP
    return (1.0, new, new * (total - new / 2) / 1000, moved, rest * (total - rest / 2) / 1000)


def _write_features(tokens: float, before: float) -> tuple[float, ...]:
    return (tokens, tokens * (before + tokens / 2) / 1000)


@lru_cache(maxsize=8)
def _read_weights(readings: tuple[Reading, ...]) -> tuple[float, ...]:
    rows = [Row(_read_features(r.new, r.total, r.moved), r.seconds, _age(i, readings)) for i, r in enumerate(readings)]
    return fit(rows, EXPECTED_READ)


@lru_cache(maxsize=8)
def _write_weights(writings: tuple[Writing, ...]) -> tuple[float, ...]:
    rows = [Row(_write_features(w.tokens, w.before), w.seconds, _age(i, writings)) for i, w in enumerate(writings)]
    return fit(rows, EXPECTED_WRITE)


def _age(i: int, runs: Sequence[object]) -> float:
    return float(FADES ** (len(runs) - 1 - i))


def _mixed(old: float | None, new: float) -> float:
    return new if old is None else old + WEIGHT * (new - old)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
