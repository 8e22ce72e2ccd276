"""The measured speeds."""

from hanmo.core.values import Timings
from hanmo.work.speeds import Speeds

LONG = Timings(prompt_tokens=100, generated_tokens=100, prompt_tokens_per_second=30.0, tokens_per_second=10.0)


def test_a_run_that_was_cut_short_leaves_the_speeds_as_they_were() -> None:
    known = Speeds().after(LONG, 80)
    assert known.after(Timings(prompt_tokens=100), 0) == known


def test_newer_runs_count_more_than_older_ones() -> None:
    slower = Timings(prompt_tokens=100, generated_tokens=100, prompt_tokens_per_second=10.0, tokens_per_second=5.0)
    speeds = Speeds().after(LONG, 80)
    for _ in range(10):
        speeds = speeds.after(slower, 80)
    assert speeds.tokens_per_second is not None
    assert 5.0 <= speeds.tokens_per_second < 5.5
    assert speeds.words_per_second is not None
    assert 4.0 <= speeds.words_per_second < 4.4
