"""`hanmo doctor`: one line a matter, each with what to do, in bounded time."""

import json
import socket
import time
from pathlib import Path

import pytest

from tests.cli.commands import TEST_MODEL, Said, hanmo, has_han
from tests.running import RunningHanmo

NAMES = ["processor", "memory", "standing", "graphics", "data", "models", "database", "engine", "model", "hub", "port"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Said:
    return hanmo("doctor", "--json", "--model", TEST_MODEL, data_dir=tmp_path_factory.mktemp("doctor"))


def rows_of(said: Said) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in json.loads(said.out)}


def test_json_has_one_line_a_matter_with_the_same_four_fields(report: Said) -> None:
    rows = json.loads(report.out)
    assert {frozenset(row) for row in rows} == {frozenset({"name", "verdict", "text", "next_step"})}
    assert {row["verdict"] for row in rows} <= {"ok", "note", "bad"}
    assert all(row["text"] for row in rows)
    assert [row["name"] for row in rows][: len(NAMES)] == NAMES or set(NAMES) <= {row["name"] for row in rows}
    assert "doctor." not in report.out


def test_a_matter_that_is_not_well_has_a_next_step(report: Said) -> None:
    assert [row["name"] for row in json.loads(report.out) if row["verdict"] != "ok" and not row["next_step"]] == []


def test_it_ends_with_0_where_nothing_stands_in_the_way(report: Said) -> None:
    assert [row for row in json.loads(report.out) if row["verdict"] == "bad"] == []
    assert (report.code, report.err) == (0, "")


def test_the_real_model_is_here_and_fits(report: Said) -> None:
    model = rows_of(report)["model"]
    assert model["verdict"] == "ok"
    assert "0.5B" in model["text"]


def test_hubs_that_refuse_are_a_note_with_what_to_do_and_no_obstacle(report: Said) -> None:
    hub = rows_of(report)["hub"]
    assert hub["verdict"] == "note"
    assert "no answer" in hub["text"]
    assert "HF_ENDPOINT" in hub["next_step"]


def test_a_hub_that_never_says_a_word_is_given_up_in_bounded_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        said = hanmo("doctor", "--json", data_dir=tmp_path, HF_ENDPOINT=url, HANMO_MODELSCOPE_ENDPOINT=url)
        assert time.monotonic() - begun < 30
    assert rows_of(said)["hub"]["verdict"] == "note"
    assert said.code == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_for_people_it_speaks_their_language_and_points_on_with_an_arrow(lang: str, tmp_path: Path) -> None:
    said = hanmo("doctor", data_dir=tmp_path, HANMO_LANG=lang, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert said.code == 0
    assert has_han(said.out) == (lang == "zh")
    assert "→ " in said.out
    assert "doctor." not in said.out and "error." not in said.out
    assert not (tmp_path / "models").exists(), "a check makes nothing"


def test_a_model_that_is_not_here_is_a_note_that_names_the_way_to_it(tmp_path: Path) -> None:
    said = hanmo("doctor", "--json", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    model = rows_of(said)["model"]
    assert model["verdict"] == "note"
    assert "hanmo models pull qwen3-4b-instruct-2507" in model["next_step"]


@pytest.mark.parametrize("model", ["qwen3-4b-instruct", "no such file.gguf"])
def test_a_model_that_cannot_be_is_bad_and_ends_with_1(model: str, tmp_path: Path) -> None:
    said = hanmo("doctor", "--json", "--model", model, data_dir=tmp_path)
    assert (said.code, rows_of(said)["model"]["verdict"]) == (1, "bad")
    assert rows_of(said)["model"]["next_step"]


def test_a_file_that_is_no_model_is_bad_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("这不是模型。")
    said = hanmo("doctor", "--json", "--model", str(tmp_path / "text.gguf"), data_dir=tmp_path)
    assert (said.code, rows_of(said)["model"]["verdict"]) == (1, "bad")
    assert "GGUF" in rows_of(said)["model"]["text"]


def test_a_data_directory_that_is_a_file_is_bad_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = hanmo("doctor", "--json", "--data-dir", str(tmp_path / "file"))
    assert (said.code, rows_of(said)["data"]["verdict"]) == (1, "bad")
    assert "--data-dir" in rows_of(said)["data"]["next_step"]


def test_a_port_in_use_is_a_note_that_names_the_next_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = hanmo("doctor", "--json", data_dir=tmp_path, HANMO_PORT=str(port))
    row = rows_of(said)["port"]
    assert (row["verdict"], said.code) == ("note", 0)
    assert f"--port {port + 1}" in row["next_step"]


def test_beside_a_running_server_the_port_line_says_where_it_is(tmp_path: Path) -> None:
    with RunningHanmo(tmp_path / "data", model="no-such-model") as server:
        said = hanmo("doctor", "--json", data_dir=server.data_dir)
        row = rows_of(said)["port"]
        assert (row["verdict"], said.code) == ("ok", 0)
        assert server.url in row["text"]
