"""Speeds in a file: what was written is read, and what is odd counts as not measured."""

import json
from pathlib import Path

import pytest

from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.store import SpeedFile
from hanmo.store.speed_notes import MOST_KEYS

KNOWN = Speeds(
    (Reading(10, 300, 0, 0.2), Reading(300, 300, 900, 4.0)), (Writing(100, 300, 9.5),), 1.4, None, (Writing(60, 300, 9.0),)
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    notes = SpeedFile(tmp_path / "speeds.json")
    assert notes.read() == {}
    notes.write({"a": KNOWN, "b": Speeds()})
    assert SpeedFile(tmp_path / "speeds.json").read() == {"a": KNOWN, "b": Speeds()}
    assert [path.name for path in tmp_path.iterdir()] == ["speeds.json"]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    notes = SpeedFile(tmp_path / "speeds.json")
    notes.write({str(i): KNOWN for i in range(2 * MOST_KEYS)})
    assert list(notes.read()) == [str(i) for i in range(MOST_KEYS, 2 * MOST_KEYS)]


def test_a_file_from_before_grammars_were_measured_is_read(tmp_path: Path) -> None:
    path = tmp_path / "speeds.json"
    path.write_text(json.dumps({"a": {"readings": [], "writings": [{"tokens": 100, "before": 0, "seconds": 9.5}]} | NO_WORDS}))
    assert SpeedFile(path).read() == {"a": Speeds(writings=(Writing(100, 0, 9.5),))}


NO_WORDS = {"zh_words_per_token": None, "en_words_per_token": None}


def spoilt(**changed: object) -> str:
    row = {"new": 10, "total": 300, "moved": 0, "seconds": 0.2} | changed
    return json.dumps({"a": {"readings": [row], "writings": []} | NO_WORDS})


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"half',
        "[]",
        '{"a": 1}',
        '{"a": {}}',
        spoilt(new=0),
        spoilt(new=301),
        spoilt(moved=-1),
        spoilt(seconds=0),
        spoilt(seconds=-1.0),
        spoilt(seconds="soon"),
        spoilt(seconds=None),
        spoilt(seconds=float("nan")),
        spoilt(seconds=float("inf")),
        spoilt(new=float("inf")),
        json.dumps({"a": {"readings": [], "writings": [], "locked": [{"tokens": 0, "before": 1, "seconds": 1.0}]} | NO_WORDS}),
    ],
)
def test_a_file_that_was_not_written_here_counts_as_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "speeds.json"
    path.write_text(content)
    assert SpeedFile(path).read() == {}


def test_a_disk_that_refuses_costs_only_measuring_again(tmp_path: Path) -> None:
    (tmp_path / "speeds.json").mkdir()
    notes = SpeedFile(tmp_path / "speeds.json")
    notes.write({"a": KNOWN})
    assert notes.read() == {}
    SpeedFile(tmp_path / "not there" / "speeds.json").write({"a": KNOWN})
