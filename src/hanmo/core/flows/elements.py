"""What a brief asks for besides prose: tables, quotations, formulas, code. Python opens each and sees that it is whole; the model fills it.

Theory
  A small model forgets half of "three sub-headings, two tables and a quotation". So the brief is read once, the elements are dealt out to the
  sections, and each is begun by Python in the middle of its section ("\\n\\n|"): what is begun as a table is written as one. It is looked at when it
  is complete, and asked for again where it is broken.
"""

import re
from dataclasses import replace
from typing import Literal

from hanmo.core.articles import Assignment, Section
from hanmo.core.briefs import read_number
from hanmo.core.checks.code import ParseError, check_code
from hanmo.core.flows.asks import Ask, Flow
from hanmo.core.flows.prose import Place
from hanmo.core.flows.tables import mended_table
from hanmo.core.presets import PRESETS
from hanmo.core.text import count_words, ends_sentence

ElementKind = Literal["table", "quote", "formula", "code"]
TRIES = 3
TOKENS: dict[ElementKind, int] = {"table": 360, "quote": 120, "formula": 160, "code": 420}
OPENING: dict[ElementKind, str] = {"table": "| ", "quote": "> ", "formula": "$$\n", "code": "```{language}\n"}
MOST_EACH = 6

NUMBER = r"(?:(\d+|[一二两三四五六七八九十]+)\s*[个张份段句处条]|\b(\d+|one|two|three|four|five|six)\b)"
GAP = r"[^，。、和,.；;\n\d一二两三四五六七八九十]{0,8}"
NAMES: dict[ElementKind, str] = {
    "table": r"(?:表格|对比表|对照表|tables?\b)",
    "quote": r"(?:引用|引文|引言|block ?quotes?\b|quotations?\b|quotes?\b)",
    "formula": r"(?:公式|formulas?\b|formulae\b|equations?\b)",
    "code": r"(?:代码块|代码示例|示例代码|code blocks?\b|code examples?\b|snippets?\b)",
}
COUNTED: dict[ElementKind, re.Pattern[str]] = {
    kind: re.compile(rf"{NUMBER}\s*{GAP}{name}", re.IGNORECASE) for kind, name in NAMES.items()
}
"""Two tables, 三段引用."""
NAMED: dict[ElementKind, re.Pattern[str]] = {
    kind: re.compile(
        rf"(?:[带附含]|[要须应]有|包括|插入|[写给列]出){GAP}{name}|\b(?:with|includ(?:e|ing))\b[^.;\n]{{0,30}}\b{name}",
        re.IGNORECASE,
    )
    for kind, name in NAMES.items()
}
"""With a table, 包含公式: one, as no number is said."""
PRESENT: dict[ElementKind, re.Pattern[str]] = {
    "table": re.compile(r"(?m)^\|.*\|[ ]*\n\|[ :|-]+\|[ ]*\n\|"),
    "quote": re.compile(r"(?m)^> ?\S"),
    "formula": re.compile(r"\$\$\s*\S[\s\S]*?\$\$"),
    "code": re.compile(r"(?m)^```\w[\s\S]*?^```"),
}
WORDS: dict[str, int] = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
LANGUAGES = re.compile(r"\b(python|javascript|typescript|java|rust|go|sql|bash|c\+\+|html|css|yaml|json)\b", re.IGNORECASE)
CODE_NAMES = {"c++": "cpp"}


def asked_elements(brief: str) -> dict[ElementKind, int]:
    """How many of each a brief asks for."""
    found: dict[ElementKind, int] = {}
    for kind, counted in COUNTED.items():
        counts = [_count(m[1] or m[2]) for m in counted.finditer(brief)]
        if counts or NAMED[kind].search(brief):
            found[kind] = min(MOST_EACH, max(counts, default=1))
    return found


def _count(number: str) -> int:
    return WORDS.get(number.lower()) or read_number(number)


def elements_of(assignment: Assignment, sections: list[Section], k: int) -> tuple[ElementKind, ...]:
    """What section `k` has to hold: its share of what the brief asks for, and what its own points name. Tables and code come early, a quotation
    where there is room; none twice in one section before each has one."""
    dealt: list[list[ElementKind]] = [[] for _ in sections]
    for kind, count in asked_elements(assignment.brief).items():
        for _ in range(count):
            freest = min(range(len(sections)), key=lambda i: (kind in dealt[i], len(dealt[i]), i))
            dealt[freest].append(kind)
    named = " ".join((sections[k].heading, *sections[k].points))
    extra = [
        kind for kind, pattern in NAMED.items() if kind not in dealt[k] and (pattern.search(named) or COUNTED[kind].search(named))
    ]
    return tuple(dealt[k] + extra)


def add_element(place: Place, text: str, kind: ElementKind, assignment: Assignment) -> Flow[str]:
    """`text` with an element behind it, or `text` alone where none came out whole."""
    before = text.rstrip() + "\n\n" if text.strip() else ""
    opening = OPENING[kind].format(language=_language(assignment))
    sampling = replace(
        PRESETS["code"] if kind in ("code", "formula") else place.sampling, max_new_tokens=TOKENS[kind], presence_penalty=0.0
    )
    for attempt in range(TRIES):
        seeded = replace(sampling, seed=place.seed + 7 + 101 * attempt)
        answer = yield Ask(
            place.messages, seeded, place.opening + before + opening, block=kind, more=True, attempt=attempt, free=True
        )
        if answer.end == "skipped":
            return text
        if whole := whole_element(kind, opening + answer.text):
            return before + whole
    return text


def whole_element(kind: ElementKind, raw: str) -> str:
    """The element put right, "" where it is broken beyond that."""
    return {"table": mended_table, "quote": _quote, "formula": _formula, "code": _code}[kind](raw.strip())


def _quote(raw: str) -> str:
    line = raw.splitlines()[0].strip() if raw else ""
    bare = line.removeprefix(">").strip()
    return line if count_words(bare) >= 4 and (ends_sentence(bare) or "——" in bare or "—" in bare) else ""


def _formula(raw: str) -> str:
    inner = raw.removeprefix("$$").split("$$")[0].strip()
    balanced = inner.count("{") == inner.count("}") and inner.count("\\left") == inner.count("\\right")
    return (
        f"$$\n{inner}\n$$" if raw.count("$$") >= 2 and balanced and re.search(r"[=<>≤≥≈\\]", inner) and "\n\n" not in inner else ""
    )


def _code(raw: str) -> str:
    found = re.match(r"```(\w+)\n(.*?)\n```", raw, re.DOTALL)
    if found is None or not found[2].strip() or isinstance(check_code(found[1], found[2]), ParseError):
        return ""
    return found.group()


def _language(assignment: Assignment) -> str:
    """The programming language that the brief names, else Python."""
    named = LANGUAGES.search(assignment.brief)
    name = named[1].lower() if named else "python"
    return CODE_NAMES.get(name, name)


def missing(kinds: tuple[ElementKind, ...], text: str) -> list[ElementKind]:
    """Those of `kinds` that the text does not hold, each as often as it is short of."""
    left = {kind: kinds.count(kind) - len(PRESENT[kind].findall(text)) for kind in dict.fromkeys(kinds)}
    return [kind for kind, count in left.items() for _ in range(count)]


def problem_of(kinds: tuple[ElementKind, ...], text: str) -> str:
    """The code of the first element that is not there."""
    return next((f"missing_{kind}" for kind in missing(kinds, text)), "")
