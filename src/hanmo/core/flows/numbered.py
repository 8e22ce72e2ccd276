"""The sentences of a section that may be edited, and in what portions a model gets them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hanmo.core.blocks import NUMBERING, read_lines
from hanmo.core.flows.keep import QUOTATION
from hanmo.core.text import count_words, sentences

SHORTEST = 4
"""Words: less is a cry or a label."""
ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|Fig|Jr|Sr|a\.m|p\.m)|\b[A-Z])\.$")
NOT_A_SENTENCE = re.compile(r"\[[^\]\n]+\]:|<[a-zA-Z/!]|!\[")
CODE_INDENT = re.compile(r"(?: {4}|\t)[^㐀-鿿]*$")


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence where it stands in its section (code points)."""

    start: int
    end: int
    text: str


def editable(text: str) -> tuple[Place, ...]:
    """The sentences of prose and list items, in order. Left out: code, tables, headings, quoted blocks, and whatever begins or ends inside a
    quotation."""
    found: list[Place] = []
    for line in read_lines(text):
        mark = NUMBERING.match(line.text) if line.kind == "list" else None
        if line.kind not in ("prose", "list") or (mark is None and CODE_INDENT.match(line.text)):
            continue
        begin = mark.end() if mark else 0
        if not NOT_A_SENTENCE.match(line.text, begin):
            found += (
                Place(line.start + begin + a, line.start + begin + b, line.text[begin + a : begin + b])
                for a, b in _spans(line.text[begin:])
            )
    return tuple(place for place in found if count_words(place.text) >= SHORTEST)


def _spans(line: str) -> Iterator[tuple[int, int]]:
    """Sentences that cut no quotation in two; one that a mere abbreviation ended goes on."""
    quotations = [found.span() for found in QUOTATION.finditer(line)]
    joined: list[tuple[int, int]] = []
    for start, end in sentences(line):
        if joined and ABBREVIATION.search(line[joined[-1][0] : joined[-1][1]]):
            start = joined.pop()[0]
        joined.append((start, end))
    return ((start, end) for start, end in joined if not any(a < start < b or a < end < b for a, b in quotations))


def portions(places: Sequence[Place], most_sentences: int, most_words: int) -> Iterator[range]:
    """Ranges of consecutive sentences, one at least."""
    start, words = 0, 0
    for i, place in enumerate(places):
        size = count_words(place.text)
        if i > start and (i - start == most_sentences or words + size > most_words):
            yield range(start, i)
            start, words = i, 0
        words += size
    if start < len(places):
        yield range(start, len(places))
