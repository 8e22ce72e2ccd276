"""The shelf as its callers see it: ids and paths, what is here, how it would be loaded, what is removed."""

import hashlib
import os
from pathlib import Path

import pytest

from hanmo.core.errors import Conflict, InvalidRequest, ModelFileBad, NoRoom
from hanmo.models import ModelShelf
from hanmo.models.files import lock
from hanmo.models.fit import REPACKS
from hanmo.work.model_ports import Models
from tests.models.conftest import HUB_PATH, Bench, MakeBench
from tests.models.hub import Hub, Plan, flipped
from tests.models.real import TEST_MODEL, real_model, real_models_dir
from tests.models.tiny import Gguf, tensor

GIB = 1 << 30


@pytest.fixture
def here(bench: MakeBench, body: bytes) -> Bench:
    """A shelf with its model lying there, copied by hand."""
    there = bench()
    there.file.parent.mkdir(parents=True)
    there.file.write_bytes(body)
    return there


def sparse_model(path: Path, file_bytes: int) -> Path:
    """A sound header over weights that take no room on the disk."""
    rows = file_bytes // 256
    head = Gguf(tensors=[tensor("a", [64, rows], 0, 0)], data=b"").build()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head)
    os.truncate(path, len(head) + rows * 256)
    return path


def test_the_shelf_is_the_port(tmp_path: Path) -> None:
    shelf: Models = ModelShelf(tmp_path)
    assert [entry.id for entry in shelf.list() if entry.default] == ["qwen3-4b-instruct-2507"]
    assert [entry.id for entry in shelf.list() if entry.starter] == ["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"]
    assert all(entry.path is None and entry.size_bytes > 0 for entry in shelf.list())


def test_what_is_here_and_whole_has_a_path_and_what_is_cut_short_has_none(here: Bench, body: bytes) -> None:
    assert here.shelf.resolve("tiny").path == str(here.file)
    here.file.write_bytes(body[:-1])
    assert here.shelf.resolve("tiny").path is None


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("qwen3-4b-instruct", "qwen3-4b-instruct-2507"),
        ("Qwen3-4B", "qwen3-4b"),
        ("llama", "llama-3-8b-instruct"),
        ("???", "qwen3-4b-instruct-2507"),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest(tmp_path: Path, asked: str, nearest: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ModelShelf(tmp_path).resolve(asked)
    assert (caught.value.code, caught.value.params) == ("unknown_model", {"id": asked, "nearest": nearest})


@pytest.mark.parametrize(
    "asked",
    [
        "../../etc/passwd",
        "..",
        ".",
        "",
        "tiny/../tiny",
        "tiny\0",
        "C:\\x",
        "%2e%2e/x",
        "~nobody-at-all/x.gguf",
        "owner/name",
        "a" * 300,
    ],
)
async def test_no_name_leads_out_of_the_directory(here: Bench, asked: str) -> None:
    for act in (here.shelf.remove, lambda name: anext(here.shelf.pull(name))):
        with pytest.raises(InvalidRequest):
            step = act(asked)
            await step  # type: ignore[misc]
    with pytest.raises((InvalidRequest, ModelFileBad)):
        await here.shelf.plan(asked)
    assert here.file.exists()


def test_a_path_serves_where_an_id_does_and_a_wrong_one_says_why(
    here: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = here.shelf.resolve(str(here.file))
    assert (entry.id, entry.path, entry.name) == (str(here.file), str(here.file), "tiny")
    monkeypatch.setenv("HOME", str(here.file.parent))
    assert here.shelf.resolve("~/tiny.gguf").path == str(here.file)
    monkeypatch.chdir(here.file.parent)
    assert here.shelf.resolve("tiny.gguf").path == str(here.file)
    wrong = {
        str(tmp_path / "none.gguf"): "model_path_missing",
        "a" * 300 + ".gguf": "model_path_missing",
        "nul\0.gguf": "model_path_missing",
        str(tmp_path): "model_path_directory",
        "~": "model_path_directory",
        "/etc/passwd": "unknown_model",
    }
    for path, code in wrong.items():
        with pytest.raises(InvalidRequest) as caught:
            here.shelf.resolve(path)
        assert caught.value.code == code


async def test_a_plan_knows_the_hash_and_computes_it_once(here: Bench, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await here.shelf.plan("tiny")
    assert (plan.model_id, plan.path, plan.sha256) == ("tiny", str(here.file), hashlib.sha256(body).hexdigest())
    assert (plan.n_ctx, plan.kv_type, plan.gpu_layers, plan.repack) == (4096, "f16", 0, REPACKS)
    monkeypatch.setattr("hanmo.models.shelf.hash_file", None)
    assert await here.shelf.plan("tiny") == plan


async def test_a_file_that_changed_on_the_disk_is_hashed_again_and_refused(here: Bench, body: bytes) -> None:
    await here.shelf.plan("tiny")
    here.file.write_bytes(flipped(body, len(body) - 1))
    with pytest.raises(ModelFileBad) as caught:
        await here.shelf.plan("tiny")
    assert caught.value.code == "model_hash_wrong"


async def test_pulling_over_a_damaged_file_fetches_it_again(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub)
    there.file.parent.mkdir(parents=True)
    there.file.write_bytes(flipped(body, 99))
    await there.pull()
    assert there.file.read_bytes() == body


async def test_verify_hashes_in_full_whatever_is_remembered(here: Bench, body: bytes) -> None:
    await here.shelf.plan("tiny")
    times = here.file.stat()
    here.file.write_bytes(flipped(body, 77))
    os.utime(here.file, ns=(times.st_atime_ns, times.st_mtime_ns))
    await here.shelf.plan("tiny")
    with pytest.raises(ModelFileBad) as caught:
        [step async for step in here.shelf.verify("tiny")]
    assert caught.value.code == "model_hash_wrong"
    here.file.write_bytes(body)
    steps = [step async for step in here.shelf.verify("tiny")]
    assert (steps[-1].state, steps[-1].received_bytes) == ("done", len(body))
    assert {step.state for step in steps[:-1]} == {"verifying"}


async def test_what_is_not_here_can_be_neither_planned_nor_verified(bench: MakeBench) -> None:
    there = bench()
    with pytest.raises(InvalidRequest, match="model_not_here"):
        await there.shelf.plan("tiny")
    with pytest.raises(InvalidRequest, match="model_not_here"):
        [step async for step in there.shelf.verify("tiny")]


async def test_a_users_own_file_is_planned_and_nothing_is_written_beside_it(here: Bench, body: bytes, tmp_path: Path) -> None:
    own = tmp_path / "own" / "My Model.gguf"
    own.parent.mkdir()
    own.write_bytes(body)
    plan = await here.shelf.plan(str(own))
    assert (plan.model_id, plan.sha256) == (str(own), hashlib.sha256(body).hexdigest())
    assert list(own.parent.iterdir()) == [own]
    assert await here.shelf.plan(str(own)) == plan


async def test_a_context_below_reason_is_refused(here: Bench) -> None:
    with pytest.raises(InvalidRequest, match="context_too_small"):
        await here.shelf.plan("tiny", n_ctx=16)


async def test_where_the_model_does_not_fit_an_installed_starter_is_planned_with_a_note(
    bench: MakeBench, body: bytes, tmp_path: Path
) -> None:
    there = bench(available_bytes=lambda: 1 * GIB)
    there.file.parent.mkdir(parents=True)
    there.file.write_bytes(body)
    big = sparse_model(tmp_path / "big.gguf", 3 * GIB)
    plan = await there.shelf.plan(str(big))
    assert plan.model_id == "tiny"
    assert plan.memory_bytes <= GIB
    assert plan.notes[0].code == "fit_smaller_model"
    assert plan.notes[0].params == {"wanted": "big", "model": "Tiny"}


async def test_where_nothing_fits_it_is_said_how_much_is_needed(bench: MakeBench, tmp_path: Path) -> None:
    there = bench(available_bytes=lambda: 1 * GIB)
    big = sparse_model(tmp_path / "big.gguf", 3 * GIB)
    with pytest.raises(NoRoom) as caught:
        await there.shelf.plan(str(big))
    assert caught.value.code == "memory_too_small"
    assert int(caught.value.params["needed_bytes"]) > 3 * GIB
    assert caught.value.params["available_bytes"] == GIB


@pytest.mark.parametrize(
    ("memory", "disk", "starter"),
    [
        (8 * GIB, 50 * GIB, "qwen2.5-coder-1.5b"),
        (1 * GIB, 50 * GIB, "qwen2.5-coder-0.5b"),
        (8 * GIB, 1 * GIB, "qwen2.5-coder-0.5b"),
    ],
)
def test_the_starter_is_the_larger_where_memory_and_disk_allow(tmp_path: Path, memory: int, disk: int, starter: str) -> None:
    shelf = ModelShelf(tmp_path, available_bytes=lambda: memory, free_bytes=lambda path: disk)
    assert shelf.choose_starter() == starter


async def test_removing_frees_the_file_and_what_lay_beside_it_and_nothing_else(here: Bench, body: bytes) -> None:
    await here.shelf.plan("tiny")
    here.part.write_bytes(b"part")
    (here.file.parent / "notes.txt").write_text("mine")
    assert here.shelf.remove("tiny") > len(body)
    assert here.shelf.resolve("tiny").path is None
    assert not here.part.exists()
    assert (here.file.parent / "notes.txt").exists()
    assert here.shelf.remove("tiny") == 0


def test_what_is_being_fetched_is_not_removed(here: Bench) -> None:
    with lock(here.file.with_name("tiny.gguf.part.lock")), pytest.raises(Conflict):
        here.shelf.remove("tiny")
    assert here.file.exists()


@pytest.fixture(scope="module")
def real_dir() -> Path:
    real_model(TEST_MODEL)
    return real_models_dir()


async def test_the_real_starter_is_planned_as_measured(real_dir: Path) -> None:
    shelf = ModelShelf(real_dir, available_bytes=lambda: 4 * GIB)
    plan = await shelf.plan(TEST_MODEL)
    assert (plan.n_ctx, plan.kv_type, plan.notes) == (8192, "f16", ())
    assert 677 << 20 < plan.memory_bytes < 1000 << 20
