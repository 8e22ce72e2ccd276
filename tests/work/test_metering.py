"""Every run is measured as it passes, by a clock that cannot be set, and what was measured outlives the process."""

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.tuning import Speculation
from hanmo.core.values import Sampling
from hanmo.engine import FakeEngine
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineBegun, EngineEvent, EngineRequest, EngineStatus, PromptRead, TextPiece
from hanmo.work.speeds import MeteredEngine, SpeedBook, Stopwatch

REQUEST = EngineRequest((1, 2, 3), Sampling())
PLAN = LoadPlan("model", "m.gguf", "0" * 64, 2048, "f16", repack=True, gpu_layers=0, memory_bytes=0)
STATUS = EngineStatus("ready", "model", 2048, "f16", 2, "build 1", manner=PLAN.manner)


class Notes:
    """`SpeedNotes` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Speeds] = {}
        self.writes = 0

    def read(self) -> dict[str, Speeds]:
        return dict(self.kept)

    def write(self, speeds: Mapping[str, Speeds]) -> None:
        self.kept, self.writes = dict(speeds), self.writes + 1


def told(monkeypatch: pytest.MonkeyPatch, run: Stopwatch, events: Sequence[tuple[float, EngineEvent]]) -> list[EngineEvent]:
    """What the stopwatch passes on of events at these times."""
    heard = []
    for at, event in events:
        monkeypatch.setattr(time, "monotonic", lambda at=at: at)
        heard.append(run.saw(event))
    return heard


def pieces(start: float, step: float, count: int) -> list[tuple[float, EngineEvent]]:
    return [(start + i * step, TextPiece("字", (7,))) for i in range(count)]


def test_a_run_is_measured_from_the_moment_the_engine_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Stopwatch(REQUEST, Speeds())
    told(monkeypatch, run, [(100.0, EngineBegun(500)), (101.0, PromptRead(20, 120, 20)), (103.0, PromptRead(120, 120, 20))])
    told(monkeypatch, run, pieces(104.0, 0.1, 41))
    speeds = run.added_to(Speeds())
    assert speeds.readings == (Reading(100, 120, 500, 4.0),)
    assert len(speeds.writings) == 1
    assert (speeds.writings[0].tokens, speeds.writings[0].before) == (40, 120)
    assert speeds.writings[0].seconds == pytest.approx(4.0)
    assert speeds.words_per_token("zh") == 1.0


def test_a_character_of_several_tokens_is_not_the_first_token(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Speeds(writings=(Writing(100, 0, 50.0),))
    run = Stopwatch(REQUEST, known)
    told(monkeypatch, run, [(0.0, EngineBegun()), (0.0, PromptRead(0, 100, 0)), (4.0, TextPiece("鱻", (7, 8, 9)))])
    (reading,) = run.added_to(known).readings
    assert reading.seconds == pytest.approx(4.0 - known.seconds_to_write(2, 100))  # type: ignore[operator]


def test_the_time_left_follows_the_pace_at_which_this_prompt_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = Speeds((Reading(1000, 1000, 0, 10.0),))
    run = Stopwatch(REQUEST, speeds)
    reading = ((4.0 * i, PromptRead(200 * i, 1000, 0)) for i in range(6))  # twice as slow as known
    ticks: list[tuple[float, EngineEvent]] = [(0.0, EngineBegun()), *reading]
    lefts = [event.seconds_left for event in told(monkeypatch, run, ticks) if isinstance(event, PromptRead)]
    assert lefts[0] == pytest.approx(10.0)
    assert all(left is not None for left in lefts)
    for before, after in itertools.pairwise(lefts[1:]):
        assert after < before  # type: ignore[operator]
    assert lefts[3] == pytest.approx(8.0, rel=0.25)
    assert lefts[5] == pytest.approx(0.0, abs=0.5)


def test_without_a_speed_the_pace_alone_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Stopwatch(REQUEST, Speeds())
    first, second = [
        event.seconds_left
        for event in told(monkeypatch, run, [(0.0, PromptRead(0, 400, 0)), (2.0, PromptRead(100, 400, 0))])
        if isinstance(event, PromptRead)
    ]
    assert (first, second) == (None, 6.0)


def test_what_stops_before_its_first_word_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Stopwatch(REQUEST, Speeds())
    told(monkeypatch, run, [(0.0, EngineBegun()), (5.0, PromptRead(64, 400, 0))])
    assert run.added_to(Speeds()) == Speeds()


def test_writing_under_a_grammar_is_known_apart_and_tells_nothing_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Stopwatch(replace(REQUEST, grammar='root ::= "字"*'), Speeds())
    told(monkeypatch, run, [(0.0, EngineBegun()), (1.0, PromptRead(100, 100, 0)), *pieces(2.0, 1.0, 40)])
    assert run.added_to(Speeds()) == Speeds(readings=(Reading(100, 100, 0, 2.0),), locked=(Writing(39, 100, 39.0),))


async def measured(engine: MeteredEngine, text: str, max_new_tokens: int = 40, stop_after: int = 1000) -> None:
    prompt = await engine.tokenize(text)
    async with aclosing(engine.generate(EngineRequest(prompt, Sampling(max_new_tokens=max_new_tokens)))) as events:
        async for event in events:
            stop_after -= isinstance(event, TextPiece)
            if stop_after <= 0:
                break


async def test_what_was_measured_is_known_after_a_restart_and_for_this_model_only() -> None:
    notes, fake = Notes(), FakeEngine(step_s=0.0005)
    book = SpeedBook(notes)
    engine = MeteredEngine(fake, book)
    await measured(engine, "写一句话。" * 30)
    await measured(engine, "再写一句话。" * 30)
    before = engine.speeds
    assert len(before.readings) == 2
    assert before.tokens_per_second is not None
    await book.settled()
    again = MeteredEngine(FakeEngine(), SpeedBook(notes))
    assert again.speeds == before
    other = replace(again.status(), threads=4)
    assert SpeedBook(notes).of(other) == Speeds()
    assert SpeedBook(notes).of_model("fake") == before
    assert SpeedBook(notes).of_model("fak") == Speeds()


@pytest.mark.parametrize(
    "changed",
    [
        {"kv_type": "q8_0"},
        {"gpu_layers": 37},
        {"repack": False},
        {"speculation": Speculation(3, 8)},
        {"draft_path": "small.gguf"},
    ],
    ids=str,
)
def test_a_model_that_is_run_in_another_manner_has_other_prices(changed: dict[str, Any]) -> None:
    book = SpeedBook()
    slow, fast = (Speeds().after_writing(Writing(100, 0, seconds)) for seconds in (30.0, 3.0))
    other = replace(STATUS, manner=replace(PLAN, **changed).manner)
    book.keep(STATUS, slow)
    assert book.of(other) == Speeds()
    book.keep(other, fast)
    assert (book.of(STATUS), book.of(other), book.of_model("model")) == (slow, fast, fast)
    assert replace(PLAN, n_ctx=4096, threads=3).manner == PLAN.manner, "threads have a place of their own in the key"


def test_notes_of_before_there_were_manners_are_read_and_priced_anew() -> None:
    notes = Notes()
    notes.kept = {"model f16 2 threads, build 1": Speeds().after_writing(Writing(100, 0, 30.0))}
    book = SpeedBook(notes)
    assert book.of(STATUS) == Speeds()
    assert book.of_model("model").tokens_per_second is not None


async def test_a_run_that_is_left_counts_and_one_for_a_single_token_does_not() -> None:
    notes = Notes()
    engine = MeteredEngine(FakeEngine(step_s=0.0005), SpeedBook(notes))
    await measured(engine, "写一句话。" * 30, max_new_tokens=1)
    assert engine.speeds == Speeds()
    assert notes.writes == 0
    await measured(engine, "另写一句话。" * 30, stop_after=30)
    assert len(engine.speeds.readings) == len(engine.speeds.writings) == 1


async def test_what_may_have_changed_the_slot_is_counted() -> None:
    engine = MeteredEngine(FakeEngine(), SpeedBook())

    async def counted() -> int:
        await engine.standing(None, await engine.tokenize("茶"))  # a look disturbs nothing
        return engine.status().slot_changes

    seen = [await counted()]
    prompt = await engine.tokenize("写一句话。")
    async with aclosing(engine.generate(EngineRequest(prompt, Sampling(max_new_tokens=1), "conversation:1"))) as events:
        seen += [await counted() async for event in events if isinstance(event, PromptRead)]
    seen.append(await counted())
    await measured(engine, "再写一句话。")
    seen.append(await counted())
    assert await engine.bring_back("conversation:1")
    seen.append(await counted())
    assert not await engine.bring_back("conversation:1")
    assert len(set(seen)) == 5, "while a run reads, behind it, behind the next one, and with a cache that was brought back"
    assert await counted() == seen[-1]


async def test_what_a_bench_found_is_the_newest_and_the_chosen_setting_last() -> None:
    notes = Notes()
    book, found = SpeedBook(notes), SpeedBook()
    one = Speeds().after_writing(Writing(100, 0, 10.0))
    book.keep(replace(STATUS, model_id="other"), one)
    for threads, seconds in ((4, 9.0), (2, 12.0)):
        found.keep(replace(STATUS, threads=threads), Speeds().after_writing(Writing(100, 0, seconds)))
    book.take_over(found, PLAN, 4)
    assert book.of_model("model") == found.of(replace(STATUS, threads=4))
    await book.settled()
    assert len(notes.kept) == 3


async def test_a_run_is_told_of_the_engine_that_it_was_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the one that is there when it ends: it may have died."""
    fake, book = FakeEngine(step_s=0.0005), SpeedBook()
    engine, before = MeteredEngine(fake, book), fake.status()
    monkeypatch.setattr(
        fake, "status", lambda: replace(before, build=None) if fake.requests and not fake._turn.locked() else before
    )
    await measured(engine, "写一句话。" * 30)
    assert book.of(before).readings
    assert not book.of(replace(before, build=None)).readings


async def test_a_clock_that_jumps_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = itertools.cycle([0.0, 4e9, -5.0, 1e12])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    engine = MeteredEngine(FakeEngine(step_s=0.0005), SpeedBook())
    await measured(engine, "写一句话。" * 30)
    (reading,), (writing,) = engine.speeds.readings, engine.speeds.writings
    assert 0 < reading.seconds < 60
    assert 0 < writing.seconds < 60


async def test_speeds_of_many_models_are_kept_the_newest_last() -> None:
    notes = Notes()
    book = SpeedBook(notes)
    one = Speeds().after_writing(Writing(100, 0, 10.0))
    book.keep(STATUS, one)
    book.keep(replace(STATUS, model_id="other"), one)
    book.keep(STATUS, one.after_writing(Writing(100, 0, 9.0)))
    await book.settled()
    assert [key.split()[0] for key in notes.kept] == ["other", "model"]
    writes = notes.writes
    book.keep(STATUS, book.of(STATUS))
    await book.settled()
    assert notes.writes == writes, "nothing new is nothing to write"


async def test_a_disk_that_hangs_keeps_no_stream_from_its_end_and_is_written_once_for_all_that_came_meanwhile() -> None:
    hangs, notes = threading.Event(), Notes()

    class Slow(Notes):
        def write(self, speeds: Mapping[str, Speeds]) -> None:
            hangs.wait(30)
            notes.write(speeds)

    book = SpeedBook(Slow())
    engine = MeteredEngine(FakeEngine(step_s=0.0005), book)
    for i in range(4):
        await measured(engine, f"{i}写一句话。" * 30)
    assert len(engine.speeds.readings) == 4, "known at once"
    assert notes.writes == 0
    hangs.set()
    await book.settled()
    assert notes.kept == dict.fromkeys(notes.kept, engine.speeds) and notes.writes == 2
