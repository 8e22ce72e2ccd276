"""Which settings are best on a machine, decided from what was measured there.

Theory
  A writer waits for two things: the prompt to be read and the answer to be written. `ANSWER` weighs them as a usual answer does, so one number
  of seconds compares settings. Reading is arithmetic and grows with cores; writing is memory and stops growing when the memory is busy.

  Speculation tries `draft` tokens at once, copied from where the last `match` tokens stood before. What that can give is known before it is
  tried: n tokens at once cost `seconds[n]` instead of n times `seconds[1]`. Where even well-guessed drafts would not pay, none are tried.

  A KV cache in q8_0 has half the bytes of one in f16, and reading a prompt, which is arithmetic, is no faster with it. So it can save no more
  than what a token's writing owes to the bytes of the cache: where even all of that would not pay, it is not tried.

Pure: numbers in, a choice and its reasons out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

KvType = Literal["f16", "q8_0"]

READ_TOKENS, WRITTEN_TOKENS = 600, 300
"""A usual answer: what is read and what is written for it."""
AS_GOOD = 0.97
"""Within these 3 % the cheaper setting is taken: it leaves room for the server, the browser and the memory of others."""
KV_GAIN = 1.08
"""q8_0 is less exact than f16, and a change of mind costs every cache that is kept; it has to give more than chance does."""
MODEL_GAIN = 1.05
COPY_GAIN, FREE_LOSS = 1.2, 0.97
"""Speculation pays from here on where text is copied, if free writing keeps so much of its speed."""
GUESSED = 0.9
"""Chance that the next token of a draft is right in copy-heavy work, for what can be hoped for."""
DRAFTS = (4, 8, 16, 24, 32, 48)
HOPE = 1.15
MOST_DRAFTS_TRIED = 2


@dataclass(frozen=True, slots=True)
class Speculation:
    """Where the last `match` tokens stood before, the `draft` tokens that followed them are tried at once."""

    match: int
    draft: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second: read from a cold prompt, written freely, and written where the text is mostly copied (0: not measured)."""

    read: float
    written: float
    copied: float = 0.0

    @property
    def seconds(self) -> float:
        """Of a usual answer; endless where nothing was measured."""
        if self.read <= 0 or self.written <= 0:
            return float("inf")
        return READ_TOKENS / self.read + WRITTEN_TOKENS / self.written


@dataclass(frozen=True, slots=True)
class Choice:
    """What the next start uses for one model; `threads` None: as many as usual. `idle_draft` is the path of a drafting model that was tried and
    does not pay: it is left out."""

    threads: int | None
    kv_type: KvType = "f16"
    speculation: Speculation | None = None
    idle_draft: str = ""


def best_threads(tried: Mapping[int, Speed]) -> int:
    """The fewest threads of those that are about as good as the best. `ValueError` where none were tried."""
    best = min(speed.seconds for speed in tried.values())
    return min(threads for threads, speed in tried.items() if speed.seconds * AS_GOOD <= best)


def thread_counts(cores: int, logical: int) -> tuple[int, ...]:
    """What is worth trying, best guess first: the physical cores, one less, half of them, and every hyper-thread."""
    wished = (cores, cores - 1, cores // 2, logical)
    return tuple(dict.fromkeys(count for count in wished if 1 <= count <= max(cores, logical)))


def best_kv(f16: Speed, q8_0: Speed) -> KvType:
    return "q8_0" if q8_0.seconds * KV_GAIN <= f16.seconds else "f16"


def hoped_kv_gain(f16: Speed, cache_share: float) -> float:
    """How many times sooner a usual answer would be there if the cache, `cache_share` of the bytes that a token reads, cost nothing."""
    if f16.seconds == float("inf"):
        return 1.0
    return f16.seconds / (f16.seconds - cache_share * WRITTEN_TOKENS / f16.written)


def hoped_gain(draft: int, seconds: Mapping[int, float]) -> float:
    """How many times faster copying would be with drafts of this length, each token right with the chance `GUESSED`. `seconds[n]` is what n
    tokens at once take; between two measured lengths it lies on a line."""
    tokens = (1 - GUESSED ** (draft + 1)) / (1 - GUESSED)
    return tokens * seconds[1] / _between(draft + 1, seconds)


def drafts_to_try(seconds: Mapping[int, float], longest: int) -> tuple[int, ...]:
    """The lengths that promise most, best first; none where no length promises enough. A draft and the token before it go through the engine
    in one step of at most `longest` tokens. None, too, where nothing was measured."""
    if not seconds:
        return ()
    gains = {draft: hoped_gain(draft, seconds) for draft in DRAFTS if draft < longest and draft + 1 <= max(seconds)}
    worth = [draft for draft, gain in gains.items() if gain >= HOPE]
    return tuple(sorted(worth, key=lambda draft: -gains[draft])[:MOST_DRAFTS_TRIED])


def pays(without: Speed, with_it: Speed) -> bool:
    return with_it.copied >= COPY_GAIN * without.copied > 0 and with_it.written >= FREE_LOSS * without.written


def best_speculation(without: Speed, tried: Mapping[Speculation, Speed]) -> Speculation | None:
    """The one that copies fastest of those that pay; None where none does."""
    paying = {speculation: speed.copied for speculation, speed in tried.items() if pays(without, speed)}
    return max(paying, key=lambda speculation: paying[speculation], default=None)


def model_drafts_pay(without: Speed, with_it: Speed) -> bool:
    """A second model drafts whatever is written, so a usual answer has to be there sooner."""
    return with_it.seconds * MODEL_GAIN <= without.seconds < float("inf")


def limit_tokens_per_second(bytes_per_second: float, bytes_per_token: float) -> float:
    """More cannot be written, however fast the processor: each token reads the weights and the KV cache once."""
    return bytes_per_second / bytes_per_token if bytes_per_token > 0 else 0.0


def _between(length: int, seconds: Mapping[int, float]) -> float:
    below = max(n for n in seconds if n <= length)
    above = min((n for n in seconds if n >= length), default=below)
    if below == above:
        return seconds[below]
    share = (length - below) / (above - below)
    return seconds[below] + share * (seconds[above] - seconds[below])
