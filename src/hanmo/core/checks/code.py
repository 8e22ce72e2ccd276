"""Does this code parse? Nothing is run.

Rules
  * What no parser here knows is "unchecked", never "ok": whoever shows the result can say so.
  * No input raises: what a parser gives up on (null bytes, a nesting too deep) is an error of the code.
  * Python, JSON and TOML are read by the standard library, SQL by `core.checks.sql`, the others by tree-sitter grammars, which recover from an
    error and go on. Its place is then where recovery began, which may be the first line; an unmatched bracket says more, and is looked for first.
"""

import importlib
import json
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from hanmo.core.checks.go import early_semicolon
from hanmo.core.checks.pythons import in_older
from hanmo.core.checks.sql import is_for_client, sql_error
from hanmo.core.checks.tags import tag_error

if TYPE_CHECKING:
    from tree_sitter import Language, Node

LARGEST = 20_000
"""Code points, some 500 lines. Longer code is not checked: recovery from errors takes time with the square of the length, in bash seconds."""

NAMES = {
    name: language
    for language, names in {
        "python": "py python3",
        "javascript": "js jsx mjs node",
        "typescript": "ts",
        "bash": "sh shell",
        "yaml": "yml",
        "html": "htm",
        "cpp": "c++",
        "go": "golang",
        "rust": "rs",
    }.items()
    for name in names.split()
}
"""What else a language is called after the opening fence."""

EXTENSIONS = {
    extension: language
    for language, extensions in {
        "python": "py",
        "javascript": "js mjs cjs jsx",
        "typescript": "ts",
        "html": "html htm",
        "yaml": "yaml yml",
        "bash": "sh",
        "c": "c h",
        "cpp": "cpp cc hpp",
        "rust": "rs",
        "text": "txt",
        "ini": "ini cfg",
        "markdown": "md",
        "xml": "xml svg",
        "ruby": "rb",
        "kotlin": "kt",
        "csharp": "cs",
        "powershell": "ps1",
    }.items()
    for extension in extensions.split()
}
EXTENSIONS |= {
    name: name for name in ("bat", "css", "csv", "dart", "go", "java", "json", "lua", "php", "r", "scala", "scss", "sql", "svelte")
}
EXTENSIONS |= {name: name for name in ("swift", "toml", "tsx", "vue")}
FILE_NAMES = dict.fromkeys((".gitignore", ".env.example", "go.mod", "requirements.txt", "cmakelists.txt"), "text")
FILE_NAMES |= {"dockerfile": "dockerfile", "makefile": "makefile"}

WHEELS = ("bash", "c", "cpp", "css", "go", "html", "java", "javascript", "rust", "yaml")
GRAMMARS = {name: (f"tree_sitter_{name}", "language") for name in WHEELS}
GRAMMARS |= {name: ("tree_sitter_typescript", f"language_{name}") for name in ("typescript", "tsx")}
BRACKETS_ONLY = frozenset({"css"})
"""Where the language is ahead of its grammar here (`@container`, ranges in `@media`, nesting), only its brackets are sure."""
JSX_AMPERSAND = (re.compile(r"(?<=\S )&(?= \S)"), "+")
AHEAD: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "javascript": (JSX_AMPERSAND,),
    "tsx": (JSX_AMPERSAND, (re.compile(r"(?<=[<,])(\s*)(?:in out|in|out) (?=[A-Z])"), r"\1")),
    "typescript": ((re.compile(r"(?<=[<,])(\s*)(?:in out|in|out) (?=[A-Z])"), r"\1"),),
    "c": ((re.compile(r"\benum(\s+\w+)?\s*:\s*[a-z][\w ]*(?=\{)"), r"enum\1 "),),
    "rust": ((re.compile(r"\bsafe (?=fn|static)"), ""), (re.compile(r"\bbreak (?=\[)"), "return ")),
    "bash": (
        (re.compile(r"(?<=\s)[!?*+@]\([^()\s]+\)"), "x"),
        (re.compile(r"(<<-?\s*(['\"]?)\w+\2)[ \t]+<<-?\s*['\"]?\w+['\"]?"), r"\1"),
    ),
}
"""What a language has and its grammar here does not know, with something in its place that it does."""
MACROS = re.compile(r"^[ \t]*#[ \t]*if|^[A-Z_][A-Z0-9_]+[ \t]*\(|\b__[a-z]+\b|\b\w*for_each\w*[ \t]*\(", re.MULTILINE)
"""What a preprocessor makes something else of before C is parsed."""
CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*if", re.MULTILINE)
OPENS = re.compile(r"[$<>#]?([(\[{]+)")
CLOSES = re.compile(r"[)\]}]+")
BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,32};)")
"""Allowed in a page, though not by its grammar here."""
MIRROR = str.maketrans("([{", ")]}")


@dataclass(frozen=True, slots=True)
class ParseError:
    """The first error: its line from 1, and what a person or a model can mend it by. `count`: how many places are wrong, as far as known."""

    line: int
    message: str
    count: int = 1


Parsed = Literal["ok", "unchecked"] | ParseError


def language_of_path(path: str) -> str | None:
    """The language a file is written in, as its fence names it; None where the name does not tell."""
    name = path.rsplit("/", 1)[-1].lower()
    stem, _, extension = name.rpartition(".")
    return FILE_NAMES.get(name) or (EXTENSIONS.get(extension) if stem else None)


def check_code(language: str, code: str) -> Parsed:
    """Whether `code` parses. `language` is as a fence names it, in any case, with the usual short names."""
    name = NAMES.get(language.strip().lower(), language.strip().lower())
    if len(code) > LARGEST or not (name in READERS or name in GRAMMARS):
        return "unchecked"
    if "\0" in code:
        return ParseError(code[: code.index("\0")].count("\n") + 1, "null byte")
    read = READERS.get(name)
    try:
        return (read(code) if read else _grammar_error(name, code)) or "ok"
    except (RecursionError, MemoryError):
        return ParseError(1, "nested too deeply")
    except ValueError as error:
        return ParseError(1, str(error))


# ------------------------------------------------------------------------------------------------------ the standard library's


def _python_error(code: str) -> ParseError | Literal["unchecked"] | None:
    """What is newer than the Python that runs here cannot be judged by it."""
    error = _refused(code)
    if error is None or (older := in_older(code)) == code:
        return error
    return _refused(older) or "unchecked"


def _refused(code: str) -> ParseError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<code>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return ParseError(min(error.lineno or 1, _num_lines(code)), error.msg)
    return None


def _json_error(code: str) -> ParseError | None:
    try:
        json.loads(code, parse_int=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return ParseError(error.lineno, error.msg)
    return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _toml_error(code: str) -> ParseError | None:
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line = place.removeprefix("line ").partition(",")[0]
        return ParseError(int(line) if line.isdigit() else _num_lines(code), message)
    return None


def _sql_error(code: str) -> ParseError | Literal["unchecked"] | None:
    if is_for_client(code):
        return "unchecked"
    found = sql_error(code)
    return ParseError(min(found[0], _num_lines(code)), found[1]) if found else None


READERS: dict[str, Callable[[str], ParseError | Literal["unchecked"] | None]] = {
    "python": _python_error,
    "json": _json_error,
    "toml": _toml_error,
    "sql": _sql_error,
}


def _num_lines(code: str) -> int:
    return len(re.split(r"\r\n?|\n", code.rstrip()))


# ----------------------------------------------------------------------------------------------------------------- tree-sitter


@cache
def _grammar(name: str) -> "Language":
    """Imported when first wanted: the grammars are shared libraries, which a start without code need not load."""
    from tree_sitter import Language

    module, function = GRAMMARS[name]
    return Language(getattr(importlib.import_module(module), function)())


def _grammar_error(name: str, code: str) -> ParseError | Literal["unchecked"] | None:
    """With a parser of its own: two threads may check at once. A line ends with its end, which some grammars ask for."""
    from tree_sitter import Parser

    whole = code.rstrip("\n") + "\n"
    if name == "html":
        whole = f"<div>{whole}</div>"  # at the top, its grammar takes no end tag for left out
    source = whole.encode("utf-8", "replace")
    root = Parser(_grammar(name)).parse(BARE_AMPERSAND.sub(b"+", source) if name == "html" else source).root_node
    if root.has_error:
        if name in BRACKETS_ONLY or (name in ("c", "cpp") and MACROS.search(code)):
            return (None if CONDITIONAL.search(code) else _unmatched(root)) or "unchecked"
        tamed = code
        for unknown, known in AHEAD.get(name, ()):
            tamed = unknown.sub(known, tamed)
        if tamed != code and _grammar_error(name, tamed) is None:
            return "unchecked"
        if name == "c" and _grammar_error("cpp", code) is None:
            return "unchecked"  # C23 took much over from C++, and is newer than its grammar
        if name == "html" and (unbalanced := tag_error(code)):
            return ParseError(*unbalanced)
        wrong = [node for node in _wrong_nodes(root) if node.is_missing or (node.is_error and not _has_wrong_child(node))]
        return _explained(root, wrong, _num_lines(code))
    if name == "go":
        early = early_semicolon(root)
        return ParseError(*early) if early else None
    if name == "html":
        unbalanced = tag_error(code)
        return ParseError(*unbalanced) if unbalanced else _embedded_error(root, source)
    return None


def _explained(root: "Node", wrong: list["Node"], num_lines: int) -> ParseError:
    first = min(wrong, key=lambda node: node.start_byte, default=root)
    if first.is_missing and not CLOSES.fullmatch(first.type):
        error = ParseError(first.start_point.row + 1, f"missing {first.type}")
    elif bracket := _unmatched(root):
        error = bracket
    else:
        text = (first.text or b"").decode("utf-8", "replace").strip().partition("\n")[0]
        error = ParseError(first.start_point.row + 1, f"unexpected {text[:60]}" if text else "unexpected end")
    return replace(error, line=min(error.line, num_lines), count=max(1, len(wrong)))


def _wrong_nodes(root: "Node") -> Iterator["Node"]:
    """The nodes in which something is wrong; without recursion, as a tree may be as deep as the text is long."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)


def _has_wrong_child(node: "Node") -> bool:
    return any(child.has_error or child.is_missing for child in node.children)


def _unmatched(root: "Node") -> ParseError | None:
    """The first bracket without its partner. The grammar has told brackets from the contents of strings and comments already."""
    open_ones: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(reversed(node.children))
        if node.is_missing or node.child_count:
            continue
        if OPENS.fullmatch(node.type):
            open_ones.append(node)
        elif CLOSES.fullmatch(node.type) and not (node.parent and node.parent.type == "case_item"):
            if not open_ones or _closing(open_ones[-1]) != node.type:
                opened = f", while {open_ones[-1].type} of line {open_ones[-1].start_point.row + 1} is open" if open_ones else ""
                return ParseError(node.start_point.row + 1, f"unexpected {node.type}{opened}")
            open_ones.pop()
    return ParseError(open_ones[-1].start_point.row + 1, f"{open_ones[-1].type} is never closed") if open_ones else None


def _closing(opening: "Node") -> str:
    return opening.type.lstrip("$<>#").translate(MIRROR)


def _embedded_error(root: "Node", source: bytes) -> ParseError | None:
    """The first error of the scripts and styles in a page, which its own grammar takes as plain text."""
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(reversed(node.children))
        if node.type not in ("script_element", "style_element"):
            continue
        tag = (node.children[0].text or b"").decode("utf-8", "replace").lower() if node.children else ""
        body = next((child for child in node.children if child.type == "raw_text"), None)
        if body is None or ("type=" in tag and not any(kind in tag for kind in ("javascript", "module", "text/css"))):
            continue
        language = "javascript" if node.type == "script_element" else "css"
        error = _grammar_error(language, source[body.start_byte : body.end_byte].decode("utf-8", "replace"))
        if isinstance(error, ParseError):
            return replace(error, line=error.line + body.start_point.row)
    return None
