"""What will stand before the next question is read when the answer is whole, and what the conversation had is not lost by it."""

import asyncio

import pytest

from hanmo.work import warmup
from hanmo.work.live import EndEvent
from hanmo.work.warmup import LEAST_TOKENS, Draft
from tests.work.test_warmup import DRAFT, ROOM, desk, read_tokens


@pytest.mark.parametrize("turns", [8, 9], ids=["goes on from the last answer", "is cut back to five rounds"])
async def test_what_will_stand_before_the_next_question_is_read_where_it_is_another_beginning(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "AFTER_ANSWER_S", 0.0)
    async with desk() as d:
        conversation = await d.conversation()
        for i in range(turns):
            await d.answer(conversation, f"{i}{DRAFT}")
        before = len(d.engine.requests)
        d.warm_up.answered(conversation)
        await d.rest()
        read = d.engine.requests[before:]
        assert (len(read) > 1) == (turns == 9)
        assert {request.work for request in read} <= {None}, "what the conversation has read stays its own"
        asked = await d.answer(conversation, "再短一点。")
        assert read_tokens(asked) <= len("再短一点。") + LEAST_TOKENS + 3


async def test_after_that_another_answer_to_the_last_question_reads_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "AFTER_ANSWER_S", 0.0)
    async with desk() as d:
        conversation = await d.conversation()
        for i in range(9):
            last = await d.answer(conversation, f"{i}{DRAFT}")
        d.warm_up.answered(conversation)
        await d.rest()
        answer = (await d.store.generations.path(last.id))[-1]
        again = await d.talk.answer_again(conversation, answer.id)
        ends = [event async for event in d.runner.follow(again.generation_id) if isinstance(event, EndEvent)]
        assert read_tokens(ends[0].generation) == 1


async def test_a_draft_goes_before_the_next_question_that_nobody_types_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "AFTER_ANSWER_S", 60.0)
    async with desk() as d:
        conversation = await d.conversation()
        await d.answer(conversation, DRAFT)
        d.warm_up.answered(conversation)
        await asyncio.sleep(0)
        d.warm_up.read(Draft(DRAFT, conversation, ROOM))
        await d.rest()
        d.warm_up.answered(conversation)
        d.warm_up.sent()
        assert read_tokens(await d.answer(conversation, DRAFT)) <= LEAST_TOKENS + 1


async def test_of_two_answers_the_next_question_to_the_last_one_is_made_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "AFTER_ANSWER_S", 0.05)
    async with desk() as d:
        first, second = await d.conversation(), await d.conversation()
        for conversation, name in ((second, "乙"), (first, "甲")):
            for i in range(9):
                await d.answer(conversation, f"{name}{i}{DRAFT}")
        d.warm_up.answered(first)
        d.warm_up.answered(second)
        await d.rest()
        asked = await d.answer(second, "再短一点。")
        assert read_tokens(asked) <= len("再短一点。") + LEAST_TOKENS + 3
