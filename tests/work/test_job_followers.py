"""Who follows a job: the same text for every reader, and how long it will still take."""

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Assignment
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.store import MemoryStore
from hanmo.work.article_ports import JobRecord
from hanmo.work.articles import ArticleDesk
from hanmo.work.job_runner import JobRunner
from hanmo.work.jobs import Job, JobEnd, JobEvent, JobState, Pace, SectionPiece
from hanmo.work.lanes import Lanes
from hanmo.work.speeds import MeteredEngine, SpeedBook
from tests.fakes.studio import studio as says
from tests.work.studio import Pen, Relapsing, studio

LENGTHS = (45, 60)


def read(events: list[JobEvent], had: dict[str | None, str] | None = None) -> dict[str | None, str]:
    """What a reader sees who goes by the rules: a piece follows, a whole one replaces."""
    seen = dict(had or {})
    for event in events:
        if isinstance(event, SectionPiece):
            seen[event.section_id] = event.text if event.whole else seen.get(event.section_id, "") + event.text
    return seen


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
