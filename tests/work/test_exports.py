"""Export as a use case: one conversion at a time, text never waits, and what is empty or unknown is refused before anything is made."""

import asyncio

import pytest

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.errors import Conflict, NotFound
from hanmo.core.exports import Document, ExportFormat
from hanmo.core.values import Problem
from hanmo.store import MemoryStore
from hanmo.work.article_ports import NewText
from hanmo.work.exports import Exports

PLAN = Plan("春茶", (Section("s1", "水", (), 100),), headed=True)


class Press:
    """An exporter that stands still until it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.began: list[ExportFormat] = []

    def missing(self, form: ExportFormat) -> Problem | None:
        return Problem("export_extra_missing") if form == "pdf" else None

    async def convert(self, document: Document, form: ExportFormat, *, indent: bool = False) -> bytes:
        self.began.append(form)
        if form != "md":
            await self.go.wait()
        return document.body.encode()


async def written(store: MemoryStore) -> str:
    text = NewText("s1", "山泉。", 100, (), "written")
    return (await store.articles.create(Assignment("写春茶", 100, "zh", 1), plan=PLAN, texts=[text])).id


async def test_one_is_converted_at_a_time_and_text_does_not_wait() -> None:
    store, press = MemoryStore(), Press()
    exports = Exports(store.articles, store.conversations, press)
    article = await written(store)
    slow = [asyncio.create_task(exports.article(article, form)) for form in ("docx", "epub")]
    while not press.began:
        await asyncio.sleep(0)
    assert (await exports.article(article, "md")).content == "## 水\n\n山泉。\n".encode()
    assert press.began == ["docx", "md"]
    press.go.set()
    assert [(await each).name for each in slow] == ["春茶.docx", "春茶.epub"]
    assert press.began == ["docx", "md", "epub"]


async def test_who_leaves_lets_the_next_one_in() -> None:
    store, press = MemoryStore(), Press()
    exports = Exports(store.articles, store.conversations, press)
    article = await written(store)
    first = asyncio.create_task(exports.article(article, "docx"))
    second = asyncio.create_task(exports.article(article, "epub"))
    while not press.began:
        await asyncio.sleep(0)
    first.cancel()
    press.go.set()
    assert (await second).media_type == "application/epub+zip"


async def test_what_is_empty_or_unknown_is_refused_before_anything_is_made() -> None:
    store, press = MemoryStore(), Press()
    exports = Exports(store.articles, store.conversations, press)
    new = await store.articles.create(Assignment("写春茶", 100, "zh", 1))
    talk = await store.conversations.create("空谈")
    for refused in (exports.article(new.id, "md"), exports.conversation(talk.id, "md")):
        with pytest.raises(Conflict):
            await refused
    with pytest.raises(NotFound):
        await exports.article("0" * 32, "md")
    assert press.began == []
    assert [offer.form for offer in exports.offers() if offer.problem] == ["pdf"]
    assert {head.kind for head in await exports.heads()} == {"article", "conversation"}
