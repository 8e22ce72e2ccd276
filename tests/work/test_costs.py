"""The price before the click is that of the click in a conversation: the same tokens, the same cache, for every turn there is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from hanmo.core.errors import HanmoError
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.text import count_words
from hanmo.core.values import Generation, Sampling
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work.conversations import Talk
from hanmo.work.costs import ConversationCosts, Cost
from hanmo.work.drafts import Drafts
from hanmo.work.generations import Runner
from hanmo.work.live import EndEvent, StateEvent
from hanmo.work.ports import EngineState, EngineStatus

SPEEDS = Speeds((Reading(500, 500, 0, 5.0),), (Writing(100, 500, 10.0),), zh_words_per_token=1.0)
ROOM = Sampling(max_new_tokens=40)
TALE = "从前有座山，山里有座庙，庙里有个老和尚在讲故事。" * 4


class Sleepy(FakeEngine):
    """One whose state can be set."""

    state: EngineState | None = None

    def status(self) -> EngineStatus:
        return replace(super().status(), state=self.state) if self.state else super().status()


@dataclass
class Desk:
    engine: Sleepy
    store: MemoryStore
    runner: Runner
    talk: Talk
    costs: ConversationCosts

    async def new(self) -> str:
        return (await self.store.conversations.create()).id

    async def end(self, generation_id: str) -> Generation:
        async for event in self.runner.follow(generation_id):
            if isinstance(event, EndEvent):
                return await self.store.generations.get(generation_id)
        raise AssertionError("no end")

    async def send(self, conversation: str, text: str, beside: str | None = None) -> Generation:
        turn = await self.talk.send(conversation, text, sampling={"max_new_tokens": 40}, beside_id=beside)
        return await self.end(turn.generation_id)

    async def questions(self, conversation: str) -> list[str]:
        return [m.id for m in (await self.store.conversations.get(conversation)).messages if m.role == "user"]


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    engine, store = Sleepy(lambda _: TALE), MemoryStore()
    async with Runner(engine, store.generations, queue_limit=4) as runner:
        talk = Talk(store.conversations, store.generations, runner)
        yield Desk(
            engine, store, runner, talk, ConversationCosts(engine, Drafts(store.conversations, store.generations), lambda: SPEEDS)
        )


def agrees(cost: Cost | None, generation: Generation) -> bool:
    """Whether what was said before is what it came to."""
    timings = generation.timings
    assert cost is not None
    assert cost.seconds_to_first_token == SPEEDS.seconds_to_first_token(cost.tokens - cost.cached_tokens, cost.tokens)
    assert cost.seconds_per_100_words == SPEEDS.seconds_for_words(100, cost.tokens, "zh")
    return (cost.tokens, cost.cached_tokens) == (timings.prompt_tokens, timings.cached_tokens)


async def test_a_message_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        for text in ("讲个故事" * 20, "再讲一个"):
            cost = await d.costs.send(text, ROOM, conversation)
            assert agrees(cost, await d.send(conversation, text))


async def test_a_length_that_is_asked_for_is_reckoned_to_its_end() -> None:
    async with desk() as d:
        cost = await d.costs.send("写一篇关于茶的文章，800 字。", Sampling(), None)
        assert cost is not None
        assert cost.words == 800
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_for_words(800, cost.tokens, "zh")  # type: ignore[operator]
        )
        open_end = await d.costs.send("讲个故事", ROOM, None)
        assert open_end is not None
        assert (open_end.words, open_end.seconds_to_end) == (None, None)
        beside = await d.costs.send("讲个故事", Sampling(), None, words=300)
        assert beside is not None
        assert beside.words == 300


async def test_an_answer_is_priced_no_longer_than_it_may_become() -> None:
    async with desk() as d:
        cost = await d.costs.send("写一篇关于茶的文章，3000 字。", Sampling(max_new_tokens=1024), None)
        assert cost is not None
        assert cost.words == 1024, "a word to a token"
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_to_write(1024, cost.tokens)  # type: ignore[operator]
        )


async def test_another_answer_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 20)
        first = await d.send(conversation, "再讲一个")
        cost = await d.costs.again(conversation, first.message_id, ROOM)
        turn = await d.talk.answer_again(conversation, first.message_id)
        again = await d.end(turn.generation_id)
        assert agrees(cost, again)
        assert again.timings.cached_tokens == again.timings.prompt_tokens - 1, "the question is read already"


async def test_going_on_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "讲个故事" * 20)
        cost = await d.costs.go_on(conversation, first.id)
        assert agrees(cost, await d.end((await d.talk.go_on(first.id)).generation_id))


async def test_going_on_is_priced_for_what_is_missing_with_the_sampling_it_began_with() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "写一篇关于茶的文章，60 字。")
        left = 60 - count_words(first.text)
        assert 0 < left < 40
        cost = await d.costs.go_on(conversation, first.id)
        assert cost is not None
        assert cost.words == left
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_for_words(left, cost.tokens, "zh")  # type: ignore[operator]
        )
        much = await d.send(await d.new(), "写一篇关于茶的文章，800 字。")
        capped = await d.costs.go_on(conversation, much.id)
        assert capped is not None
        assert capped.words == 40
        enough = await d.send(await d.new(), "写一句关于茶的话，20 字。")
        done = await d.costs.go_on(conversation, enough.id)
        assert done is not None
        assert (done.words, done.seconds_to_end) == (None, None), "how much longer it gets nobody knows"


async def test_changing_an_early_question_costs_what_stands_behind_it() -> None:
    async with desk() as d:
        conversation = await d.new()
        for i in range(3):
            await d.send(conversation, f"{i}讲个故事" * 20)
        early, _, last = await d.questions(conversation)
        costs = [await d.costs.send("换个讲法", ROOM, conversation, beside_id=question) for question in (early, last)]
        assert all(cost is not None for cost in costs)
        shared = [cost.cached_tokens for cost in costs if cost is not None]
        assert shared[0] <= 100 < 200 < shared[1], "of the first question only the rules are left"
        assert agrees(costs[0], await d.send(conversation, "换个讲法", beside=early))


async def test_a_clean_start_costs_the_question_alone() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 50)
        kept, cleared = await d.costs.limited(conversation, 5, ROOM), await d.costs.cleared(conversation, ROOM)
        assert kept is not None and cleared is not None
        assert cleared.tokens < kept.tokens
        last = (await d.store.conversations.get(conversation)).active_id
        await d.store.conversations.clear(conversation, last or "", True)
        sent = await d.send(conversation, "末")
        assert (sent.timings.prompt_tokens, sent.timings.cached_tokens) == (cleared.tokens, cleared.cached_tokens)


async def test_another_limit_costs_the_history_again() -> None:
    async with desk() as d:
        conversation = await d.new()
        for i in range(4):
            await d.send(conversation, f"{i}讲个故事" * 20)
        same, fewer = [await d.costs.limited(conversation, rounds, ROOM) for rounds in (5, 1)]
        assert same is not None
        assert fewer is not None
        assert same.tokens - same.cached_tokens < 16
        assert fewer.tokens < same.tokens
        assert fewer.tokens - fewer.cached_tokens > 100
        await d.store.conversations.set_rounds(conversation, 1)
        sent = await d.send(conversation, "末")
        assert sent.timings.cached_tokens == fewer.cached_tokens
        assert sent.timings.prompt_tokens == fewer.tokens + len("末")


async def test_another_model_has_read_nothing() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 20)
        cost = await d.costs.send("", ROOM, conversation)
        assert cost is not None
        other = d.costs.unread(cost, Speeds())
        assert (other.tokens, other.cached_tokens, other.seconds_to_first_token) == (cost.tokens, 0, None)
        assert d.costs.unread(cost, SPEEDS).seconds_to_first_token == SPEEDS.seconds_to_first_token(cost.tokens, cost.tokens)


@pytest.mark.parametrize("state", ["asleep", "starting", "failed"])
async def test_without_a_model_no_cost_is_told_and_none_is_woken(state: EngineState) -> None:
    async with desk() as d:
        conversation = await d.new()
        d.engine.state = state
        assert await d.costs.send("讲个故事", ROOM, conversation) is None
        assert d.engine.requests == []


async def test_what_could_not_be_done_has_no_price() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "讲个故事")
        for price, code in (
            (d.costs.send("x", ROOM, conversation, beside_id=first.message_id), "message_not_question"),
            (d.costs.send("x", ROOM, conversation, beside_id="0" * 32), "message_not_found"),
            (d.costs.again(conversation, "0" * 32, ROOM), "message_not_found"),
            (d.costs.go_on(conversation, "0" * 32), "generation_not_found"),
            (d.costs.limited("0" * 32, 5, ROOM), "conversation_not_found"),
        ):
            with pytest.raises(HanmoError) as refused:
                await price
            assert refused.value.code == code


async def test_the_length_that_was_asked_for_goes_along_while_it_is_written() -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.new(), "写一篇关于茶的文章，80 字。")
        states = [event async for event in d.runner.follow(turn.generation_id) if isinstance(event, StateEvent)]
        assert {state.target for state in states if state.status in ("reading", "writing")} == {80}
