"""Kept caches without a model: full disks, files that are not to be trusted, engines that die and people who stop in between."""

import asyncio
import errno
import json
import os
import shutil
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.errors import EngineLost
from hanmo.engine import slot_files, slots
from hanmo.engine.wire import SavedSlot
from tests.engine.kept import MINE, ORIGIN, OTHER, ROOM, Kept, T


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "slots")


@pytest.mark.parametrize("room", [0, 1, 500])
async def test_on_a_full_disk_nothing_is_kept_and_the_old_file_goes(kept: Kept, room: int) -> None:
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)
    kept.engine.room = room
    assert await kept.run("other", OTHER) == len(OTHER), "what was written before the disk was full is still good"
    assert ".part" not in kept.files()
    kept.engine.room = ROOM
    assert await kept.run("mine", (*MINE, 7, 8)) == 0, "read cold: it could not be kept"
    assert await kept.run("other", OTHER) == len(OTHER)


async def test_the_last_room_of_a_disk_is_left_to_the_texts(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(kept.directory)._replace(free=1 << 30)
    monkeypatch.setattr("hanmo.engine.slots.shutil.disk_usage", lambda _: free)
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    assert kept.engine.calls == []
    assert kept.files() == []


async def test_a_full_disk_for_the_sidecar_leaves_no_file_that_is_trusted(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept.run("mine", MINE)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        await kept.run("other", OTHER)
    assert await kept.run("mine", MINE) == 0
    assert "restore" not in kept.engine.calls


@pytest.mark.parametrize(
    "changed",
    [{"build": "build 2"}, {"model_sha256": "b" * 64}, {"kv_type": "q8_0"}, {"n_ctx": 4096}],
    ids=["another build", "another model", "another KV type", "another context"],
)
async def test_a_file_of_another_origin_reaches_no_engine(kept: Kept, changed: dict[str, Any]) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    later = Kept(kept.directory, replace(ORIGIN, **changed))
    assert await later.keeper.remembered("mine") == ()
    assert (await later.keeper.outlook("mine", MINE)).cached == 0
    assert not await later.keeper.open("mine")
    assert await later.run("mine", MINE) == 0
    assert "restore" not in later.engine.calls
    assert kept.files() == [], "it is of no use to anybody"


@pytest.mark.parametrize(
    "said",
    [
        '{"half',
        "[1]",
        "[" * 100_000,
        '{"ids": "abc"}',
        '{"ids": [1.5, "a"]}',
        '{"ids": null}',
        '{"canary": [true]}',
        '{"origin": {}}',
    ],
)
async def test_a_sidecar_that_says_nonsense_is_none(kept: Kept, said: str) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    sidecar = kept.path("mine").with_suffix(".json")
    true = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(true | json.loads(said)) if said.endswith("}") else said)
    later = Kept(kept.directory)
    assert await later.keeper.remembered("mine") == ()
    assert await later.run("mine", MINE) == 0
    assert kept.files() == []


@pytest.mark.parametrize("trouble", [EngineLost("engine_lost"), asyncio.CancelledError()], ids=["ends the engine", "holds it up"])
async def test_a_file_that_takes_the_engine_with_it_is_not_tried_twice(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    async def lost(*_: object) -> SavedSlot:
        raise trouble

    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    with monkeypatch.context() as patched:
        patched.setattr(slots, "HELD_UP_S", 0.0)
        patched.setattr(kept.engine, "restore_slot", lost)
        patched.setattr(kept.engine, "erase_slot", lost)
        with pytest.raises(type(trouble)):
            await kept.run("mine", MINE)
    later = Kept(kept.directory)
    assert await later.run("mine", MINE) == 0
    assert "restore" not in later.engine.calls


@pytest.mark.parametrize("step", ["restore_slot", "greedy"])
async def test_who_stops_while_a_work_is_brought_back_loses_nothing_of_it(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What stands in the slot is not known then: neither the one work nor the other."""
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    await kept.keeper.keep()

    async def stopped(*_: object) -> None:
        kept.engine.slot = MINE
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(kept.engine, step, stopped)
        with pytest.raises(asyncio.CancelledError):
            await kept.keeper.take("mine", MINE)
    assert (await kept.keeper.outlook("other", OTHER)).moved == len(OTHER)
    assert await kept.run("other", (*OTHER, 7)) == len(OTHER)
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)


async def test_who_stops_while_a_work_is_written_down_leaves_nothing_on_the_disk(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the engine goes on writing when nobody waits for it."""

    async def stopped(name: str) -> None:
        (kept.directory / name).write_bytes(b"half")
        raise asyncio.CancelledError

    await kept.run("mine", MINE)
    with monkeypatch.context() as patched:
        patched.setattr(kept.engine, "save_slot", stopped)
        with pytest.raises(asyncio.CancelledError):
            await kept.run("other", OTHER)
    assert kept.files() == []
    (kept.directory / "late.part").write_bytes(b"half")
    await kept.run("other", OTHER)
    assert ".part" not in kept.files()


async def test_an_engine_that_dies_while_a_work_is_kept_takes_no_other_file_with_it(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: str) -> SavedSlot:
        raise EngineLost("engine_died")

    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    with monkeypatch.context() as patched:
        patched.setattr(kept.engine, "save_slot", lost)
        with pytest.raises(EngineLost):
            await kept.run("mine", MINE)
    assert await Kept(kept.directory).run("mine", (*MINE, 7)) == len(MINE)


async def test_while_a_large_file_is_hashed_the_engine_is_not_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It rightly stands still then, for longer than a run may."""
    hashed = slot_files.sha256_of

    def slowly(path: Path) -> str:
        time.sleep(0.3)
        return hashed(path)

    async def watched(step: Awaitable[T], /) -> T:
        async with asyncio.timeout(0.1):
            return await step

    monkeypatch.setattr(slot_files, "sha256_of", slowly)
    kept = Kept(tmp_path / "slots", watched=watched)
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)
