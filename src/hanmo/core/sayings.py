"""What is told once: the sayings of a text and their sentences, the lines that hold a saying, and long list items.

Theory
  What stands in quotation marks may repeat by nature: a motto, a chorus, an answer. But a small model that has begun to quote goes round in
  circles there as well. So what is quoted is counted, and comes again only where the words beside it say that it does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hanmo.core.blocks import NUMBERING, QUOTED, Line, hide_quotations, is_han
from hanmo.core.text import sentences, units

SHORTEST_SAYING = 8
SHORTEST_PART = {True: 8, False: 7}
"""Units of a sentence in a quotation: of Han characters, of words."""
SHORTEST_ITEM = {True: 12, False: 8}
"""Units of a list item: of Han characters, of words."""
TIMES_MEANT = 2
"""So often a saying may come that comes again on purpose."""
AGAIN = re.compile(
    r"[又再也还常总每]|默念|重复|同样|依[旧然]|那句|\b(?:again|too|also|same|repeat\w*|always|once more)\b", re.IGNORECASE
)
"""What stands beside such a saying, the first time or later."""


@dataclass(frozen=True, slots=True)
class Told:
    """`words` are what is told, `part`: as a sentence of a saying. `start` is where writing goes back to if it was told before, an offset in its
    line. `meant`: the words beside it say that it comes again. `settled`: the text has gone on behind it and what is said beside it."""

    words: str
    part: bool
    start: int
    meant: bool
    settled: bool


@dataclass(slots=True)
class Sayings:
    """How often each came, and which are to come again."""

    times: Counter[tuple[str, bool]] = field(default_factory=Counter)
    meant: set[tuple[str, bool]] = field(default_factory=set)

    def learn(self, told: Told) -> None:
        key = (told.words, told.part)
        self.times[key] += 1
        if told.meant:
            self.meant.add(key)


def too_often(told: Told, books: Sequence[Sayings]) -> bool:
    """Whether it stands in the books already, as often as it may: a sentence that is meant to come again as often as it likes."""
    key = (told.words, told.part)
    times = sum(book.times[key] for book in books)
    if told.meant or any(key in book.meant for book in books):
        return not told.part and times >= TIMES_MEANT
    return times >= 1


def told_in(line: Line) -> Iterator[Told]:
    """What a line of prose or a list tells, in order, as far as it is long enough to be told again."""
    if line.kind not in ("prose", "list"):
        return
    hidden = hide_quotations(line.text)
    spans, says = sentences(hidden), False
    for quoted in QUOTED.finditer(line.text):
        if quoted[0].startswith("《"):
            continue
        says = True
        at = max((i for i, (start, _) in enumerate(spans) if start <= quoted.start()), default=0)
        beside = hidden[spans[at][0] : spans[min(at + 1, len(spans) - 1)][1]]
        start = 0 if line.kind == "list" else spans[at][0]
        yield from _saying(quoted[0][1:-1], start, meant=AGAIN.search(beside) is not None, settled=at + 2 < len(spans))
    words = units(NUMBERING.sub("", line.text, count=1)) if says or (line.kind == "list" and NUMBERING.match(line.text)) else []
    if len(words) >= (SHORTEST_SAYING if says else SHORTEST_ITEM[is_han(words)]):
        start = 0 if line.kind == "list" else len(line.text) - len(line.text.lstrip())
        yield Told(" ".join(("", *words)), False, start, meant=False, settled=False)


def _saying(said: str, start: int, *, meant: bool, settled: bool) -> Iterator[Told]:
    words = units(said)
    if len(words) >= SHORTEST_SAYING:
        yield Told(" ".join(words), False, start, meant, settled)
    for begin, end in sentences(said):
        part = units(said[begin:end])
        if len(part) >= SHORTEST_PART[is_han(part)]:
            yield Told(" ".join(part), True, start, meant, settled)
