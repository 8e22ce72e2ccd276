"""Whether the text is as long as it should be, and what the writing itself found wrong with a section."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding, words_of
from hanmo.core.briefs import LENGTH, read_lengths, read_number
from hanmo.core.checks.view import View
from hanmo.core.text import count_words

TOLERANCE = 0.10
MISSING = ("missing_table", "missing_quote", "missing_formula", "missing_code", "missing_answer")
PROBLEMS = ("too_short", "too_long", "repeats", "does_not_parse", *MISSING)


LENGTH_OF_MATERIAL = re.compile(
    r"[缩扩改续仿]写|润色|翻译|译成|总结|概括|摘要|提炼|这篇|这段|下面|以下|标题|题目|摘要|每|各|\d\s*[个条句则段]"
    r"|summar|rewrit|rephras|translat|expand|shorten|following|below|title|headline|\beach\b|\bper\b",
    re.IGNORECASE,
)
"""Beside these words a number may be the length of something else."""
SHORTEST_ASKED = 50


def article_length(view: View) -> Iterator[Finding]:
    """Of the whole, headings included, once every section is written; of a free text, against the length its brief names."""
    if view.source == "text":
        yield from _text_length(view)
        return
    words, target = words_of(view.article), view.article.target
    if view.article.assignment.asked and view.finished and view.parts and abs(words - target) > TOLERANCE * target:
        yield Finding("article_too_short" if words < target else "article_too_long", params=_measure(words, target))


def _text_length(view: View) -> Iterator[Finding]:
    low, high = asked_length(view.article.assignment.asked)
    if not (low or high):
        return
    words = sum(count_words(part.text) for part in view.parts)
    if view.parts and low and words < low * (1 - TOLERANCE) and not view.cut_off:
        yield Finding("article_too_short", params=_measure(words, low))
    if view.parts and high and words > high * (1 + TOLERANCE):
        yield Finding("article_too_long", params=_measure(words, high))


def asked_length(brief: str) -> tuple[int, int]:
    """The fewest and the most words a brief asks for; 0 where it names no such bound, or more than one that could be meant."""
    lengths = read_lengths(brief)
    if LENGTH_OF_MATERIAL.search(brief) or len(lengths.plain) > 1:
        return 0, 0
    ranges = [found for found in LENGTH.finditer(brief) if found[3]]
    lower = read_number(ranges[0][1], ranges[0][2] or ranges[0][4] or "") if len(ranges) == 1 else 0
    named = lengths.plain[0] if lengths.plain else 0
    low, high = lengths.at_least or min(lower or named, named), lengths.at_most or (0 if lengths.at_least else named)
    return (low, high) if max(low, high) >= SHORTEST_ASKED else (0, 0)


def section_problems(view: View) -> Iterator[Finding]:
    for section in view.article.plan.sections if view.article.plan else ():
        version = view.article.texts.get(section.id)
        if section.skipped or version is None or version.problem not in PROBLEMS:
            continue
        words = count_words(version.text)
        if (version.problem == "too_short" and words >= version.target) or (
            version.problem == "too_long" and words <= version.target
        ):
            continue
        yield Finding(f"section_{version.problem}", section.id, params=_measure(words, version.target))


def _measure(words: int, target: int) -> dict[str, str | int]:
    difference = abs(words - target)
    return {"words": words, "target": target, "difference": difference, "percent": round(100 * difference / max(1, target))}
