"""Warm-up on the fake engine: what is typed is read before it is sent, and nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from hanmo.core.briefs import make_assignment
from hanmo.core.values import EngineIdentity, Generation
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work import warmup
from hanmo.work.article_preview import ArticlePreviewer
from hanmo.work.articles import ArticleDesk
from hanmo.work.conversations import Talk
from hanmo.work.drafts import Drafts
from hanmo.work.generations import Runner
from hanmo.work.lanes import Lanes
from hanmo.work.live import EndEvent
from hanmo.work.ports import EngineStatus
from hanmo.work.warmup import LEAST_TOKENS, NEW_ARTICLE, PIECE_TOKENS, ArticleDraft, Draft, WarmUp

ROOM = 64
DRAFT = "请写一篇关于江南春天的文章，写雨，写桥，写卖花的人，不要写杨柳。" * 12


@dataclass
class Desk:
    engine: "Sleepy"
    store: MemoryStore
    runner: Runner
    talk: Talk
    warm_up: WarmUp
    free: bool = True
    allowed: bool = True

    async def conversation(self) -> str:
        return (await self.store.conversations.create()).id

    async def answer(self, conversation_id: str, text: str) -> Generation:
        turn = await self.talk.send(conversation_id, text, sampling={"max_new_tokens": ROOM})
        self.warm_up.sent()
        ends = [event async for event in self.runner.follow(turn.generation_id) if isinstance(event, EndEvent)]
        return ends[0].generation

    async def rest(self) -> None:
        """Until the draft is read, or left."""
        while not self.warm_up.resting:
            await asyncio.sleep(0)


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    engine, store = Sleepy(lambda _: "写好了。"), MemoryStore()
    async with Runner(engine, store.generations, queue_limit=8) as runner:
        warm_up = WarmUp(
            engine,
            Drafts(store.conversations, store.generations),
            ArticlePreviewer(engine, store.articles).brief_ids,
            free=lambda: made.free and not runner.wants_engine,
            allowed=lambda: made.allowed,
        )
        made = Desk(engine, store, runner, Talk(store.conversations, store.generations, runner), warm_up)
        async with warm_up:
            yield made


def read_tokens(generation: Generation) -> int:
    return generation.timings.prompt_tokens - generation.timings.cached_tokens


async def test_what_was_typed_is_not_read_again_when_it_is_sent() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


async def test_a_change_that_was_read_and_left_costs_the_conversation_nothing() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for text in (DRAFT, "再写一篇。"):
            await d.answer(conversation, text)
        first = (await d.store.conversations.get(conversation)).messages[0].id
        d.warm_up.read(Draft(DRAFT[:40] + "换一个写法。", conversation, ROOM, beside_id=first))
        await d.rest()
        next_turn = "第三篇。"
        assert read_tokens(await d.answer(conversation, next_turn)) <= len(next_turn) + 16


async def test_a_battery_that_is_plugged_out_ends_it() -> None:
    async with desk() as d:
        plugged = iter([True, True])
        d.warm_up._allowed = lambda: next(plugged, False)
        d.warm_up.read(Draft(DRAFT, await d.conversation(), ROOM))
        await d.rest()
        assert len(d.engine.requests) == 1


@pytest.mark.parametrize("words", [300, 1500], ids=["in one piece", "with a plan"])
async def test_the_brief_of_an_article_is_read_while_it_is_typed(words: int) -> None:
    async with desk() as d:
        for text in (DRAFT[:-40], DRAFT):
            order = make_assignment(text, words=words, seed=1, facts="桥：三座")
            d.warm_up.read(ArticleDraft(order))
            await d.rest()
        ahead = [request.prompt_ids for request in d.engine.requests]
        async with ArticleDesk(d.engine, d.store.articles, Lanes(lambda: False)) as articles:
            job = await articles.write(await articles.create(order))
            _ = [event async for event in articles.jobs.follow(job.id)]
        asked = d.engine.requests[len(ahead)].prompt_ids
        assert len(ahead) > 2
        assert asked[: len(ahead[-1])] == ahead[-1]
        assert "桥：三座" in await d.engine.text_of(ahead[-1])
        assert len(asked) - len(ahead[-1]) < 200, "what is asked behind what the writer gives"


async def test_a_question_that_is_changed_is_read_where_it_will_stand() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for text in (DRAFT, "再写一篇。"):
            await d.answer(conversation, text)
        first = (await d.store.conversations.get(conversation)).messages[0].id
        changed = DRAFT[:-40] + "换一个结尾，" + DRAFT[-40:]
        d.warm_up.read(Draft(changed, conversation, ROOM, beside_id=first))
        await d.rest()
        turn = await d.talk.send(conversation, changed, sampling={"max_new_tokens": ROOM}, beside_id=first)
        ends = [event async for event in d.runner.follow(turn.generation_id) if isinstance(event, EndEvent)]
        assert read_tokens(ends[0].generation) <= LEAST_TOKENS + 1


async def test_a_draft_without_a_conversation_is_read_too() -> None:
    async with desk() as d:
        d.warm_up.read(Draft(DRAFT, None, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(await d.conversation(), DRAFT)) <= LEAST_TOKENS + 1


async def test_it_is_read_in_pieces_that_never_cut_the_history_off() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        first = await d.answer(conversation, DRAFT * 3)
        history = len(first.prompt_ids) + len(first.output_ids)
        before = len(d.engine.requests)
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        lengths = [len(request.prompt_ids) for request in d.engine.requests[before:]]
        assert lengths[0] > history - 1
        assert all(0 < b - a <= PIECE_TOKENS for a, b in zip([history, *lengths], lengths, strict=False))
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


async def test_after_a_change_in_the_middle_only_what_follows_is_read() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for text in (DRAFT, DRAFT[:-40] + "换一个结尾，" + DRAFT[-40:]):
            before = len(d.engine.requests)
            d.warm_up.read(Draft(text, conversation, ROOM))
            await d.rest()
        lengths = [len(request.prompt_ids) for request in d.engine.requests[before:]]
        assert len(lengths) == 2 and lengths[0] > len(DRAFT) - 40


async def test_it_gives_way_between_two_pieces() -> None:
    async with desk() as d:
        d.warm_up.read(Draft(DRAFT, await d.conversation(), ROOM))
        while not d.engine.requests:
            await asyncio.sleep(0)
        d.free = False
        await d.rest()
        assert len(d.engine.requests) == 1


@pytest.mark.parametrize("pieces", [1, 3, 6])
async def test_who_asks_waits_for_the_piece_on_its_way_and_no_more(pieces: int) -> None:
    """What this costs in time is one step of the engine over `PIECE_TOKENS`: that is counted here, and not measured."""
    async with desk() as d:
        typed, asked = await d.conversation(), await d.conversation()
        d.warm_up.read(Draft(DRAFT * 3, typed, ROOM))
        while len(d.engine.requests) < pieces:
            await asyncio.sleep(0)
        turn = await d.talk.send(asked, "几点了？", sampling={"max_new_tokens": ROOM})
        on_its_way = len(d.engine.requests)
        assert on_its_way <= pieces + 1, "asking itself waits for nothing"
        async for _ in d.runner.follow(turn.generation_id):
            pass
        read, question = d.engine.requests[:on_its_way], d.engine.requests[on_its_way]
        assert (question.work, question.sampling.max_new_tokens) == (f"conversation:{asked}", ROOM), (
            "the very next one is the question"
        )
        ends = [len(request.prompt_ids) for request in read]
        assert all(0 < end - before <= PIECE_TOKENS for before, end in zip([0, *ends], ends, strict=False))


async def test_a_draft_that_gave_way_is_read_on_when_the_engine_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "LOOK_AGAIN_S", 0.001)
    async with desk() as d:
        conversation = await d.conversation()
        d.free = False
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        assert d.engine.requests == []
        d.free = True
        while len(d.engine.requests) < 3 or not d.warm_up.resting:
            await asyncio.sleep(0.001)
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


@pytest.mark.parametrize("busy", [True, False], ids=["before it was read", "after that"])
async def test_what_was_sent_is_not_read_again(busy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "LOOK_AGAIN_S", 0.001)
    async with desk() as d:
        mine, other = await d.conversation(), await d.conversation()
        await d.answer(other, "别的事。" * 30)
        d.free = not busy
        d.warm_up.read(Draft(DRAFT, mine, ROOM))
        await d.rest()
        await d.answer(mine, DRAFT)
        d.free = True
        before = len(d.engine.requests)
        await asyncio.sleep(0.01)
        await d.rest()
        d.warm_up.open(f"conversation:{other}")
        await d.rest()
        assert d.engine.opened == [f"conversation:{other}"]
        assert len(d.engine.requests) == before


async def test_a_draft_that_is_left_for_another_work_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "LOOK_AGAIN_S", 0.001)
    async with desk() as d:
        mine, other = await d.conversation(), await d.conversation()
        await d.answer(other, "别的事。" * 30)
        before, d.free = len(d.engine.requests), False
        d.warm_up.read(Draft(DRAFT, mine, ROOM))
        await d.rest()
        d.warm_up.open(f"conversation:{other}")
        await d.rest()
        d.free = True
        await asyncio.sleep(0.01)
        await d.rest()
        assert len(d.engine.requests) == before


async def test_only_the_newest_draft_is_read() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        while not d.engine.requests:
            await asyncio.sleep(0)
        d.warm_up.read(Draft("别的：" + DRAFT, conversation, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(conversation, "别的：" + DRAFT)) <= LEAST_TOKENS + 1
        assert len(d.engine.requests) <= 3 + len(DRAFT) // PIECE_TOKENS + 1


async def test_nothing_is_read_on_a_battery_or_of_an_empty_draft() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        d.allowed = False
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        d.allowed = True
        d.warm_up.read(Draft(" \n", conversation, ROOM))
        await d.rest()
        assert d.engine.requests == []


@pytest.mark.parametrize("emptied", ["of a conversation", "of a new one", "of a question", "of a brief"])
async def test_a_draft_that_is_emptied_is_read_no_further_and_another_one_is(emptied: str) -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await d.answer(conversation, "讲一座山。")
        first = (await d.store.conversations.get(conversation)).messages[0].id
        brief = ArticleDraft(make_assignment(DRAFT, words=900, seed=1))
        drafts: dict[str, Draft | ArticleDraft] = {
            "of a conversation": Draft(DRAFT, conversation, ROOM),
            "of a new one": Draft(DRAFT, None, ROOM),
            "of a question": Draft(DRAFT, conversation, ROOM, beside_id=first),
            "of a brief": brief,
        }
        draft = drafts.pop(emptied)

        def empty(one: Draft | ArticleDraft) -> None:
            if isinstance(one, ArticleDraft):
                d.warm_up.emptied(NEW_ARTICLE)
            else:
                d.warm_up.read(replace(one, text=" "))

        before = len(d.engine.requests)
        for others in (False, True):
            d.warm_up.read(draft)
            while len(d.engine.requests) == before:
                await asyncio.sleep(0)
            for one in drafts.values() if others else [draft]:
                empty(one)
            await d.rest()
            read = len(d.engine.requests) - before
            assert read > 2 if others else read == 1
            before = len(d.engine.requests)


async def test_a_draft_that_cannot_be_read_does_not_end_reading_ahead() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for text in (DRAFT * 40, DRAFT):
            d.warm_up.read(Draft(text, conversation, ROOM))
            await d.rest()
        d.warm_up.read(Draft(DRAFT, "0" * 32, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


async def test_a_prompt_that_will_be_cut_is_read_as_it_will_be_cut() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        for i in range(8):
            await d.answer(conversation, f"{i}{DRAFT * 3}")
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


async def test_a_draft_stands_where_it_would_be_sent_after_the_last_answer_was_deleted() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await d.answer(conversation, DRAFT)
        last = await d.answer(conversation, "再写一篇。")
        await d.store.conversations.delete_message(conversation, last.message_id)
        d.warm_up.read(Draft(DRAFT[::-1], conversation, ROOM))
        await d.rest()
        assert read_tokens(await d.answer(conversation, DRAFT[::-1])) <= LEAST_TOKENS + 1


async def test_what_is_opened_is_brought_back_when_nobody_else_needs_the_engine() -> None:
    async with desk() as d:
        mine, other = await d.conversation(), await d.conversation()
        await d.answer(mine, DRAFT)
        await d.answer(other, "别的事。" * 30)
        d.warm_up.open(f"conversation:{mine}")
        await d.rest()
        assert d.engine.opened == [f"conversation:{mine}"]
        d.free = False
        d.warm_up.open(f"conversation:{other}")
        await d.rest()
        assert d.engine.opened == [f"conversation:{mine}"], "it comes back with its next message instead"


async def test_what_is_opened_is_brought_back_on_a_battery_too_and_of_two_the_last() -> None:
    async with desk() as d:
        mine, other = await d.conversation(), await d.conversation()
        await d.answer(mine, DRAFT)
        await d.answer(other, "别的事。" * 30)
        await d.answer(await d.conversation(), "第三件事。" * 30)
        d.allowed = False
        d.warm_up.open(f"conversation:{mine}")
        d.warm_up.open(f"conversation:{other}")
        await d.rest()
        assert d.engine.opened == [f"conversation:{other}"]


async def test_a_sleeping_model_is_not_woken_by_looking() -> None:
    async with desk() as d:
        mine = await d.conversation()
        await d.answer(mine, DRAFT)
        await d.answer(await d.conversation(), "别的事。" * 30)
        d.engine.asleep = True
        d.warm_up.open(f"conversation:{mine}")
        await d.rest()
        assert d.engine.opened == []
        d.warm_up.open("conversation:unknown")
        d.warm_up.read(Draft(DRAFT, mine, ROOM))
        await d.rest()
        assert not d.engine.asleep, "but by typing it is"


class Sleepy(FakeEngine):
    """One that can be put to sleep; asking for it wakes it."""

    asleep = False

    def status(self) -> EngineStatus:
        return replace(super().status(), state="asleep") if self.asleep else super().status()

    async def identity(self) -> EngineIdentity:
        self.asleep = False
        return await super().identity()
