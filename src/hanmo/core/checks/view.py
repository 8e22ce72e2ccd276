"""What a check sees: texts, cut into their lines and what of them is prose.

Theory
  Three things are checked: an article, a free text (an answer, a file) and what the user is about to send. A free text is an article of one
  section without a heading, so a check is written once, over parts, and says only which of the three it looks at.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from hanmo.core.articles import Article, Assignment, Finding, Fix, Plan, Section, SectionText
from hanmo.core.blocks import FILLER, QUOTED, Line, is_short, read_lines
from hanmo.core.text import count_words, language_of, units
from hanmo.core.values import CONTINUABLE, FinishReason

Source = Literal["article", "text", "input"]
ARTICLE: tuple[Source, ...] = ("article",)
TEXT: tuple[Source, ...] = ("text",)
INPUT: tuple[Source, ...] = ("input",)
WRITTEN = ARTICLE + TEXT
EVERYWHERE = WRITTEN + INPUT

FRONT_MATTER = re.compile(r"---[ \t\r]*\n(?:[^\n]*\n)*?---[ \t\r]*(?:\n|\Z)")
SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
"""The row under the header of a table."""
SPAN_OF_CODE = re.compile(
    r"(?<!`)(`{2,3})(?!`)[^\n]+?(?<!`)\1(?!`)|`[^`\n]+`|\$(?=\S)[^$\n]*(?<=\S)\$(?!\d)|\]\((?:[^()\n]|\([^()\n]*\))*\)|<?https?://(?:[^\s*，。；、：！？（）「」“”《》【】()]|\([^\s()]*\))+|<!--.*?-->"
)


class Part:
    """The text of one section, with everything that several checks want to know of it."""

    def __init__(self, section: Section, version: SectionText, *, first: bool, last: bool, lines: tuple[Line, ...] = ()) -> None:
        self.section, self.version = section, version
        self.first, self.last = first, last
        self.text = version.text
        self.lines = tuple(_with_open_tables(lines or tuple(read_lines(self.text))))

    @cached_property
    def plain(self) -> str:
        """The text with code, formulas and addresses hidden; offsets stay."""
        return "\n".join(
            _filled(line.text) if line.kind in ("code", "math") else SPAN_OF_CODE.sub(_hidden, line.text) for line in self.lines
        )

    @cached_property
    def said(self) -> str:
        """The text with quotations and titles hidden as well."""
        return QUOTED.sub(_hidden, self.plain)

    @cached_property
    def prose(self) -> tuple[Line, ...]:
        """The lines of prose, verse left out: short lines, one under the other."""
        short = [line.kind == "prose" and len(line.text) < 200 and is_short(units(line.text)) for line in self.lines]
        beside = [False, *short, False]
        return tuple(
            line for i, line in enumerate(self.lines) if line.kind == "prose" and not (short[i] and (beside[i] or beside[i + 2]))
        )

    def finding(
        self, kind: str, start: int, end: int, other: Finding | None = None, fix: Fix | None = None, **params: str | int
    ) -> Finding:
        return Finding(kind, self.section.id or None, start, end, params, other, fix)


@dataclass(frozen=True, slots=True)
class View:
    """`parts` are the sections that have a text, in the plan's order. Of a free text `language` is the one it is a program in ("" for prose),
    and `finish_reason` how its generation ended, where it is known."""

    article: Article
    parts: tuple[Part, ...]
    source: Source = "article"
    language: str = ""
    finish_reason: FinishReason | None = None

    @property
    def finished(self) -> bool:
        return self.article.plan is not None and self.article.next_section() is None

    @property
    def cut_off(self) -> bool:
        """Whether the generation ended before the model did."""
        return self.finish_reason in CONTINUABLE


@dataclass(frozen=True, slots=True)
class Check:
    """`kinds` are the findings it may make, `over` what it looks at. Only those `for_code` look at texts that are code."""

    name: str
    kinds: tuple[str, ...]
    find: Callable[[View], Iterable[Finding]]
    over: tuple[Source, ...] = WRITTEN
    for_code: bool = False


def view_of(article: Article) -> View:
    sections = [section for section in article.plan.sections if not section.skipped] if article.plan else []
    parts = [
        Part(section, article.texts[section.id], first=i == 0, last=i == len(sections) - 1)
        for i, section in enumerate(sections)
        if section.id in article.texts and article.texts[section.id].text.strip()
    ]
    return View(article, tuple(parts))


def view_of_text(
    text: str, brief: str = "", finish_reason: FinishReason | None = None, language: str = "", source: Source = "text"
) -> View:
    """A free text as an article of one section; `brief` is what it was asked for with. Windows' line ends are seen as a space and a
    line end, so that offsets stay."""
    text = text.replace("\r\n", " \n").replace("\r", "\n")
    words = count_words(text)
    section = Section("", "", (), words)
    version = SectionText("", 1, text, words, (), "written")
    assignment = Assignment(brief, words, language_of(text), 0, "code" if language else "prose")
    article = Article("", assignment, Plan("", (section,), headed=False), {"": version})
    parts = (Part(section, version, first=True, last=True, lines=tuple(_lines(text, language))),) if text.strip() else ()
    return View(article, parts, source, language, finish_reason)


def _lines(text: str, language: str) -> Iterable[Line]:
    """Front matter, and a whole program, are code without a fence."""
    front = FRONT_MATTER.match(text)
    code_until = len(text) + 1 if language else front.end() if front else 0
    for line in read_lines(text):
        yield replace(line, kind="code", inside="") if line.start < code_until else line


def _with_open_tables(lines: Sequence[Line]) -> Iterator[Line]:
    """A table's rows need no marks at their ends: what tells it is the separator under its header."""
    inside = False
    for i, line in enumerate(lines):
        if "|" not in line.text or line.kind not in ("prose", "list", "table") or line.text.startswith("<"):
            inside = False
        elif not inside and i + 1 < len(lines):
            below = lines[i + 1].text
            inside = "|" in below and SEPARATOR.match(below) is not None
        yield replace(line, kind="table") if inside and line.kind != "table" else line


def _hidden(found: re.Match[str]) -> str:
    return _filled(found[0])


def _filled(text: str) -> str:
    return FILLER * len(text)
