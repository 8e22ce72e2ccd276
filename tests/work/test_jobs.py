"""Jobs on articles: one long one for each, stopped and failed with a reason that is stored, and the same text for every reader."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Assignment
from hanmo.core.errors import Conflict, EngineUnavailable, NotFound, StoreFull
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Articles, JobKind, JobRecord
from hanmo.work.articles import ArticleDesk
from hanmo.work.job_runner import JobRunner
from hanmo.work.jobs import Job, JobEnd, JobEvent, JobState, Pace, SectionPiece
from hanmo.work.lanes import Lanes
from hanmo.work.speeds import MeteredEngine, SpeedBook
from tests.fakes.studio import studio as says
from tests.work.studio import Mortal, Pen, Relapsing, at_desk, studio

LENGTHS = (45, 60)


@pytest.fixture(params=["memory", "disk"])
async def articles(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Articles]:
    if request.param == "memory":
        yield MemoryStore().articles
    else:
        async with Store(tmp_path / "hanmo.db") as store:
            yield store.articles


def read(events: list[JobEvent], had: dict[str | None, str] | None = None) -> dict[str | None, str]:
    """What a reader sees who goes by the rules: a piece follows, a whole one replaces."""
    seen = dict(had or {})
    for event in events:
        if isinstance(event, SectionPiece):
            seen[event.section_id] = event.text if event.whole else seen.get(event.section_id, "") + event.text
    return seen


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


# --------------------------------------------------------------------------------------------------------------------- followers


@pytest.mark.parametrize("engine", [Pen, Relapsing])
async def test_every_reader_sees_the_text_that_is_stored(engine: type[Pen]) -> None:
    async with studio(engine()) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.desk.write(article_id)
        readers = [asyncio.create_task(s.events(job.id)) for _ in range(3)]
        seen = [read(await reader) for reader in readers]
        assert seen == [await s.texts(article_id)] * 3


@pytest.mark.parametrize("engine", [Pen, Relapsing])
async def test_a_reader_that_was_away_goes_on_where_it_was(engine: type[Pen]) -> None:
    async with studio(engine()) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 100)
        had: list[JobEvent] = list(job.pieces)
        late = {after: asyncio.create_task(s.events(job.id, after)) for after in (0, 1, 20, 38, 60, len(had))}
        s.engine.go_on()
        await s.end(job)
        texts = await s.texts(article_id)
        for after, reader in late.items():
            assert read(await reader, read(had[:after])) == texts


async def test_events_are_numbered_and_the_end_comes_last() -> None:
    async with studio(Relapsing()) as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.desk.write(article_id)
        events = await s.events(job.id)
        numbered = [event.seq for event in events if not isinstance(event, JobState)]
        assert numbered == list(range(1, len(numbered) + 1))
        assert isinstance(events[-1], JobEnd)
        assert any(isinstance(event, SectionPiece) and event.whole for event in events), "a relapse was taken back"
        shares = [event.done for event in events if isinstance(event, JobState)]
        assert 0 <= min(shares) <= max(shares) <= 1
        assert max(shares) > 0.9


async def test_what_goes_on_after_a_pause_is_shown_whole() -> None:
    async with studio(Relapsing()) as s:
        article_id = await s.planned(*LENGTHS)
        await s.held(article_id, 50)
        await s.desk.pause(article_id)
        s.engine.go_on()
        job = await s.desk.write(article_id)
        seen = read(await s.events(job.id))
        assert seen == await s.texts(article_id)


async def test_the_live_text_of_a_section_is_in_the_view() -> None:
    async with studio() as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, 30)
        view = await s.view(article_id)
        assert (view.state, view.job) == ("writing", job)
        assert [each.state for each in view.sections] == ["writing", "waiting"]
        assert view.sections[0].text == "".join(letter for _, letter in s.engine.log)
        await s.desk.pause(article_id)


@given(st.lists(st.lists(st.text(max_size=6), min_size=1), max_size=5), st.integers(0, 25))
def test_pieces_joined_and_wholes_replaced_give_the_text(writes: list[list[str]], away: int) -> None:
    job = Job(row=JobRecord("j", "a", "write", None, None, 0.0))
    for i, texts in enumerate(writes):
        job.begin_section(f"s{i}")
        for text in texts:
            job.write(text)
    pieces: list[JobEvent] = list(job.pieces)
    assert read(pieces[away:], read(pieces[:away])) == {f"s{i}": texts[-1] for i, texts in enumerate(writes) if any(texts)}


# ------------------------------------------------------------------------------------------------------------------------ parts


async def test_jobs_of_other_articles_are_not_mine() -> None:
    store, kinds = MemoryStore(), ("title", "write")
    gate = asyncio.Event()

    async def wait(_: Job) -> None:
        await gate.wait()

    async with studio(store=store) as s, JobRunner(store.articles, Lanes(lambda: False)) as runner:
        mine, other = await s.new(100), await s.new(100)
        started: list[Job] = [await runner.start(mine, kind, wait) for kind in kinds]  # type: ignore[arg-type]
        assert runner.of(mine) is started[1], "the long one first"
        assert runner.of(mine, long=False) is started[0]
        assert runner.of(other) is None
        gate.set()


async def test_the_pace_is_known_once_it_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pace = Pace()
    pace.saw(10)
    assert pace.seconds_for(100) is None
    now = 10.0
    pace.saw(30)
    assert pace.seconds_for(100) == pytest.approx(50)
    pace.rest()
    now = 1000.0
    pace.saw(31)
    now = 1010.0
    pace.saw(51)
    assert pace.seconds_for(100) == pytest.approx(50), "a rest does not count"


async def test_looking_over_tells_the_share_that_is_done_and_the_time_left() -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.written(100, 100)
        job = await s.desk.suggest(article_id, "polish", None)
        states = [event for event in await s.events(job.id) if isinstance(event, JobState)]
        shares = [state.done for state in states]
        assert shares == sorted(shares)
        assert len(set(shares)) > 4, "by the sentence, not by the section"
        assert 0.5 < shares[-1] < 1
        assert states[-1].seconds_left is not None
        assert states[-1].seconds_left >= 0


async def test_looking_over_that_goes_on_tells_the_time_of_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Pen(says)
    clock = SimpleNamespace(monotonic=lambda: 10.0 * len(engine.requests))  # each run takes ten seconds, and what is stored none
    monkeypatch.setattr("hanmo.work.writing.time", clock)
    async with studio(engine) as s:
        article_id = await s.written(100, 100)
        engine.hold_after(200)
        await s.desk.suggest(article_id, "polish", None)
        await engine.held.wait()
        await s.desk.pause(article_id)
        engine.go_on()
        before, known = len(engine.requests), len(await s.steps(article_id))
        states = [e for e in await s.events((await s.desk.suggest(article_id, "polish", None)).id) if isinstance(e, JobState)]
        left, answered = len(engine.requests) - before, len(await s.steps(article_id)) - known
    assert left == answered > 3
    lefts = [state.seconds_left for state in states if state.seconds_left is not None]
    assert max(lefts) == pytest.approx(10.0 * (left - 1)), "from the second one on"
    assert min(lefts) == pytest.approx(10.0), "of the last one"
    shares = [state.done for state in states if state.done]
    assert shares == sorted(shares)
    assert shares[0] > 0.25, "what was done before is done"


async def test_the_plan_and_the_text_are_told_by_measured_speeds_before_there_is_a_pace() -> None:
    speeds = Speeds((Reading(500, 500, 0, 5.0),), (Writing(100, 500, 10.0),), zh_words_per_token=1.0)
    store, engine = MemoryStore(), MeteredEngine(Pen(says), SpeedBook())
    async with ArticleDesk(engine, store.articles, Lanes(lambda: False), lambda: speeds) as desk:
        article_id = await desk.create(Assignment("写一篇游记，写山水。", 1200, "zh", 1))
        job = await desk.write(article_id)
        states = [event async for event in desk.jobs.follow(job.id) if isinstance(event, JobState)]
    lefts = [state.seconds_left for state in states if state.seconds_left is not None]
    whole = speeds.seconds_for_words(1200, 0, "zh")
    assert whole is not None
    assert lefts[0] > whole, "with the plan, from the first moment on"
    assert lefts[-1] < 0.2 * lefts[0]
    assert any(state.prompt_progress for state in states)
