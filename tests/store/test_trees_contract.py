"""What both stores do with a conversation's tree: other versions, branches, deletion and its undoing, and the library's order."""

from collections.abc import Awaitable, Callable

import pytest

from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.values import Conversation
from hanmo.store import MemoryStore, Store
from hanmo.work.ports import NewTurn
from tests.store.examples import IDENTITY, SAMPLING, TIMINGS

AnyStore = Store | MemoryStore


async def new(store: AnyStore, *texts: str) -> tuple[str, list[NewTurn]]:
    """A conversation of these turns, one under the other."""
    made = await store.conversations.create()
    return made.id, [await store.conversations.add_turn(made.id, text, SAMPLING) for text in texts]


async def ids(store: AnyStore, conversation_id: str) -> list[str]:
    return [message.id for message in (await store.conversations.get(conversation_id)).messages]


async def active(store: AnyStore, conversation_id: str) -> str | None:
    return (await store.conversations.get(conversation_id)).active_id


def parents(conversation: Conversation) -> dict[str, str | None]:
    return {message.id: message.parent_id for message in conversation.messages}


# --------------------------------------------------------------------------------------------------------------- branches


async def test_another_answer_stands_beside_the_first_and_is_shown(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    for asked in (turn.message_id, turn.user_message_id):
        again = await store.conversations.add_answer(conversation_id, asked, SAMPLING)
        conversation = await store.conversations.get(conversation_id)
        assert again.user_message_id == turn.user_message_id
        assert parents(conversation)[again.message_id] == turn.user_message_id
        assert conversation.active_id == again.message_id
        assert [g.id for g in conversation.messages[-1].generations] == [again.generation_id]
    assert len(conversation.messages) == 4


async def test_a_question_is_asked_otherwise_beside_the_first(store: AnyStore) -> None:
    conversation_id, (first, second) = await new(store, "一", "二")
    for beside, parent in ((first, None), (second, first.message_id)):
        turn = await store.conversations.add_turn(conversation_id, "改", SAMPLING, beside_id=beside.user_message_id)
        conversation = await store.conversations.get(conversation_id)
        assert parents(conversation)[turn.user_message_id] == parent
        assert conversation.active_id == turn.message_id
    assert [m.text for m in conversation.messages if m.role == "user"] == ["一", "二", "改", "改"]


async def test_only_a_question_is_asked_otherwise_and_one_place_is_named(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    with pytest.raises(InvalidRequest) as caught:
        await store.conversations.add_turn(conversation_id, "改", SAMPLING, beside_id=turn.message_id)
    assert (caught.value.code, caught.value.params) == ("message_not_question", {"id": turn.message_id})
    with pytest.raises(InvalidRequest, match="parent_or_beside"):
        await store.conversations.add_turn(
            conversation_id, "改", SAMPLING, beside_id=turn.user_message_id, parent_id=turn.message_id
        )


async def test_choosing_shows_the_newest_leaf_below(store: AnyStore) -> None:
    conversation_id, (first, second) = await new(store, "一", "二")
    other = await store.conversations.add_answer(conversation_id, first.message_id, SAMPLING)
    await store.conversations.choose(conversation_id, first.message_id)
    assert await active(store, conversation_id) == second.message_id
    await store.conversations.choose(conversation_id, other.message_id)
    assert await active(store, conversation_id) == other.message_id


async def test_an_answer_is_cleared_and_a_question_is_not(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    for cleared in (True, False):
        await store.conversations.clear(conversation_id, turn.message_id, cleared)
        assert (await store.conversations.get(conversation_id)).messages[1].cleared is cleared
    assert (await store.generations.path(turn.generation_id))[1].cleared is False
    with pytest.raises(InvalidRequest, match="message_not_answer"):
        await store.conversations.clear(conversation_id, turn.user_message_id, True)


async def test_a_conversation_sends_five_rounds_until_it_is_told_otherwise(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    assert await store.generations.rounds(turn.generation_id) == 5
    for rounds in (1, None, 20):
        await store.conversations.set_rounds(conversation_id, rounds)
        assert (await store.conversations.get(conversation_id)).rounds == rounds
        assert await store.generations.rounds(turn.generation_id) == rounds


async def test_what_was_left_out_of_a_prompt_is_kept(store: AnyStore) -> None:
    _, (turn,) = await new(store, "问")
    await store.generations.begin(turn.generation_id, IDENTITY, [1], 2, 8)
    kept = await store.generations.get(turn.generation_id)
    assert (kept.dropped_messages, kept.left_out_messages) == (2, 8)


# --------------------------------------------------------------------------------------------------------------- deletion


async def test_a_message_goes_with_what_stands_below_it_and_comes_back_as_it_was(store: AnyStore) -> None:
    conversation_id, (_first, second, _third) = await new(store, "一", "二", "三")
    before = await store.conversations.get(conversation_id)
    await store.conversations.delete_message(conversation_id, second.user_message_id)
    conversation = await store.conversations.get(conversation_id)
    assert [m.text for m in conversation.messages] == ["一", ""]
    assert conversation.active_id == conversation.messages[-1].id
    await store.conversations.restore_message(conversation_id, second.user_message_id)
    assert await store.conversations.get(conversation_id) == before


async def test_an_undone_deletion_shows_the_branch_that_was_shown(store: AnyStore) -> None:
    conversation_id, (first,) = await new(store, "一")
    old = await store.conversations.add_turn(conversation_id, "旧", SAMPLING)
    await store.conversations.add_turn(conversation_id, "新", SAMPLING, parent_id=first.message_id)
    await store.conversations.choose(conversation_id, old.message_id)
    await store.conversations.delete_message(conversation_id, first.message_id)
    assert await active(store, conversation_id) == first.user_message_id
    await store.conversations.restore_message(conversation_id, first.message_id)
    assert await active(store, conversation_id) == old.message_id


async def test_an_answer_that_goes_leaves_the_one_beside_it(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    again = await store.conversations.add_answer(conversation_id, turn.message_id, SAMPLING)
    await store.conversations.delete_message(conversation_id, again.message_id)
    assert await active(store, conversation_id) == turn.message_id


async def test_an_earlier_deletion_below_stays_when_the_later_one_is_undone(store: AnyStore) -> None:
    conversation_id, (first, second) = await new(store, "一", "二")
    await store.conversations.delete_message(conversation_id, second.user_message_id)
    await store.conversations.delete_message(conversation_id, first.user_message_id)
    assert await ids(store, conversation_id) == []
    with pytest.raises(Conflict) as caught:
        await store.conversations.restore_message(conversation_id, second.user_message_id)
    assert (caught.value.code, caught.value.params) == ("message_above_deleted", {"id": second.user_message_id})
    await store.conversations.restore_message(conversation_id, first.user_message_id)
    assert await ids(store, conversation_id) == [first.user_message_id, first.message_id]
    await store.conversations.restore_message(conversation_id, second.user_message_id)
    assert await active(store, conversation_id) == second.message_id


async def test_a_turn_after_a_question_without_an_answer_leaves_it_aside(store: AnyStore) -> None:
    conversation_id, (first, second) = await new(store, "一", "二")
    await store.conversations.delete_message(conversation_id, second.message_id)
    assert await active(store, conversation_id) == second.user_message_id
    turn = await store.conversations.add_turn(conversation_id, "三", SAMPLING)
    assert parents(await store.conversations.get(conversation_id))[turn.user_message_id] == first.message_id


async def test_what_is_deleted_is_not_there_to_be_used(store: AnyStore) -> None:
    conversation_id, (first, second) = await new(store, "一", "二")
    await store.generations.finish(second.generation_id, "cancelled", timings=TIMINGS)
    await store.conversations.delete_message(conversation_id, second.user_message_id)
    gone: list[Callable[[], Awaitable[object]]] = [
        lambda: store.conversations.add_turn(conversation_id, "x", SAMPLING, parent_id=second.message_id),
        lambda: store.conversations.add_turn(conversation_id, "x", SAMPLING, beside_id=second.user_message_id),
        lambda: store.conversations.add_answer(conversation_id, second.message_id, SAMPLING),
        lambda: store.conversations.choose(conversation_id, second.message_id),
        lambda: store.conversations.clear(conversation_id, second.message_id, True),
        lambda: store.conversations.delete_message(conversation_id, second.message_id),
        lambda: store.conversations.restore_message(conversation_id, second.message_id),
    ]
    for call in gone:
        with pytest.raises(NotFound, match="message_not_found"):
            await call()
    with pytest.raises(NotFound, match="generation_not_found"):
        await store.generations.add_continuation(second.generation_id)
    await store.conversations.restore_message(conversation_id, first.message_id)  # was never deleted
    assert len(await ids(store, conversation_id)) == 2


async def test_a_deleted_conversation_is_away_until_it_is_restored(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    await store.generations.finish(turn.generation_id, "cancelled", timings=TIMINGS)
    before = await store.conversations.get(conversation_id)
    await store.conversations.delete(conversation_id)
    assert await store.conversations.list() == []
    away: list[Callable[[], Awaitable[object]]] = [
        lambda: store.conversations.get(conversation_id),
        lambda: store.conversations.delete(conversation_id),
        lambda: store.conversations.rename(conversation_id, "x"),
        lambda: store.conversations.pin(conversation_id, True),
        lambda: store.conversations.set_rounds(conversation_id, 1),
        lambda: store.conversations.add_turn(conversation_id, "x", SAMPLING),
        lambda: store.conversations.add_answer(conversation_id, turn.message_id, SAMPLING),
        lambda: store.conversations.choose(conversation_id, turn.message_id),
        lambda: store.conversations.clear(conversation_id, turn.message_id, True),
        lambda: store.conversations.delete_message(conversation_id, turn.message_id),
        lambda: store.conversations.restore_message(conversation_id, turn.message_id),
    ]
    for call in away:
        with pytest.raises(NotFound, match="conversation_not_found"):
            await call()
    with pytest.raises(NotFound, match="generation_not_found"):
        await store.generations.add_continuation(turn.generation_id)
    await store.conversations.restore(conversation_id)
    await store.conversations.restore(conversation_id)
    assert await store.conversations.get(conversation_id) == before
    with pytest.raises(NotFound, match="conversation_not_found"):
        await store.conversations.restore("f" * 32)


async def test_an_answer_that_was_deleted_while_it_was_written_still_ends(store: AnyStore) -> None:
    conversation_id, (turn,) = await new(store, "问")
    await store.generations.begin(turn.generation_id, IDENTITY, [1], 0)
    await store.conversations.delete_message(conversation_id, turn.message_id)
    await store.generations.append(turn.generation_id, "还在写", [2])
    await store.generations.finish(turn.generation_id, "stop", timings=TIMINGS)
    await store.conversations.restore_message(conversation_id, turn.message_id)
    assert (await store.conversations.get(conversation_id)).messages[-1].text == "还在写"


# ---------------------------------------------------------------------------------------------------------------- library


async def test_pinned_conversations_are_listed_first(store: AnyStore) -> None:
    made = [await store.conversations.create(title) for title in "abc"]
    await store.conversations.pin(made[0].id, True)
    assert [(s.title, s.pinned) for s in await store.conversations.list()] == [("a", True), ("c", False), ("b", False)]
    await store.conversations.pin(made[0].id, False)
    assert [s.title for s in await store.conversations.list()] == ["c", "b", "a"]


async def test_a_new_name_moves_nothing_in_the_library(store: AnyStore) -> None:
    made = [await store.conversations.create(title) for title in "ab"]
    await store.conversations.rename(made[0].id, "新名字")
    assert [s.title for s in await store.conversations.list()] == ["b", "新名字"]
    assert (await store.conversations.get(made[0].id)).title == "新名字"
