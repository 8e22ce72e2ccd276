"""The order of headings and lists: a level that is left out, a number that is, a mark without its space."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import Line
from hanmo.core.checks.view import Part, View
from hanmo.core.text import HAN

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
HEADING_WITHOUT_SPACE = re.compile(rf" {{0,3}}(#{{2,6}})(?={HAN.pattern}|\d{{1,2}}[.、]|[A-Z][a-z])")
ITEM_WITHOUT_SPACE = re.compile(rf"\s*-(?={HAN.pattern})")
NUMBERED = re.compile(r"(\s*)(\d{1,2})([.)、．）])(?!\d)\s*\S")
LEVEL_OF_SECTIONS = 2
SHORTEST_LIST = 3


def heading_jumps(view: View) -> Iterator[Finding]:
    """ "####" right under "##". Where a text begins is its own affair. It is mended where nothing hangs on the wrong heading."""
    for part in view.parts:
        above = LEVEL_OF_SECTIONS if view.article.plan and view.article.plan.headed else 0
        found = [(line, len(mark[1])) for line in part.lines if line.kind == "heading" and (mark := HEADING.match(line.text))]
        for i, (line, level) in enumerate(found):
            if above and level > above + 1:
                alone = not any(other >= level for _, other in found[i + 1 : i + 2])
                start = line.start + line.text.index("#")
                fix = Fix(start, start + level, "#" * (above + 1)) if alone else None
                yield part.finding("heading_jump", line.start, line.end, fix=fix, level=level, above=above)
            above = level


def marks_without_space(view: View) -> Iterator[Finding]:
    """ "##标题" and two lines "-苹果" one under the other: without a space neither is a heading or a list."""
    for part in view.parts:
        items = [line.kind == "prose" and bool(ITEM_WITHOUT_SPACE.match(line.text)) for line in part.lines]
        beside = [False, *items, False]
        for i, line in enumerate(part.lines):
            if line.kind == "tags" and (found := HEADING_WITHOUT_SPACE.match(line.text)):
                yield _spaced(part, line, found.end())
            elif items[i] and (beside[i] or beside[i + 2]):
                yield _spaced(part, line, line.text.index("-") + 1)


def _spaced(part: Part, line: Line, place: int) -> Finding:
    place += line.start
    return part.finding("mark_without_space", line.start, line.end, fix=Fix(place, place, " "))


@dataclass(slots=True)
class _List:
    """The numbers of one list so far, with their lines, and the sign behind them."""

    sign: str
    items: list[tuple[int, Line]] = field(default_factory=list)


def wrong_numbers(view: View) -> Iterator[Finding]:
    """A list that counts from one and leaves a number out or says it twice. "1. 1. 1." is Markdown's own way of counting."""
    for part in view.parts:
        for items in _numbered(part):
            numbers = [number for number, _ in items]
            if len(items) < SHORTEST_LIST or numbers[0] != 1 or len(set(numbers)) == 1:
                continue
            for (before, _), (number, line) in pairwise(items):
                if number != before + 1:
                    yield part.finding("wrong_number", line.start, line.end, number=number, expected=before + 1)
                    break


def _numbered(part: Part) -> Iterator[list[tuple[int, Line]]]:
    """Lists by their indentation: one ends where its first number comes again, at a heading, and where a shallower one goes on."""
    running: dict[int, _List] = {}
    for line in part.lines:
        found = NUMBERED.match(line.text) if line.kind == "list" else None
        if line.kind == "heading":
            yield from (each.items for each in running.values())
            running = {}
        if found is None:
            continue
        indent, number = len(found[1].expandtabs(4)), int(found[2])
        for deeper in [each for each in running if each > indent]:
            yield running.pop(deeper).items
        now = running.get(indent)
        if now is None or (number == 1 and now.items[-1][0] != 1) or now.sign != found[3]:
            if now is not None:
                yield now.items
            now = running[indent] = _List(found[3])
        now.items.append((number, line))
    yield from (each.items for each in running.values())
