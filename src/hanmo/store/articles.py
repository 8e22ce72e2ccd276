"""Articles and the steps of their flows, kept in the database."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hanmo.core.errors import NotFound
from hanmo.core.flows.asks import Answer, End
from hanmo.core.flows.plan import Assignment, Plan, Section
from hanmo.core.values import JsonValue
from hanmo.store.database import Database
from hanmo.store.rules import checked_text, new_id
from hanmo.store.tables import ArticleRow, StepRow
from hanmo.work import ports

A, S = ArticleRow, StepRow


class StoredArticles:
    """The port `Articles` over a `Database`."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def create(self, assignment: Assignment) -> ports.ArticleRow:
        row = ports.ArticleRow(new_id(), assignment, None, self._clock(), self._clock())
        values = {
            "id": row.id,
            "assignment": asdict(assignment),
            "assignment_sha256": assignment_hash(assignment),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        checked_text(assignment.brief)
        await self._database.write(lambda connection: connection.execute(insert(A).values(**values)).close())
        return row

    async def list(self) -> list[ports.ArticleRow]:
        statement = select(A.id, A.assignment, A.plan, A.created_at, A.updated_at).order_by(A.updated_at.desc(), A.id)
        return await self._database.read(lambda connection: [_article(row) for row in connection.execute(statement)])

    async def get(self, article_id: str) -> ports.ArticleRow:
        return await self._database.read(lambda connection: _find(connection, article_id))

    async def find(self, assignment: Assignment) -> str | None:
        statement = select(A.id).where(A.assignment_sha256 == assignment_hash(assignment)).order_by(A.created_at.desc()).limit(1)
        return await self._database.read(lambda connection: connection.scalar(statement))

    async def set_plan(self, article_id: str, plan: Plan) -> None:
        def work(connection: Connection) -> None:
            _find(connection, article_id)
            connection.execute(update(A).where(A.id == article_id).values(plan=asdict(plan), updated_at=self._clock()))

        await self._database.write(work)

    async def steps(self, article_id: str) -> dict[str, Answer]:
        def work(connection: Connection) -> dict[str, Answer]:
            _find(connection, article_id)
            rows = connection.execute(select(S.key, S.text, S.end, S.repeated).where(S.article_id == article_id, S.end.is_not(None)))
            return {row.key: Answer(row.text, cast("End", row.end), row.repeated) for row in rows}

        return await self._database.read(work)

    async def partial(self, article_id: str, key: str) -> str:
        statement = select(S.text).where(S.article_id == article_id, S.key == key, S.end.is_(None))
        return await self._database.read(lambda connection: connection.scalar(statement) or "")

    async def keep_partial(self, article_id: str, key: str, text: str) -> None:
        await self._put(article_id, key, {"text": checked_text(text), "end": None, "repeated": ""})

    async def finish_step(self, article_id: str, key: str, answer: Answer) -> None:
        await self._put(article_id, key, {"text": checked_text(answer.text), "end": answer.end, "repeated": answer.repeated})

    async def _put(self, article_id: str, key: str, values: dict[str, Any]) -> None:
        """A finished step stays as it is."""
        statement = upsert(S).values(article_id=article_id, key=key, **values)
        statement = statement.on_conflict_do_update(index_elements=[S.article_id, S.key], set_=values, where=S.end.is_(None))

        def work(connection: Connection) -> None:
            _find(connection, article_id)
            connection.execute(statement)
            connection.execute(update(A).where(A.id == article_id).values(updated_at=self._clock()))

        await self._database.write(work)


def assignment_hash(assignment: Assignment) -> str:
    return hashlib.sha256(json.dumps(asdict(assignment), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _find(connection: Connection, article_id: str) -> ports.ArticleRow:
    row = connection.execute(select(A.id, A.assignment, A.plan, A.created_at, A.updated_at).where(A.id == article_id)).one_or_none()
    if row is None:
        raise NotFound("article_not_found", id=article_id)
    return _article(row)


def _article(row: Any) -> ports.ArticleRow:
    return ports.ArticleRow(row.id, Assignment(**row.assignment), _plan(row.plan), row.created_at, row.updated_at)


def _plan(stored: dict[str, JsonValue] | None) -> Plan | None:
    if stored is None:
        return None
    sections = cast("list[dict[str, Any]]", stored["sections"])
    whole = tuple(Section(s["heading"], tuple(s["points"]), s["words"]) for s in sections)
    return Plan(str(stored["title"]), whole, bool(stored["headed"]))
