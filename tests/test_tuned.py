"""What the bench found is read again on the same machine and build, and nothing else is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hanmo.app import default_threads, engine_options, model_shelf
from hanmo.config import load_settings
from hanmo.core.tuning import Choice, Speculation
from hanmo.tuned import FILE_NAME, Tuned, TunedModel, read_tuned, write_tuned
from tests.conftest import TEST_MODEL, TEST_SHA256

MODEL = TunedModel("4B", 2_497_281_120, Choice(3, "q8_0", Speculation(3, 16), "small.gguf"), 3, 27.0, 10.7, 1_800_000_000.0)
TUNED = Tuned("processor, 4", "xllamacpp 1", 30e9, {"a" * 64: MODEL})


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    write_tuned(tmp_path, TUNED)
    assert read_tuned(tmp_path, TUNED.machine, TUNED.build) == TUNED
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_another_machine_or_build_finds_nothing(tmp_path: Path) -> None:
    write_tuned(tmp_path, TUNED)
    assert not read_tuned(tmp_path, "processor, 8", TUNED.build).models
    assert not read_tuned(tmp_path, TUNED.machine, "xllamacpp 2").models


def broken() -> dict[str, str]:
    whole = json.dumps({"machine": TUNED.machine, "build": TUNED.build, "bytes_per_second": 1.0, "models": {"x": None}})
    model = {"name": "4B", "size_bytes": 1, "read_per_second": 1, "written_per_second": 1, "measured_at": 1}

    def with_choice(**choice: object) -> str:
        return json.dumps({**json.loads(whole), "models": {"x": {**model, "choice": choice}}})

    return {
        "empty": "",
        "cut": whole[:40],
        "no object": "[]",
        "a model that is none": whole,
        "no threads": with_choice(threads=0, kv_type="f16", speculation=None),
        "too many threads": with_choice(threads=1000, kv_type="f16", speculation=None),
        "another cache": with_choice(threads=1, kv_type="q2", speculation=None),
        "a draft without end": with_choice(threads=1, kv_type="f16", speculation={"match": 3, "draft": 5000}),
    }


@pytest.mark.parametrize("kind", broken())
def test_a_file_that_cannot_be_read_is_no_file(kind: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(broken()[kind])
    assert read_tuned(tmp_path, TUNED.machine, TUNED.build) == Tuned(TUNED.machine, TUNED.build)


def test_each_model_has_its_own_choice_and_the_last_is_the_newest_whatever_the_clock_said(tmp_path: Path) -> None:
    other = replace(MODEL, choice=Choice(2), measured_at=MODEL.measured_at - 1e9)
    both = TUNED.with_model("b" * 64, other, 31e9)
    assert both.choice_for("a" * 64) == MODEL.choice
    assert both.choice_for("b" * 64) == other.choice
    assert both.choice_for("c" * 64) is None
    assert both.newest == other
    assert both.with_model("a" * 64, MODEL, 31e9).newest == MODEL
    write_tuned(tmp_path, both)
    assert read_tuned(tmp_path, TUNED.machine, TUNED.build).newest == other


def test_threads_that_were_not_chosen_are_none_and_those_of_the_measurement_are_said(tmp_path: Path) -> None:
    undecided = replace(MODEL, choice=replace(MODEL.choice, threads=None), threads=7)
    tuned = TUNED.with_model("a" * 64, undecided, 31e9)
    write_tuned(tmp_path, tuned)
    assert read_tuned(tmp_path, TUNED.machine, TUNED.build) == tuned


def test_a_file_from_before_that_is_read(tmp_path: Path) -> None:
    path = write_tuned(tmp_path, TUNED)
    raw = json.loads(path.read_text("utf-8"))
    del raw["models"]["a" * 64]["threads"]
    path.write_text(json.dumps(raw))
    assert read_tuned(tmp_path, TUNED.machine, TUNED.build) == TUNED


async def test_the_users_own_number_of_threads_goes_first_then_the_model_s(tmp_path: Path, model_file: Path) -> None:
    tuned = Tuned("m", "b").with_model(TEST_SHA256, replace(MODEL, choice=Choice(3)), 31e9)
    open_yet = tuned.with_model(TEST_SHA256, replace(MODEL, choice=Choice(None)), 31e9)
    usual = default_threads()
    for own, kept, of_plan, of_engine in ((None, tuned, 3, usual), (7, tuned, 7, 7), (None, open_yet, None, usual)):
        settings = load_settings(data_dir=tmp_path, models_dir=model_file.parents[1], threads=own)
        plan = await model_shelf(settings, tuned=kept).plan(TEST_MODEL)
        assert (plan.threads, engine_options(settings).threads) == (of_plan, of_engine)
