"""What may be wrong with a brief before it is sent, and the one click that mends it.

Rules
  * A caution never holds anything up: the writer may send as it stands. So it speaks only where it is sure, and of the first turn more than of
    the next ones, which lean on what was said.
  * A mend is a change of fields or of parameters, whole values, so that the page only has to put them in.
  * What is private is never repeated in a caution.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from hanmo.core.articles import Finding
from hanmo.core.brief_fields import BriefFields, fields_language, split_requirements, to_text
from hanmo.core.briefs import read_lengths
from hanmo.core.checks.privacy import PRIVATE
from hanmo.core.checks.review import review_input
from hanmo.core.constraints import Constraint, Constraints, read_constraints
from hanmo.core.flows.room import FOR_WORDS
from hanmo.core.kinds import Kind, kind_of
from hanmo.core.presets import LIMITS
from hanmo.core.text import Language
from hanmo.core.vague import is_vague
from hanmo.core.values import Sampling
from hanmo.core.without import without

TEXTS = ("role", "task", "audience", "requirements", "structure", "example", "format", "text")
MANY_CONSTRAINTS = 4
MOST_MENDED, MOST_READ = 6, 60
"""Conflicts that are offered mends, and constraints in all: for each the brief is read several times more."""
ROOM_FOR_LENGTH = 1.15
"""An answer may be so much longer than asked before it is cut off."""
ROUND_TOKENS = 256
SHARE_FOR_PROMPT = 4
"""One part in so many of the context belongs to the prompt: a text that needs more than the rest is an article."""

ROLES: dict[Language, dict[Kind, str]] = {
    "zh": {
        "story": "一位擅长营造氛围和悬念的小说作者",
        "article": "一位思路清晰、言之有物的资深编辑",
        "copy": "一位懂产品也懂读者的文案策划",
        "letter": "一位措辞得体的文书写作者",
        "code": "一位注重可读性和边界情况的资深工程师",
        "exercise": "一位熟悉课程标准的命题老师",
    },
    "en": {
        "story": "a novelist with a sure hand for mood and suspense",
        "article": "an experienced editor who writes clearly and to the point",
        "copy": "a copywriter who knows both the product and its readers",
        "letter": "a writer of tactful, well-phrased letters",
        "code": "a senior engineer who cares about readability and edge cases",
        "exercise": "a teacher who writes exam questions to the curriculum",
    },
}
HAS_ROLE = re.compile(
    r"你是|你现在是|作为(?:一[名位个])?\S|扮演|充当|假[如设]你|身份|以\S{1,10}的(?:口吻|身份|视角)"
    r"|\byou are\b|\bact as\b|\bas an? (?:\w+ ){0,3}(?:writer|editor|teacher|engineer"
    r"|expert|journalist|lawyer|doctor|poet|novelist|copywriter"
    r"|developer|analyst)|\bpretend\b|\bplay the role\b|\bin the voice of\b",
    re.IGNORECASE,
)
STRAIGHT_QUOTE = re.compile(r"(?<![\d\\])\"")
PAIRS = {"“": "”", "「": "」", "『": "』", "（": "）", "(": ")"}
ENDS_OF_LINE = "。！？.!?；;，, \t\r"
HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Mend:
    """New values of fields and of parameters; `code` names its words."""

    code: str
    fields: Mapping[str, str | None] = field(default_factory=dict)
    sampling: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caution:
    """`kind` names a catalogue entry whose blanks `params` fill; `about` is the field that it is of, "" for the whole. One of the `mends` mends it;
    of none only the writer can tell what is missing."""

    kind: str
    about: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a brief is sent: with which parameters, into which context (None while no model is there), at how many tokens a word, and whether
    it begins the conversation. An `article` is as long as its plan says, whatever one run may hold."""

    sampling: Sampling
    n_ctx: int | None = None
    tokens_per_word: float | None = None
    first: bool = True
    article: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    cautions: tuple[Caution, ...]
    constraints: Constraints


def lint(fields: BriefFields, setting: Setting) -> Review:
    """All that is to be said of a brief, the weightiest first."""
    lang = fields_language(fields)
    text = to_text(fields, lang)
    if not text.strip():
        return Review((), Constraints())
    constraints = read_constraints(fields, lang)
    cautions = [*_private_and_open(fields), *_conflicts(fields, constraints, lang)]
    if not setting.article:
        cautions += _too_short(text, setting)
    if setting.first:
        cautions += [*_vague(fields), *_no_role(fields, text, lang)]
    return Review(tuple(cautions), constraints)


def _no_role(fields: BriefFields, text: str, lang: Language) -> Iterator[Caution]:
    kind = kind_of(fields.task) or kind_of(fields.text)
    role = ROLES[lang].get(kind) if kind else None
    if role and not fields.role.strip() and not HAS_ROLE.search(text):
        yield Caution("no_role", "role", {"role": role}, (Mend("set_role", {"role": role}),))


def _vague(fields: BriefFields) -> Iterator[Caution]:
    asked = f"{fields.task}\n{fields.text}"
    if not asked.strip():
        yield Caution("no_task", "task")
    elif is_vague(asked):
        yield Caution("vague_task", "task" if fields.task.strip() else "text")


def _conflicts(fields: BriefFields, constraints: Constraints, lang: Language) -> Iterator[Caution]:
    items = constraints.items
    for n, (i, j) in enumerate(constraints.conflicts):
        one, other, mends = items[i], items[j], tuple[Mend | None, ...]()
        if n < MOST_MENDED and len(items) <= MOST_READ:
            mends = _keep(fields, lang, one, other, "keep_one"), _keep(fields, lang, other, one, "keep_other")
        yield Caution("conflict", params={"one": one.text, "other": other.text}, mends=tuple(filter(None, mends)))
    listed, _ = split_requirements(fields.requirements)
    if not constraints.conflicts and len(items) >= MANY_CONSTRAINTS and len(items) > len(listed):
        order = "\n".join(item.text for item in items) + (f"\n\n{constraints.unlisted}" if constraints.unlisted else "")
        mend = Mend("write_order", {"requirements": order})
        yield Caution("many_constraints", params={"count": len(items)}, mends=(mend,))


def _keep(fields: BriefFields, lang: Language, kept: Constraint, dropped: Constraint, code: str) -> Mend | None:
    """One of the two stays, the other is taken out; None where they stand so close together that only the writer can."""
    changed = without(fields, dropped, lang)
    if changed is None or all(kept.text not in item.text for item in read_constraints(changed, lang).items):
        return None
    before, after = asdict(fields), asdict(changed)
    return Mend(code, {name: after[name] for name in after if after[name] != before[name]})


def _too_short(text: str, setting: Setting) -> Iterator[Caution]:
    words = read_lengths(text).target
    if not words:
        return
    tokens = math.ceil(words * (setting.tokens_per_word or FOR_WORDS) * ROOM_FOR_LENGTH)
    most = LIMITS["max_new_tokens"][1]
    if setting.n_ctx is not None:
        most = min(most, setting.n_ctx - setting.n_ctx // SHARE_FOR_PROMPT)
    if tokens > most:
        yield Caution("length_needs_article", params={"words": words, "tokens": tokens, "limit": int(most)})
    elif tokens > setting.sampling.max_new_tokens:
        enough = min(int(most), math.ceil(tokens / ROUND_TOKENS) * ROUND_TOKENS)
        params = {"words": words, "tokens": tokens, "limit": setting.sampling.max_new_tokens, "enough": enough}
        yield Caution("length_over_tokens", params=params, mends=(Mend("raise_tokens", sampling={"max_new_tokens": enough}),))


def _private_and_open(fields: BriefFields) -> Iterator[Caution]:
    for name in TEXTS:
        value: str = getattr(fields, name)
        found = review_input(value) if value.strip() else ()
        if private := [finding for finding in found if finding.kind in PRIVATE]:
            kinds = list(dict.fromkeys(finding.kind for finding in private))
            hide = Mend("hide", {name: _hidden(value, private)})
            yield Caution(f"private_{kinds[0]}", name, {"count": len(private)}, (hide,))
        for finding in found:
            if finding.kind == "open_code":
                yield Caution("open_code", name, mends=(Mend("close_code", {name: _with_fence(value, finding)}),))
            elif finding.kind == "open_pair":
                yield _open_pair(name, value, finding)
        if "open_code" not in {finding.kind for finding in found}:
            yield from _straight_quotes(name, value)


def _hidden(value: str, private: list[Finding]) -> str:
    for finding in sorted(private, key=lambda each: each.start, reverse=True):
        value = value[: finding.start] + HIDDEN + value[finding.end :]
    return value


def _with_fence(value: str, finding: Finding) -> str:
    opened = re.match(r"\s*(`{3,}|~{3,})", value[finding.start : finding.end])
    return f"{value.rstrip()}\n{opened[1] if opened else '```'}\n"


def _open_pair(name: str, value: str, finding: Finding) -> Caution:
    """An opening mark is closed before the line's last punctuation; a closing one without partner is taken out."""
    mark = value[finding.start]
    if mark not in PAIRS:
        mend = Mend("drop_mark", {name: value[: finding.start] + value[finding.end :]})
    else:
        mend = Mend("close_mark", {name: _closed(value, finding.end, PAIRS[mark])})
    return Caution("open_pair", name, {"mark": mark}, (mend,))


def _closed(value: str, behind: int, mark: str) -> str:
    end = value.find("\n", behind)
    line = value[behind : len(value) if end < 0 else end]
    place = behind + len(line.rstrip(ENDS_OF_LINE))
    return value[:place] + mark + value[place:]


def _straight_quotes(name: str, value: str) -> Iterator[Caution]:
    """An odd one in a line of prose. A mark behind a digit is an inch."""
    start, in_code = 0, False
    for line in value.split("\n"):
        in_code ^= bool(re.match(r"\s*(?:`{3,}|~{3,})", line))
        marks = [] if in_code else list(STRAIGHT_QUOTE.finditer(re.sub(r"`[^`]*`", lambda code: "x" * len(code[0]), line)))
        if len(marks) % 2:
            closed = _closed(value, start + marks[-1].end(), '"')
            yield Caution("open_pair", name, {"mark": '"'}, (Mend("close_mark", {name: closed}),))
            return
        start += len(line) + 1
