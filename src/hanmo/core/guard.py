"""The repetition guard: watches a text grow against everything written before it.

Theory
  A small model falls into four kinds of repetition, each with its own mark. It *loops*: the last few words, sentences or lines come again
  and again. It writes a *sentence* that stands already, be it behind another connective. It says a sentence again in nearly the same words
  (*near*: most of its 8-grams of Han characters, or 4-grams of words, were seen, and not as one name or phrase in a new sentence), or a
  whole line of prose (*near*: most of its 4-grams or 3-grams stand in one line before). A finding names where the sentence begins, so that
  writing can go back there.

What it leaves alone: code, tables, lists and headings, whose form repeats by nature; what stands in quotation marks, and the "he said"
beside it; short sentences; lines of verse, which may come back as a refrain. All of them may still loop, and some of it is not told for
ever: a whole line with a quotation comes once, as does a long list item; a saying and each sentence of it too, but where the words beside
it say that it comes again: then the saying may come twice, and its sentences as often as they like.

Each sentence is learned once, when the text has gone on behind it, so that a look costs what is new and not what is there.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from hanmo.core.blocks import (
    Line,
    Sentence,
    grams,
    is_han,
    is_short,
    open_quotation,
    prose_sentences,
    read_lines,
)
from hanmo.core.loops import LineLoop, SentenceLoop, loops
from hanmo.core.sayings import Sayings, told_in, too_often
from hanmo.core.text import CLOSERS, ENDS, ends_sentence, units

SHORTEST_SENTENCE = 8
SHORTEST_CORE = {True: 6, False: 4}
"""Units of a sentence behind its connective that may not be said again behind another one: of Han characters, of words."""
CONNECTIVE = re.compile(
    r"\s*(?:(?:另外|此外|除此之外|同时|与此同时|最后|其次|再次|再者|而且|还有|不过|换个角度看|更要紧的是|再进一步看|进一步[说看]|具体来说|相比之下"
    r"|从长远看|正因为如此|反过来看)[，,]"
    r"|(?:in addition|moreover|furthermore|additionally|also|besides|finally|at the same time|even so|beyond that|more important still"
    r"|by contrast|for this reason|over time|in other cases|more precisely),)",
    re.IGNORECASE,
)
ALSO = {"还", "也", "又", "再", "also", "again"}
SHORTEST_NEAR = 16
SHORTEST_NEAR_LINE = 40
NEAR_SHARE = 0.6
WHOLE_SHARE = 0.8
REFRAIN_TIMES = 4
LONGEST_VERSE = 160
CRY, DATA = (6, 24), (10, 60)
"""How often, and how long, a cry in a quotation or the data in code and tables must loop."""
TAIL = 700
"""Code points of an unfinished sentence that are looked at for loops."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`start` is the offset, in the text that was watched, of the sentence to go back to."""

    kind: Literal["loop", "sentence", "near"]
    start: int


@dataclass(slots=True)
class Memory:
    """What was read: sentences and how often each came, which of them are verse, what is told once, 8-grams, and 4-grams with the lines they
    stand in."""

    sentences: Counter[str] = field(default_factory=Counter)
    verse: set[str] = field(default_factory=set)
    sayings: Sayings = field(default_factory=Sayings)
    cores: set[tuple[str, ...]] = field(default_factory=set)
    grams: set[str] = field(default_factory=set)
    places: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    num_lines: int = 0

    def learn(self, words: Sequence[str], core: tuple[str, ...]) -> None:
        self.cores.add(core)
        if len(words) >= SHORTEST_SENTENCE:
            self.sentences[" ".join(words)] += 1
            self.grams.update(grams(words, 8, 4))

    def learn_line(self, shingles: list[str]) -> None:
        self.num_lines += 1
        for gram in shingles:
            self.places[gram].add(self.num_lines)


@dataclass(slots=True)
class LineSoFar:
    """The line of prose in flight: up to where it is learned, its words, and how many of its 4-grams stand in which line before."""

    settled: int
    words: list[str] = field(default_factory=list)
    shingles: list[str] = field(default_factory=list)
    seen_in: Counter[tuple[bool, int]] = field(default_factory=Counter)


class Reading:
    """One text, read once from its beginning, against what `before` holds. While it is `learning` nothing is a repetition."""

    def __init__(self, before: Memory, own: Memory, *, learning: bool = False) -> None:
        self._before, self._own, self._learning = before, own, learning
        self.text = ""
        self._start = 0
        self._inside = ""
        self._line = LineSoFar(0)
        self._line_loop = LineLoop()
        self._sentence_loop = SentenceLoop()
        self._verse: tuple[str, ...] | None = None

    def look(self, text: str) -> Repeat | None:
        """The first repetition in `text`, which begins with what was read."""
        repeat = None
        for line in read_lines(text, self._start, self._inside):
            whole = line.end < len(text)
            repeat = self._look_at(line, whole)
            if repeat is not None:
                break
            if whole:
                self._finish(line)
        self.text = text[: self._line.settled]
        return repeat

    def _look_at(self, line: Line, whole: bool) -> Repeat | None:
        repeat = self._look_at_prose(line, whole) if line.kind == "prose" else self._look_at_other(line, whole)
        return None if self._learning else repeat or self._told_too_often(line, whole)

    def _look_at_prose(self, line: Line, whole: bool) -> Repeat | None:
        begin = self._line.settled - line.start
        limit = len(line.text) if whole or (place := open_quotation(line.text, begin)) is None else place
        for sentence in prose_sentences(line.text, line.start, begin):
            ended = whole or line.text[sentence.end - line.start :].strip(CLOSERS + " \t　") != ""
            finished = ended or line.text[: sentence.end - line.start].rstrip(CLOSERS)[-1:] in set(ENDS)
            if sentence.end - line.start > limit or not finished:
                return self._loop(line, sentence.start, quoted=sentence.end - line.start > limit)
            if not self._learning and (repeat := self._judge(line, sentence)):
                return repeat
            if not ended or (not whole and not self._learning and self._may_come_back(line, sentence)):
                return None  # a line that grows longer is no verse
            self._learn(sentence)
        return None

    def _told_too_often(self, line: Line, whole: bool) -> Repeat | None:
        here = Sayings()
        for told in told_in(line):
            if (whole or told.settled) and too_often(told, (self._before.sayings, self._own.sayings, here)):
                return Repeat("sentence", line.start + told.start)
            here.learn(told)
        return None

    def _loop(self, line: Line, start: int, *, quoted: bool) -> Repeat | None:
        """A loop in a sentence that is not finished, or in a quotation that is not closed and may be a cry."""
        tail = units(line.text[start - line.start :][-TAIL:])
        return Repeat("loop", start) if loops(tail, *(CRY if quoted else ())) else None

    def _look_at_other(self, line: Line, whole: bool) -> Repeat | None:
        hard = line.kind in ("code", "table", "math")
        if not whole and loops(units(line.text[-TAIL:]), *(DATA if hard else ())):
            return Repeat("loop", line.start)
        if whole and (start := self._line_loop.find(line)) is not None:
            return Repeat("loop", start)
        return None

    def _judge(self, line: Line, sentence: Sentence) -> Repeat | None:
        words = sentence.words
        if loops(words):
            return Repeat("loop", sentence.start)
        if (start := self._sentence_loop.find(sentence)) is not None:
            return Repeat("loop", start)
        if CONNECTIVE.match(sentence.text) and self._said_before(_core(sentence)):
            return Repeat("sentence", sentence.start)
        least = SHORTEST_NEAR if sentence.near_quotation else SHORTEST_SENTENCE
        if len(words) < least or self._may_come_back(line, sentence):
            return None
        if self._times(" ".join(words)):
            return Repeat("sentence", sentence.start)
        if len(words) >= SHORTEST_NEAR and self._said_nearly(words):
            return Repeat("near", sentence.start)
        return Repeat("near", line.start + _indent(line.text)) if self._line_nearly(sentence) else None

    def _may_come_back(self, line: Line, sentence: Sentence) -> bool:
        """A short line that is no sentence, or one of verse: it stood in verse, or stands under such a line now. But not too often."""
        key = " ".join(sentence.words)
        if not _is_short_line(line) or self._times(key) >= REFRAIN_TIMES:
            return False
        bare = sentence.text == line.text.strip() and not ends_sentence(sentence.text)
        return bare or key in self._before.verse or key in self._own.verse or self._verse is not None

    def _said_before(self, core: tuple[str, ...]) -> bool:
        return len(core) >= SHORTEST_CORE[is_han(core)] and (core in self._before.cores or core in self._own.cores)

    def _times(self, key: str) -> int:
        return self._before.sentences[key] + self._own.sentences[key]

    def _said_nearly(self, words: tuple[str, ...]) -> bool:
        """Most grams were seen; and the seen words are nearly all of the sentence, or more than one stretch of it (one is a name)."""
        mine = grams(words, 8, 4)
        seen = [gram in self._own.grams or gram in self._before.grams for gram in mine]
        if sum(seen) <= NEAR_SHARE * len(mine):
            return False
        stretches = sum(now and not before for before, now in zip([False, *seen], seen, strict=False))
        length = len(words) - len(mine) + 1
        return stretches > 1 or sum(seen) + length - 1 >= WHOLE_SHARE * len(words)

    def _line_nearly(self, sentence: Sentence) -> bool:
        shingles = self._next_shingles(sentence.words)
        total = len(self._line.shingles) + len(shingles)
        if total < SHORTEST_NEAR_LINE:
            return False
        counts = self._line.seen_in + self._places(shingles)
        return max(counts.values(), default=0) >= NEAR_SHARE * total

    def _next_shingles(self, words: tuple[str, ...]) -> list[str]:
        return grams((*self._line.words[-3:], *words), 4, 3)

    def _places(self, shingles: list[str]) -> Counter[tuple[bool, int]]:
        found: Counter[tuple[bool, int]] = Counter()
        for gram in shingles:
            found.update((False, n) for n in self._before.places.get(gram, ()))
            found.update((True, n) for n in self._own.places.get(gram, ()))
        return found

    def _learn(self, sentence: Sentence) -> None:
        shingles = self._next_shingles(sentence.words)
        self._line.seen_in += self._places(shingles)
        self._line.shingles += shingles
        self._line.words += sentence.words
        self._line.settled = sentence.end
        self._sentence_loop.learn(sentence)
        self._own.learn(sentence.words, _core(sentence))

    def _finish(self, line: Line) -> None:
        if line.kind == "prose":
            self._own.learn_line(self._line.shingles)
            said = tuple(" ".join(sentence.words) for sentence in prose_sentences(line.text))
            short = _is_short_line(line)
            if short and self._verse is not None:
                self._own.verse.update((*self._verse, *said))
            self._verse = said if short else None
        else:
            self._verse = None
            if line.kind != "blank":
                self._sentence_loop = SentenceLoop()
        for told in told_in(line):
            self._own.sayings.learn(told)
        self._line_loop.learn(line)
        self._start, self._inside = line.end + 1, line.inside
        self._line = LineSoFar(self._start)


@dataclass(slots=True)
class Guard:
    """Knows what was written; `watch` looks at a text that grows behind it. Add a text once it is settled."""

    _settled: Memory = field(default_factory=Memory)
    _reading: Reading | None = None

    def add(self, text: str) -> None:
        Reading(Memory(), self._settled, learning=True).look(text + "\n")
        self._reading = None

    def watch(self, text: str) -> Repeat | None:
        """The first repetition in `text`, against what was added and against its own beginning. An unfinished last sentence is looked at
        for loops only."""
        if self._reading is None or not text.startswith(self._reading.text):
            self._reading = Reading(self._settled, Memory())
        return self._reading.look(text)


def _core(sentence: Sentence) -> tuple[str, ...]:
    """What a sentence says behind its connective."""
    opened = CONNECTIVE.match(sentence.text)
    words = tuple(units(sentence.text[opened.end() :])) if opened else sentence.words
    return tuple(word for word in words if word.lower() not in ALSO)


def _is_short_line(line: Line) -> bool:
    return len(line.text) <= LONGEST_VERSE and is_short(units(line.text))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
