"""Articles, kept in the database: each change is one revision and one transaction, and steps outlive the process that took them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hanmo.core.articles import (
    Article,
    ArticleSummary,
    Assignment,
    Edit,
    EditState,
    Plan,
    Revision,
    RevisionKind,
    SectionText,
    words_of,
)
from hanmo.core.errors import NotFound
from hanmo.core.flows.asks import Answer, End
from hanmo.core.values import FinishReason, Problem
from hanmo.store import search
from hanmo.store.article_rows import (
    HIDDEN,
    JOB,
    check_article,
    costs_of,
    job_of,
    load_article,
    load_older,
    load_outlines,
    load_plan,
    load_revisions,
    revision_values,
)
from hanmo.store.article_rules import MADE_BY, accepted, checked, fitting, numbered, restored, revised, settled, summary_of
from hanmo.store.database import Database
from hanmo.store.rows import to_json
from hanmo.store.rules import new_id
from hanmo.store.tables import ArticleRow, BegunRow, EditRow, JobRow, RevisionRow, SectionTextRow, StepRow
from hanmo.work.article_ports import Begun, JobKind, JobRecord, NewText, SectionCost

A, R, S, B, E, P, J = ArticleRow, RevisionRow, SectionTextRow, BegunRow, EditRow, StepRow, JobRow
T = TypeVar("T")


class StoredArticles:
    """The port `Articles` over a `Database`. `clock` gives Unix seconds. An article's `updated_at` moves with its revisions, edits and
    titles; steps and jobs leave it, so that a sentence that is kept writes one small row, and so do its name and its place on the shelf."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def create(self, assignment: Assignment, *, plan: Plan | None = None, texts: Sequence[NewText] = ()) -> Article:
        checked((assignment, plan, texts))
        now = self._clock()
        article = Article(new_id(), assignment, None, {}, created_at=now, updated_at=now)
        values = {"id": article.id, "assignment_sha256": _hash(assignment), "created_at": now, "updated_at": now}
        values |= {"pinned": False, "titles": [], "summary": "", "assignment": asdict(assignment)}

        def work(connection: Connection) -> Article:
            connection.execute(insert(A).values(**values))
            search.put_article(connection, None, article)
            if plan is None:
                return article
            made = numbered(texts, {})
            return _keep(connection, article, revised(article, plan, made, now), made, "edited", None)

        return await self._database.write(work)

    async def summaries(self) -> list[ArticleSummary]:
        outlines = await self._database.read(load_outlines)
        return [summary_of(article, words) for article, words in outlines]

    async def get(self, article_id: str) -> Article:
        return await self._database.read(lambda connection: load_article(connection, article_id))

    async def find(self, assignment: Assignment) -> str | None:
        alike = select(A.id).where(A.assignment_sha256 == _hash(assignment), ~HIDDEN)
        wanted = alike.order_by(A.created_at.desc(), A.id).limit(1)
        return await self._database.read(lambda connection: connection.scalar(wanted))

    # ------------------------------------------------------------------------------------------------------------ the library

    async def rename(self, article_id: str, name: str) -> None:
        checked(name)

        def work(connection: Connection) -> None:
            check_article(connection, article_id)
            _change(connection, article_id, title=name or None)
            search.put(connection, "article", article_id, load_article(connection, article_id).title)

        await self._database.write(work)

    async def pin(self, article_id: str, pinned: bool) -> None:
        await self._on_shelf(article_id, pinned=pinned)

    async def delete(self, article_id: str) -> None:
        await self._on_shelf(article_id, deleted_at=self._clock())

    async def undelete(self, article_id: str) -> None:
        statement = update(A).where(A.id == article_id).values(deleted_at=None)

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount == 0:
                raise NotFound("article_not_found", id=article_id)

        await self._database.write(work)

    async def _on_shelf(self, article_id: str, **values: Any) -> None:
        def work(connection: Connection) -> None:
            check_article(connection, article_id)
            _change(connection, article_id, **values)

        await self._database.write(work)

    # ------------------------------------------------------------------------------------------------------------ revisions

    async def revise(
        self,
        article_id: str,
        kind: RevisionKind,
        *,
        plan: Plan | None = None,
        texts: Sequence[NewText] = (),
        section_id: str | None = None,
    ) -> Article:
        checked((plan, texts, section_id))
        now = self._clock()

        def work(connection: Connection) -> Article:
            before = load_article(connection, article_id)
            made = numbered(texts, _last_numbers(connection, article_id))
            return _keep(connection, before, revised(before, plan, made, now), made, kind, section_id)

        return await self._database.write(work)

    async def revisions(self, article_id: str) -> list[Revision]:
        return await self._of(article_id, load_revisions)

    async def at(self, article_id: str, number: int) -> Article:
        return await self._database.read(lambda connection: load_older(connection, article_id, number))

    async def restore(self, article_id: str, number: int) -> Article:
        now = self._clock()

        def work(connection: Connection) -> Article:
            before = load_article(connection, article_id)
            after = restored(before, load_older(connection, article_id, number), now)
            return _keep(connection, before, after, (), "restored", None)

        return await self._database.write(work)

    # ---------------------------------------------------------------------------------------------------------------- edits

    async def propose(self, article_id: str, edits: Sequence[Edit]) -> None:
        checked(edits)
        now = self._clock()

        def work(connection: Connection) -> None:
            before = load_article(connection, article_id)
            new = enumerate(fitting(before, edits), len(before.edits) + 1)
            values = [{"article_id": article_id, "position": position, **asdict(edit)} for position, edit in new]
            if values:
                connection.execute(insert(E), values)
            _change(connection, article_id, updated_at=now)

        await self._database.write(work)

    async def accept_edit(self, article_id: str, edit_id: str) -> Article:
        now = self._clock()

        def work(connection: Connection) -> Article:
            before = load_article(connection, article_id)
            after, edit, made = accepted(before, edit_id, _last_numbers(connection, article_id), now)
            return _keep(connection, before, after, (made,), MADE_BY[edit.kind], edit.section_id)

        return await self._database.write(work)

    async def settle_edits(self, article_id: str, edit_ids: Sequence[str], state: EditState) -> None:
        now = self._clock()

        def work(connection: Connection) -> None:
            before = load_article(connection, article_id).edits
            _keep_edits(connection, article_id, before, settled(before, edit_ids, state))
            _change(connection, article_id, updated_at=now)

        await self._database.write(work)

    async def set_titles(self, article_id: str, titles: Sequence[str], summary: str) -> None:
        checked((titles, summary))
        now = self._clock()

        def work(connection: Connection) -> None:
            check_article(connection, article_id)
            _change(connection, article_id, titles=list(titles), summary=summary, updated_at=now)

        await self._database.write(work)

    # ---------------------------------------------------------------------------------------------------------------- steps

    async def steps(self, article_id: str) -> dict[str, Answer]:
        def work(connection: Connection, article_id: str) -> dict[str, Answer]:
            columns = select(P.key, P.text, P.end, P.repeated, P.words).where(P.article_id == article_id, P.end.is_not(None))
            rows = connection.execute(columns.order_by(P.key))
            return {row.key: Answer(row.text, cast("End", row.end), row.repeated, row.words) for row in rows}

        return await self._of(article_id, work)

    async def partial(self, article_id: str, key: str) -> Answer | None:
        def work(connection: Connection, article_id: str) -> Answer | None:
            columns = select(P.text, P.repeated, P.words).where(P.article_id == article_id, P.key == key, P.end.is_(None))
            row = connection.execute(columns).first()
            return Answer(row.text, "length", row.repeated, row.words) if row else None

        return await self._of(article_id, work)

    async def keep_partial(self, article_id: str, key: str, answer: Answer, *, begun: Begun | None = None) -> None:
        checked((key, answer, begun))

        def work(connection: Connection) -> None:
            plan = load_plan(connection, article_id)
            _put_step(connection, article_id, key, answer, None)
            if begun is not None and plan is not None and plan.find(begun.section_id):
                _put_begun(connection, article_id, begun)

        await self._database.write(work)

    async def finish_step(self, article_id: str, key: str, answer: Answer) -> None:
        checked((key, answer))

        def work(connection: Connection) -> None:
            check_article(connection, article_id)
            _put_step(connection, article_id, key, answer, answer.end)

        await self._database.write(work)

    # ----------------------------------------------------------------------------------------------------------------- jobs

    async def add_job(self, article_id: str, kind: JobKind) -> JobRecord:
        job = JobRecord(new_id(), article_id, kind, None, None, self._clock())

        def work(connection: Connection) -> None:
            check_article(connection, article_id)
            last = connection.scalar(select(func.max(J.position)).where(J.article_id == article_id)) or 0
            values = {"article_id": article_id, "position": last + 1, "kind": kind, "created_at": job.created_at, "costs": []}
            connection.execute(insert(J).values(id=job.id, **values))

        await self._database.write(work)
        return job

    async def job(self, job_id: str) -> JobRecord:
        return await self._database.read(lambda connection: _job(connection, job_id))

    async def keep_costs(self, job_id: str, costs: Sequence[SectionCost]) -> None:
        values = [asdict(cost) for cost in checked(costs)]

        def work(connection: Connection) -> None:
            _job(connection, job_id)
            connection.execute(update(J).where(J.id == job_id, J.finish_reason.is_(None)).values(costs=values))

        await self._database.write(work)

    async def finish_job(self, job_id: str, reason: FinishReason, problem: Problem | None = None) -> JobRecord:
        checked(problem)
        values = {"finish_reason": reason, "problem": None if problem is None else to_json(problem)}

        def work(connection: Connection) -> JobRecord:
            connection.execute(update(J).where(J.id == job_id, J.finish_reason.is_(None)).values(**values))
            return _job(connection, job_id)

        return await self._database.write(work)

    async def last_job(self, article_id: str) -> JobRecord | None:
        def work(connection: Connection, article_id: str) -> JobRecord | None:
            row = connection.execute(select(*JOB).where(J.article_id == article_id).order_by(J.position.desc()).limit(1)).first()
            return job_of(row) if row else None

        return await self._of(article_id, work)

    async def costs(self, article_id: str) -> list[SectionCost]:
        def work(connection: Connection, article_id: str) -> list[SectionCost]:
            rows = connection.execute(select(J.costs).where(J.article_id == article_id).order_by(J.position))
            return [cost for row in rows for cost in costs_of(row)]

        return await self._of(article_id, work)

    async def interrupt_jobs(self) -> int:
        statement = update(J).where(J.finish_reason.is_(None)).values(finish_reason="interrupted")
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)

    async def _of(self, article_id: str, work: Callable[[Connection, str], T]) -> T:
        """Reads of an article that must be there."""

        def checked_work(connection: Connection) -> T:
            check_article(connection, article_id)
            return work(connection, article_id)

        return await self._database.read(checked_work)


def _hash(assignment: Assignment) -> str:
    """Of what was chosen: an order from before there were presets is found by the same order."""
    values = {name: value for name, value in asdict(assignment).items() if name not in ("preset", "sampling") or value}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _last_numbers(connection: Connection, article_id: str) -> dict[str, int]:
    """The highest number that each section's text ever had."""
    columns = select(S.section_id, func.max(S.number)).where(S.article_id == article_id).group_by(S.section_id)
    return dict(connection.execute(columns).all())


def _keep(
    connection: Connection,
    before: Article,
    after: Article,
    made: Iterable[SectionText],
    kind: RevisionKind,
    section_id: str | None,
) -> Article:
    """Writes what leads from `before` to `after`."""
    for text in made:
        values = asdict(text) | {"points": list(text.points)}
        connection.execute(insert(S).values(article_id=after.id, created_at=after.updated_at, **values))
    connection.execute(insert(R).values(**revision_values(after, words_of(after), kind, section_id)))
    for gone in before.begun.keys() - after.begun.keys():
        connection.execute(delete(B).where(B.article_id == after.id, B.section_id == gone))
    _keep_edits(connection, after.id, before.edits, after.edits)
    _change(connection, after.id, updated_at=after.updated_at)
    search.put_article(connection, before, after)
    return after


def _keep_edits(connection: Connection, article_id: str, before: Sequence[Edit], after: Sequence[Edit]) -> None:
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    if changed:
        one = update(E).where(E.article_id == article_id, E.id == bindparam("edit_id"))
        values = [{"edit_id": e.id, "number": e.number, "start": e.start, "end": e.end, "state": e.state} for e in changed]
        connection.execute(one, values)


def _put_step(connection: Connection, article_id: str, key: str, answer: Answer, end: End | None) -> None:
    """A finished step stays as it is."""
    values = {"end": end, "words": answer.words, "repeated": answer.repeated, "text": answer.text}
    statement = upsert(P).values(article_id=article_id, key=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[P.article_id, P.key], set_=values, where=P.end.is_(None)))


def _put_begun(connection: Connection, article_id: str, begun: Begun) -> None:
    statement = upsert(B).values(article_id=article_id, section_id=begun.section_id, text=begun.text)
    connection.execute(statement.on_conflict_do_update(index_elements=[B.article_id, B.section_id], set_={"text": begun.text}))


def _change(connection: Connection, article_id: str, **values: Any) -> None:
    connection.execute(update(A).where(A.id == article_id).values(**values))


def _job(connection: Connection, job_id: str) -> JobRecord:
    row = connection.execute(select(*JOB).where(J.id == job_id)).first()
    if row is None:
        raise NotFound("job_not_found", id=job_id)
    return job_of(row)
