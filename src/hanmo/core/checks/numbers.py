"""The same quantity with two numbers, in the text or against the facts that were given.

Two claims are of the same thing if they say the same of the same subject (see `core.checks.things`). All else is taken for two things.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from hanmo.core.articles import Assignment, Finding
from hanmo.core.blocks import FILLER, NUMBERING, QUOTED
from hanmo.core.checks.claims import SAME_ATTRIBUTE, SAME_EVENT, Claim, claims_in
from hanmo.core.checks.english_claims import english_claims_in
from hanmo.core.checks.names import given_names
from hanmo.core.checks.things import CASE, Said, Things
from hanmo.core.checks.view import View
from hanmo.core.text import sentences

TIME_PASSES = re.compile(
    r"[一二三四五六七八九十几数多\d]+\s*(?:多|余)?年(?:之后|以后|过去|后)|多年|转眼|时光|岁月|长大|[第次来翌]二?年|又?过了.{0,4}[年岁]|生日|过完年|春去秋来"
    r"|years? (?:later|passed|went by)|grew up|\b(?:next|following|new) (?:year|spring|summer|autumn|fall|winter)|birthday|turned \d"
)
NUMERAL = re.compile(r"[\d一二两三四五六七八九十百千]|ty\b|ty-")
MOST_OF_A_SENTENCE, MOST_OF_A_KIND = 12, 200
CLOSE = 0.02
ROUGHLY = 0.1
LONGEST_TITLE = 20
TITLE_OF_AGE = re.compile(r"年龄$")


def number_changed(view: View) -> Iterator[Finding]:
    names = given_names(view.article.assignment)
    claims = [*_given(view.article.assignment), *_written(view)]
    groups: defaultdict[str, list[Said]] = defaultdict(list)
    for said in claims:
        if said.claim.subject is None or (said.claim.key == "岁?" and said.claim.subject not in names):
            continue
        groups[said.claim.key.removesuffix("?")].append(said)
    for key, group in groups.items():
        yield from _contradictions(view, key, group)


def _written(view: View) -> Iterator[Said]:
    headed = view.article.plan is not None and view.article.plan.headed
    case = topic = 0
    for place, part in enumerate(view.parts):
        topic += headed
        case += bool(headed and CASE.match(part.section.heading))
        named = QUOTED.sub(_hidden, part.plain)
        for number, line in enumerate(part.lines):
            if line.kind in ("heading", "list", "rule", "table"):
                topic += 1
            if line.kind in ("heading", "prose") and CASE.match(line.text):
                case += 1
            if line.kind != "prose" or not NUMERAL.search(line.text):
                continue
            for opens, claim in _claims(named[line.start : line.end]):
                yield Said(
                    replace(claim, start=line.start + claim.start, end=line.start + claim.end),
                    place,
                    part,
                    case,
                    topic,
                    number,
                    opens,
                )


def _claims(text: str) -> Iterator[tuple[bool, Claim]]:
    """Each with whether its sentence is the first."""
    for i, (start, end) in enumerate(sentences(text)):
        for found in (claims_in(text, start, end), english_claims_in(text, start, end)):
            yield from ((i == 0, claim) for claim in islice(found, MOST_OF_A_SENTENCE))


def _given(assignment: Assignment) -> Iterator[Said]:
    """What the lines of facts and characters claim. "名：…" says the rest of that name."""
    for line in f"{assignment.facts}\n{assignment.characters}".splitlines():
        bare = NUMBERING.sub("", line, count=1).strip()
        label, colon, rest = (
            (bare.partition("：") if "：" in bare else bare.partition(":"))
            if re.match(r"[^，。]{1,24}[：:]", bare)
            else (bare, "", "")
        )
        for text, subject in _readings(label.strip(), rest.strip()) if colon else [(bare, "")]:
            for _, claim in _claims(text):
                yield Said(replace(claim, subject=claim.subject or subject, key=claim.key.removesuffix("?")), -1, None)


def _readings(label: str, rest: str) -> list[tuple[str, str]]:
    """Sentences that a line "label: rest" stands for, and their subject where they name none."""
    event = re.sub(r"(?:时间|年份|日期|于)$", "", label)
    if any(event.endswith(name) for name in SAME_EVENT):
        return [(f"{event}于{rest}", "")]
    if any(label.endswith(name) for name in SAME_ATTRIBUTE):
        return [(f"{label}{rest}", "")]
    if re.fullmatch(r"[A-Z][a-z]+ed", label):
        return [(f"{label} in {rest}", "")]
    if re.fullmatch(r"[A-Z]?[a-z]+", label) and re.match(r"[\d,.]+ ?[a-z]", rest):
        return [(f"It has a {label.lower()} of {rest}", "")]
    age = re.search(r"(?:\d{1,3}|[一二三四五六七八九十]{1,4})\s*岁(?![时那前后])", rest)
    english = re.search(r"\b(\d{1,3})\b(?: years old)?", rest) if re.fullmatch(r"[A-Z][a-z]+(?: [A-Z][a-z]+)?", label) else None
    readings = [(rest, TITLE_OF_AGE.sub("", label))] if not age else [(f"{TITLE_OF_AGE.sub('', label)}今年{age[0]}", "")]
    return [*readings, *([(f"{label} is {english[1]} years old", "")] if english else [])]


def _contradictions(view: View, key: str, group: list[Said]) -> Iterator[Finding]:
    """One finding for each number that a subject had not before."""
    things = Things.of(key, group)
    for i, said in enumerate(group[:MOST_OF_A_KIND]):
        if said.part is None:
            continue
        earlier = [other for other in group[:i] if things.may_be_same(other, said)]
        if any(not _differ(key, other.claim, said.claim) for other in earlier):
            continue
        if first := next((other for other in earlier if _contradict(view, things, group, other, said)), None):
            yield said.part.finding(
                "number_changed", said.claim.start, said.claim.end, _first(first), words=said.claim.words, before=first.claim.words
            )


def _first(said: Said) -> Finding:
    if said.part is None:
        return Finding("first_given", params={"words": said.claim.words})
    return said.part.finding("first_place", said.claim.start, said.claim.end)


def _contradict(view: View, things: Things, group: list[Said], first: Said, said: Said) -> bool:
    """`first` and `said` differ and speak of one thing. A fact without a subject is kept if anything in the text agrees with it; and people
    grow older as time passes."""
    bare = first.part is None and not first.claim.subject
    if bare and any(not _differ(things.key, first.claim, other.claim) for other in group if other.part):
        return False
    if not things.same(first, said, lambda: _between(view, first, said), lambda: _before(view, first)):
        return False
    return things.key != "岁" or not TIME_PASSES.search(_between(view, first, said))


def _differ(key: str, first: Claim, second: Claim) -> bool:
    a, b = first.value, second.value
    if key == "岁" or key.endswith("年") or (key.isascii() and " " not in key):
        return a != b
    least = ROUGHLY if first.rough or second.rough else CLOSE
    return abs(a - b) > least * max(abs(a), abs(b)) and round(a) != round(b)


def _between(view: View, first: Said, said: Said) -> str:
    """The text from the one claim to the other."""
    texts = [part.text for part in view.parts[max(0, first.place) : said.place + 1]]
    texts[-1] = texts[-1][: said.claim.start]
    texts[0] = texts[0][first.claim.end if first.part else 0 :]
    return "\n".join(texts)


def _before(view: View, said: Said) -> str:
    """The text up to a claim, its own words included."""
    return "\n".join([*(part.text for part in view.parts[: said.place]), view.parts[said.place].text[: said.claim.end]])


def _hidden(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == "《" and len(found[0]) <= LONGEST_TITLE else FILLER * len(found[0])
