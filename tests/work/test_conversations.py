"""Other versions, deletion and history on the fake engine: what is read again, what is stopped, what is sent."""

from itertools import pairwise

import pytest

from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.history import DEFAULT_ROUNDS, step_of
from hanmo.engine.fake import MARK
from hanmo.work.live import TextEvent
from tests.work.test_generations import TALE, Desk, desk


async def tell(d: Desk, conversation: str, *texts: str) -> list[str]:
    """Turns, each answered before the next; the answers' message ids."""
    ids = []
    for text in texts:
        turn = await d.talk.send(conversation, text)
        await d.answer(turn.generation_id)
        ids.append(turn.message_id)
    return ids


def asked(d: Desk, request: int = -1) -> str:
    """The visible part of a prompt."""
    return "".join(chr(token) if token < MARK else "\n" for token in d.engine.requests[request].prompt_ids)


async def test_another_answer_reads_the_same_prompt_and_no_token_of_it_twice() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        (_, second) = await tell(d, conversation, "讲个故事" * 20, "再讲一个")
        turn = await d.talk.answer_again(conversation, second)
        timings = (await d.answer(turn.generation_id)).timings
        assert d.engine.requests[-1].prompt_ids == d.engine.requests[-2].prompt_ids
        assert timings.prompt_tokens - timings.cached_tokens <= 1
        shown = await d.store.conversations.get(conversation)
        assert shown.active_id == turn.message_id != second
        assert [m.text for m in shown.messages if m.parent_id == turn.user_message_id] == [TALE, TALE]


async def test_another_answer_is_sampled_as_the_last_one_without_its_seed() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        first = await d.talk.send(conversation, "讲", preset="code", sampling={"seed": 7, "max_new_tokens": 5})
        await d.answer(first.generation_id)
        again = (await d.store.generations.get((await d.talk.answer_again(conversation, first.message_id)).generation_id)).sampling
        assert (again.temperature, again.max_new_tokens, again.seed) == (0.3, 5, None)
        other = await d.talk.answer_again(conversation, first.user_message_id, sampling={"max_new_tokens": 9})
        assert (await d.store.generations.get(other.generation_id)).sampling.max_new_tokens == 9


async def test_a_question_asked_otherwise_is_answered_without_the_old_branch() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await tell(d, conversation, "甲", "乙", "丙")
        question = (await d.store.conversations.get(conversation)).messages[2].id
        turn = await d.talk.send(conversation, "改过的乙", beside_id=question)
        await d.answer(turn.generation_id)
        assert "改过的乙" in asked(d) and "甲" in asked(d) and "丙" not in asked(d) and "\n乙\n" not in asked(d)
        assert len((await d.store.conversations.get(conversation)).messages) == 8


async def test_only_the_last_rounds_are_sent_and_most_turns_read_only_what_is_new() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        names = [f"第{i:02}问" for i in range(1, 19)]
        await tell(d, conversation, *names)
        last = (await d.store.conversations.get(conversation)).messages[-1].generations[-1]
        sent = [sum(name in asked(d, i) for name in names) - 1 for i in range(18)]
        assert sent == [0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5]
        assert (last.left_out_messages, last.dropped_messages) == (24, 0)
        prompts = [request.prompt_ids for request in d.engine.requests]
        grown = [after[: len(before)] == before for before, after in pairwise(prompts)]
        assert grown.count(False) == 3
        assert max(sent) == DEFAULT_ROUNDS + step_of(DEFAULT_ROUNDS)


async def test_another_limit_holds_from_the_next_question_on() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await tell(d, conversation, "甲甲", "乙乙", "丙丙")
        await d.store.conversations.set_rounds(conversation, 1)
        await tell(d, conversation, "丁丁")
        assert "丙丙" in asked(d) and "乙乙" not in asked(d)
        await d.store.conversations.set_rounds(conversation, None)
        await tell(d, conversation, "戊戊")
        assert all(name in asked(d) for name in ("甲甲", "乙乙", "丙丙", "丁丁"))


async def test_nothing_before_a_clearing_is_sent_until_it_is_taken_back() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        (_, second) = await tell(d, conversation, "甲甲", "乙乙")
        await d.talk.clear(conversation, second, True)
        await tell(d, conversation, "丙丙")
        assert "甲甲" not in asked(d) and "乙乙" not in asked(d)
        assert (await d.store.conversations.get(conversation)).messages[-1].generations[-1].left_out_messages == 4
        await d.talk.clear(conversation, second, False)
        await tell(d, conversation, "丁丁")
        assert all(name in asked(d) for name in ("甲甲", "乙乙", "丙丙"))


async def test_an_answer_cut_by_its_length_goes_on_behind_a_limit() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await tell(d, conversation, *(f"第{i}问" for i in range(9)))
        turn = await d.talk.send(conversation, "最后一问", sampling={"max_new_tokens": 20})
        first = await d.answer(turn.generation_id)
        rest = await d.answer((await d.talk.go_on(first.id)).generation_id)
        assert first.text + rest.text == TALE[: len(first.text + rest.text)]
        assert (first.left_out_messages, rest.left_out_messages) == (8, 8)
        assert rest.timings.prompt_tokens - rest.timings.cached_tokens <= 1


async def test_deleting_stops_what_is_written_and_undoing_brings_the_text_back() -> None:
    async with desk(step_s=0.001) as d:
        conversation = await d.conversation()
        turn = await d.talk.send(conversation, "讲个故事")
        async for event in d.runner.follow(turn.generation_id):
            if isinstance(event, TextEvent):
                break
        shown = await d.talk.delete_message(conversation, turn.user_message_id)
        assert (shown.messages, shown.active_id) == ((), None)
        assert d.runner.running is None or len(d.runner.queue) == 0
        back = await d.talk.restore_message(conversation, turn.user_message_id)
        (generation,) = back.messages[1].generations
        assert generation.finish_reason == "cancelled"
        assert back.messages[1].text and TALE.startswith(back.messages[1].text)


async def test_deleting_a_conversation_stops_what_waits_in_it() -> None:
    async with desk(step_s=0.001) as d:
        first, second = await d.conversation(), await d.conversation()
        running = await d.talk.send(first, "一")
        waiting = await d.talk.send(second, "二")
        await d.talk.delete(second)
        assert (await d.store.generations.get(waiting.generation_id)).finish_reason == "cancelled"
        with pytest.raises(NotFound):
            await d.talk.delete(second)
        assert (await d.answer(running.generation_id)).finish_reason == "stop"


async def test_a_title_is_one_line_and_not_blank() -> None:
    async with desk() as d:
        conversation = await d.conversation()
        await d.talk.rename(conversation, "  两行\n标题 ")
        assert (await d.store.conversations.get(conversation)).title == "两行 标题"
        with pytest.raises(InvalidRequest, match="title_empty"):
            await d.talk.rename(conversation, " \n")
