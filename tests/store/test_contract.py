"""What both stores do, example by example. `test_agreement` adds that they do the same, whatever comes."""

from dataclasses import replace

import pytest

from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.errors import Conflict, HanmoError, InvalidRequest, NotFound
from hanmo.core.values import FinishReason, Problem, Sampling, Timings
from hanmo.store import MemoryStore, Store
from tests.store.examples import IDENTITY, SAMPLING, TEXTS, TIMINGS

AnyStore = Store | MemoryStore


async def ask(store: AnyStore, text: str = "Write.") -> tuple[str, str]:
    """A new conversation with one turn: its id and the generation's."""
    conversation = await store.conversations.create()
    turn = await store.conversations.add_turn(conversation.id, text, SAMPLING)
    return conversation.id, turn.generation_id


async def answer(store: AnyStore, generation_id: str, *pieces: str, finish_reason: FinishReason = "stop") -> None:
    await store.generations.begin(generation_id, IDENTITY, [1, 2, 3], 0)
    for number, piece in enumerate(pieces):
        await store.generations.append(generation_id, piece, [number])
    await store.generations.finish(generation_id, finish_reason, timings=TIMINGS)


# ---------------------------------------------------------------------------------------------------------- conversations


async def test_a_new_conversation_is_empty(store: AnyStore) -> None:
    made = await store.conversations.create("Title")
    assert await store.conversations.get(made.id) == made
    assert (made.title, made.active_id, made.messages) == ("Title", None, ())
    assert len(made.id) == 32 and int(made.id, 16) >= 0


async def test_a_turn_is_a_question_an_empty_answer_and_a_queued_generation(store: AnyStore) -> None:
    made = await store.conversations.create()
    turn = await store.conversations.add_turn(made.id, "写一首诗。", SAMPLING)
    conversation = await store.conversations.get(made.id)
    question, reply = conversation.messages
    assert (question.id, question.parent_id, question.role, question.text) == (turn.user_message_id, None, "user", "写一首诗。")
    assert question.generations == ()
    assert (reply.id, reply.parent_id, reply.role, reply.text) == (turn.message_id, question.id, "assistant", "")
    (generation,) = reply.generations
    assert (generation.id, generation.message_id, generation.status) == (turn.generation_id, reply.id, "queued")
    assert (generation.sampling, generation.finish_reason, generation.identity) == (SAMPLING, None, None)
    assert conversation.active_id == reply.id
    assert conversation.updated_at > conversation.created_at


async def test_the_fields_of_a_brief_are_kept_with_its_text(store: AnyStore) -> None:
    brief = BriefFields(role="编辑", task="写一封信", words=300, text="给老师。\x00")
    made = await store.conversations.create()
    turn = await store.conversations.add_turn(made.id, to_text(brief, "zh"), SAMPLING, brief=brief)
    question, reply = (await store.conversations.get(made.id)).messages
    assert (question.text, question.brief, reply.brief) == (to_text(brief, "zh"), brief, None)
    assert (await store.conversations.get(made.id)).title == "写一封信"
    assert [message.brief for message in await store.generations.path(turn.generation_id)] == [brief, None]


async def test_turns_follow_the_active_leaf(store: AnyStore) -> None:
    made = await store.conversations.create()
    first = await store.conversations.add_turn(made.id, "one", SAMPLING)
    second = await store.conversations.add_turn(made.id, "two", SAMPLING)
    messages = {message.id: message for message in (await store.conversations.get(made.id)).messages}
    assert messages[second.user_message_id].parent_id == first.message_id


async def test_a_turn_under_an_earlier_answer_branches(store: AnyStore) -> None:
    made = await store.conversations.create()
    root = await store.conversations.add_turn(made.id, "root", SAMPLING)
    left = await store.conversations.add_turn(made.id, "left", SAMPLING)
    right = await store.conversations.add_turn(made.id, "right", SAMPLING, parent_id=root.message_id)
    conversation = await store.conversations.get(made.id)
    assert [message.text for message in conversation.messages] == ["root", "", "left", "", "right", ""]
    assert conversation.active_id == right.message_id
    assert [message.text for message in await store.generations.path(left.generation_id)] == ["root", "", "left", ""]
    assert [message.text for message in await store.generations.path(right.generation_id)] == ["root", "", "right", ""]


async def test_a_parent_must_be_an_answer_of_this_conversation(store: AnyStore) -> None:
    mine, other = await store.conversations.create(), await store.conversations.create()
    here = await store.conversations.add_turn(mine.id, "here", SAMPLING)
    there = await store.conversations.add_turn(other.id, "there", SAMPLING)
    for parent in (here.user_message_id, there.message_id, there.user_message_id):
        with pytest.raises(InvalidRequest) as caught:
            await store.conversations.add_turn(mine.id, "x", SAMPLING, parent_id=parent)
        assert (caught.value.code, caught.value.params) == ("parent_not_answer", {"id": parent})
    with pytest.raises(NotFound) as missing:
        await store.conversations.add_turn(mine.id, "x", SAMPLING, parent_id="0" * 32)
    assert missing.value.code == "message_not_found"
    assert len((await store.conversations.get(mine.id)).messages) == 2


async def test_conversations_are_listed_newest_change_first(store: AnyStore) -> None:
    made = [await store.conversations.create(title) for title in "abc"]
    assert [summary.title for summary in await store.conversations.list()] == ["c", "b", "a"]
    await store.conversations.add_turn(made[0].id, "x", SAMPLING)
    assert [summary.title for summary in await store.conversations.list()] == ["a", "c", "b"]


async def test_the_first_text_gives_the_title_once(store: AnyStore) -> None:
    made = await store.conversations.create()
    for text in ("## **写作** 计划\nsecond line", "something else"):
        await store.conversations.add_turn(made.id, text, SAMPLING)
    assert (await store.conversations.get(made.id)).title == "写作 计划"


async def test_a_given_title_stays(store: AnyStore) -> None:
    made = await store.conversations.create("Mine")
    await store.conversations.add_turn(made.id, "text", SAMPLING)
    assert [summary.title for summary in await store.conversations.list()] == ["Mine"]


async def test_unknown_ids_are_not_found(store: AnyStore) -> None:
    nobody = "f" * 32
    calls = [
        ("conversation_not_found", store.conversations.get(nobody)),
        ("conversation_not_found", store.conversations.add_turn(nobody, "x", SAMPLING)),
        ("generation_not_found", store.generations.get(nobody)),
        ("generation_not_found", store.generations.conversation_of(nobody)),
        ("generation_not_found", store.generations.path(nobody)),
        ("generation_not_found", store.generations.add_continuation(nobody)),
        ("generation_not_found", store.generations.begin(nobody, IDENTITY, [], 0)),
        ("generation_not_found", store.generations.append(nobody, "x", [])),
        ("generation_not_found", store.generations.finish(nobody, "stop", timings=TIMINGS)),
    ]
    for code, call in calls:
        with pytest.raises(NotFound) as caught:
            await call
        assert (caught.value.code, caught.value.params) == (code, {"id": nobody})


# ------------------------------------------------------------------------------------------------------------ generations


async def test_a_generation_passes_through_its_states(store: AnyStore) -> None:
    conversation_id, generation_id = await ask(store)
    seen = [(await store.generations.get(generation_id)).status]
    await store.generations.begin(generation_id, IDENTITY, [5, 6, 7], 2)
    begun = await store.generations.get(generation_id)
    assert (begun.identity, begun.prompt_ids, begun.dropped_messages) == (IDENTITY, (5, 6, 7), 2)
    seen.append(begun.status)
    await store.generations.append(generation_id, "text", [8])
    seen.append((await store.generations.get(generation_id)).status)
    finished = await store.generations.finish(generation_id, "length", timings=TIMINGS)
    seen.append(finished.status)
    assert seen == ["queued", "reading", "writing", "finished"]
    assert (finished.finish_reason, finished.timings, finished.problem) == ("length", TIMINGS, None)
    assert (finished.prompt_ids, finished.output_ids) == ((5, 6, 7), (8,))
    assert await store.generations.get(generation_id) == finished
    assert await store.generations.conversation_of(generation_id) == conversation_id


async def test_appended_text_is_numbered_joined_and_measured_in_code_points(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    await store.generations.begin(generation_id, IDENTITY, [1], 0)
    numbers = [await store.generations.append(generation_id, text, [index, index + 1]) for index, text in enumerate(TEXTS)]
    running = await store.generations.get(generation_id)
    assert numbers == list(range(1, len(TEXTS) + 1))
    assert running.text == "".join(TEXTS)
    assert [running.text[start:end] for start, end in zip((0, *running.ends), running.ends, strict=False)] == TEXTS
    assert running.output_ids == tuple(token for index in range(len(TEXTS)) for token in (index, index + 1))
    finished = await store.generations.finish(generation_id, "stop", timings=TIMINGS)
    assert finished == replace(running, status="finished", finish_reason="stop", timings=TIMINGS)


@pytest.mark.parametrize("text", TEXTS)
async def test_every_text_comes_back_as_it_was(store: AnyStore, text: str) -> None:
    conversation_id, generation_id = await ask(store, text)
    await answer(store, generation_id, text)
    question, reply = (await store.conversations.get(conversation_id)).messages
    assert (question.text, reply.text) == (text, text)


@pytest.mark.parametrize(("text", "position"), [("\ud800", 1), ("half \udfff of a pair", 6)])
async def test_half_a_surrogate_pair_is_refused_everywhere(store: AnyStore, text: str, position: int) -> None:
    conversation_id, generation_id = await ask(store)
    calls = [
        store.conversations.create(text),
        store.conversations.add_turn(conversation_id, text, SAMPLING),
        store.generations.append(generation_id, text, []),
    ]
    for call in calls:
        with pytest.raises(InvalidRequest) as caught:
            await call
        assert (caught.value.code, caught.value.params) == ("text_not_unicode", {"position": position})
    assert len((await store.conversations.get(conversation_id)).messages) == 2


async def test_token_ids_keep_all_32_bits_and_no_more(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    ids = (0, 1, 151_645, 2**31 - 1, -1, -(2**31))
    await store.generations.begin(generation_id, IDENTITY, ids, 0)
    await store.generations.append(generation_id, "", ids)
    with pytest.raises(OverflowError):
        await store.generations.append(generation_id, "x", [2**31])
    generation = await store.generations.get(generation_id)
    assert (generation.prompt_ids, generation.output_ids, generation.ends) == (ids, ids, (0,))


async def test_a_conversation_is_read_without_ledgers_and_a_path_with_them(store: AnyStore) -> None:
    conversation_id, generation_id = await ask(store)
    await answer(store, generation_id, "text")
    (light,) = (await store.conversations.get(conversation_id)).messages[1].generations
    whole = await store.generations.get(generation_id)
    assert whole.prompt_ids == (1, 2, 3) and whole.output_ids == (0,)
    assert light == replace(whole, prompt_ids=(), output_ids=())
    assert (await store.generations.path(generation_id))[-1].generations == (whole,)


async def test_a_running_answer_shows_its_text_in_the_conversation(store: AnyStore) -> None:
    conversation_id, generation_id = await ask(store)
    await store.generations.append(generation_id, "half", [1])
    reply = (await store.conversations.get(conversation_id)).messages[1]
    assert (reply.text, reply.generations[0].status, reply.generations[0].ends) == ("half", "writing", (4,))


async def test_a_chain_of_continuations_makes_one_text(store: AnyStore) -> None:
    conversation_id, generation_id = await ask(store)
    chain = [generation_id]
    reasons: list[FinishReason] = ["length", "cancelled", "interrupted", "error", "stop"]
    for number, reason in enumerate(reasons):
        await answer(store, chain[-1], f"{number}", "。", finish_reason=reason)
        if reason != "stop":
            chain.append(await store.generations.add_continuation(chain[-1]))
    conversation = await store.conversations.get(conversation_id)
    reply = conversation.messages[1]
    assert conversation.active_id == reply.id
    assert reply.text == "0。1。2。3。4。"
    assert [generation.id for generation in reply.generations] == chain
    assert [generation.continues for generation in reply.generations] == [None, *chain[:-1]]
    assert {generation.sampling for generation in reply.generations} == {SAMPLING}
    assert [message.id for message in await store.generations.path(chain[-1])] == [message.id for message in conversation.messages]


async def test_what_cannot_be_continued_says_why(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    await expect_conflict("generation_running", store.generations.add_continuation(generation_id), generation_id)
    await answer(store, generation_id, "x", finish_reason="length")
    following = await store.generations.add_continuation(generation_id)
    await expect_conflict("generation_continued", store.generations.add_continuation(generation_id), generation_id)
    await expect_conflict("generation_running", store.generations.add_continuation(following), following)
    await answer(store, following, "y", finish_reason="stop")
    await expect_conflict("generation_complete", store.generations.add_continuation(following), following)


async def test_what_the_model_ended_in_the_middle_can_be_continued_until_the_answer_is_whole(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    await answer(store, generation_id, "要带的东西：", finish_reason="stop")
    following = await store.generations.add_continuation(generation_id)
    await answer(store, following, "一把伞，", finish_reason="stop")
    last = await store.generations.add_continuation(following)
    await answer(store, last, "两双鞋。", finish_reason="stop")
    await expect_conflict("generation_complete", store.generations.add_continuation(last), last)


async def expect_conflict(code: str, call: object, generation_id: str) -> None:
    with pytest.raises(Conflict) as caught:
        await call  # type: ignore[misc]
    assert (caught.value.code, caught.value.params) == (code, {"id": generation_id})


async def test_a_finished_generation_takes_nothing_more(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    await answer(store, generation_id, "done")
    before = await store.generations.get(generation_id)
    await expect_conflict("generation_finished", store.generations.begin(generation_id, IDENTITY, [9], 0), generation_id)
    await expect_conflict("generation_finished", store.generations.append(generation_id, "more", [9]), generation_id)
    await expect_conflict("generation_finished", store.generations.finish(generation_id, "error", timings=TIMINGS), generation_id)
    assert await store.generations.get(generation_id) == before


async def test_begun_again_before_a_word_is_allowed_and_after_it_is_not(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    await store.generations.begin(generation_id, IDENTITY, [1], 0)
    await store.generations.begin(generation_id, replace(IDENTITY, build="b7001"), [2], 1)
    await store.generations.append(generation_id, "word", [3])
    await expect_conflict("generation_running", store.generations.begin(generation_id, IDENTITY, [4], 0), generation_id)
    generation = await store.generations.get(generation_id)
    assert generation.identity is not None
    assert (generation.identity.build, generation.prompt_ids, generation.dropped_messages) == ("b7001", (2,), 1)


async def test_a_queued_generation_can_be_cancelled(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    generation = await store.generations.finish(generation_id, "cancelled", timings=Timings())
    assert (generation.text, generation.ends, generation.identity) == ("", (), None)


async def test_a_problem_is_kept_with_its_parameters(store: AnyStore) -> None:
    _, generation_id = await ask(store)
    problem = Problem("engine_lost", {"signal": 9, "after_s": 1.5, "name": "内存"})
    finished = await store.generations.finish(generation_id, "error", timings=Timings(), problem=problem)
    assert finished.problem == problem
    assert (await store.generations.get(generation_id)).problem == problem


async def test_sampling_is_kept_whole(store: AnyStore) -> None:
    sampling = Sampling(
        max_new_tokens=5, temperature=0.0, top_p=0.5, top_k=1, min_p=0.1, repetition_penalty=1.1, presence_penalty=2.0, seed=2**40
    )
    made = await store.conversations.create()
    turn = await store.conversations.add_turn(made.id, "x", sampling)
    assert (await store.generations.get(turn.generation_id)).sampling == sampling


async def test_what_is_unfinished_becomes_interrupted_with_its_text(store: AnyStore) -> None:
    ids = [(await ask(store))[1] for _ in range(4)]
    await store.generations.begin(ids[1], IDENTITY, [1], 0)
    await store.generations.append(ids[2], "字", [7])
    await store.generations.append(ids[2], "😀", [8])
    await answer(store, ids[3], "whole")
    assert await store.generations.interrupt_unfinished() == 3
    found = [await store.generations.get(generation_id) for generation_id in ids]
    assert [generation.finish_reason for generation in found] == ["interrupted", "interrupted", "interrupted", "stop"]
    assert {generation.status for generation in found} == {"finished"}
    assert (found[2].text, found[2].ends, found[2].output_ids) == ("字😀", (1, 2), (7, 8))
    assert await store.generations.interrupt_unfinished() == 0
    assert await store.generations.add_continuation(ids[2])


async def test_a_failed_call_changes_nothing(store: AnyStore) -> None:
    conversation_id, generation_id = await ask(store)
    before = await store.conversations.get(conversation_id), await store.conversations.list()
    for call in (
        store.conversations.add_turn(conversation_id, "x", SAMPLING, parent_id="0" * 32),
        store.generations.add_continuation(generation_id),
        store.generations.append(generation_id, "\ud800", []),
    ):
        with pytest.raises(HanmoError):
            await call
    assert (await store.conversations.get(conversation_id), await store.conversations.list()) == before


# --------------------------------------------------------------------------------------------------------------- sessions


async def test_a_session_is_open_for_its_stamp_until_it_expires_or_is_removed(store: AnyStore) -> None:
    await store.sessions.add("aa", "stamp", expires_at=5000.0)
    assert await store.sessions.is_open("aa", "stamp", now=4999.9)
    assert not await store.sessions.is_open("aa", "stamp", now=5000.0)
    assert not await store.sessions.is_open("aa", "other password", now=4000.0)
    assert not await store.sessions.is_open("bb", "stamp", now=4000.0)
    await store.sessions.add("aa", "stamp", expires_at=6000.0)
    assert await store.sessions.is_open("aa", "stamp", now=5500.0)
    await store.sessions.remove("aa")
    await store.sessions.remove("aa")
    assert not await store.sessions.is_open("aa", "stamp", now=4000.0)
