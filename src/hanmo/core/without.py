"""Taking one demand out of a brief, wherever it says it: as a line of the requirements, in a field of its own, in the middle of a sentence.

Rules
  * A line of the requirements goes as a whole, and a field is emptied. Of a sentence the clause goes if it says nothing else; else the words go.
  * A demand that is said again in other places goes there too. What is around it is joined as a writer would: one stop stays, the other goes.
"""

import re
from dataclasses import replace

from hanmo.core.brief_fields import NUMBERED, BriefFields, split_requirements
from hanmo.core.constraints import Constraint, read_constraints
from hanmo.core.text import HAN, Language

MOST_PLACES = 8
SOFT_MARKS = frozenset("，,、；;")
"""Marks between clauses."""
MARKS = SOFT_MARKS | frozenset("。.！!？?\n")
STOP = re.compile(r"[，、；;。！!？?：\n]|[.,:](?!\d)")
AND = r"(?:和|与|又|也|还|并且?|而且?|且|但是?|同时|\b(?:and|but|or|yet)\b)"
LEADS, ENDS = re.compile(rf"^\s*{AND}\s*", re.IGNORECASE), re.compile(rf"\s*{AND}\s*$", re.IGNORECASE)
JOINS = re.compile(
    r"字数|篇幅|长度|控制|保持|在|又|也|还|并且?|而且?|同时|且|要|但是?|应|需|请|须|力求|尽量|写得?|用|以|的|地|得|它|来|写作|文章|全文|整体"
    r"|\b(?:and|but|also|yet|or|it|be|is|should|must|please|make|keep|in|an?|the|with|of|to|way|tone|style|manner|voice)\b|\s",
    re.IGNORECASE,
)
"""Words of a clause that say nothing without the demand."""


def without(fields: BriefFields, demand: Constraint, lang: Language) -> BriefFields | None:
    """The brief without it; None where it could not be taken out."""
    others = {item.text for item in read_constraints(fields, lang).items} - {demand.text}
    for _ in range(MOST_PLACES):
        items = read_constraints(fields, lang).items
        found = next((item for item in items if item.text in demand.text and item.text not in others), None)
        if found is None:
            return fields
        changed = _once(fields, found)
        if changed == fields:
            return None
        fields = changed
    return None


def _once(fields: BriefFields, found: Constraint) -> BriefFields:
    lines, unlisted = split_requirements(fields.requirements)
    if found.text in lines:
        kept = [
            raw for raw in fields.requirements[: len(fields.requirements) - len(unlisted)].splitlines() if _bare(raw) != found.text
        ]
        fields = replace(fields, requirements="\n".join(kept).strip("\n") + (f"\n\n{unlisted}" if unlisted and kept else unlisted))
    if found.where in ("format", "language"):
        return replace(fields, **{found.where: ""})  # type: ignore[arg-type]
    if found.where == "words":
        return replace(fields, words=None)
    if found.where in ("task", "text"):
        text: str = getattr(fields, found.where)
        return replace(fields, **{found.where: _cut(text, found.start, found.end)})  # type: ignore[arg-type]
    return fields


def _bare(line: str) -> str:
    return NUMBERED.sub("", line).strip()


def _cut(text: str, start: int, end: int) -> str:
    """`text` without the clause around `start` to `end`, or without these words where the clause says more."""
    stops = [stop.start() for stop in STOP.finditer(text)]
    first = max((at + 1 for at in stops if at < start), default=0)
    last = min((at for at in stops if at >= end), default=len(text))
    if JOINS.sub("", text[first:start] + text[end:last]):
        return _joined(text[:start], text[end:])
    before, after = text[first - 1 : first], text[last : last + 1]
    if before in SOFT_MARKS and after not in SOFT_MARKS:
        return text[: first - 1] + text[last:]
    if after in SOFT_MARKS and before not in SOFT_MARKS:
        rest = LEADS.sub("", text[last + 1 :])
        space = " " if before in (".", "!", "?", ":") and rest[:1].isalnum() else ""
        return text[:first] + space + (rest if first else rest.lstrip(" "))
    return text[:first] + text[last + 1 :] if after else text[: max(0, first - 1)]


def _joined(before: str, behind: str) -> str:
    """Two ends that have become neighbours: of 500 字的短文 短文 is left, of "concise and warm" one of them."""
    behind = re.sub(r"^\s*的", "", behind)
    if LEADS.match(behind):
        behind = LEADS.sub("", behind)
    else:
        before = ENDS.sub("", before)
    if behind[:1] in MARKS or (before[-1:].isspace() and HAN.match(behind)):
        return before.rstrip(" ") + behind
    return before + (behind.lstrip(" ") if before[-1:].isspace() or not before else behind)
