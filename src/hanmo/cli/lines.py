"""One finding of `hanmo doctor`."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Line:
    """`next_step` is empty where nothing needs doing."""

    name: str
    verdict: Verdict
    text: str
    next_step: str = ""
