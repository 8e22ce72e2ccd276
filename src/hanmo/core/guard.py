"""The repetition guard: watches a text grow against everything written before it.

Theory
  A small model falls into three kinds of repetition, and each has its own mark: it *loops* (the last few words again and again), it writes
  a *sentence* that stands already, or it says a paragraph again in nearly the same words (*near*: most of a sentence's 8-grams of Han
  characters, or 4-grams of words, were seen before). Each finding names where the sentence begins, so that writing can go back there.

What it leaves alone: code, tables, lists, headings and quotations, whose form repeats by nature, and short sentences such as refrains.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from hanmo.core.text import HAN, sentences, units

SHORTEST_SENTENCE = 8
SHORTEST_NEAR = 16
NEAR_SHARE = 0.6
LONGEST_LOOP = 40
LOOP_TIMES = 3
SHORTEST_LOOP_UNITS = 12

NOT_PROSE = re.compile(r"\s*(?:\||>|[-*+] |\d+[.、)] ?|#)")
QUOTED = re.compile(r"[“「『《\"][^”」』》\"\n]{0,400}[”」』》\"]")


@dataclass(frozen=True, slots=True)
class Repeat:
    """`start` is the offset, in the text that was watched, of the sentence to go back to."""

    kind: Literal["loop", "sentence", "near"]
    start: int


def prose_spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences that may not repeat."""
    spans, fenced, offset = [], False, 0
    for line in text.splitlines(keepends=True):
        fence = line.lstrip().startswith("```")
        if not fence and not fenced and not NOT_PROSE.match(line):
            spans += [(offset + a, offset + b) for a, b in sentences(line)]
        fenced ^= fence
        offset += len(line)
    return spans


def grams(words: list[str]) -> Iterable[tuple[str, ...]]:
    """8-grams where most words are Han characters, 4-grams elsewhere."""
    n = 8 if sum(1 for word in words if HAN.match(word)) * 2 > len(words) else 4
    return (tuple(words[i : i + n]) for i in range(len(words) - n + 1))


@dataclass(slots=True)
class Guard:
    """Knows what was written; `watch` looks at a text that grows behind it. Add a text once it is settled."""

    _sentences: set[str] = field(default_factory=set)
    _grams: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, text: str) -> None:
        for start, end in prose_spans(text):
            self._learn(units(text[start:end]))

    def watch(self, text: str) -> Repeat | None:
        """The first repetition in `text`, against what was added and against its own beginning. An unfinished last sentence is looked at
        for loops only."""
        seen = Guard(set(self._sentences), set(self._grams))
        spans = prose_spans(text)
        for i, (start, end) in enumerate(spans):
            sentence = text[start:end]
            words = units(QUOTED.sub(" ", sentence))
            if loops(words):
                return Repeat("loop", start)
            if i == len(spans) - 1 and not text[end:].strip() and not sentence.endswith(("。", "！", "？", "!", "?", ".", "…", "”")):
                break
            if kind := seen._known(words):
                return Repeat(kind, start)
            seen._learn(words)
        return None

    def _known(self, words: list[str]) -> Literal["sentence", "near"] | None:
        if len(words) < SHORTEST_SENTENCE:
            return None
        if " ".join(words) in self._sentences:
            return "sentence"
        if len(words) < SHORTEST_NEAR:
            return None
        mine = list(grams(words))
        return "near" if sum(gram in self._grams for gram in mine) > NEAR_SHARE * len(mine) else None

    def _learn(self, words: list[str]) -> None:
        if len(words) >= SHORTEST_SENTENCE:
            self._sentences.add(" ".join(words))
            self._grams.update(grams(words))


def loops(words: list[str]) -> bool:
    """Whether the words end with the same few of them, at least three times over and long enough not to be an exclamation."""
    for period in range(1, min(LONGEST_LOOP, len(words) // LOOP_TIMES) + 1):
        length = max(LOOP_TIMES * period, SHORTEST_LOOP_UNITS)
        tail = words[-length:]
        if len(tail) == length and all(tail[i] == tail[i - period] for i in range(period, length)):
            return True
    return False
