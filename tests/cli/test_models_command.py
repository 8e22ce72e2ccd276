"""`hanmo models …` on the real test model and on what is not there."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.commands import TEST_MODEL, assert_refused, hanmo, has_han

IDS = {"qwen3-4b-instruct-2507", "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b", "qwen3-4b", "qwen3-1.7b", "qwen3-0.6b"}
IDS |= {"llama-3-8b-instruct", "phi-3-mini-4k-instruct", "chatglm3-6b"}


@pytest.mark.usefixtures("model_file")
def test_list_as_json_is_the_whole_catalog_with_what_is_here(tmp_path: Path) -> None:
    said = hanmo("models", "list", "--json", data_dir=tmp_path)
    assert (said.code, said.err) == (0, "")
    models = {row["id"]: row for row in json.loads(said.out)}
    assert set(models) >= IDS
    assert all(set(row) >= {"id", "name", "size_bytes", "path", "starter", "default"} for row in models.values())
    assert [row["id"] for row in models.values() if row["default"]] == ["qwen3-4b-instruct-2507"]
    assert {row["id"] for row in models.values() if row["starter"]} == {"qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"}
    assert Path(models[TEST_MODEL]["path"]).stat().st_size == models[TEST_MODEL]["size_bytes"] == 491_400_064


def test_list_says_which_are_not_here(tmp_path: Path) -> None:
    said = hanmo("models", "list", "--json", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert {row["path"] for row in json.loads(said.out)} == {None}
    assert not (tmp_path / "models").exists(), "looking makes nothing"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_list_as_a_table_names_every_model(lang: str, tmp_path: Path) -> None:
    said = hanmo("models", "list", data_dir=tmp_path, HANMO_LANG=lang)
    assert said.code == 0
    assert [name for name in IDS if name not in said.out] == []
    assert has_han(said.out) == (lang == "zh")


@pytest.mark.parametrize("command", ["pull", "verify", "rm"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_unknown_id_ends_with_2_and_the_nearest_name(command: str, lang: str, tmp_path: Path) -> None:
    said = hanmo("models", command, "qwen3-4b-instruct", data_dir=tmp_path, HANMO_LANG=lang)
    assert_refused(said, 2)
    assert "qwen3-4b-instruct-2507" in said.err
    assert "hanmo models list" in said.next_step
    assert has_han(said.err) == (lang == "zh")


@pytest.mark.usefixtures("model_file")
def test_verify_reads_the_whole_of_the_real_model(tmp_path: Path) -> None:
    said = hanmo("models", "verify", TEST_MODEL, data_dir=tmp_path)
    assert said.code == 0, said.err
    assert "intact" in said.out


@pytest.mark.usefixtures("model_file")
def test_pulling_what_is_here_is_done_at_once(tmp_path: Path) -> None:
    said = hanmo("models", "pull", TEST_MODEL, data_dir=tmp_path, timeout_s=30)
    assert said.code == 0, said.err
    assert "is here" in said.out


def test_verify_finds_a_flipped_byte(tmp_path: Path, model_file: Path) -> None:
    copy = tmp_path / "models" / TEST_MODEL / model_file.name
    copy.parent.mkdir(parents=True)
    shutil.copyfile(model_file, copy)
    with copy.open("r+b") as file:
        file.seek(400_000_000)
        byte = file.read(1)[0]
        file.seek(400_000_000)
        file.write(bytes([byte ^ 1]))
    said = hanmo("models", "verify", TEST_MODEL, data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert said.code == 2, said.err
    assert "SHA-256" in said.err and "hanmo models pull" in said.next_step
    copy.unlink()


def test_verify_of_what_is_not_here_names_the_way_to_fetch_it(tmp_path: Path) -> None:
    said = hanmo("models", "verify", "qwen3-4b", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert said.code == 2
    assert "hanmo models pull qwen3-4b" in said.next_step


def test_verify_does_not_call_a_text_file_intact(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("这不是模型。")
    said = hanmo("models", "verify", str(tmp_path / "notes.gguf"), data_dir=tmp_path)
    assert said.code == 2
    assert "GGUF" in said.err


def test_removing_what_is_not_here_frees_nothing_and_does_no_harm(tmp_path: Path) -> None:
    said = hanmo("models", "rm", "qwen3-4b", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert (said.code, said.err) == (0, "")
    assert "0 B" in said.out
    assert not (tmp_path / "models").exists()


def test_removing_gives_the_room_back(tmp_path: Path, model_file: Path) -> None:
    copy = tmp_path / "models" / TEST_MODEL / model_file.name
    copy.parent.mkdir(parents=True)
    with copy.open("wb") as file:
        file.truncate(491_400_064)
    said = hanmo("models", "rm", TEST_MODEL, data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert (said.code, said.err) == (0, "")
    assert "491 MB" in said.out
    assert not copy.exists()


def test_where_no_source_answers_pull_ends_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    said = hanmo("models", "pull", "qwen3-0.6b", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"), timeout_s=90)
    assert said.code == 1, said.err
    assert "HF_ENDPOINT" in said.next_step
    assert "Traceback" not in said.err


def test_a_models_directory_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("x")
    said = hanmo("models", "pull", "qwen3-0.6b", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert said.code == 1
    assert said.next_step and "Traceback" not in said.err
