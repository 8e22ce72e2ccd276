"""Python 2 in a text that speaks of it: right there, though no parser here reads it.

What the language dropped is put into what it has now, line by line, so that the rest is still held to parse.
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


def in_python_3(code: str) -> str:
    """The code with what Python 3 dropped in other words: it parses where the code did."""
    for statement, now in DROPPED:
        code = statement.sub(now, code)
    return code
