"""What is chosen from what was measured: never the worse, the cheaper where it is as good, drafts only where they pay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.tuning import (
    AS_GOOD,
    COPY_GAIN,
    FREE_LOSS,
    KV_GAIN,
    Speculation,
    Speed,
    best_kv,
    best_speculation,
    best_threads,
    drafts_to_try,
    hoped_gain,
    hoped_kv_gain,
    limit_tokens_per_second,
    pays,
    thread_counts,
)

rates = st.floats(0.1, 1000)
speeds = st.builds(Speed, rates, rates, rates)
TWO_CORES = {1: 0.094, 2: 0.15, 4: 0.28, 8: 0.42, 16: 0.65, 32: 1.2, 49: 1.8}
"""Seconds by tokens at once, as two cores gave for the 4B: 16 at once cost 2.3 times less each than one."""
BUSY_MEMORY = {1: 0.1, 2: 0.1, 4: 0.1, 8: 0.1, 16: 0.12, 32: 0.2, 49: 0.3}
"""Many cores: up to a dozen tokens cost as much as one."""
NO_GAIN = {n: 0.1 * n for n in TWO_CORES}


@given(st.dictionaries(st.integers(1, 64), speeds, min_size=1))
def test_the_chosen_threads_are_about_as_good_as_the_best_and_no_fewer_are(tried: dict[int, Speed]) -> None:
    chosen = best_threads(tried)
    best = min(speed.seconds for speed in tried.values())
    assert tried[chosen].seconds * AS_GOOD <= best
    assert all(tried[fewer].seconds * AS_GOOD > best for fewer in tried if fewer < chosen)


def test_of_threads_that_are_as_good_the_fewest_leave_room() -> None:
    assert best_threads({4: Speed(60, 12.0), 3: Speed(60, 11.9), 2: Speed(40, 9)}) == 3
    assert best_threads({4: Speed(60, 12.0), 3: Speed(45, 12.0)}) == 4, "reading wants the fourth"


@pytest.mark.parametrize(
    ("cores", "logical", "tried"), [(1, 1, (1,)), (2, 2, (2, 1)), (4, 8, (4, 3, 2, 8)), (2, 4, (2, 1, 4)), (8, 8, (8, 7, 4))]
)
def test_few_numbers_of_threads_are_worth_trying_the_physical_cores_first(cores: int, logical: int, tried: tuple[int, ...]) -> None:
    assert thread_counts(cores, logical) == tried


def test_a_cache_of_eight_bits_has_to_give_something_for_what_it_takes() -> None:
    assert best_kv(Speed(30, 10), Speed(30, 10.1)) == "f16"
    assert best_kv(Speed(30, 10), Speed(32, 10.6)) == "f16"
    assert best_kv(Speed(30, 10), Speed(33, 11)) == "q8_0"


@given(speeds, st.floats(0, 0.5))
def test_what_a_smaller_cache_can_save_is_no_more_than_what_the_cache_costs(f16: Speed, cache_share: float) -> None:
    saved = Speed(f16.read, f16.written / (1 - cache_share))
    assert hoped_kv_gain(f16, cache_share) == pytest.approx(f16.seconds / saved.seconds)


def test_a_cache_is_a_question_where_much_is_written_and_it_is_large_beside_the_weights() -> None:
    assert hoped_kv_gain(Speed(24, 11), 0.09) < KV_GAIN, "the 4B on two cores"
    assert hoped_kv_gain(Speed(400, 11), 0.09) > KV_GAIN
    assert hoped_kv_gain(Speed(24, 11), 0.2) > KV_GAIN
    assert hoped_kv_gain(Speed(0, 0), 0.9) == 1


def test_where_nothing_was_measured_no_draft_is_tried() -> None:
    assert drafts_to_try({}, 64) == ()


def test_where_several_at_once_cost_as_much_as_one_by_one_no_draft_is_tried() -> None:
    assert drafts_to_try(NO_GAIN, 64) == ()


def test_the_more_idle_the_arithmetic_the_more_is_hoped_for() -> None:
    assert all(
        hoped_gain(draft, BUSY_MEMORY) > hoped_gain(draft, TWO_CORES) > hoped_gain(draft, NO_GAIN) for draft in (4, 8, 16, 24)
    )
    assert drafts_to_try(BUSY_MEMORY, 64)


@given(st.integers(2, 100))
def test_a_draft_goes_through_the_engine_in_one_step(longest: int) -> None:
    assert all(draft + 1 <= longest for draft in drafts_to_try(BUSY_MEMORY, longest))


@given(speeds, st.dictionaries(st.builds(Speculation, st.integers(1, 9), st.integers(1, 48)), speeds))
def test_drafts_are_off_unless_copying_gains_and_free_writing_loses_nothing(
    without: Speed, tried: dict[Speculation, Speed]
) -> None:
    chosen = best_speculation(without, tried)
    if chosen is None:
        assert not any(pays(without, speed) for speed in tried.values())
    else:
        assert tried[chosen].copied >= COPY_GAIN * without.copied
        assert tried[chosen].written >= FREE_LOSS * without.written


def test_what_was_not_measured_pays_nothing() -> None:
    assert not pays(Speed(10, 10, 0), Speed(10, 10, 30))
    assert Speed(0, 0).seconds == float("inf")


def test_the_limit_is_what_memory_gives_for_the_bytes_of_a_token() -> None:
    assert limit_tokens_per_second(30e9, 2.5e9) == 12
    assert limit_tokens_per_second(30e9, 0) == 0
