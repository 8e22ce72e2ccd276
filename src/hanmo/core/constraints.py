"""What a brief demands, taken apart: each constraint in the writer's own words, and which of them cannot be met together.

Theory
  A small model that is given several conditions forgets the later ones and, where two conflict, keeps neither. So they are shown as Hanmo understood
  them, and the writer may put them into an order that the prompt then states. Only what is unmistakable counts as a condition or as a conflict.
"""

import re
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

from hanmo.core.brief_fields import COLON, HEADINGS, LANGUAGES, LENGTH, BriefFields, split_requirements
from hanmo.core.briefs import (
    ASIDE,
    AT_LEAST,
    AT_LEAST_BEHIND,
    AT_MOST,
    AT_MOST_BEHIND,
    IN_CHINESE,
    IN_ENGLISH,
    NAMED_LENGTH,
    NEAR,
    OF_EACH,
    OF_EACH_BEHIND,
    OF_ONE,
    SHORTEST,
    TOLERANCE,
    read_number,
)
from hanmo.core.briefs import LENGTH as LENGTHS
from hanmo.core.checks.asked import (
    AVOID,
    AVOID_UNQUOTED,
    FORMS,
    INCLUDE,
    INCLUDE_UNQUOTED,
    NEGATED,
    SEPARATOR,
    TERM,
    forms_asked,
)
from hanmo.core.checks.counted import counts_asked
from hanmo.core.checks.unwanted import marks_to_avoid
from hanmo.core.text import Language

ConstraintKind = Literal["length", "form", "include", "avoid", "language", "tone", "person", "own"]
CONTEXT = 4000
"""Code points of the free text that are looked at: behind them stands material, not conditions."""

TONES: dict[str, str] = {
    "formal": r"正式(?![员比成工启开发上职编党入公实生施运版文]|场合)|书面语?|官方|严谨|\bformal(?:ly)?\b",
    "casual": r"口语化?(?![考能练课水交听])|随意|聊天式|接地气|网络用语|\b(?:casual|informal|colloquial|conversational|chatty)\b",
    "humorous": r"幽默|搞笑|诙谐|风趣|\b(?:humorous|funny|witty)\b",
    "serious": r"严肃(?!的?(?:话题|问题|主题|事))|庄重|沉重|\b(?:serious|solemn)\b",
    "concise": r"简洁|简短|精炼|精简|言简意赅|\b(?:concise|brief(?:ly)?|succinct|terse)\b",
    "detailed": r"详细|详尽|(?<!刻画)(?<!描写)(?<!描绘)(?<!观察)细致|面面俱到|深入展开|\b(?:detailed|in detail|comprehensive|exhaustive|thorough)\b",
    "plain_words": r"通俗|浅显|易懂|大白话|\b(?:plain language|simple words|easy to understand|layman)\b",
    "technical": r"学术(?:化|性|风格|语言)|专业术语|\b(?:academic|technical terms|jargon)\b",
}
TONE = re.compile(
    "|".join(rf"(?P<{name}>(?:语气|语言|文风|风格|口吻)?(?:要|力求|尽量|应)?(?:{words}))" for name, words in TONES.items()),
    re.IGNORECASE,
)
PERSON = re.compile(
    r"(?P<first>(?:用|以)?第一人称|\bin (?:the )?first person\b|\bfirst-person\b)"
    r"|(?P<third>(?:用|以)?第三人称|\bin (?:the )?third person\b|\bthird-person\b)",
    re.IGNORECASE,
)
NOT = re.compile(
    r"(?:不|别|勿|避免|\bnot|\bavoid|\bno|\bwithout|n['’]t)(?:要|使|用|出现|能|可|得|必|太|过于|那么|显得|写|任何|\s|any|be|being|use|using|too|so)*$",
    re.IGNORECASE,
)
BOTH_LANGUAGES = re.compile(r"翻译|译成|双语|对照|中英|bilingual|translat", re.IGNORECASE)

APART: frozenset[frozenset[str]] = frozenset(
    map(
        frozenset,
        (
            *(("form:json", f"form:{other}") for other in ("table", "list", "headings")),
            *((f"form:{form}", f"form:no_{form}") for form in ("table", "list", "headings")),
            *(("form:plain", f"form:{other}") for other in ("table", "headings")),
            *(("formal", "casual"), ("humorous", "serious"), ("concise", "detailed"), ("plain_words", "technical")),
            *(("first", "third"), ("lang:zh", "lang:en")),
        ),
    )
)
"""Demands that no text meets together."""
COUNTED = re.compile(r"(paragraphs|points):(\d+):(\d+)")
"""A tag: what is counted, the fewest and the most of it."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """`text` is the writer's own phrase. `tags` say what it demands, `low` and `high` which lengths it allows. It is all of the field `where`, a line
    of it, or stands in it from `start` to `end` (code points)."""

    kind: ConstraintKind
    text: str
    tags: frozenset[str] = frozenset()
    low: float = 0.0
    high: float = float("inf")
    where: str = field(default="", compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constraints:
    """In the order of their priority. `conflicts` are pairs of places in `items`, the earlier first; `unlisted` is what the field of the
    requirements holds besides its lines, as code."""

    items: tuple[Constraint, ...] = ()
    conflicts: tuple[tuple[int, int], ...] = ()
    unlisted: str = ""


def read_constraints(fields: BriefFields, lang: Language) -> Constraints:
    """The lines of the requirements first, as they stand; then the other fields that are no line of them yet; then what the task and the free
    text demand besides."""
    lines, unlisted = split_requirements(fields.requirements)
    of_fields = {item.text: item for item in _of_fields(fields, lang)}
    items = [of_fields.pop(line) if line in of_fields else _of_line(line) for line in lines]
    items += of_fields.values()
    for name, text in (("task", fields.task), ("text", fields.text[:CONTEXT])):
        for found in _phrases(text):
            if not any(found.text in item.text for item in items):
                items.append(replace(found, where=name))
    both = bool(BOTH_LANGUAGES.search(f"{fields.task}\n{fields.text[:CONTEXT]}\n{fields.requirements}"))
    pairs = [(i, j) for (i, a), (j, b) in combinations(enumerate(items), 2) if _conflict(a, b, both_languages=both)]
    return Constraints(tuple(items), tuple(pairs), unlisted)


def _of_line(line: str) -> Constraint:
    """A line of the requirements is one constraint, whatever it says."""
    found = _phrases(line)
    tags = frozenset(tag for each in found for tag in each.tags)
    lengths = [each for each in found if each.kind == "length"]
    return Constraint(
        found[0].kind if found else "own",
        line,
        tags,
        max((each.low for each in lengths), default=0.0),
        min((each.high for each in lengths), default=float("inf")),
        where="requirements",
    )


def _of_fields(fields: BriefFields, lang: Language) -> list[Constraint]:
    items = []
    if fields.format.strip():
        inside = _phrases(fields.format)
        tags = {tag for each in inside for tag in each.tags} | {
            f"form:{name}" for name in FORMS if _names_form(name, fields.format)
        }
        items.append(
            Constraint("form", HEADINGS[lang]["format"] + COLON[lang] + fields.format.strip(), frozenset(tags), where="format")
        )
    if fields.language.strip():
        value = LANGUAGES[lang].get(fields.language.strip(), fields.language.strip())
        tags = {f"lang:{fields.language.strip()}"}
        text = HEADINGS[lang]["language"] + COLON[lang] + value
        items.append(Constraint("language", text, frozenset(tags), where="language"))
    if fields.words is not None:
        text = HEADINGS[lang]["words"] + COLON[lang] + LENGTH[lang].format(fields.words)
        low, high = fields.words / TOLERANCE, fields.words * TOLERANCE
        items.append(Constraint("length", text, frozenset(), low, high, where="words"))
    return items


def _names_form(name: str, text: str) -> bool:
    """In the field of the format the bare name is enough."""
    names = {
        "table": r"表格|\btable\b",
        "list": r"列表|\blist\b",
        "json": r"\bJSON\b",
        "plain": r"纯文本|\bplain text\b",
        "headings": r"小标题|sub-?headings",
    }
    return bool(re.search(names[name], text, re.IGNORECASE))


def _phrases(text: str) -> list[Constraint]:
    """In the order in which they stand."""
    found = [*_lengths(text)]
    found += [_placed("form", each, f"form:{form}") for form, each in forms_asked(text)]
    for count in counts_asked(text):
        tag = f"{count.what}:{count.low}:{count.high}"
        found.append(Constraint("form", _bare(count.text), frozenset({tag}), start=count.start, end=count.end))
    found += [_placed("avoid", each, *(f"mark:{mark}" for mark, _ in marks)) for each, marks in marks_to_avoid(text)]
    for kind, pattern in (("include", INCLUDE), ("avoid", AVOID)):
        for each in pattern.finditer(text):
            if kind == "include" and NEGATED.search(text, max(0, each.start() - 4), each.start()):
                continue
            terms = TERM.finditer(each["terms"] or each["terms_en"])
            found.append(_placed(kind, each, *(f"{kind}:{term['term'].strip().casefold()}" for term in terms)))
    for kind, pattern in (("include", INCLUDE_UNQUOTED), ("avoid", AVOID_UNQUOTED)):
        for each in pattern.finditer(text):
            found.append(_placed(kind, each, *(f"{kind}:{term.casefold()}" for term in SEPARATOR.split(each["terms"]))))
    for tag, pattern in (("lang:zh", IN_CHINESE), ("lang:en", IN_ENGLISH)):
        found += [_placed("language", each, tag) for each in pattern.finditer(text)]
    for pattern, kind in ((TONE, "tone"), (PERSON, "person")):
        for each in pattern.finditer(text):
            if not NOT.search(text[max(0, each.start() - 12) : each.start()]):
                found.append(_placed(kind, each, each.lastgroup or ""))
    return list(dict.fromkeys(sorted(found, key=lambda one: one.start)))


def _placed(kind: str, found: re.Match[str], *tags: str) -> Constraint:
    return Constraint(kind, _bare(found[0]), frozenset(tags), start=found.start(), end=found.end())  # type: ignore[arg-type]


def _lengths(text: str) -> list[Constraint]:
    """Lengths of the whole, with the bounds before and behind them."""
    items = []
    taken = 0
    for found in sorted([*LENGTHS.finditer(text), *NAMED_LENGTH.finditer(text)], key=lambda each: each.start(1)):
        start, end = found.span()
        before, behind = text[max(0, found.start(1) - NEAR) : found.start(1)], text[end : end + NEAR]
        value = read_number(found[1], found[2] or "")
        most = read_number(found[3], found[4] or "") if found[3] else value
        if (
            start < taken
            or value < SHORTEST
            or any(p.search(before) for p in (ASIDE, OF_EACH, OF_ONE))
            or OF_EACH_BEHIND.match(behind)
        ):
            continue
        low, high = value / TOLERANCE, most * TOLERANCE
        if (bound := AT_LEAST.search(before)) or (beyond := AT_LEAST_BEHIND.match(behind)):
            low, high = float(value), float("inf")
        elif (bound := AT_MOST.search(before)) or (beyond := AT_MOST_BEHIND.match(behind)):
            low, high = 0.0, float(most)
        if bound:
            start = min(start, found.start(1) - len(before) + bound.start())
        elif beyond:
            end += beyond.end()
        items.append(Constraint("length", _bare(text[start:end]), frozenset(), low, high, start=start, end=end))
        taken = end
    return items


def _bare(phrase: str) -> str:
    return " ".join(phrase.strip(" \t，。；：,.;:、\n").split())


def _conflict(a: Constraint, b: Constraint, *, both_languages: bool) -> bool:
    if a.low > b.high or b.low > a.high:
        return True
    if _counted_apart(a.tags, b.tags):
        return True
    if any(frozenset((x, y)) in APART and not (both_languages and x.startswith("lang:")) for x in a.tags for y in b.tags):
        return True
    wanted = {tag.removeprefix("include:") for tag in a.tags | b.tags if tag.startswith("include:")}
    return any(tag.startswith("avoid:") and tag.removeprefix("avoid:") in wanted for tag in a.tags | b.tags)


def _counted_apart(a: frozenset[str], b: frozenset[str]) -> bool:
    """Three paragraphs in one, five in the other."""
    other = {found[1]: found for found in map(COUNTED.fullmatch, b) if found}
    mine = [found for found in map(COUNTED.fullmatch, a) if found and found[1] in other]
    return any(int(x[2]) > int(other[x[1]][3]) or int(other[x[1]][2]) > int(x[3]) for x in mine)
