"""The blocks of code in a text: those that do not parse, with the line and the reason.

A block in a text is often a piece or a sketch of a program: elided ("..."), with blanks to fill in ("<your-key>"), from a terminal or out of a
template. Such a block is not held to parse.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from hanmo.core.articles import Finding
from hanmo.core.blocks import FENCE, Line
from hanmo.core.checks.code import ParseError, check_code
from hanmo.core.checks.pythons import SAYS_SO, in_python_3
from hanmo.core.checks.view import Part, View

LANGUAGE = re.compile(r"\s*\{?\.?([A-Za-z][A-Za-z0-9+#_-]{0,20})")
ELIDED = re.compile(
    r"…|(?<![\w.)\]])\.\.\.(?![\w\[({$'\"`.])|\.\.\.\s*$|(?:省略|此处略|omitted|rest of)", re.MULTILINE | re.IGNORECASE
)
BLANK = re.compile(r"<[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff .-]{0,40}>|\{\{|\{%|<%|<\?|\[[\u4e00-\u9fff]{2,12}\]")
TERMINAL = re.compile(r"^(?:\$ |>>> |\.\.\. |In \[\d|PS [A-Z]:|[%!]\w|C:\\|\w+@[\w-]+[:~ ]|[+-] {2,}\S|[+-]\w)", re.MULTILINE)
COMMENT_IN_JSON = re.compile(r"^\s*//|,\s*//|\s/\*", re.MULTILINE)
MAY_HAVE_TAGS = {
    "html",
    "htm",
    "xml",
    "javascript",
    "js",
    "jsx",
    "tsx",
    "java",
    "c",
    "cpp",
    "c++",
    "rust",
    "rs",
    "typescript",
    "ts",
}
"""Languages in which `<word>` is no blank but a tag, a type or a header."""
NAMES_OF_PYTHON = ("python", "py", "python3")
EXACT = (*NAMES_OF_PYTHON, "toml")
"""Read by their own parsers: what they refuse is wrong."""
FRAGMENT = re.compile(r"outside (?:async )?function|outside loop|not properly in loop")
"""What Python says of the inside of a function or a loop that stands alone."""
SHORTEST = 3
"""Lines. A shorter block may be the head of a function with its types, or a call with what it may leave out in brackets."""
WIDER = dict.fromkeys(("javascript", "js", "jsx", "mjs"), ("jsx", "typescript", "tsx")) | dict.fromkeys(
    ("ts", "typescript"), ("ts", "tsx")
)
"""JavaScript with types is often called by its first name; and it may be the inside of an object."""
TEMPLATE = re.compile(r"\{\{|\{%|<%|<\?")


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` are those between the fences."""

    language: str
    lines: tuple[Line, ...]

    @property
    def code(self) -> str:
        return textwrap.dedent("\n".join(line.text.rstrip(" \r") for line in self.lines))


def code_that_does_not_parse(view: View) -> Iterator[Finding]:
    """Of an article of code the flow that wrote it has told already."""
    if view.source == "article" and view.article.assignment.format == "code":
        return
    for part in view.parts:
        for block in _blocks(part, view.language):
            error = check_code(block.language, block.code)
            if not isinstance(error, ParseError) or (not view.language and may_be_left(block.language, block.code, error.message)):
                continue
            if _is_python_2(view, block):
                continue
            line = block.lines[min(error.line, len(block.lines)) - 1]
            yield part.finding(
                "code_does_not_parse", line.start, line.end, language=block.language, line=error.line, reason=error.message
            )


def _blocks(part: Part, language: str) -> Iterator[Block]:
    """Blocks that are closed and name their language; an open one is told of as such."""
    if language:
        yield Block(language, part.lines)
        return
    name, inner, inside = "", list[Line](), ""
    for line in part.lines:
        if not inside and line.inside[:1] in ("`", "~") and (fence := FENCE.match(line.text)):
            named = LANGUAGE.match(fence[2])
            name, inner = named[1].lower() if named else "", []
        elif inside and line.inside:
            inner.append(line)
        elif inside and name and inner:
            yield Block(name, tuple(inner))
        inside = line.inside if line.kind == "code" else ""


def _is_python_2(view: View, block: Block) -> bool:
    """Whether the text, or what it was asked for with, speaks of Python 2, and the code parses but for what Python 3 dropped."""
    if block.language not in NAMES_OF_PYTHON:
        return False
    texts = (view.article.assignment.asked, *(part.text for part in view.parts))
    return any(map(SAYS_SO.search, texts)) and check_code("python", in_python_3(block.code)) == "ok"


def may_be_left(language: str, code: str, message: str = "") -> bool:
    """Whether it is meant for a reader rather than for a parser, or is a piece of what does parse."""
    if ELIDED.search(code) or TERMINAL.search(code):
        return True
    if language == "json":
        return bool(COMMENT_IN_JSON.search(code) or BLANK.search(code)) or _is_lines_or_members(code)
    if language in EXACT:
        return FRAGMENT.search(message) is not None
    if sum(1 for row in code.splitlines() if row.strip()) < SHORTEST or (TEMPLATE if language in MAY_HAVE_TAGS else BLANK).search(
        code
    ):
        return True
    return language in WIDER and any(
        check_code(other, text) == "ok" for other in WIDER[language] for text in (code, f"({{{code}}})")
    )


def _is_lines_or_members(code: str) -> bool:
    """JSON, one value a line; or some members of an object without its braces."""
    rows = [row for row in code.splitlines() if row.strip()]
    return all(check_code("json", row) == "ok" for row in rows) or check_code("json", "{" + code.strip().rstrip(",") + "}") == "ok"
