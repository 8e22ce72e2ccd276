"""The price is right on the series of runs that were recorded on a real machine: each run is foreseen from those before it."""

from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.series import BOUND, LEARNT, RUNS, Measured, dumped, near, read_series
from hanmo.core.speeds import Reading, Writing

HERE = Path(__file__).parent / "recordings"
RECORDINGS = sorted(HERE.glob("*.json"))
SLACK = 0.05
"""Of one recording: three of its runs."""


def test_what_was_recorded_is_foreseen_after_ten_runs() -> None:
    """Of all runs together: within one recording the machine may have become quicker by half, as others left it."""
    firsts, speeds = zip(*(near(read_series(path)) for path in RECORDINGS), strict=True)
    assert len(RECORDINGS) >= 2
    assert mean(firsts) >= BOUND and min(firsts) >= BOUND - SLACK
    assert mean(speeds) >= BOUND and min(speeds) >= BOUND - SLACK


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_is_long_enough_and_holds_numbers_alone(path: Path) -> None:
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
        reading = Reading(new, total, 0, 0.2 + new * (1 + (total - new / 2) / 5000) * seconds_a_token)
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


def test_runs_under_a_grammar_are_foreseen_by_their_like(tmp_path: Path) -> None:
    """A form that takes twice as long a token would spoil free writing, and be spoilt by it."""
    series = [
        Measured(run.reading, run.writing and Writing(48, run.writing.before, 48 * (0.18 if i % 2 else 0.09)), bool(i % 2))
        for i, run in enumerate(steady(RUNS))
    ]
    assert near(series)[1] == 1.0
    assert near([replace(run, locked=False) for run in series])[1] < BOUND
    (tmp_path / "a.json").write_text(dumped(series), "utf-8")
    assert read_series(tmp_path / "a.json") == series


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    for text in ('{"runs": []}', '[{"reading": {"new": 1}}]', '[{"reading": null, "writing": null}]', "[1]", "nothing", "[[]]"):
        (tmp_path / "a.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"a\.json"):
            read_series(tmp_path / "a.json")
