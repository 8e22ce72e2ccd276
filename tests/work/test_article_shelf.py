"""Articles in the library, at the desk: what works on one ends before it is hidden, and comes back with it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.errors import NotFound, StoreFull
from hanmo.store import MemoryStore, Store
from hanmo.work.job_runner import JobRunner
from tests.work.studio import Pen, at_desk, studio


async def test_a_name_is_one_line_and_a_blank_one_is_none() -> None:
    async with studio() as s:
        article_id = await s.new(60)
        await s.desk.rename(article_id, "  两行\n标题 ")
        assert (await s.get(article_id)).title == "两行 标题"
        await s.desk.rename(article_id, " \n")
        assert (await s.get(article_id)).title == "写一篇游记，写山水。"


async def test_deleting_an_article_stops_its_job_and_lets_the_next_one_begin(tmp_path: Path) -> None:
    async with Store(tmp_path / "hanmo.db") as store, at_desk(Pen(), store.articles) as s:
        first, second, third = [await s.planned(45, 60) for _ in range(3)]
        running = await s.held(first, 50)
        waiting, kept = await s.desk.write(second), await s.desk.write(third)
        await s.desk.delete(second)
        await s.desk.delete(first)
        s.engine.go_on()
        assert [(await s.articles.job(job.id)).finish_reason for job in (running, waiting)] == ["cancelled"] * 2
        assert [row.id for row, _ in await s.desk.summaries()] == [third]
        assert await s.desk.find_job(running.id) is None
        assert (await s.end(kept)).finish_reason == "stop"
        for gone in (s.desk.delete(first), s.desk.view(first), s.desk.write(first), s.desk.plan(second)):
            with pytest.raises(NotFound, match="article_not_found"):
                await gone
        await s.desk.undelete(first)
        view = await s.view(first)
        assert (view.state, len(view.sections[0].text), view.problem) == ("paused", 38, None), "two whole sentences"
        assert (await s.write(first)).finish_reason == "stop"


async def test_who_hears_that_its_job_was_stopped_finds_the_article_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio() as s:
        article_id = await s.planned(45, 60)
        job = await s.held(article_id, 50)
        stopped, looked = asyncio.Event(), asyncio.Event()
        pause = s.desk.pause

        async def slow_pause(article_id: str) -> None:
            await pause(article_id)
            stopped.set()
            await looked.wait()

        monkeypatch.setattr(s.desk, "pause", slow_pause)
        async with asyncio.TaskGroup() as group:
            group.create_task(s.desk.delete(article_id))
            await stopped.wait()
            assert (await s.articles.job(job.id)).finish_reason == "cancelled"
            with pytest.raises(NotFound, match="article_not_found"):
                await s.desk.view(article_id)
            looked.set()
        s.engine.go_on()


async def test_an_article_that_could_not_be_deleted_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio() as s:
        article_id = await s.new(60)

        async def full(_: str) -> None:
            raise StoreFull("disk_full", path="x")

        monkeypatch.setattr(s.articles, "delete", full)
        with pytest.raises(StoreFull):
            await s.desk.delete(article_id)
        assert (await s.view(article_id)).article.id == article_id


@pytest.mark.parametrize("what", ["rewrite", "title", "polish"])
async def test_nothing_is_proposed_in_an_article_that_was_deleted(what: str) -> None:
    async with studio() as s:
        article_id = await s.written(45)
        before = await s.get(article_id)
        s.engine.hold_after(1)
        begin: dict[str, Any] = {
            "rewrite": lambda: s.desk.rewrite(article_id, "s1", "anew", "", None, None),
            "title": lambda: s.desk.title(article_id),
            "polish": lambda: s.desk.suggest(article_id, "polish", None),
        }
        job = await begin[what]()
        await s.engine.held.wait()
        await s.desk.delete(article_id)
        s.engine.go_on()
        assert ((await s.end(job)).finish_reason, (await s.end(job)).problem) == ("cancelled", None)
        await s.desk.undelete(article_id)
        assert await s.get(article_id) == before


async def test_a_job_that_begins_while_its_article_is_being_deleted_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    async with at_desk(Pen(), store.articles) as s:
        article_id = await s.planned(45)
        hide, begun = store.articles.delete, []

        async def hide_late(name: str) -> None:
            begun.append(await s.held(name, 5))
            await hide(name)

        monkeypatch.setattr(store.articles, "delete", hide_late)
        await s.desk.delete(article_id)
        assert (await store.articles.job(begun[0].id)).finish_reason == "cancelled"
        assert s.desk.jobs.of(article_id) is None


async def test_work_that_finds_its_article_gone_ends_with_that_and_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes too late to be stopped: the store refuses what it brings."""

    async def stop_nothing(_runner: JobRunner, _article_id: str) -> None:
        pass

    async with studio() as s:
        article_id = await s.planned(45)
        before, job = await s.get(article_id), await s.held(article_id, 5)
        monkeypatch.setattr(JobRunner, "stop_all", stop_nothing)
        await s.desk.delete(article_id)
        s.engine.go_on()
        end = await s.end(job)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "article_not_found")
        await s.desk.undelete(article_id)
        assert await s.get(article_id) == before
