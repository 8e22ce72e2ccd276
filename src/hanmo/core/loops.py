"""Loops: the same few words, sentences or lines, again and again at the end of a text.

An exclamation, a refrain or rows of a table come a few times too; so the more natural a repetition is, the more often it must come.
"""

from collections import deque
from collections.abc import Sequence

from hanmo.core.blocks import NUMBERING, Kind, Line, Sentence
from hanmo.core.text import units

LONGEST_PERIOD = 40
TIMES, SHORTEST = 3, 12
SENTENCE_TIMES, SENTENCE_SHORTEST, LONGEST_SENTENCES = 5, 30, 6
SENTENCES_KEPT = 60
LINE_TIMES: dict[Kind, int] = {"list": 4, "heading": 4, "tags": 4, "quote": 6, "table": 8, "code": 20, "math": 20}
LONGEST_LINES = 4
LINES_KEPT = 100


def loops(words: Sequence[str], times: int = TIMES, shortest: int = SHORTEST) -> bool:
    """Whether the words end with the same few of them, at least `times` over and `shortest` words long."""
    for period in range(1, min(LONGEST_PERIOD, len(words) // times) + 1):
        length = max(times * period, shortest)
        tail = words[-length:]
        if len(tail) == length and all(tail[i] == tail[i - period] for i in range(period, length)):
            return True
    return False


class SentenceLoop:
    """The last sentences of the prose, quotations included, however short they are."""

    def __init__(self) -> None:
        self._last: deque[Sentence] = deque(maxlen=SENTENCES_KEPT)

    def learn(self, sentence: Sentence) -> None:
        self._last.append(sentence)

    def find(self, sentence: Sentence) -> int | None:
        """Where the second time begins, if the sentences end in a loop with this one."""
        row = [*self._last, sentence]
        for period in range(1, LONGEST_SENTENCES + 1):
            run = _periodic([said.text for said in row], period)
            if run >= SENTENCE_TIMES * period and sum(len(units(said.text)) for said in row[-run:]) >= SENTENCE_SHORTEST:
                return row[period - run].start
        return None


class LineLoop:
    """The last lines that are not prose, without the numbers before list items."""

    def __init__(self) -> None:
        self._kind: Kind = "prose"
        self._last: deque[tuple[str, int]] = deque(maxlen=LINES_KEPT)

    def learn(self, line: Line) -> None:
        if line.kind == "blank":
            return
        if line.kind != self._kind:
            self._kind = line.kind
            self._last.clear()
        self._last.append(_bare(line))

    def find(self, line: Line) -> int | None:
        """Where the second time begins, if the lines end in a loop with this one."""
        if line.kind != self._kind or line.kind not in LINE_TIMES or not units(line.text):
            return None
        row = [*self._last, _bare(line)]
        for period in range(1, LONGEST_LINES + 1):
            run = _periodic([text for text, _ in row], period)
            if run >= LINE_TIMES[line.kind] * period:
                return row[period - run][1]
        return None


def _bare(line: Line) -> tuple[str, int]:
    return NUMBERING.sub("", line.text, count=1).strip(), line.start


def _periodic(row: Sequence[str], period: int) -> int:
    """How many at the end repeat with this period, 0 where not even one does."""
    same = 0
    while period + same < len(row) and row[-1 - same] == row[-1 - same - period]:
        same += 1
    return same + period if same else 0
