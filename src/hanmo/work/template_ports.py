"""What the use cases of templates need: where the built-in ones are read, and where the user's own are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hanmo.core.templates import Template


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """One of the user's own. Times are Unix seconds."""

    id: str
    template: Template
    created_at: float
    updated_at: float


class Templates(Protocol):
    """The user's own templates. A method that returns has committed. Unknown and removed ids raise
    `NotFound("template_not_found", id=…)`."""

    async def list(self) -> list[TemplateRecord]:
        """Newest change first."""
        ...

    async def get(self, template_id: str) -> TemplateRecord: ...

    async def add(self, templates: Sequence[Template], *, skip_known: bool = False) -> Sequence[TemplateRecord]:
        """Keeps them, all or none, and returns them in their order; with `skip_known` without those that are there already, word for word."""
        ...

    async def replace(self, template_id: str, template: Template) -> TemplateRecord: ...

    async def remove(self, template_id: str) -> None:
        """Out of sight; it can be restored for 30 days."""
        ...

    async def restore(self, template_id: str) -> TemplateRecord:
        """Brings a removed one back, as it was. One that is not removed stays as it is."""
        ...


class BuiltinTemplates(Protocol):
    """The templates that come with Hanmo, by id, in the order in which they are shown. An id tells the language: `zh-weekly-report`."""

    def all(self) -> Mapping[str, Template]: ...
