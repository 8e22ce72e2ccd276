"""Whether the plan is one: sections that the model gave no name carry a number in its stead."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding, Plan, Section
from hanmo.core.checks.view import View
from hanmo.core.text import Language

NO_NAME: dict[Language, str] = {"zh": "第 {} 部分", "en": "Part {}"}
_NO_NAME = re.compile("|".join(name.format(r"\d+") for name in NO_NAME.values()))


def unnamed(plan: Plan) -> tuple[Section, ...]:
    """The sections of which the model said neither what they are called nor what they say."""
    return tuple(section for section in plan.sections if not section.points and _NO_NAME.fullmatch(section.heading))


def plan_without_names(view: View) -> Iterator[Finding]:
    """While such sections are still to be written; what is written is the reader's to judge."""
    plan = view.article.plan
    missing = [s for s in (unnamed(plan) if plan else ()) if not s.skipped and s.id not in view.article.texts]
    if missing:
        yield Finding("plan_unnamed", params={"count": len(missing), "heading": missing[0].heading})
