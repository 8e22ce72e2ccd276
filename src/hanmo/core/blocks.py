"""A text line by line as Markdown means it, and its prose sentence by sentence: what the repetition guard and the checks look at.

Rules
  * Each line has one kind. Only `prose` is held to say something new: the form of lists, tables, code and headings repeats by nature.
  * A quotation is what somebody said: its inside is hidden (by as many fillers, so that offsets stay), the words around it are not.
    A term or a title in such marks, which is short and no sentence, is an ordinary word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hanmo.core.text import sentences, units

Kind = Literal["prose", "list", "table", "code", "quote", "heading", "tags", "math", "rule", "blank"]

FENCE = re.compile(r"\s*(`{3,}|~{3,})([^`]*)$")
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("blank", re.compile(r"\s*$")),
    ("rule", re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")),
    ("table", re.compile(r"\s*\|")),
    ("quote", re.compile(r"\s*>")),
    ("heading", re.compile(r"\s*#{1,6}\s|\s*\*\*[^*]+\*\*[:：]?\s*$|\s*【[^】]*】\s*$")),
    ("tags", re.compile(r"\s*#\S")),
    (
        "list",
        re.compile(
            r"\s*(?:[-*+•·] |\d+[.、)）](?!\d)|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳])|(?: {4}|\t)"
        ),
    ),
    ("math", re.compile(r"\s*\$\$")),
)
NUMBERING = re.compile(
    r"^\s*(?:[-*+•·](?=\s)|\d+[.、)）]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳])\s*"
)

QUOTED = re.compile(r"“[^”\n]{1,400}”|「[^」\n]{1,400}」|『[^』\n]{1,400}』|《[^》\n]{1,400}》|\"[^\"\n]{1,400}\"")
OPENING, CLOSING = "“「『", "”」』"
LONGEST_QUOTED = 402
FILLER = "\ue000"
SHORTEST_SAYING = 8
FIRST_HAN = "\u3400"
VERSE_UNITS = {True: 24, False: 14}
"""A line of verse has at most so many Han characters, or words."""


@dataclass(frozen=True, slots=True)
class Line:
    """`start` is its offset; `inside` the mark of the fence that is still open behind it ("```", "$$"), "" where none is."""

    start: int
    text: str
    kind: Kind
    inside: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`words` are those outside quotations; `near_quotation` where there is one in it or right before it, as with "he said"."""

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    near_quotation: bool


def read_lines(text: str, start: int = 0, inside: str = "") -> Iterator[Line]:
    """The lines of `text` from offset `start` on, where the fence `inside` is open."""
    for raw in text[start:].split("\n"):
        kind, inside = _kind(raw, inside)
        yield Line(start, raw, kind, inside)
        start += len(raw) + 1


def _kind(line: str, inside: str) -> tuple[Kind, str]:
    if inside == "$$":
        return "math", "" if "$$" in line else "$$"
    if inside:
        mark = line.strip()
        closes = len(mark) >= len(inside) and mark == inside[0] * len(mark)
        return "code", "" if closes else inside
    if fence := FENCE.match(line):
        return "code", fence[1]
    kind: Kind = next((kind for kind, mark in KINDS if mark.match(line)), "prose")
    return kind, "$$" if kind == "math" and line.count("$$") % 2 else ""


def hide_quotations(line: str) -> str:
    """The line with the insides of its quotations hidden, a sentence's end before the closing mark left."""
    return QUOTED.sub(_hide, line)


def _hide(quoted: re.Match[str]) -> str:
    whole = quoted[0]
    inner = whole[1:-1]
    if inner[-1] not in "，,。！？!?….—～~" and len(units(inner)) < SHORTEST_SAYING:
        return whole
    last = "。" if inner[-1] in "。！？!?…." else FILLER
    return whole[0] + FILLER * (len(inner) - 1) + last + whole[-1]


def open_quotation(line: str, begin: int = 0) -> int | None:
    """Where a quotation begins, from `begin` on, that is not closed yet and may still be."""
    hidden = line[:begin] + QUOTED.sub(lambda quoted: FILLER * len(quoted[0]), line[begin:])
    starts = [place for mark in OPENING + '"' if (place := hidden.find(mark, max(begin, len(line) - LONGEST_QUOTED))) >= 0]
    return min(starts, default=None)


def prose_sentences(line: str, offset: int = 0, begin: int = 0) -> list[Sentence]:
    """The sentences of one line of prose that stands at `offset`, from its code point `begin` on, where one ended."""
    hidden = hide_quotations(line[begin:])
    found = []
    for start, end in sentences(hidden):
        before = hidden[:start].rstrip() or line[:begin].rstrip()[-1:]
        near = FILLER in hidden[start:end] or before.endswith((*CLOSING, '"'))
        start_there, end_there = begin + start, begin + end
        words = tuple(units(hidden[start:end]))
        found.append(Sentence(offset + start_there, offset + end_there, line[start_there:end_there], words, near))
    return found


def is_han(words: Sequence[str]) -> bool:
    """Whether most of the words are Han characters. Words are single ones or Latin, which stand far before them."""
    return sum([word >= FIRST_HAN for word in words]) * 2 > len(words)


def is_short(words: Sequence[str]) -> bool:
    """Whether a line of these words may be one of verse. Two such lines, one under the other, are."""
    return 0 < len(words) <= VERSE_UNITS[is_han(words)]


def grams(words: Sequence[str], han: int, latin: int) -> list[str]:
    """All runs of `han` words where most of them are Han characters, of `latin` words elsewhere."""
    n = han if is_han(words) else latin
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
