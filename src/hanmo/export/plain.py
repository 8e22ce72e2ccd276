"""Plain text for pasting: what the Markdown says, without its marks."""

import re

from hanmo.core.blocks import Line, read_lines
from hanmo.core.exports import Document

__all__ = ["plain"]

HEADING = re.compile(r"\s{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
QUOTE = re.compile(r"\s{0,3}(?:>[ \t]?)+")
BULLET = re.compile(r"(\s*)[-*+][ \t]+(?:\[([ xX])\][ \t]+)?")
RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
CELLS = re.compile(r"(?<!\\)\|")
DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)?)>?(?:\s+\"[^\"\n]*\")?\s*\)")
AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\w$\\])\$(?=\S)([^$\n]+?)(?<=\S)\$(?!\d)|\\\((.+?)\\\)|\\\[(.+?)\\\]")
MARKS = (
    re.compile(r"(?<!\\)\*\*(?=\S)(.+?)(?<=\S)\*\*"),
    re.compile(r"(?<![\w\\])__(?=\S)(.+?)(?<=\S)__(?!\w)"),
    re.compile(r"(?<!\\)~~(?=\S)(.+?)(?<=\S)~~"),
    re.compile(r"(?<![*\\])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?!\*)"),
    re.compile(r"(?<![\w\\])_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)"),
)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
KEPT, KEPT_END = "\ue001", "\ue002"
INDENT = "\u3000\u3000"


def plain(document: Document, *, indent: bool = False) -> str:
    """`indent`: each paragraph of prose begins with two wide spaces."""
    made = [_words(document.title), ""] if document.titled else []
    inside = ""
    lines = list(read_lines(document.body))
    for i, line in enumerate(lines):
        fenced, inside = inside, line.inside
        if line.kind == "code":
            if fenced and inside:
                made.append(line.text)
        elif line.kind == "math" and (fenced or inside):
            made += [bare] if (bare := line.text.replace("$$", "").strip()) else []
        else:
            made += _line(line, _in_table(lines, i), indent=indent)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(made)).strip("\n") + "\n"


def _in_table(lines: list[Line], i: int) -> bool:
    """Whether the line is one of a table: it has cells, and a line of delimiters stands in its block, in the second place."""
    if "|" not in lines[i].text:
        return False
    first = i
    while first and "|" in lines[first - 1].text:
        first -= 1
    return any("|" in each.text and DELIMITERS.match(each.text) for each in lines[first + 1 : i + 2])


def _line(line: Line, in_table: bool, *, indent: bool) -> list[str]:
    text = line.text
    if in_table:
        if DELIMITERS.match(text):
            return []
        cells = CELLS.split(re.sub(r"(?<!\\)\|\s*$", "", re.sub(r"^\s*\|", "", text)))
        return ["\t".join(_words(cell.replace("\\|", "|").strip()) for cell in cells)]
    if RULE.match(text):
        return [""]
    if heading := HEADING.match(text):
        return [_words(heading[1])]
    quoted = QUOTE.match(text)
    rest = text[quoted.end() :] if quoted else text
    if bullet := BULLET.match(rest):
        mark = "•" if bullet[2] is None else "☐" if bullet[2] == " " else "☑"
        return [f"{bullet[1]}{mark} {_words(rest[bullet.end() :])}"]
    words = _words(rest)
    if indent and line.kind == "prose" and words.strip() and not quoted:
        return [INDENT + words.strip(" \t\u3000")]
    return [words.rstrip(" \\") if words.endswith(("  ", "\\")) else words]


def _words(text: str) -> str:
    """A line without marks. Code and formulas are kept as they are."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(next(part for part in reversed(found.groups()) if part is not None))
        return f"{KEPT}{len(kept) - 1}{KEPT_END}"

    text = text.replace(KEPT, "").replace(KEPT_END, "")
    text = MATH.sub(keep, CODE.sub(keep, text))
    text = AUTOLINK.sub(r"\1", LINK.sub(_link, text))
    for mark in MARKS:
        text = mark.sub(r"\1", text)
    text = ESCAPED.sub(r"\1", text)
    return re.sub(f"{KEPT}(\\d+){KEPT_END}", lambda found: kept[int(found[1])], text)


def _link(found: re.Match[str]) -> str:
    words, url = found[1], found[2]
    return url if not words or words == url else f"{words}（{url}）" if re.search(r"[\u3400-\u9fff]", words) else f"{words} ({url})"
