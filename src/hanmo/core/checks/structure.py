"""The order of headings and lists: a level that is left out, a number that is, a mark without its space."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import Line
from hanmo.core.checks.numerals import read_number
from hanmo.core.checks.view import Part, View
from hanmo.core.text import HAN

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
HEADING_WITHOUT_SPACE = re.compile(rf" {{0,3}}(#{{2,6}})(?={HAN.pattern}|\d{{1,2}}[.、]|[A-Z][a-z])")
ITEM_WITHOUT_SPACE = re.compile(rf"\s*-(?={HAN.pattern})")
NUMBERED = re.compile(
    r"(?P<indent>\s*)(?:(?P<n>\d{1,2})(?P<sign>[.)、．）])(?!\d)|(?P<open>[（(])(?P<in>\d{1,2}|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?P<han>[一二三四五六七八九十]{1,3})、|(?P<ring>[①-⑳])(?![①-⑳、，]))\s*\S"
)
NUMBERED_HEADING = re.compile(
    r" {0,3}(?P<indent>#{1,6})[ \t]+(?:(?P<n>\d{1,2})(?P<sign>[.、．])(?!\d)|(?P<han>[一二三四五六七八九十]{1,3})、)\s*\S"
)
LEVEL_OF_SECTIONS = 2
SHORTEST_LIST, FEWEST_HEADINGS = 3, 2


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
    """ "##标题", and "-苹果" under or over another such line or an item: without a space neither is a heading or a list."""
    for part in view.parts:
        items = [line.kind == "prose" and bool(ITEM_WITHOUT_SPACE.match(line.text)) for line in part.lines]
        beside = [
            False,
            *(item or line.text.lstrip().startswith("- ") for item, line in zip(items, part.lines, strict=True)),
            False,
        ]
        for i, line in enumerate(part.lines):
            if line.kind == "tags" and (found := HEADING_WITHOUT_SPACE.match(line.text)):
                yield _spaced(part, line, found.end())
            elif items[i] and (beside[i] or beside[i + 2]):
                yield _spaced(part, line, line.text.index("-") + 1)


def _spaced(part: Part, line: Line, place: int) -> Finding:
    place += line.start
    return part.finding("mark_without_space", line.start, line.end, fix=Fix(place, place, " "))


@dataclass(frozen=True, slots=True)
class _Item:
    """A numbered line: how its number is written, and what it is. Items written alike at one depth are of one list."""

    written: tuple[str, int, str]
    number: int
    line: Line


def wrong_numbers(view: View) -> Iterator[Finding]:
    """A list, or headings of one level, that count from one and leave a number out or say it twice. "1. 1. 1." is Markdown's own way of
    counting."""
    for part in view.parts:
        for items in (*_lists(part), *_headings(part)):
            numbers = [item.number for item in items]
            shortest = FEWEST_HEADINGS if items[0].line.kind == "heading" else SHORTEST_LIST
            if len(items) < shortest or numbers[0] != 1 or len(set(numbers)) == 1:
                continue
            for before, item in pairwise(items):
                if item.number != before.number + 1:
                    line = item.line
                    yield part.finding("wrong_number", line.start, line.end, number=item.number, expected=before.number + 1)
                    break


def _lists(part: Part) -> Iterator[list[_Item]]:
    """One ends where its first number comes again, at a heading, and where one that began before it goes on, or one less deep."""
    running: list[list[_Item]] = []
    for line in part.lines:
        item = _item(line, NUMBERED) if line.kind == "list" else None
        if line.kind == "heading":
            yield from running
            running = []
        if item is None:
            continue
        same = next((i for i, items in enumerate(running) if items[0].written == item.written), None)
        deeper = next((i for i, items in enumerate(running) if items[0].written[1] > item.written[1]), len(running))
        ended = min(deeper, len(running) if same is None else same + 1)
        yield from running[ended:]
        del running[ended:]
        if same is None or ended <= same:
            running.append([item])
        elif item.number == 1 and running[same][-1].number != 1:
            yield running[same]
            running[same] = [item]
        else:
            running[same].append(item)
    yield from running


def _headings(part: Part) -> Iterator[list[_Item]]:
    """Those of one level under one heading."""
    running: dict[int, list[_Item]] = {}
    for line in part.lines:
        level = HEADING.match(line.text) if line.kind == "heading" else None
        if level is None:
            continue
        for deeper in [depth for depth in running if depth > len(level[1])]:
            yield running.pop(deeper)
        item = _item(line, NUMBERED_HEADING)
        if item and (not running.get(len(level[1])) or running[len(level[1])][0].written == item.written):
            running.setdefault(len(level[1]), []).append(item)
    yield from running.values()


def _item(line: Line, pattern: re.Pattern[str]) -> _Item | None:
    found = pattern.match(line.text)
    if found is None:
        return None
    parts = found.groupdict()
    number = parts["n"] or parts.get("in") or parts["han"] or parts["ring"]
    value = ord(number) - ord("①") + 1 if parts.get("ring") else read_number(number)
    sign = parts["sign"] or parts.get("open") or ("①" if parts.get("ring") else "、")
    return (
        None
        if value is None
        else _Item((sign, len(parts["indent"].expandtabs(4)), "" if number.isdigit() else "一"), int(value), line)
    )
