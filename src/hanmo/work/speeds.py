"""What this machine and model really do, kept up to date from finished generations."""

from dataclasses import dataclass, replace

from hanmo.core.values import Timings

WEIGHT = 0.3
"""Of the newest measurement, in an exponential moving average."""
ENOUGH_TOKENS = 16
"""Shorter runs say more about start-up than about speed."""


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens read and written a second, and 字 (Han characters and Latin words) to a token; None until measured."""

    prompt_tokens_per_second: float | None = None
    tokens_per_second: float | None = None
    words_per_token: float | None = None

    @property
    def words_per_second(self) -> float | None:
        if self.tokens_per_second is None or self.words_per_token is None:
            return None
        return self.tokens_per_second * self.words_per_token

    def seconds_to_read(self, num_tokens: int) -> float | None:
        """How long a prompt takes to its first token, of which so many tokens must be read; None until that was measured."""
        if not self.prompt_tokens_per_second:
            return None
        return num_tokens / self.prompt_tokens_per_second + (1 / self.tokens_per_second if self.tokens_per_second else 0.0)

    def after(self, timings: Timings, num_words: int) -> "Speeds":
        """With one more generation taken in."""
        new = self
        if timings.prompt_tokens - timings.cached_tokens >= ENOUGH_TOKENS:
            new = replace(new, prompt_tokens_per_second=_mixed(self.prompt_tokens_per_second, timings.prompt_tokens_per_second))
        if timings.generated_tokens >= ENOUGH_TOKENS:
            per_token = num_words / timings.generated_tokens
            new = replace(
                new,
                tokens_per_second=_mixed(self.tokens_per_second, timings.tokens_per_second),
                words_per_token=_mixed(self.words_per_token, per_token),
            )
        return new


def _mixed(old: float | None, new: float | None) -> float | None:
    if old is None or new is None:
        return old if new is None else new
    return old + WEIGHT * (new - old)
