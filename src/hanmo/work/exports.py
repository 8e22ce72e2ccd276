"""Articles and conversations as files. One is converted at a time: whoever comes meanwhile waits, and the engine keeps its processor."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hanmo.core.errors import Conflict
from hanmo.core.exports import EXPORT_FORMATS, KINDS, Document, ExportFormat, article_document, conversation_document, file_name
from hanmo.core.values import Problem
from hanmo.work.article_ports import Articles
from hanmo.work.ports import Conversations


class Exporter(Protocol):
    """Makes files of documents."""

    def missing(self, form: ExportFormat) -> Problem | None:
        """What is not installed that this format needs, with the command that installs it."""

    async def convert(self, document: Document, form: ExportFormat, *, indent: bool = False) -> bytes:
        """The whole file. `indent`: paragraphs of plain text begin with two wide spaces. `ExportUnavailable` where something it needs is not
        on this computer, `ExportFailed` where a program ended badly or took too long."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """A format, and what is missing for it, if something is."""

    form: ExportFormat
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Head:
    """Something that can be exported. `updated_at` is when it last changed."""

    kind: Literal["article", "conversation"]
    id: str
    title: str
    updated_at: float


class Exports:
    """Use cases of export. Unknown ids raise `NotFound`, a text that is empty `Conflict`."""

    def __init__(self, articles: Articles, conversations: Conversations, exporter: Exporter) -> None:
        self._articles = articles
        self._conversations = conversations
        self._exporter = exporter
        self._one = asyncio.Lock()

    def offers(self) -> tuple[Offer, ...]:
        return tuple(Offer(form, self._exporter.missing(form)) for form in EXPORT_FORMATS)

    async def heads(self) -> Sequence[Head]:
        """All that there is, newest first."""
        articles = [Head("article", each.id, each.title, each.updated_at) for each in await self._articles.summaries()]
        talks = [Head("conversation", each.id, each.title, each.updated_at) for each in await self._conversations.list()]
        return sorted([*articles, *talks], key=lambda head: head.updated_at, reverse=True)

    async def article(self, article_id: str, form: ExportFormat, *, indent: bool = False) -> ExportFile:
        document = article_document(await self._articles.get(article_id))
        if document is None:
            raise Conflict("article_not_written")
        return await self._file(document, form, indent=indent)

    async def conversation(self, conversation_id: str, form: ExportFormat, *, indent: bool = False) -> ExportFile:
        document = conversation_document(await self._conversations.get(conversation_id))
        if document is None:
            raise Conflict("conversation_empty")
        return await self._file(document, form, indent=indent)

    async def _file(self, document: Document, form: ExportFormat, *, indent: bool) -> ExportFile:
        if KINDS[form].plain:
            content = await self._exporter.convert(document, form, indent=indent)
        else:
            async with self._one:
                content = await self._exporter.convert(document, form, indent=indent)
        return ExportFile(file_name(document, form), KINDS[form].media_type, content)
