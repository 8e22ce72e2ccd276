"""Slips that can be mended without a doubt: marks of the wrong width or kind, doubled marks and words, misspellings.

Theory
  What proofreading mends without a model (`core.flows.mend`) is what is told of here, found where it differs from its mended self. A cheap search
  says which sentences can have such a slip at all: few have.
"""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import Line
from hanmo.core.checks.view import Part, View
from hanmo.core.flows.blanks import BLANK_WANTED
from hanmo.core.flows.mend import H, mended
from hanmo.core.flows.misspelled import MISSPELLED
from hanmo.core.text import LATIN_WORD, Language, language_of, sentences

SUSPECT = re.compile(
    rf"(?<={H})(?:[,;:?!.]| +(?=[，。；：！？、]))|[,;:?!.](?= ?(?:{H}|[“‘「『《（]|$))"
    r"|(?<=[a-z]{2}) [,;](?= )"
    rf"|([，、；：。])\1|的的|了了|己经|而己|[我你他她咱]门|{'|'.join(MISSPELLED['zh'])}"
    rf"|[，、；][。！？]|(?<={H}{H})\.(?={H})|{BLANK_WANTED.pattern}"
    rf"|\b(?:{'|'.join(MISSPELLED['en'])})\b|\b([A-Za-z]{{1,5}}) (?i:\2)\b"
)
REFERENCE = re.compile(r"\[(?:[JMDCNPSRGZ]|[A-Z]{1,2}/OL)\]")
"""In a list of references, whose marks are half as wide (GB/T 7714)."""
LONGEST_SENTENCE = 1000
"""Code points. What goes on longer without an end is no sentence that anybody would proofread."""
PARTED = re.compile(rf"(?<={H}) +(?={H})")
"""A space between Han characters may be meant ("记者 王晓"); where it is taken away, a person has to look."""
BOTH_SIDES = 2
"""Code points shown on either side of a slip."""

WRONG_MARKS = (
    (re.compile(rf"(?<={H})。{{3,}}|(?<={H})\.{{3,6}}(?![A-Za-z0-9_/.])"), "……"),
    (re.compile(rf"(?<={H})--(?={H})"), "——"),
    (re.compile(r"(?<=[a-z]{2})\.\.(?=[”’\")]*(?: +[“‘\"(]?[A-Z]|[ \r]*$))", re.MULTILINE), "."),
    (re.compile(r"(?<=（)[^（）()\n]{1,80}(?P<wrong>\))"), "）"),
    (re.compile(rf"(?P<wrong>\()(?=[^（）()\n]{{0,80}}{H}[^（）()\n]{{0,80}}）)"), "（"),
)
TWO_STOPS = re.compile(rf"(?<={H})\.\.(?={H}|[”」』）]|$)", re.MULTILINE)
"""For an ellipsis, or for one full stop: it has no fix."""
FULL_IN_ENGLISH = re.compile(r"(?<=[a-z])[，。；：！？](?= ?[A-Za-z]|\s*$)")
HALF_WIDTH = str.maketrans("，。；：！？", ",.;:!?")


def slips(view: View) -> Iterator[Finding]:
    for part in view.parts:
        for line in part.lines:
            if (
                line.kind in ("prose", "list", "quote", "heading")
                and SUSPECT.search(part.plain, line.start, line.end)
                and not REFERENCE.search(line.text)
            ):
                yield from _of_line(part, line, view.article.assignment.lang)


def _of_line(part: Part, line: Line, lang: Language) -> Iterator[Finding]:
    """In an English text only a sentence that is all Chinese has Chinese marks."""
    for start, end in sentences(line.text):
        before = line.text[start:end]
        own = language_of(before) if lang == "zh" or not LATIN_WORD.search(before) else "en"
        after = mended(before, own) if len(before) <= LONGEST_SENTENCE else before
        if after == before or len(PARTED.findall(before)) != len(PARTED.findall(after)):
            continue
        first, last, length = _difference(before, after)
        place = line.start + start
        yield part.finding(
            "slip",
            place + first,
            place + last,
            fix=Fix(place + first, place + last, after[first : first + length]),
            words=before[max(0, first - BOTH_SIDES) : last + BOTH_SIDES],
            right=after[max(0, first - BOTH_SIDES) : first + length + BOTH_SIDES],
        )


def _difference(before: str, after: str) -> tuple[int, int, int]:
    """The span of `before` outside of which both are the same, and how long it is in `after`."""
    shorter = min(len(before), len(after))
    first = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    same = next((i for i in range(shorter - first) if before[-1 - i] != after[-1 - i]), shorter - first)
    return first, len(before) - same, len(after) - same - first


def wrong_marks(view: View) -> Iterator[Finding]:
    """In Chinese "..." for "……", "--" for "——", a bracket that opens full and closes half; in English a full stop said twice, and marks as
    wide as a Han character."""
    for part in view.parts:
        for line in part.lines:
            if line.kind not in ("prose", "list", "quote", "heading"):
                continue
            for pattern, right in WRONG_MARKS:
                for found in pattern.finditer(part.plain, line.start, line.end):
                    yield _mark(part, *found.span("wrong" if "wrong" in pattern.groupindex else 0), right)
            for found in TWO_STOPS.finditer(part.plain, line.start, line.end):
                yield part.finding("wrong_mark", *found.span(), mark="..", right="……")
            if FULL_IN_ENGLISH.search(part.plain, line.start, line.end):
                yield from _in_english(part, line)


def _in_english(part: Part, line: Line) -> Iterator[Finding]:
    text = part.plain[line.start : line.end]
    for found in FULL_IN_ENGLISH.finditer(text) if language_of(text) == "en" else ():
        right = found[0].translate(HALF_WIDTH) + (" " if text[found.end() : found.end() + 1].isalpha() else "")
        yield _mark(part, line.start + found.start(), line.start + found.end(), right)


def _mark(part: Part, start: int, end: int, right: str) -> Finding:
    return part.finding("wrong_mark", start, end, fix=Fix(start, end, right), mark=part.text[start:end], right=right.strip())
