"""Phrases that stand already: the finer half of the repetition guard, which finds where inside a sentence the old words begin.

Theory
  A small model rarely writes a sentence twice word for word; it says the same long phrase in sentence after sentence. Such a run is found by
  the n-grams that were seen before (8 Han characters, 4 words), as soon as it is long enough, so that little is written in vain. Writing goes
  back to where its clause begins: what stands before it is new, and the other way taken there is a true paraphrase.

What it leaves alone: what the guard leaves alone. Tables, code and headings, quotations, and lines of verse; in lists a run may be twice as
long, as their form repeats by nature.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from hanmo.core.blocks import Kind, hide_quotations, is_han, is_short, open_quotation, read_lines
from hanmo.core.text import sentences, unit_spans, units

LONGEST_RUN = {8: 10, 4: 5}
"""Units that may not be said again in one run, by the length of the n-grams."""

CLAUSE_END = re.compile(r"[，。；：、！？“（\n]|[,;:.!?](?= )")
SENTENCE_START = 6
"""Code points between the end of a sentence and the first word of the next."""

Gram = tuple[tuple[str, ...], int]
"""Words, and the offset of the first."""


@dataclass(slots=True)
class Phrases:
    """`add` learns settled text; `find` looks at what a growing text has more than before, and learns it once it has gone on."""

    _seen: set[tuple[str, ...]] = field(default_factory=set)
    _settled: int = 0
    _lenient: int = 0
    _lenient_from: int = 0
    _terms: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, text: str) -> None:
        for _, grams in _sentences(text, 0):
            self._seen.update(words for words, _ in grams)

    def leave(self, length: int, lenient: int = 0, terms: Sequence[str] = ()) -> None:
        """Nothing before `length` is looked at, and in the sentence that begins there a run of `lenient` Han characters, or of half
        as many words, is let through; of any length if it stands in `terms`."""
        self._settled = self._lenient_from = length
        self._lenient = lenient
        self._terms = {words for term in terms for _, grams in _sentences(term, 0) for words, _ in grams}

    def find(self, text: str) -> int | None:
        """The offset at which an old phrase begins."""
        found = list(_sentences(text, self._settled))
        for kind, grams in found:
            usual = LONGEST_RUN[len(grams[0][0])] * (2 if kind == "list" else 1)
            is_first = grams[0][1] - self._lenient_from <= SENTENCE_START
            lenient = self._lenient * len(grams[0][0]) // 8 if is_first else 0
            terms = self._terms if is_first and self._lenient else frozenset[tuple[str, ...]]()
            if (start := self._old(grams, max(usual, lenient), terms)) is not None:
                return start
            if grams is not found[-1][1]:
                self._seen.update(words for words, _ in grams)
                self._settled = max(self._settled, grams[-1][1] + 1)
        return None

    def _old(self, grams: list[Gram], longest: int, terms: AbstractSet[tuple[str, ...]]) -> int | None:
        """Where the first run of known n-grams begins of `longest` words. One that begins before what is looked at is let
        through to its end."""
        length, start, let_through = 0, 0, False
        for words, offset in grams:
            if words not in self._seen or words in terms:
                length, let_through = 0, False
                continue
            if not length:
                start, let_through = offset, offset < self._settled
            length += 1
            if not let_through and length + len(words) - 1 >= longest:
                return start
        return None


def turning_point(text: str, start: int) -> int:
    """Where another way can be taken before an old phrase at `start`: where its clause begins, before the space that belongs to its first word."""
    clauses = [found.end() for found in CLAUSE_END.finditer(text, 0, start)]
    return max(clauses, default=0)


def _sentences(text: str, after: int) -> Iterator[tuple[Kind, list[Gram]]]:
    """The n-grams of each sentence of prose or a list that ends behind `after` and is long enough to have any."""
    verse = False
    for line in read_lines(text):
        short = line.kind == "prose" and is_short(units(line.text))
        in_verse, verse = verse and short, short
        if line.kind not in ("prose", "list") or in_verse or line.end <= after:
            continue
        shown = hide_quotations(line.text)
        opened = open_quotation(line.text)
        for start, end in sentences(shown if opened is None else shown[:opened]):
            if line.start + end > after and (grams := _grams(shown[start:end], line.start + start)):
                yield line.kind, grams


def _grams(sentence: str, offset: int) -> list[Gram]:
    """N-grams: of 8 where most words are Han characters, of 4 elsewhere."""
    spans = unit_spans(sentence)
    words = [word for word, _ in spans]
    n = 8 if is_han(words) else 4
    return [(tuple(words[i : i + n]), offset + spans[i][1]) for i in range(len(words) - n + 1)]
