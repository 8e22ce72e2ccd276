"""Jobs on articles: one long one for each, stopped and failed with a reason that is stored."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.errors import Conflict, EngineUnavailable, NotFound, StoreFull
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Articles, JobKind, JobRecord
from hanmo.work.jobs import Job, JobEnd
from tests.work.studio import Mortal, Pen, at_desk, studio

LENGTHS = (45, 60)


@pytest.fixture(params=["memory", "disk"])
async def articles(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Articles]:
    if request.param == "memory":
        yield MemoryStore().articles
    else:
        async with Store(tmp_path / "hanmo.db") as store:
            yield store.articles


# ------------------------------------------------------------------------------------------------------------------- one at a time


async def test_an_article_has_one_long_job_and_short_ones_beside_it(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 70)
        for again in (s.desk.write(article_id), s.desk.suggest(article_id, "polish", "s1"), s.desk.plan(article_id, anew=True)):
            with pytest.raises(Conflict, match="article_writing"):
                await again
        with pytest.raises(Conflict, match="article_writing"):
            await s.desk.restore(article_id, 1)
        beside = [await s.desk.rewrite(article_id, "s1", "rephrase", "", 0, 19), await s.desk.title(article_id)]
        s.engine.go_on()
        for each in (*beside, job):
            assert (await s.end(each)).finish_reason == "stop"
        assert (await s.write(article_id)).finish_reason == "stop"


async def test_of_many_that_start_at_once_one_gets_through(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        article_id = await s.planned(*LENGTHS)
        jobs = await asyncio.gather(*(s.desk.write(article_id) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(job, Job) for job in jobs) == 1
        assert sum(isinstance(job, Conflict) for job in jobs) == 4
        await s.desk.pause(article_id)


async def test_a_short_job_that_starts_keeps_no_long_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    add, starting, go_on = store.articles.add_job, asyncio.Event(), asyncio.Event()

    async def slow(article_id: str, kind: JobKind) -> JobRecord:
        if kind == "rewrite":
            starting.set()
            await go_on.wait()
        return await add(article_id, kind)

    monkeypatch.setattr(store.articles, "add_job", slow)
    async with studio(store=store) as s:
        article_id = await s.written(45)
        rewriting = asyncio.create_task(s.desk.rewrite(article_id, "s1", "rephrase", "", None, None))
        await starting.wait()
        assert (await s.write(article_id)).finish_reason == "stop"
        go_on.set()
        assert (await s.end(await rewriting)).finish_reason == "stop"


# ------------------------------------------------------------------------------------------------------------------------ stop


async def test_a_running_job_is_stopped_with_what_it_has(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 50)
        stopped = await s.desk.jobs.stop(job.id)
        assert (stopped.finish_reason, stopped.problem) == ("cancelled", None)
        assert await s.desk.jobs.stop(job.id) == stopped
        view = await s.view(article_id)
        assert (view.state, view.job) == ("paused", None)
        assert len(view.sections[0].text) == 38, "two whole sentences"
        assert view.words == 34


async def test_a_queued_job_is_stopped_before_it_begins(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        first, second = await s.planned(*LENGTHS), await s.planned(*LENGTHS)
        running = await s.held(first, 5)
        queued = await s.desk.write(second)
        assert (await s.desk.jobs.stop(queued.id)).finish_reason == "cancelled"
        assert (await s.view(second)).state == "planned"
        s.engine.go_on()
        assert (await s.end(running)).finish_reason == "stop"


async def test_a_job_is_stopped_before_its_first_step() -> None:
    async with studio() as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.desk.write(article_id)
        await s.desk.pause(article_id)
        assert (await s.end(job)).finish_reason == "cancelled"
        assert (await s.write(article_id)).finish_reason == "stop"


async def test_a_stop_while_the_end_is_written_does_not_lose_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    finish, ending, write_it = store.articles.finish_job, asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> JobRecord:
        ending.set()
        await write_it.wait()
        return await finish(*args)

    monkeypatch.setattr(store.articles, "finish_job", slow)
    async with studio(store=store) as s:
        article_id = await s.planned(45)
        job = await s.desk.write(article_id)
        await ending.wait()
        stopping = [asyncio.create_task(s.desk.jobs.stop(job.id)) for _ in range(2)]
        await asyncio.sleep(0)
        write_it.set()
        assert {(await each).finish_reason for each in stopping} == {"stop"}
        assert (await s.view(article_id)).state == "done"


async def test_stopping_twice_at_once_is_stopping(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 50)
        stopped = await asyncio.gather(*(s.desk.jobs.stop(job.id) for _ in range(3)))
        assert {each.finish_reason for each in stopped} == {"cancelled"}


async def test_an_unknown_job_is_not_found(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        assert await s.desk.find_job("nothing") is None
        with pytest.raises(NotFound):
            await s.desk.jobs.stop("nothing")


# -------------------------------------------------------------------------------------------------------------------- failure


async def test_an_engine_that_cannot_answer_ends_the_job_and_pauses_the_article(articles: Articles) -> None:
    engine = Pen()
    generate, broken = engine.generate, False

    def refuse(request: Any) -> Any:
        if broken:
            raise EngineUnavailable("engine_failed")
        return generate(request)

    engine.generate = refuse  # type: ignore[method-assign]
    async with at_desk(engine, articles) as s:
        article_id = await s.planned(*LENGTHS)
        await s.held(article_id, 70)
        await s.desk.pause(article_id)
        s.engine.go_on()
        broken = True
        end = await s.write(article_id)
        assert end.finish_reason == "error"
        assert end.problem is not None
        assert end.problem.code == "engine_failed"
        view = await s.view(article_id)
        assert (view.state, view.problem) == ("paused", end.problem)
        broken = False
        assert (await s.write(article_id)).finish_reason == "stop"
        assert (await s.view(article_id)).problem is None


async def test_a_fault_of_ours_is_an_unexpected_problem_and_the_next_job_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        with monkeypatch.context() as patched:
            patched.setattr(s.articles, "steps", None)
            end = await s.write(article_id)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "unexpected")
        assert (await s.write(article_id)).finish_reason == "stop"


@pytest.mark.parametrize("error", [StoreFull("disk_full"), OSError("no such store")])
async def test_an_end_that_cannot_be_written_is_told_and_frees_the_article(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    store = MemoryStore()
    async with studio(store=store) as s:
        article_id = await s.planned(45)

        async def full(*_: Any) -> JobRecord:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(store.articles, "finish_job", full)
            job = await s.desk.write(article_id)
            end = await s.end(job)
        assert (end.finish_reason, end.problem and end.problem.code) == (
            "error",
            "disk_full" if isinstance(error, StoreFull) else "unexpected",
        )
        assert (await s.write(article_id)).finish_reason == "stop"
        assert (await store.articles.job(job.id)).finish_reason is None
    async with studio(store=store):
        assert (await store.articles.job(job.id)).finish_reason == "interrupted"


async def test_a_full_disk_in_the_middle_pauses_the_article_with_what_is_there() -> None:
    store = MemoryStore()
    async with studio(store=store) as s:
        article_id = await s.planned(*LENGTHS)
    disk = Mortal(store.articles, 7)
    async with at_desk(Pen(), disk) as s:
        end = await s.write(article_id)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "disk_full")
        assert (await s.view(article_id)).state == "paused"
        disk.left = 1000
        assert (await s.write(article_id)).finish_reason == "stop"


async def test_a_process_that_went_away_leaves_interrupted_jobs(articles: Articles) -> None:
    async with at_desk(Pen(), articles) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 50)
        other = await s.desk.write(await s.planned(45))
    for each in (job, other):
        assert each.ended is not None
        assert each.ended.finish_reason == "interrupted"
    row = await articles.add_job(article_id, "write")  # as kill -9 leaves it
    async with at_desk(Pen(), articles) as s:
        assert (await articles.job(row.id)).finish_reason == "interrupted"
        assert [event async for event in s.desk.jobs.follow(row.id, 3)] == [JobEnd(4, await articles.job(row.id))]
        assert (await s.view(article_id)).state == "paused"
