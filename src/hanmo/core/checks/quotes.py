"""Straight quotation marks in a Chinese text that has “” or 「」 elsewhere. A text with straight ones alone has chosen them."""

import re
from collections import Counter
from collections.abc import Iterator

from hanmo.core.articles import Finding, Fix
from hanmo.core.checks.view import View
from hanmo.core.text import HAN

PAIRS = {"“": "”", "「": "」"}
STRAIGHT = re.compile(rf"(?<![\\=\d])\"(?=[^\"\n]*{HAN.pattern})([^\"\n]{{1,200}})(?<!\\)\"")
OTHER_MARKUP = re.compile(r"<\w[^>\n]*=|^\s*[{[]|^\s*[\w.-]+\s*=\s*\"|[=:]\s*\"[^\"\n]*\"\s*[,;}]")
"""A line of a page, of JSON, of settings or of a program that no fence sets apart."""


def straight_quotes(view: View) -> Iterator[Finding]:
    if view.article.assignment.lang != "zh":
        return
    used = Counter(mark for part in view.parts for mark in part.plain if mark in PAIRS)
    if not used:
        return
    opening = max(PAIRS, key=lambda mark: used[mark])
    right = opening + PAIRS[opening]
    for part in view.parts:
        for line in part.lines:
            if line.kind not in ("prose", "list", "quote", "heading"):
                continue
            text = part.plain[line.start : line.end]
            if text.count('"') % 2 or OTHER_MARKUP.search(text):
                continue
            for found in STRAIGHT.finditer(text):
                if text[: found.start()].count('"') % 2 == 0:
                    start, end = line.start + found.start(), line.start + found.end()
                    inner = part.text[start + 1 : end - 1]
                    fix = None if any(mark in inner for mark in right) else Fix(start, end, right[0] + inner + right[1])
                    yield part.finding("straight_quotes", start, end, fix=fix, right=right)
