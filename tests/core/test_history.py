"""Which earlier messages go with the next one: in steps, so that prompts keep growing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.history import DEFAULT_ROUNDS, begins_at, left_out, step_of, unsent
from hanmo.core.values import EngineIdentity, Generation, Message, Sampling

ROUNDS = (1, 2, 5, 10, 20)
IDENTITY = EngineIdentity("m", "0" * 64, "1", 8192)


def path(rounds: int, *cleared: int) -> list[Message]:
    """So many whole rounds, with the context cleared after those that `cleared` counts from 1."""
    return [
        message
        for i in range(1, rounds + 1)
        for message in (Message(f"q{i}", None, "user", "?"), Message(f"a{i}", None, "assistant", "!", cleared=i in cleared))
    ]


def sent(before: int, rounds: int | None, *cleared: int) -> int:
    """How many earlier rounds the question after `before` rounds is sent with."""
    return before - left_out(path(before + 1, *cleared), rounds) // 2


def test_five_rounds_are_sent_in_steps_of_three_more() -> None:
    assert [sent(before, 5) for before in range(14)] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8, 5]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_never_fewer_than_the_limit_and_never_more_than_a_step_beyond(rounds: int) -> None:
    for before in range(80):
        assert min(before, rounds) <= sent(before, rounds) <= rounds + step_of(rounds)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_beginning_of_the_prompt_moves_once_a_step(rounds: int) -> None:
    starts = [left_out(path(before + 1), rounds) for before in range(100)]
    moves = sum(before != after for before, after in pairwise(starts))
    assert moves <= 100 / (step_of(rounds) + 1)


def test_all_sends_all() -> None:
    assert sent(200, None) == 200


def test_nothing_before_a_clearing_is_sent_and_the_limit_counts_from_it() -> None:
    assert [sent(before, 5, 3) for before in range(3, 14)] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6]
    assert sent(6, None, 2, 4) == 2


def test_a_clearing_after_the_answer_that_is_written_does_not_concern_it() -> None:
    assert left_out(path(3, 3), None) == 0


def generation(left: int, dropped: int) -> Generation:
    return Generation("g", "a", "finished", Sampling(), identity=IDENTITY, left_out_messages=left, dropped_messages=dropped)


@pytest.mark.parametrize(
    ("left", "dropped", "wanted", "begins"),
    [(0, 0, 0, 0), (4, 0, 4, 4), (0, 6, 4, 6), (0, 6, 8, None), (4, 0, 8, None), (8, 0, 4, None), (8, 2, 4, None), (4, 2, 6, 6)],
)
def test_a_ledger_is_built_on_where_it_begins_as_wanted_or_was_cut_for_room(
    left: int, dropped: int, wanted: int, begins: int | None
) -> None:
    assert begins_at(generation(left, dropped), wanted) == begins


def test_what_will_not_be_sent_is_known_before_the_question() -> None:
    assert unsent(path(8), DEFAULT_ROUNDS) == 0
    assert unsent(path(9), DEFAULT_ROUNDS) == 8
    assert unsent(path(3, 3), DEFAULT_ROUNDS) == 6
    assert unsent([], DEFAULT_ROUNDS) == 0


def test_what_did_not_fit_before_is_not_sent_again() -> None:
    full = path(4)
    last = Message("a4", None, "assistant", "!", (generation(0, 4),))
    assert unsent([*full[:-1], last], None) == 4


def test_a_question_without_an_answer_at_the_end_is_left_aside() -> None:
    assert unsent([*path(9), Message("q", None, "user", "?")], 5) == 8


@given(st.integers(0, 60), st.sampled_from([*ROUNDS, None]), st.sets(st.integers(1, 60), max_size=4))
def test_whole_rounds_are_left_out_and_the_question_itself_never(before: int, rounds: int | None, cleared: set[int]) -> None:
    count = left_out(path(before + 1, *cleared), rounds)
    assert count % 2 == 0
    assert 0 <= count <= 2 * before
