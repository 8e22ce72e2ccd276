"""The user's own templates, kept in the database."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.template_files import read_template, template_data
from hanmo.core.templates import Template
from hanmo.store.database import Database
from hanmo.store.rows import AnyRow
from hanmo.store.rules import new_id
from hanmo.store.tables import DamagedValue, TemplateRow
from hanmo.store.template_rules import REMOVED_STAY_S, checked_all, without_known
from hanmo.work.template_ports import TemplateRecord

T = TemplateRow
_COLUMNS = (T.id, T.created_at, T.updated_at, T.template)


class StoredTemplates:
    """The port `Templates` over a `Database`. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def list(self) -> list[TemplateRecord]:
        return await self._database.read(_all)

    async def get(self, template_id: str) -> TemplateRecord:
        return await self._database.read(lambda connection: _load(connection, template_id))

    async def add(self, templates: Sequence[Template], *, skip_known: bool = False) -> Sequence[TemplateRecord]:
        wanted, now = checked_all(templates), self._clock()

        def work(connection: Connection) -> Sequence[TemplateRecord]:
            known = [record.template for record in _all(connection)] if skip_known else []
            made = [TemplateRecord(new_id(), each, now, now) for each in without_known(wanted, known, skip=skip_known)]
            for record in made:
                times = {"created_at": now, "updated_at": now}
                connection.execute(insert(T).values(id=record.id, **times, template=template_data(record.template)))
            return made

        return await self._database.write(work)

    async def replace(self, template_id: str, template: Template) -> TemplateRecord:
        (wanted,), now = checked_all([template]), self._clock()

        def work(connection: Connection) -> TemplateRecord:
            before = _load(connection, template_id)
            connection.execute(update(T).where(T.id == template_id).values(template=template_data(wanted), updated_at=now))
            return TemplateRecord(template_id, wanted, before.created_at, now)

        return await self._database.write(work)

    async def remove(self, template_id: str) -> None:
        now = self._clock()

        def work(connection: Connection) -> None:
            _load(connection, template_id)
            connection.execute(update(T).where(T.id == template_id).values(removed_at=now))
            connection.execute(delete(T).where(T.removed_at < now - REMOVED_STAY_S))

        await self._database.write(work)

    async def restore(self, template_id: str) -> TemplateRecord:
        def work(connection: Connection) -> TemplateRecord:
            connection.execute(update(T).where(T.id == template_id).values(removed_at=None))
            return _load(connection, template_id)

        return await self._database.write(work)


def _all(connection: Connection) -> list[TemplateRecord]:
    order = (T.updated_at.desc(), T.created_at.desc(), T.position)
    return [_record(row) for row in connection.execute(select(*_COLUMNS).where(T.removed_at.is_(None)).order_by(*order))]


def _load(connection: Connection, template_id: str) -> TemplateRecord:
    row = connection.execute(select(*_COLUMNS).where(T.id == template_id, T.removed_at.is_(None))).first()
    if row is None:
        raise NotFound("template_not_found", id=template_id)
    return _record(row)


def _record(row: AnyRow) -> TemplateRecord:
    try:
        template = read_template(row.template, "template")
    except InvalidRequest as error:
        raise DamagedValue(str(error)) from error
    return TemplateRecord(row.id, template, row.created_at, row.updated_at)
