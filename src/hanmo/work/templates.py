"""The template library: the built-in templates and the user's own, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.errors import Conflict
from hanmo.core.template_files import read_templates, write_templates
from hanmo.core.templates import NAME_CHARACTERS, Template, checked_template, fill, matches, missing
from hanmo.core.text import Language
from hanmo.work.template_ports import BuiltinTemplates, TemplateRecord, Templates


@dataclass(frozen=True, slots=True)
class Entry:
    """A template as the library shows it; a built-in one has no times."""

    id: str
    template: Template
    builtin: bool
    created_at: float | None = None
    updated_at: float | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What a template gives: the brief, the one text of it, and the variables that nothing filled."""

    template: Template
    fields: BriefFields
    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """`num_known` of the file's templates were there already, word for word."""

    entries: tuple[Entry, ...]
    num_known: int


class TemplateLibrary:
    """Use cases of templates. What is refused is refused before anything is kept; unknown ids raise `NotFound("template_not_found")`, a
    change to a built-in one `Conflict("template_builtin")`."""

    def __init__(self, builtin: BuiltinTemplates, own: Templates) -> None:
        self._builtin = builtin
        self._own = own

    async def list(self, lang: Language, query: str = "") -> list[Entry]:
        """The user's own in any language, then the built-in ones in `lang`; of those the ones that `query` finds."""
        own = [_entry(record) for record in await self._own.list()]
        builtin = [Entry(name, each, builtin=True) for name, each in self._builtin.all().items() if each.lang == lang]
        return [entry for entry in (*own, *builtin) if matches(entry.template, query)]

    async def get(self, template_id: str) -> Entry:
        if builtin := self._builtin.all().get(template_id):
            return Entry(template_id, builtin, builtin=True)
        return _entry(await self._own.get(template_id))

    async def create(self, template: Template) -> Entry:
        (record,) = await self._own.add([checked_template(template)])
        return _entry(record)

    async def change(self, template_id: str, template: Template) -> Entry:
        self._check_own(template_id)
        return _entry(await self._own.replace(template_id, checked_template(template)))

    async def duplicate(self, template_id: str, name: str) -> Entry:
        """A copy that is the user's own; where `name` is empty, the copy has the name of the template."""
        template = (await self.get(template_id)).template
        return await self.create(replace(template, name=(name.strip() or template.name)[:NAME_CHARACTERS]))

    async def remove(self, template_id: str) -> None:
        self._check_own(template_id)
        await self._own.remove(template_id)

    async def restore(self, template_id: str) -> Entry:
        self._check_own(template_id)
        return _entry(await self._own.restore(template_id))

    async def import_file(self, text: str) -> Imported:
        """All templates of a file, or none where one of them is wrong. `InvalidRequest` as `read_templates` raises it."""
        templates = read_templates(text)
        added = await self._own.add(templates, skip_known=True)
        return Imported(tuple(_entry(record) for record in added), len(templates) - len(added))

    async def export(self, ids: Sequence[str]) -> str:
        """A file with the templates of `ids`; without any, with all of the user's own."""
        if not ids:
            return write_templates(record.template for record in await self._own.list())
        return write_templates([(await self.get(template_id)).template for template_id in dict.fromkeys(ids)])

    async def fill(self, template_id: str, values: Mapping[str, str], *, partly: bool = False) -> Filled:
        """`InvalidRequest` as `core.templates.fill` raises it."""
        template = (await self.get(template_id)).template
        fields = fill(template, values, partly=partly)
        return Filled(template, fields, to_text(fields, template.lang), missing(template, values))

    def _check_own(self, template_id: str) -> None:
        if builtin := self._builtin.all().get(template_id):
            raise Conflict("template_builtin", name=builtin.name)


def _entry(record: TemplateRecord) -> Entry:
    return Entry(record.id, record.template, builtin=False, created_at=record.created_at, updated_at=record.updated_at)
