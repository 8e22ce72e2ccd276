"""A machine stands in the lower of the rows of its speed and its memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.hardware import MEASURE_BYTES, ROWS, as_the_measure, estimate_tokens_per_second, place_of

GB = 1_000_000_000
BETTER = ["below", *(row.name for row in reversed(ROWS))]


@pytest.mark.parametrize(
    ("speed", "memory_gb", "row", "held_by"),
    [
        (12.0, 33.5, "ideal", "speed"),
        (12.0, 16.6, "recommended", "memory"),
        (12.0, 7.8, "barely", "memory"),
        (6.0, 33.5, "recommended", "speed"),
        (2.5, 16.6, "barely", "speed"),
        (1.0, 64.0, "below", "speed"),
        (9.0, 3.9, "below", "memory"),
    ],
)
def test_the_lower_of_speed_and_memory_decides(speed: float, memory_gb: float, row: str, held_by: str) -> None:
    place = place_of(speed, int(memory_gb * GB))
    assert (place.name, place.held_by) == (row, held_by)


@pytest.mark.parametrize(("cores", "row"), [(1, "below"), (2, "barely"), (4, "recommended"), (8, "ideal")])
def test_an_estimate_stands_no_higher_than_its_cores(cores: int, row: str) -> None:
    place = place_of(estimate_tokens_per_second(cores), 64 * GB, cores)
    assert (place.name, place.held_by) == (row, "speed")


@given(st.floats(0, 100), st.integers(0, 256 * GB), st.floats(0, 50), st.integers(0, 64 * GB))
def test_more_speed_and_more_memory_never_stand_lower(speed: float, memory: int, faster: float, larger: int) -> None:
    place, better = place_of(speed, memory), place_of(speed + faster, memory + larger)
    assert BETTER.index(better.name) >= BETTER.index(place.name)
    assert better.n_ctx >= place.n_ctx


def test_the_estimate_is_near_what_was_measured_for_the_design_and_ends_with_the_memory() -> None:
    assert estimate_tokens_per_second(2) == pytest.approx(10.7, rel=0.1)
    assert estimate_tokens_per_second(64) == estimate_tokens_per_second(8)
    assert estimate_tokens_per_second(4, runs_engine=False) == 0


def test_another_model_is_reckoned_by_its_size() -> None:
    assert as_the_measure(24, 1_117_320_768) == pytest.approx(10.7, rel=0.05)
    assert as_the_measure(10, MEASURE_BYTES) == 10
