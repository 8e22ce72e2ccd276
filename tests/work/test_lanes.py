"""Two lanes to one engine: chats and rewrites get in at a sentence end, articles go one at a time, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby

import pytest

from hanmo.store import MemoryStore
from hanmo.work.conversations import Talk
from hanmo.work.generations import Runner
from hanmo.work.jobs import JobState
from hanmo.work.lanes import Lanes
from tests.work.studio import SENTENCE, Pen, Studio, studio

LENGTHS = (45, 60)
IN_THE_SECOND = 75
"""Pieces."""


@dataclass
class House:
    """An article desk and a chat on one engine."""

    s: Studio
    talk: Talk
    runner: Runner
    store: MemoryStore

    async def ask(self, conversation_id: str = "") -> str:
        conversation_id = conversation_id or (await self.store.conversations.create()).id
        return (await self.talk.send(conversation_id, "今天的云像什么？", sampling={"max_new_tokens": 25})).generation_id

    async def answer(self, generation_id: str) -> str:
        async for _ in self.runner.follow(generation_id):
            pass
        generation = await self.store.generations.get(generation_id)
        assert generation.finish_reason == "length"
        return generation.text


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    engine, store = Pen(), MemoryStore()
    async with (
        Runner(engine, store.generations, queue_limit=8) as runner,
        studio(engine, store, chats_wait=lambda: runner.wants_engine) as s,
    ):
        yield House(s, Talk(store.conversations, store.generations, runner), runner, store)


async def undisturbed(*lengths: int) -> dict[str, str]:
    async with studio() as s:
        return await s.texts(await s.written(*lengths))


def turns(engine: Pen, after: int = 0) -> list[tuple[str, int]]:
    """Who wrote, and how many pieces, one after the other: "article", "conversation" or "" (nobody's)."""
    kinds = [(work or "").partition(":")[0] for work, _ in engine.log[after:]]
    return [(kind, len(list(group))) for kind, group in groupby(kinds)]


@pytest.mark.parametrize("pieces", [1, 17, 18, 19, IN_THE_SECOND])
async def test_a_chat_is_answered_after_one_more_sentence_at_most(pieces: int) -> None:
    async with house() as h:
        article_id = await h.s.planned(*LENGTHS)
        job = await h.s.held(article_id, pieces)
        generation_id = await h.ask()
        h.s.engine.go_on()
        answer = await h.answer(generation_id)
        assert (await h.s.end(job)).finish_reason == "stop"
        (first, waited), (second, length), (third, _) = turns(h.s.engine, pieces)
        assert (first, second, third) == ("article", "conversation", "article")
        in_flight = -pieces % SENTENCE
        assert waited <= in_flight + (SENTENCE if in_flight < 2 else 0), (
            "a chat that comes with the full stop waits for one sentence more"
        )
        assert length == len(answer) == 25
        assert await h.s.texts(article_id) == await undisturbed(*LENGTHS)


async def test_what_gave_way_goes_on_from_its_cache() -> None:
    async with house() as h:
        article_id = await h.s.planned(*LENGTHS)
        job = await h.s.held(article_id, 30)
        generation_id = await h.ask()
        h.s.engine.go_on()
        await h.answer(generation_id)
        await h.s.end(job)
        chat = next(i for i, request in enumerate(h.s.engine.requests) if (request.work or "").startswith("conversation"))
        before, after = (h.s.engine.requests[i].prompt_ids for i in (chat - 1, chat + 1))
        assert after[: len(before)] == before
        assert len(after) > len(before)


async def test_a_rewrite_gets_in_and_is_finished_before_the_article_goes_on() -> None:
    async with house() as h:
        article_id = await h.s.planned(*LENGTHS)
        job = await h.s.held(article_id, IN_THE_SECOND)
        before = len(h.s.engine.requests)
        rewriting = await h.s.desk.rewrite(article_id, "s1", "shorten", "", None, None)
        assert (await h.s.view(article_id)).job is job
        h.s.engine.go_on()
        assert (await h.s.end(rewriting)).finish_reason == "stop"
        assert [edit.kind for edit in (await h.s.get(article_id)).edits] == ["rewrite"]
        await h.s.end(job)
        assert [request.work is None for request in h.s.engine.requests[before:]] == [True, True, False], "it took two runs"
        (first, waited), (second, _), (third, _) = turns(h.s.engine, IN_THE_SECOND)
        assert (first, second, third) == ("article", "", "article")
        assert waited <= SENTENCE
        assert await h.s.texts(article_id) == await undisturbed(*LENGTHS)


async def test_articles_go_one_at_a_time_and_the_others_see_their_place() -> None:
    async with studio() as s:
        ids = [await s.planned(45) for _ in range(3)]
        first = await s.held(ids[0], 5)
        second, third = [await s.desk.write(article_id) for article_id in ids[1:]]
        watching = [asyncio.create_task(s.events(job.id)) for job in (second, third)]
        while third.state.queue_place is None:
            await asyncio.sleep(0)
        assert [job.state.queue_place for job in (first, second, third)] == [None, 1, 2]
        assert (await s.view(ids[1])).state == "writing"
        s.engine.go_on()
        for job in (first, second, third):
            assert (await s.end(job)).finish_reason == "stop"
        works = [work for work, _ in groupby(work for work, _ in s.engine.log)]
        assert works == [f"article:{article_id}" for article_id in ids]
        places = [[e.queue_place for e in await task if isinstance(e, JobState)] for task in watching]
        assert [list(dict.fromkeys(each)) for each in places] == [[1, None], [2, 1, None]]


async def test_one_that_leaves_the_line_makes_room() -> None:
    async with studio() as s:
        ids = [await s.planned(45) for _ in range(3)]
        first = await s.held(ids[0], 5)
        second, third = [await s.desk.write(article_id) for article_id in ids[1:]]
        while third.state.queue_place is None:
            await asyncio.sleep(0)
        assert (await s.desk.jobs.stop(second.id)).finish_reason == "cancelled"
        assert third.state.queue_place == 1
        s.engine.go_on()
        await s.end(first)
        await s.end(third)
        assert not await s.texts(ids[1])


async def test_chats_without_end_do_not_stop_an_article() -> None:
    async with house() as h:
        article_id = await h.s.planned(*LENGTHS)
        h.s.engine.hold_after(1)
        job = await h.s.desk.write(article_id)
        await h.s.engine.held.wait()

        async def chatter() -> int:
            conversation_id = (await h.store.conversations.create()).id
            count = 0
            while job.ended is None:
                await h.answer(await h.ask(conversation_id))
                count += 1
            return count

        chats = asyncio.gather(chatter(), chatter(), chatter())
        await asyncio.sleep(0)
        h.s.engine.go_on()
        assert (await h.s.end(job)).finish_reason == "stop"
        assert sum(await chats) >= 5
        assert await h.s.texts(article_id) == await undisturbed(*LENGTHS)
        until_done = turns(h.s.engine)[: 1 + max(i for i, (kind, _) in enumerate(turns(h.s.engine)) if kind == "article")]
        assert all(length <= SENTENCE + 2 for kind, length in until_done if kind == "article"), "nor the other way"
        assert all(length == 25 for kind, length in until_done if kind == "conversation")


async def test_a_chat_gets_in_between_the_edits_of_a_polish() -> None:
    async with house() as h:
        article_id = await h.s.written(60, 60)
        before = h.s.engine.written
        h.s.engine.hold_after(1)
        job = await h.s.desk.suggest(article_id, "polish", None)
        await h.s.engine.held.wait()
        generation_id = await h.ask()
        h.s.engine.go_on()
        await h.answer(generation_id)
        assert (await h.s.end(job)).finish_reason == "stop"
        assert [kind for kind, _ in turns(h.s.engine, before)] == ["", "conversation", ""]


async def test_short_work_that_fails_lets_the_article_go_on() -> None:
    lanes = Lanes(lambda: False)
    with pytest.raises(RuntimeError):
        async with lanes.short():
            assert lanes.somebody_waits()
            raise RuntimeError
    assert not lanes.somebody_waits()
    await asyncio.wait_for(lanes.let_pass(), 1)
