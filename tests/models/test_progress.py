"""The meter: a rate over the last seconds, and at most five words a second."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hanmo.models.progress import Meter


@given(gaps=st.lists(st.floats(0.001, 0.5), min_size=1, max_size=200))
def test_it_speaks_at_most_five_times_a_second(gaps: list[float]) -> None:
    meter, now, spoken = Meter(0.0), 0.0, []
    for gap in gaps:
        now += gap
        if meter.due(now):
            spoken.append(now)
    assert all(later - sooner >= 0.2 for sooner, later in itertools.pairwise(spoken))
    assert spoken[0] == gaps[0]


@given(rate=st.integers(1, 10**9), seconds=st.integers(1, 60))
def test_a_steady_stream_has_its_rate(rate: int, seconds: int) -> None:
    meter = Meter(0.0)
    for second in range(1, seconds + 1):
        meter.add(rate, float(second))
    assert meter.rate(float(seconds)) == rate


def test_the_rate_forgets_what_is_long_past() -> None:
    meter = Meter(0.0)
    meter.add(10**9, 1.0)
    for second in range(2, 12):
        meter.add(100, float(second))
    assert meter.rate(11.0) == 100
