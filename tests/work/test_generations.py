"""Generations on the fake engine and the fake store: durable, followable, stoppable, and continued to the letter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.errors import Conflict, QueueFull, StoreFull
from hanmo.core.values import Generation, Sampling, Timings
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work.conversations import Talk
from hanmo.work.generations import Runner
from hanmo.work.live import EndEvent, StateEvent, StreamEvent, TextEvent, replay

TALE = "从前有座山，山里有座庙，庙里有个老和尚🧙在讲故事。他讲的是什么呢？" * 3


@dataclass
class Desk:
    engine: FakeEngine
    store: MemoryStore
    runner: Runner
    talk: Talk

    async def conversation(self) -> str:
        return (await self.store.conversations.create()).id

    async def events(self, generation_id: str, after: int = 0) -> list[StreamEvent]:
        return [event async for event in self.runner.follow(generation_id, after)]

    async def answer(self, generation_id: str) -> Generation:
        end = (await self.events(generation_id))[-1]
        assert isinstance(end, EndEvent)
        return end.generation


@asynccontextmanager
async def desk(step_s: float = 0.0, queue_limit: int = 8) -> AsyncIterator[Desk]:
    engine, store = FakeEngine(lambda _: TALE, step_s=step_s), MemoryStore()
    async with Runner(engine, store.generations, queue_limit=queue_limit) as worker:
        yield Desk(engine, store, worker, Talk(store.conversations, store.generations, worker))


def texts(events: list[StreamEvent]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextEvent))


async def test_an_answer_is_written_and_kept() -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")
        events = await d.events(turn.generation_id)
        assert texts(events) == TALE
        assert [e.seq for e in events if not isinstance(e, StateEvent)] == list(range(1, len(events) - events_of_state(events) + 1))
        assert (await d.store.generations.get(turn.generation_id)).text == TALE


def events_of_state(events: list[StreamEvent]) -> int:
    return sum(isinstance(e, StateEvent) for e in events)


@pytest.mark.parametrize("room", [8192, 4], ids=["to its end", "cut off"])
async def test_only_an_answer_that_came_to_its_end_is_told(room: int) -> None:
    engine, store, told = FakeEngine(lambda _: TALE), MemoryStore(), list[str]()
    async with Runner(engine, store.generations, queue_limit=8, answered=told.append) as worker:
        d = Desk(engine, store, worker, Talk(store.conversations, store.generations, worker))
        conversation = await d.conversation()
        turn = await d.talk.send(conversation, "讲个故事", sampling={"max_new_tokens": room})
        await d.answer(turn.generation_id)
    assert told == ([conversation] if room > 4 else [])


async def test_the_second_turn_reads_only_what_is_new() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        first = await d.talk.send(conversation, "讲个故事" * 50)
        await d.answer(first.generation_id)
        second = await d.talk.send(conversation, "再讲一个")
        timings = (await d.answer(second.generation_id)).timings
        assert timings.prompt_tokens - timings.cached_tokens <= len("再讲一个") + 16


async def test_every_prompt_of_a_conversation_starts_with_the_one_before() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for text in ("一", "二", "三"):
            await d.answer((await d.talk.send(conversation, text)).generation_id)
        prompts = [r.prompt_ids for r in d.engine.requests]
        for before, after in pairwise(prompts):
            assert after[: len(before)] == before


@pytest.mark.parametrize("stop_at", [1, 17, 40])
async def test_continue_goes_on_from_the_last_character(stop_at: int) -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事", sampling={"max_new_tokens": stop_at})
        first = await d.answer(turn.generation_id)
        assert (first.finish_reason, len(first.text)) == ("length", stop_at)
        text = first.text
        while first.finish_reason == "length":
            more = await d.talk.go_on(first.id)
            assert more.message_id == turn.message_id
            first = await d.answer(more.generation_id)
            assert first.continues is not None
            text += first.text
        assert text == TALE
        assert (await d.store.generations.path(first.id))[-1].text == TALE


async def test_a_stopped_answer_keeps_its_text_and_frees_the_engine() -> None:
    async with desk(step_s=0.001) as d:
        conversation = await d.conversation()
        turn = await d.talk.send(conversation, "讲个故事")
        async for event in d.runner.follow(turn.generation_id):
            if isinstance(event, TextEvent):
                break
        stopped = await d.runner.stop(turn.generation_id)
        assert stopped.finish_reason == "cancelled"
        assert stopped.text
        assert TALE.startswith(stopped.text)
        next_turn = await d.talk.send(conversation, "再来")
        assert (await d.answer(next_turn.generation_id)).text == TALE


async def test_a_waiting_answer_can_be_taken_back() -> None:
    async with desk(step_s=0.001) as d:
        first = await d.talk.send(await d.conversation(), "一")
        second = await d.talk.send(await d.conversation(), "二")
        assert (await d.runner.stop(second.generation_id)).finish_reason == "cancelled"
        assert (await d.answer(first.generation_id)).finish_reason == "stop"
        assert len(d.engine.requests) == 1


async def test_places_in_the_line_are_shown_and_move_up() -> None:
    async with desk(step_s=0.001) as d:
        turns = [await d.talk.send(await d.conversation(), text) for text in "一二三"]
        places = [e.queue_place async for e in d.runner.follow(turns[2].generation_id) if isinstance(e, StateEvent)]
        assert [place for place in places if place] in ([2, 1], [3, 2, 1])


async def test_a_full_line_refuses_before_anything_is_stored() -> None:
    async with desk(step_s=0.01, queue_limit=1) as d:
        conversation = await d.conversation()
        await d.talk.send(conversation, "一")
        await asyncio.sleep(0)
        await d.talk.send(conversation, "二")
        before = await d.store.conversations.get(conversation)
        with pytest.raises(QueueFull):
            await d.talk.send(conversation, "三")
        assert len((await d.store.conversations.get(conversation)).messages) == len(before.messages)


async def test_an_engine_that_dies_ends_the_answer_with_its_text() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        d.engine.die_after = 20
        turn = await d.talk.send(conversation, "讲个故事")
        broken = await d.answer(turn.generation_id)
        assert broken.finish_reason == "error"
        assert broken.problem is not None
        assert broken.problem.code == "engine_died"
        assert broken.text == TALE[:20]
        assert (await d.answer((await d.talk.go_on(broken.id)).generation_id)).text == TALE[20:]


async def test_leaving_interrupts_what_runs_and_what_waits() -> None:
    async with desk(step_s=0.001) as d:
        running = await d.talk.send(await d.conversation(), "一")
        waiting = await d.talk.send(await d.conversation(), "二")
        async for event in d.runner.follow(running.generation_id):
            if isinstance(event, TextEvent):
                break
        store = d.store
    ended = [await store.generations.get(t.generation_id) for t in (running, waiting)]
    assert [g.finish_reason for g in ended] == ["interrupted", "interrupted"]
    assert ended[0].text


async def test_what_was_complete_or_still_runs_is_not_continued() -> None:
    async with desk(step_s=0.001) as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")
        with pytest.raises(Conflict, match="generation_running"):
            await d.talk.go_on(turn.generation_id)
        await d.answer(turn.generation_id)
        with pytest.raises(Conflict, match="generation_complete"):
            await d.talk.go_on(turn.generation_id)


async def test_a_full_disk_ends_the_answer_and_not_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        conversation = await d.conversation()
        turn = await d.talk.send(conversation, "讲个故事")

        async def full(*_: object) -> int:
            raise StoreFull("disk_full")

        with monkeypatch.context() as patched:
            patched.setattr(d.store.generations, "append", full)
            ended = await d.answer(turn.generation_id)
        assert ended.problem is not None
        assert ended.problem.code == "disk_full"
        again = await d.talk.send(conversation, "再来")
        assert (await d.answer(again.generation_id)).text == TALE


async def test_a_store_that_fails_altogether_does_not_stop_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        conversation = await d.conversation()
        turn = await d.talk.send(conversation, "讲个故事")

        async def broken(*_: object, **__: object) -> Generation:
            raise OSError("no such store")

        with monkeypatch.context() as patched:
            patched.setattr(d.store.generations, "finish", broken)
            ended = await d.answer(turn.generation_id)
        assert ended.finish_reason == "error"
        assert ended.text == TALE
        again = await d.talk.send(await d.conversation(), "再来")
        assert (await d.answer(again.generation_id)).text == TALE


async def test_a_store_that_takes_no_text_for_reasons_of_its_own_ends_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")

        async def broken(*_: object) -> int:
            raise OSError("no such store")

        monkeypatch.setattr(d.store.generations, "append", broken)
        ended = await d.answer(turn.generation_id)
        assert (ended.finish_reason, ended.problem and ended.problem.code) == ("error", "unexpected")


async def test_stopping_twice_at_once_is_stopping() -> None:
    async with desk(step_s=0.001) as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")
        async for event in d.runner.follow(turn.generation_id):
            if isinstance(event, TextEvent):
                break
        ended = await asyncio.gather(*(d.runner.stop(turn.generation_id) for _ in range(3)))
        assert {g.finish_reason for g in ended} == {"cancelled"}


async def test_a_prompt_made_for_a_model_that_is_gone_is_made_again() -> None:
    async with desk() as d:
        first = d.engine._identity
        turn = await d.talk.send(await d.conversation(), "讲个故事")
        begin = d.store.generations.begin

        async def change_over(*args: object, **kwargs: object) -> None:
            await begin(*args, **kwargs)  # type: ignore[arg-type]
            if d.engine._identity == first:
                d.engine._identity = replace(first, model_sha256="1" * 64)

        d.store.generations.begin = change_over  # type: ignore[method-assign]
        ended = await d.answer(turn.generation_id)
        assert ended.text == TALE
        assert (await d.store.generations.get(turn.generation_id)).identity == d.engine._identity


async def test_the_line_is_bounded_however_many_come_at_once() -> None:
    async with desk(step_s=0.01, queue_limit=2) as d:
        conversations = [await d.conversation() for _ in range(10)]
        asked = await asyncio.gather(*(d.talk.send(c, "讲") for c in conversations), return_exceptions=True)
        assert sum(isinstance(result, QueueFull) for result in asked) >= 7
        assert len(d.runner.queue) <= 2


async def test_a_conversation_longer_than_the_context_drops_its_oldest_turns_and_says_so() -> None:
    async with desk() as d:
        d.engine._identity = type(d.engine._identity)("fake", "0" * 64, "fake 1", 1200)
        conversation = await d.conversation()
        dropped = []
        for i in range(6):
            turn = await d.talk.send(conversation, f"第{i}个故事" * 30, sampling={"max_new_tokens": 100})
            dropped.append((await d.answer(turn.generation_id)).dropped_messages)
        assert dropped[0] == 0
        assert dropped[-1] > 0
        assert all(n % 2 == 0 for n in dropped)


async def test_an_answer_that_filled_the_context_still_goes_on() -> None:
    async with desk() as d:
        d.engine._identity = replace(d.engine._identity, n_ctx=400)
        d.engine._reply = lambda _: TALE * 20
        turn = await d.talk.send(await d.conversation(), "讲", sampling={"max_new_tokens": 3000})
        ended = await d.answer(turn.generation_id)
        for _ in range(2):
            assert ended.finish_reason == "length"
            ended = await d.answer((await d.talk.go_on(ended.id)).generation_id)
            assert ended.text
            assert ended.dropped_messages == 1


async def test_an_end_that_could_not_be_written_is_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")

        async def full(*_: object, **__: object) -> Generation:
            raise StoreFull("disk_full")

        with monkeypatch.context() as patched:
            patched.setattr(d.store.generations, "append", full)
            patched.setattr(d.store.generations, "finish", full)
            await d.answer(turn.generation_id)
            assert (await d.store.generations.get(turn.generation_id)).status != "finished"
        more = await d.talk.go_on(turn.generation_id)
        kept = await d.store.generations.get(turn.generation_id)
        assert (kept.finish_reason, TALE.startswith(kept.text)) == ("error", True)
        assert kept.text
        assert kept.text + (await d.answer(more.generation_id)).text == TALE


@pytest.mark.parametrize("steps", range(8))
async def test_leaving_is_heard_at_whatever_step_of_beginning_again_it_comes(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line looks again every while for room for an end that could not be written; a task that waits so must not swallow its own end."""

    async def full(*_: object, **__: object) -> Generation:
        raise StoreFull("disk_full")

    async with asyncio.timeout(5) as limit, desk() as d:
        first, second = await d.conversation(), await d.conversation()
        monkeypatch.setattr(d.store.generations, "finish", full)
        await d.answer((await d.talk.send(first, "一")).generation_id)
        await asyncio.sleep(0.01)
        await d.talk.send(second, "二")
        for _ in range(steps):
            await asyncio.sleep(0)
    assert not limit.expired()


@pytest.mark.parametrize("steps", range(1, 8))
async def test_an_end_is_written_though_the_house_closes_meanwhile(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(5) as limit, desk() as d:
        append, at_work = d.store.generations.append, asyncio.Event()

        async def slow(*args: object) -> int:
            at_work.set()
            await asyncio.sleep(0.01)
            return await append(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(d.store.generations, "append", slow)
        turn = await d.talk.send(await d.conversation(), "讲", sampling={"max_new_tokens": 1})
        await at_work.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        store = d.store
    ended = await store.generations.get(turn.generation_id)
    assert (ended.finish_reason, ended.text, limit.expired()) == ("length", TALE[:1], False)


async def test_a_message_that_cannot_fit_at_all_is_refused_with_its_size() -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.conversation(), "长" * 9000)
        ended = await d.answer(turn.generation_id)
        assert ended.problem is not None
        assert ended.problem.code == "prompt_too_long"
        assert int(ended.problem.params["tokens"]) > 9000


async def test_any_number_of_readers_from_any_event_on_get_the_same_text() -> None:
    async with desk(step_s=0.0005) as d:
        turn = await d.talk.send(await d.conversation(), "讲个故事")
        readers = [asyncio.create_task(d.events(turn.generation_id)) for _ in range(5)]
        whole = [texts(await reader) for reader in readers]
        assert whole == [TALE] * 5


@given(st.lists(st.text(min_size=1, max_size=8), max_size=12), st.integers(0, 15))
def test_a_replay_gives_what_a_live_reader_would_still_have_got(pieces: list[str], after: int) -> None:
    text, ends = "", []
    for piece in pieces:
        text += piece
        ends.append(len(text))
    generation = Generation("g", "m", "finished", Sampling(), text=text, ends=tuple(ends), finish_reason="stop", timings=Timings())
    *rest, end = replay(generation, after)
    assert rest == [TextEvent(i + 1, piece) for i, piece in enumerate(pieces)][after:]
    assert isinstance(end, EndEvent)
    assert end.seq == len(pieces) + 1
