"""Markdown that does not close: code, bold, formulas, quotation marks and brackets."""

import re
from collections.abc import Iterator, Sequence

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import FILLER, NUMBERING, Line
from hanmo.core.checks.view import Part, View

STARS = re.compile(r"(?<!\\)(?<!\*)(?!(?<=\s)\*{2,3}[\s,.])\*{2,3}(?![*/])")
"""No stars that stand between spaces or before a slash ("**/*.py"): they are themselves."""
WHOLE_LINE = re.compile(r"\s*(?:[-*+] |\d+[.)] |#{1,6} )?\*{2,3}[\w \-]+\s*")
FOOTNOTE = re.compile(r"\d$")
POWER = re.compile(r"[A-Za-z0-9_)]\*\*[A-Za-z0-9_(]")
OVER_LINES = re.compile(r"`[^`]*`")
IN_BACKTICKS = re.compile(r"(?<!`)(`{2,3})(?!`)[^\n]+?(?<!`)\1(?!`)|`[^`\n]+`")
FORMULA = re.compile(r"\\[a-zA-Z]+|[\^_=]")
MARKS = re.compile(r"[“”「」『』（）()]")
PAIRS = {"”": "“", "」": "「", "』": "『", "）": "（(", ")": "（("}
ENUMERATED = re.compile(r"(?:^|[\s，。；：:;,、（(])[\dA-Za-z一二三四五六七八九十①-⑳]{1,3}$|(?<=[\u4e00-\u9fff])[A-Za-z]$")
DEEPEST = 20
NEAR = 8
"""Code points before a mark that tell whether it belongs to a number or a smiley."""
SMILEY = re.compile(r"[:;=]-?$")


def open_code(view: View) -> Iterator[Finding]:
    for part in view.parts:
        if part.lines[-1].inside.startswith(("`", "~")):
            first = len(part.lines) - 1
            while first and part.lines[first - 1].inside == part.lines[-1].inside:
                first -= 1
            line = part.lines[first]
            yield part.finding(
                "open_code", line.start, line.end, fix=None if view.cut_off else _closing_fence(part, part.lines[first + 1 :])
            )


def _closing_fence(part: Part, inner: Sequence[Line]) -> Fix | None:
    """Behind the last line, where there is no blank line at which the code might have ended before."""
    code = [line.text.strip() for line in inner]
    while code and not code[-1]:
        code.pop()
    if not code or not all(code):
        return None
    end = len(part.text.rstrip())
    return Fix(end, len(part.text), f"\n{part.lines[-1].inside}\n")


def open_bold(view: View) -> Iterator[Finding]:
    for part in view.parts:
        for start, end in _paragraphs(part):
            text = _shown(part, start, end)
            marks = [] if POWER.search(text) else list(STARS.finditer(text))
            sure = [mark for mark in marks if not FOOTNOTE.search(text, max(0, mark.start() - 1), mark.start())]
            if len(marks) % 2 and len(sure) % 2:
                fix = None if view.cut_off else _closing_stars(text, marks[-1], start)
                yield part.finding("open_bold", start + marks[-1].start(), start + marks[-1].end(), fix=fix)


def _closing_stars(text: str, mark: re.Match[str], start: int) -> Fix | None:
    """At the end of a paragraph whose last line is bold from its beginning on: a line without a mark, within which bold might have ended."""
    if not WHOLE_LINE.fullmatch(text, text.rfind("\n", 0, mark.start()) + 1) or text[mark.end() : mark.end() + 1].isspace():
        return None
    end = start + len(text.rstrip())
    return Fix(end, end, mark[0])


def open_formula(view: View) -> Iterator[Finding]:
    for part in view.parts:
        written = "\n".join(
            FILLER * len(line.text) if line.kind == "code" else IN_BACKTICKS.sub(lambda code: FILLER * len(code[0]), line.text)
            for line in part.lines
        )
        marks = [found.start() for found in re.finditer(r"(?<![\$\\])\$\$(?!\$)", written)]
        if len(marks) % 2 and FORMULA.search(written, marks[-1]):
            yield part.finding("open_formula", marks[-1], marks[-1] + 2)


def open_pair(view: View) -> Iterator[Finding]:
    """Quotation marks and brackets without their partner, the first of each paragraph. Speech that goes on in the next paragraph, and a
    quotation over several of them, are no mistakes."""
    for part in view.parts:
        paragraphs = [(start, _shown(part, start, end)) for start, end in _paragraphs(part)]
        lonely = [_lonely(text) for _, text in paragraphs]
        carried = ""
        for i, (start, _) in enumerate(paragraphs):
            if not lonely[i]:
                continue
            place, mark = lonely[i][-1]
            if carried and PAIRS.get(lonely[i][0][1]) == carried:
                carried = ""
            elif mark in "“「『" and len(lonely[i]) == 1 and _goes_on(mark, i, [text for _, text in paragraphs], lonely):
                carried = mark
            else:
                place, mark = lonely[i][0]
                yield part.finding("open_pair", start + place, start + place + 1, mark=mark)


def _goes_on(mark: str, i: int, texts: list[str], lonely: list[list[tuple[int, str]]]) -> bool:
    """Whether a later paragraph closes it before another begins, or the next begins with the same mark: the speaker speaks on."""
    if texts[i + 1 : i + 2] and texts[i + 1].lstrip().startswith(mark):
        return True
    following = next((marks for marks in lonely[i + 1 :] if marks), [])
    return bool(following) and PAIRS.get(following[0][1]) == mark


def _lonely(text: str) -> list[tuple[int, str]]:
    """Marks of one paragraph without a partner, with their places."""
    open_ones: list[int] = []
    lonely: list[int] = []
    for found in MARKS.finditer(text):
        place = found.start()
        opening = PAIRS.get(found[0])
        near = max(0, place - NEAR)
        line = text[max(near, text.rfind("\n", near, place) + 1) : place]
        if found[0] in "()" and SMILEY.search(line):
            continue
        if opening is None:
            open_ones.append(place)
        elif any(text[other] in opening for other in open_ones[-DEEPEST:]):
            while text[open_ones[-1]] not in opening:
                lonely.append(open_ones.pop())
            open_ones.pop()
        elif found[0] in "”」』" or not ENUMERATED.search(line):
            lonely.append(place)
    return [(place, text[place]) for place in sorted(lonely + open_ones)]


def _paragraphs(part: Part) -> Iterator[tuple[int, int]]:
    """Spans of lines that stand together and are neither code nor table. A list item goes on in the lines of prose under it."""
    start: int | None = None
    before = ""
    for line in part.lines:
        goes_on = line.kind in ("prose", "tags") or (line.kind == before and (line.kind == "quote" or _is_indented(line)))
        before = line.kind
        if start is not None and not goes_on:
            yield start, line.start
            start = None
        if start is None and line.kind in ("prose", "tags", "list", "heading", "quote"):
            start = line.start
    if start is not None:
        yield start, len(part.text)


def _is_indented(line: Line) -> bool:
    """A line that goes on a list item, four spaces in."""
    return line.kind == "list" and not NUMBERING.match(line.text)


def _shown(part: Part, start: int, end: int) -> str:
    """A paragraph without its code. A span that goes over a line's end leaves half of its marks on either line."""
    text, raw = part.plain[start:end], part.text[start:end]
    if not any(line.count("`") % 2 for line in raw.split("\n")):
        return text
    hidden = OVER_LINES.sub(lambda code: FILLER * len(code[0]), raw)
    return "".join(FILLER if there == FILLER else here for here, there in zip(text, hidden, strict=True))
