"""What can be set of the sampling, in which range that is safe, and which preset a brief suggests. What each does stands in the catalogues."""

from dataclasses import dataclass

from hanmo.core.articles import Format
from hanmo.core.briefs import read_lengths
from hanmo.core.kinds import Kind, kind_of
from hanmo.core.presets import LIMITS, WHOLE

LONG_WORDS = 1000
"""From here on a text is long: it needs more tokens than an answer, and a stronger hand against repetition."""
SHORT_WORDS = 400
"""A question that asks for no more than this is a quick one."""


@dataclass(frozen=True, slots=True)
class Knob:
    """`low` to `high` is allowed, `safe_low` to `safe_high` does no harm; `step` is one turn of it."""

    name: str
    low: float
    high: float
    safe_low: float
    safe_high: float
    step: float

    @property
    def whole(self) -> bool:
        return self.name in WHOLE


SAFE: dict[str, tuple[float, float, float]] = {
    "max_new_tokens": (128, 4096, 64),
    "temperature": (0.2, 1.0, 0.05),
    "top_p": (0.5, 1.0, 0.05),
    "top_k": (10, 100, 1),
    "min_p": (0.0, 0.1, 0.01),
    "repetition_penalty": (1.0, 1.15, 0.01),
    "presence_penalty": (0.0, 1.5, 0.1),
    "seed": (0, 2**32 - 2, 1),
}
"""The lowest and the highest value that does no harm, and the step. Qwen's card recommends a presence penalty from 0 to 2, and warns of mixed
languages at its high end; past a repetition penalty of 1.15 function words begin to be avoided."""
KNOBS: tuple[Knob, ...] = tuple(Knob(name, *LIMITS[name], *SAFE[name]) for name in SAFE)

CREATIVE: frozenset[Kind] = frozenset({"story", "poem", "copy"})


def suggest_preset(brief: str) -> str | None:
    """The preset that fits what is asked; None where the usual one does."""
    kind, words = kind_of(brief), read_lengths(brief).target or 0
    if kind == "code":
        return "code"
    if kind != "edit" and words >= LONG_WORDS:
        return "long"
    if kind in CREATIVE:
        return "creative"
    return "qa" if kind == "question" and words <= SHORT_WORDS else None


def suggest_for_article(brief: str, form: Format) -> str | None:
    """The same for an article, whose length is its plan's."""
    return "creative" if form == "prose" and kind_of(brief) in CREATIVE else None
