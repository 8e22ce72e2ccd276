"""What every store decides in the same way about articles, as functions from one state of an article to the next.

Rules
  * A revision leads to the next by `revised`, `restored` or `accepted`; each names the texts in the plan's order.
  * The text of a section that is begun goes where the section gets another version, or goes itself.
  * A "proposed" edit always stands on the current version of its section: `fitting` sees to it when it comes in, and each of the three
    when the text changes.
  * Numbers of versions only grow: `numbered` counts on from the highest there ever was, not from the current one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Literal, TypeVar

from hanmo.core.articles import Article, ArticleSummary, Edit, EditKind, EditState, Plan, SectionText, accept
from hanmo.core.errors import Conflict, NotFound
from hanmo.store.rules import checked_text
from hanmo.work.article_ports import NewText

T = TypeVar("T")

MADE_BY: dict[EditKind, Literal["polished", "proofread", "rewritten"]] = {
    "polish": "polished",
    "proofread": "proofread",
    "rewrite": "rewritten",
}
"""The kind of revision that an accepted edit makes, and what its text is made by."""


def checked(value: T) -> T:
    """`value`, or the error of `checked_text` for the first text in it, however deep, that cannot be stored."""
    parts: Iterable[object] = ()
    if isinstance(value, str):
        checked_text(value)
    elif isinstance(value, (list, tuple)):
        parts = value
    elif isinstance(value, Mapping):
        parts = (*value.keys(), *value.values())
    elif is_dataclass(value):
        parts = (getattr(value, field.name) for field in fields(value))
    for part in parts:
        checked(part)
    return value


def numbered(texts: Sequence[NewText], last: Mapping[str, int]) -> tuple[SectionText, ...]:
    """New texts as versions; `last` holds the highest number there ever was of each section that has one."""
    numbers = dict(last)
    made = []
    for new in texts:
        number = numbers[new.section_id] = numbers.get(new.section_id, 0) + 1
        made.append(SectionText(new.section_id, number, new.text, new.target, new.points, new.made_by, new.problem))
    return tuple(made)


def revised(article: Article, plan: Plan | None, made: Sequence[SectionText], now: float) -> Article:
    """With another plan (None: as it is) and new versions. `NotFound("section_not_found")` for a text that the plan has no place for."""
    plan = article.plan if plan is None else plan
    for text in made:
        if plan is None or plan.find(text.section_id) is None:
            raise NotFound("section_not_found", id=text.section_id)
    return _next(article, plan, {**article.texts, **{text.section_id: text for text in made}}, now)


def restored(article: Article, then: Article, now: float) -> Article:
    """With the plan and the texts of `then`; nothing is proposed any more."""
    after = _next(article, then.plan, then.texts, now)
    return replace(after, edits=tuple(_settled(edit, "stale") for edit in after.edits))


def accepted(article: Article, edit_id: str, last: Mapping[str, int], now: float) -> tuple[Article, Edit, SectionText]:
    """With one edit in its section's text, which becomes a new version. What was wrong with the text before still is, unless the edit
    replaces the whole of it. Raises `NotFound("edit_not_found")`, `Conflict("edit_settled")`."""
    edit = find_edit(article.edits, edit_id)
    if edit.state != "proposed":
        raise Conflict("edit_settled", id=edit_id)
    before = article.texts[edit.section_id]
    text, edits = accept(before.text, article.edits, edit_id)
    problem = "" if edit.before == before.text else before.problem
    number = last[edit.section_id] + 1
    made = replace(before, number=number, text=text, made_by=MADE_BY[edit.kind], problem=problem)
    moved = tuple(
        replace(each, number=number) if each.section_id == edit.section_id and each.state == "proposed" else each for each in edits
    )
    after = _next(replace(article, edits=moved), article.plan, {**article.texts, edit.section_id: made}, now)
    return after, edit, made


def _next(article: Article, plan: Plan | None, texts: Mapping[str, SectionText], now: float) -> Article:
    kept = in_order(plan, texts)
    begun = {name: text for name, text in in_order(plan, article.begun).items() if kept.get(name) == article.texts.get(name)}
    after = replace(article, plan=plan, texts=kept, begun=begun, revision=article.revision + 1, updated_at=now)
    return replace(after, edits=tuple(_standing(edit, kept) for edit in article.edits))


def in_order(plan: Plan | None, texts: Mapping[str, T]) -> dict[str, T]:
    """What is of the plan's sections, as the plan orders them."""
    sections = plan.sections if plan else ()
    return {section.id: texts[section.id] for section in sections if section.id in texts}


def find_edit(edits: Iterable[Edit], edit_id: str) -> Edit:
    for edit in edits:
        if edit.id == edit_id:
            return edit
    raise NotFound("edit_not_found", id=edit_id)


def fitting(article: Article, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Those of `edits` that are new. Proposed ones whose place in the current text does not read as they say are "stale"."""
    known = {edit.id for edit in article.edits}
    new = []
    for edit in edits:
        if edit.id not in known:
            known.add(edit.id)
            new.append(edit if _reads(edit, article.texts) else _settled(edit, "stale"))
    return tuple(new)


def settled(edits: Sequence[Edit], edit_ids: Sequence[str], state: EditState) -> tuple[Edit, ...]:
    """`edits` with those that `edit_ids` name, as far as they are proposed, in `state`. `NotFound("edit_not_found")`."""
    chosen = {find_edit(edits, edit_id).id for edit_id in edit_ids}
    return tuple(_settled(edit, state) if edit.id in chosen else edit for edit in edits)


def _reads(edit: Edit, texts: Mapping[str, SectionText]) -> bool:
    current = texts.get(edit.section_id)
    if current is None or current.number != edit.number or not 0 <= edit.start <= edit.end <= len(current.text):
        return False
    return current.text[edit.start : edit.end] == edit.before


def _standing(edit: Edit, texts: Mapping[str, SectionText]) -> Edit:
    current = texts.get(edit.section_id)
    return edit if current and current.number == edit.number else _settled(edit, "stale")


def _settled(edit: Edit, state: EditState) -> Edit:
    return replace(edit, state=state) if edit.state == "proposed" else edit


def summary_of(article: Article, words: int) -> ArticleSummary:
    """Of the texts it takes what they were written for, not what they say."""
    return ArticleSummary(
        id=article.id,
        title=article.title,
        words=words,
        target=article.target,
        done=article.plan is not None and article.next_section() is None,
        planned=article.plan is not None,
        begun=bool(article.texts or article.begun),
        created_at=article.created_at,
        updated_at=article.updated_at,
        pinned=article.pinned,
    )
