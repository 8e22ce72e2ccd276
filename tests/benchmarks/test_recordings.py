"""The price is right on every series of runs that was recorded on a real machine: each run is foreseen from those before it."""

from pathlib import Path

import pytest

from benchmarks.series import BOUND, LEARNT, RUNS, Measured, dumped, near, read_series
from hanmo.core.speeds import Reading, Writing

HERE = Path(__file__).parent / "recordings"
RECORDINGS = sorted(HERE.glob("*.json"))


def test_every_recording_is_foreseen_after_ten_runs() -> None:
    """One test over all of them: with none there is nothing to be shown, and nothing is."""
    shares = {path.name: near(read_series(path)) for path in RECORDINGS}
    assert {name: share for name, share in shares.items() if min(share) < BOUND} == {}


def test_every_recording_is_long_enough_and_holds_numbers_alone() -> None:
    for path in RECORDINGS:
        series = read_series(path)
        assert len(series) >= RUNS, path.name
        assert sum(run.writing is not None for run in series[LEARNT:]) >= RUNS // 2, path.name
        assert path.read_text("utf-8") == dumped(series), f"{path.name} holds something else, too"


def steady(runs: int, seconds_a_token: float = 0.02) -> list[Measured]:
    """A machine on which everything takes as long as the time before."""
    sizes = [(20, 400), (300, 300), (60, 1500), (700, 700), (12, 2500)]
    series = []
    for i in range(runs):
        new, total = sizes[i % len(sizes)]
        reading = Reading(new, total, 0, 0.2 + new * seconds_a_token)
        series.append(Measured(reading, Writing(48, total, 48 * 0.09) if i % 3 else None))
    return series


def test_a_recording_comes_back_as_it_was_written(tmp_path: Path) -> None:
    series = steady(12)
    (tmp_path / "a.json").write_text(dumped(series), "utf-8")
    assert read_series(tmp_path / "a.json") == series


def test_a_steady_machine_is_foreseen_and_one_that_jumps_is_not() -> None:
    assert near(steady(RUNS)) == (1.0, 1.0)
    jumping = [run for pair in zip(steady(RUNS), steady(RUNS, 0.2), strict=True) for run in pair]
    assert near(jumping)[0] < BOUND


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    for text in ('{"runs": []}', '[{"reading": {"new": 1}}]', '[{"reading": null, "writing": null}]', "[1]", "nothing"):
        (tmp_path / "a.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"a\.json"):
            read_series(tmp_path / "a.json")
