"""What a check sees: an article, cut into the texts of its sections, their lines and what of them is prose."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from hanmo.core.articles import Article, Finding, Section, SectionText
from hanmo.core.blocks import FILLER, QUOTED, Line, is_short, read_lines
from hanmo.core.text import units

SPAN_OF_CODE = re.compile(r"`[^`\n]+`|\$[^$\n]+\$|\]\([^)\n]*\)|<?https?://[^\s，。；、）」”]+|<!--.*?-->")


class Part:
    """The text of one section, with everything that several checks want to know of it."""

    def __init__(self, section: Section, version: SectionText, *, first: bool, last: bool) -> None:
        self.section, self.version = section, version
        self.first, self.last = first, last
        self.text = version.text
        self.lines = tuple(read_lines(self.text))

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

    def finding(self, kind: str, start: int, end: int, other: Finding | None = None, **params: str | int) -> Finding:
        return Finding(kind, self.section.id, start, end, params, other)


@dataclass(frozen=True, slots=True)
class View:
    """`parts` are the sections that have a text, in the plan's order."""

    article: Article
    parts: tuple[Part, ...]

    @property
    def finished(self) -> bool:
        return self.article.plan is not None and self.article.next_section() is None


@dataclass(frozen=True, slots=True)
class Check:
    """`kinds` are the findings it may make. Only those `for_code` look at articles that are code."""

    name: str
    kinds: tuple[str, ...]
    find: Callable[[View], Iterable[Finding]]
    for_code: bool = False


def view_of(article: Article) -> View:
    sections = [section for section in article.plan.sections if not section.skipped] if article.plan else []
    parts = [
        Part(section, article.texts[section.id], first=i == 0, last=i == len(sections) - 1)
        for i, section in enumerate(sections)
        if section.id in article.texts and article.texts[section.id].text.strip()
    ]
    return View(article, tuple(parts))


def _hidden(found: re.Match[str]) -> str:
    return _filled(found[0])


def _filled(text: str) -> str:
    return FILLER * len(text)
