"""Templates as a fake: the port in memory, for tests of the use cases. One contract suite holds over it and the real store."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from hanmo.core.errors import NotFound
from hanmo.core.templates import Template
from hanmo.store.rules import new_id
from hanmo.store.template_rules import REMOVED_STAY_S, checked_all, without_known
from hanmo.work.template_ports import TemplateRecord


class MemoryTemplates:
    """The port `Templates`. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._records: dict[str, TemplateRecord] = {}
        self._removed_at: dict[str, float] = {}

    async def list(self) -> list[TemplateRecord]:
        here = [record for record in self._records.values() if record.id not in self._removed_at]
        return sorted(here, key=lambda record: (-record.updated_at, -record.created_at))

    async def get(self, template_id: str) -> TemplateRecord:
        if template_id not in self._records or template_id in self._removed_at:
            raise NotFound("template_not_found", id=template_id)
        return self._records[template_id]

    async def add(self, templates: Sequence[Template], *, skip_known: bool = False) -> Sequence[TemplateRecord]:
        wanted, now = checked_all(templates), self._clock()
        known = [record.template for record in await self.list()]
        made = [TemplateRecord(new_id(), each, now, now) for each in without_known(wanted, known, skip=skip_known)]
        self._records |= {record.id: record for record in made}
        return made

    async def replace(self, template_id: str, template: Template) -> TemplateRecord:
        (wanted,), now = checked_all([template]), self._clock()
        self._records[template_id] = replace(await self.get(template_id), template=wanted, updated_at=now)
        return self._records[template_id]

    async def remove(self, template_id: str) -> None:
        now = self._clock()
        await self.get(template_id)
        self._removed_at[template_id] = now
        for gone in [each for each, at in self._removed_at.items() if at < now - REMOVED_STAY_S]:
            del self._removed_at[gone], self._records[gone]

    async def restore(self, template_id: str) -> TemplateRecord:
        if template_id in self._records:
            self._removed_at.pop(template_id, None)
        return await self.get(template_id)
