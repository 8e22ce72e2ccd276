"""Python of other versions than the one that reads it here: 2 in a text that speaks of it, and 3 where it is newer.

What the language dropped, or has got since, is put into what every Python 3 has, line by line, so that the rest is still held to parse.
"""

import re

SAYS_SO = re.compile(r"\bpy(?:thon)?\s*-?2(?:\.\d|\b)|\b2to3\b|\bpython-future\b", re.IGNORECASE)
DROPPED = (
    (re.compile(r"((?:^|[:;])[ \t]*)(?:print|exec)\b(?!\s*[(=.,])(?:[ \t]*>>)?(?=[ \t]*\S)", re.MULTILINE), r"\1_ ="),
    (re.compile(r"((?:^|[:;])[ \t]*)print[ \t]*$", re.MULTILINE), r"\1_ = 0"),
    (re.compile(r"\bexcept[ \t]+([^:\n]+?)[ \t]*,[ \t]*(\w+)[ \t]*:"), r"except \1 as \2:"),
    (re.compile(r"\braise[ \t]+([\w.]+)[ \t]*,"), r"raise \1; _ ="),
    (re.compile(r"`([^`\n]+)`"), r"(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"(?<![\w.])0(?=\d+\b)"), "0o"),
    (re.compile(r"(?<![\w.])(\d+)[lL]\b"), r"\1"),
    (re.compile(r"\bur(?=['\"])", re.IGNORECASE), "r"),
)
IN_BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
GOT = (
    (re.compile(rf"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:{IN_BRACKETS})?[ \t]*=", re.MULTILINE), r"\1\2 ="),
    (re.compile(rf"\b((?:def|class)[ \t]+\w+){IN_BRACKETS}(?=[(:])"), r"\1"),
    (re.compile(r"\b(?:t|rt|tr)(?=['\"])", re.IGNORECASE), "f"),
    (re.compile(r"\bexcept[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:"), r"except (\1):"),
)
"""Type parameters (PEP 695), template strings (750), exceptions without brackets (758)."""
F_STRING = re.compile(r"\b(?:f|fr|rf|t|rt|tr)([\"'])(?=[^\n]*\{)[^\n]*", re.IGNORECASE)
QUOTED_INSIDE = {mark: re.compile(rf"(\{{[^{{}}\n{mark}]*){mark}([^{{}}\n{mark}]*){mark}(?=[^{{}}\n]*\}})") for mark in "\"'"}
"""Its own mark inside the braces of a string (PEP 701)."""
MOST_INSIDE = 8


def in_older(code: str) -> str:
    """The code without what is newer than Python 3.11: it parses there where the code did in its own version."""
    for statement, then in GOT:
        code = statement.sub(then, code)
    return F_STRING.sub(_without_own_marks, code)


def _without_own_marks(found: re.Match[str]) -> str:
    text, other = found[0], "'" if found[1] == '"' else '"'
    for _ in range(MOST_INSIDE):
        text, times = QUOTED_INSIDE[found[1]].subn(rf"\1{other}\2{other}", text)
        if not times:
            break
    return text


def in_python_3(code: str) -> str:
    """The code with what Python 3 dropped in other words: it parses where the code did."""
    for statement, now in DROPPED:
        code = statement.sub(now, code)
    return code
