"""Echoes: a clause that was said a moment ago and is said again ("他准备离开。他准备离开，"), too short for the guard and for phrases.

Theory
  A story told by a small model ends in such circles, and once there it stays: each echo makes the next one likelier. So it is stopped at the
  first. What comes back after a while may; quotations and verse are left alone, and what is no prose.
"""

import re
from collections.abc import Iterator

from hanmo.core.blocks import FILLER, hide_quotations, is_short, read_lines
from hanmo.core.text import units

CLAUSE = re.compile(r"[^，。；：、！？…\n,;:.!?]+")
LOOKED_AT = 400
"""Code points before the end of the text."""
CLAUSES_KEPT = 12
SHORTEST = 5
"""Han characters, or words: connectives are shorter."""


def echo(text: str) -> int | None:
    """Where the clause begins that `text` has just finished, if it is one of the last few before it."""
    begin = text.rfind("\n", 0, max(0, len(text) - LOOKED_AT)) + 1
    *before, (start, words) = [(0, ()), *_clauses(text[begin:])]
    lately = {said for _, said in before[-CLAUSES_KEPT:]}
    return begin + start if len(words) >= SHORTEST and words in lately else None


def _clauses(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The finished clauses of prose, each with its offset and its words."""
    verse = False
    for line in read_lines(text):
        short = line.kind == "prose" and is_short(units(line.text))
        verse, in_verse = short, verse and short
        if line.kind != "prose" or in_verse:
            continue
        shown = hide_quotations(line.text)
        for found in CLAUSE.finditer(shown):
            if found.end() < len(shown) and FILLER not in found[0] and (words := tuple(units(found[0]))):
                yield line.start + found.start(), words
