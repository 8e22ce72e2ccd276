"""From the rows of articles to values, and the rows of a new revision. Texts are read as far as a revision names them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, true
from sqlalchemy.orm import aliased

from hanmo.core.articles import Article, Assignment, Edit, Plan, Revision, RevisionKind, Section, SectionText
from hanmo.core.errors import NotFound
from hanmo.core.values import Problem
from hanmo.store.article_rules import in_order
from hanmo.store.rows import AnyRow, from_json
from hanmo.store.tables import ArticleRow, BegunRow, DamagedValue, EditRow, JobRow, RevisionRow, SectionTextRow
from hanmo.work.article_ports import JobRecord, SectionCost

A, R, S, B, E, J = ArticleRow, RevisionRow, SectionTextRow, BegunRow, EditRow, JobRow
T = TypeVar("T")
AnySelect = Select[*tuple[Any, ...]]

_HEAD = (A.id, A.title, A.pinned, A.assignment, A.titles, A.summary, A.created_at, A.updated_at)
_ARTICLE = (*_HEAD, R.number, R.words, R.versions, R.plan)
_EDIT = tuple(getattr(E, field.name) for field in fields(Edit))
_OUTLINE = (S.section_id, S.number, S.target, S.made_by, S.problem, S.points)
MAX_NUMBER = 2**63 - 1
"""Of a SQLite integer; whoever asks for a larger one asks for what is not there."""


_newest = aliased(R)
NEWEST = R.number == select(func.max(_newest.number)).where(_newest.article_id == A.id).correlate(A).scalar_subquery()
"""Picks the newest revision of each article."""


HIDDEN = A.deleted_at.is_not(None)
"""Deleted: there for nobody, until it is brought back or removed for good."""


def check_article(connection: Connection, article_id: str) -> None:
    if connection.scalar(select(A.id).where(A.id == article_id, ~HIDDEN)) is None:
        raise NotFound("article_not_found", id=article_id)


def load_article(connection: Connection, article_id: str) -> Article:
    """As of its newest revision, with all edits."""
    row = _first(connection, _articles(NEWEST, *_ARTICLE).where(A.id == article_id), article_id)
    edits = connection.execute(select(*_EDIT).where(E.article_id == article_id).order_by(E.position))
    begun = connection.execute(select(B.section_id, B.text).where(B.article_id == article_id))
    return _article(row, _texts(connection, row), tuple(Edit(*values) for values in edits), dict(begun.all()))


def load_plan(connection: Connection, article_id: str) -> Plan | None:
    return _plan_of(_first(connection, _articles(NEWEST, R.plan).where(A.id == article_id), article_id))


def load_older(connection: Connection, article_id: str, number: int) -> Article:
    """As of revision `number`, without edits."""
    row = _first(connection, _articles(R.number == min(number, MAX_NUMBER), *_ARTICLE).where(A.id == article_id), article_id)
    if row.number is None:
        raise NotFound("revision_not_found", id=number)
    return _article(row, _texts(connection, row))


def load_outlines(connection: Connection) -> list[tuple[Article, int]]:
    """All articles with the number of their words, the pinned ones first, then newest change first; without edits, and of the texts only what
    they were written for."""
    texts: dict[str, list[SectionText]] = {}
    for row in connection.execute(_named_texts(NEWEST, A.id, *_OUTLINE)):
        texts.setdefault(row.id, []).append(_text(row, ""))
    begun: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(B.article_id, B.section_id)):
        begun.setdefault(row.article_id, {})[row.section_id] = ""
    order = (A.pinned.desc(), A.updated_at.desc(), A.created_at.desc(), A.id)
    rows = connection.execute(_articles(NEWEST, *_ARTICLE).order_by(*order)).all()
    return [(_article(row, texts.get(row.id, ()), begun=begun.get(row.id)), row.words or 0) for row in rows]


def load_revisions(connection: Connection, article_id: str) -> list[Revision]:
    columns = select(R.number, R.kind, R.section_id, R.words, R.created_at)
    rows = connection.execute(columns.where(R.article_id == article_id).order_by(R.number.desc()))
    return [Revision(row.number, cast("RevisionKind", row.kind), row.section_id, row.words, row.created_at) for row in rows]


def _articles(revision: ColumnElement[bool], *columns: Any) -> AnySelect:
    """Articles that are not deleted, each with the one revision that `revision` picks, or with nulls."""
    return select(*columns).select_from(A).outerjoin(R, and_(R.article_id == A.id, revision)).where(~HIDDEN)


def _named_texts(revision: ColumnElement[bool], *columns: Any) -> AnySelect:
    """The texts that the one revision of each article names. Outer joins, because with inner ones SQLite makes a scan of all revisions or
    of all texts there are, instead of a look-up by key."""
    version = func.json_each(R.versions).table_valued("key", "value", name="version")
    this = and_(S.article_id == A.id, S.section_id == version.c.key, S.number == version.c.value)
    return _articles(revision, *columns).join(version, true()).outerjoin(S, this)


def _first(connection: Connection, statement: AnySelect, article_id: str) -> AnyRow:
    row = connection.execute(statement).first()
    if row is None:
        raise NotFound("article_not_found", id=article_id)
    return row


def _texts(connection: Connection, row: AnyRow) -> list[SectionText]:
    if row.number is None:
        return []
    named = _named_texts(R.number == row.number, *_OUTLINE, S.text).where(A.id == row.id)
    return [_text(each, each.text) for each in connection.execute(named)]


def _text(row: AnyRow, text: str) -> SectionText:
    if row.number is None:
        raise DamagedValue("a revision names a text that is not there")
    return SectionText(row.section_id, row.number, text, row.target, _read(tuple, row.points), row.made_by, row.problem)


def _article(
    row: AnyRow, texts: Iterable[SectionText], edits: tuple[Edit, ...] = (), begun: Mapping[str, str] | None = None
) -> Article:
    plan = _plan_of(row)
    return Article(
        id=row.id,
        assignment=_read(lambda stored: from_json(Assignment, stored), row.assignment),
        plan=plan,
        texts=in_order(plan, {text.section_id: text for text in texts}),
        begun=in_order(plan, begun or {}),
        edits=edits,
        titles=_read(tuple, row.titles),
        summary=row.summary,
        revision=row.number or 0,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.title or "",
        pinned=row.pinned,
    )


def _plan_of(row: AnyRow) -> Plan | None:
    return None if row.plan is None else _read(_plan, row.plan)


def _plan(stored: dict[str, Any]) -> Plan:
    sections = tuple(from_json(Section, {**section, "points": tuple(section["points"])}) for section in stored["sections"])
    return Plan(stored["title"], sections, stored["headed"])


def _read(make: Callable[[Any], T], stored: Any) -> T:
    """JSON of another shape than was ever stored is damage."""
    try:
        return make(stored)
    except (AttributeError, KeyError, TypeError) as error:
        raise DamagedValue(repr(error)) from error


def job_of(row: AnyRow) -> JobRecord:
    """From the columns of `JOB`."""
    problem = None if row.problem is None else _read(lambda stored: Problem(**stored), row.problem)
    return JobRecord(row.id, row.article_id, row.kind, row.finish_reason, problem, row.created_at, costs_of(row))


JOB = (J.id, J.article_id, J.kind, J.finish_reason, J.problem, J.created_at, J.costs)


def costs_of(row: AnyRow) -> tuple[SectionCost, ...]:
    """From a row with `JobRow.costs`."""
    return _read(lambda stored: tuple(from_json(SectionCost, each) for each in stored), row.costs)


def revision_values(article: Article, words: int, kind: RevisionKind, section_id: str | None) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "number": article.revision,
        "kind": kind,
        "section_id": section_id,
        "words": words,
        "created_at": article.updated_at,
        "versions": {text.section_id: text.number for text in article.texts.values()},
        "plan": None if article.plan is None else asdict(article.plan),
    }
