"""Kept caches without a model: the order of things, full disks, other builds, and what goes first when there is no room."""

import asyncio
import errno
import json
import os
import shutil
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hanmo.core.errors import EngineError, EngineLost
from hanmo.engine import slot_files, slots
from hanmo.engine.slot_files import MOST_BRANCHES, WORTH_TOKENS, SlotOrigin
from hanmo.engine.slots import SlotContent, SlotKeeper
from hanmo.engine.wire import SavedSlot

T = TypeVar("T")

ORIGIN = SlotOrigin("a" * 64, "build 1", "f16", 2048)
ROOM = 1 << 20
MINE = tuple(range(1000, 1300))
OTHER = tuple(range(5000, 5200))


class Engine:
    """The wire to an engine whose slot is its ids in a file. `room` is what its disk still holds, in bytes; `calls` are what it was asked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.slot: tuple[int, ...] = ()
        self.room = ROOM
        self.calls: list[str] = []

    async def greedy(self, ids: Sequence[int]) -> tuple[str, tuple[int, ...], dict[str, Any]]:
        self.calls.append("greedy")
        return "", (sum(ids) % 1000,), {}

    async def save_slot(self, name: str) -> SavedSlot:
        """As the real one: a file that is cut off by a full disk is said to be written whole, or refused."""
        self.calls.append("save")
        whole = json.dumps(self.slot).encode()
        (self.directory / name).write_bytes(whole[: self.room])
        if self.room == 0:
            raise EngineError("engine_refused", reason=os.strerror(errno.ENOSPC))
        return SavedSlot(len(self.slot), len(whole))

    async def restore_slot(self, name: str) -> SavedSlot:
        self.calls.append("restore")
        whole = (self.directory / name).read_bytes()
        self.slot = tuple(json.loads(whole))
        return SavedSlot(len(self.slot), len(whole))

    async def erase_slot(self) -> None:
        self.slot = ()


class Kept:
    """A keeper over such an engine."""

    def __init__(
        self,
        directory: Path,
        origin: SlotOrigin = ORIGIN,
        budget_bytes: int = ROOM,
        watched: slots.Watched = slots._as_it_is,
        keeps: bool = True,
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.engine = Engine(directory)
        self.keeper = SlotKeeper(self.engine, origin, directory, budget_bytes, watched, keeps=keeps)  # type: ignore[arg-type]

    async def run(self, work: str | None, ids: tuple[int, ...]) -> int:
        """A run over `ids`; how many of them had not to be read."""
        await self.keeper.take(work, ids)
        found = len(self.keeper.content.ids)
        self.engine.slot = ids
        self.keeper.content = SlotContent(work, ids)
        return found

    def path(self, work: str) -> Path:
        """Of the file that was used last."""
        return self.keeper._files.of(work)[0].path

    def files(self) -> list[str]:
        return sorted(path.suffix for path in self.directory.iterdir())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "slots")


async def test_what_another_work_left_is_brought_back(kept: Kept) -> None:
    assert await kept.run("mine", MINE) == 0
    assert await kept.run("other", OTHER) == 0
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)


async def test_what_is_opened_is_there_before_it_is_asked_for(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    assert await kept.keeper.open("mine")
    assert kept.engine.slot == MINE
    calls = list(kept.engine.calls)
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)
    assert kept.engine.calls == calls, "nothing had to be moved any more"
    assert await kept.keeper.open("other"), "and what stood there before was kept"
    assert kept.engine.slot == OTHER


@pytest.mark.parametrize("work", ["mine", "never seen"])
async def test_opening_what_is_there_or_was_never_kept_moves_nothing(kept: Kept, work: str) -> None:
    await kept.run("mine", MINE)
    assert not await kept.keeper.open(work)
    assert kept.engine.calls == []
    assert kept.engine.slot == MINE


async def test_what_was_foreseen_is_what_happens(kept: Kept) -> None:
    await kept.run("mine", MINE)
    foreseen = await kept.keeper.outlook("other", OTHER)
    assert (foreseen.cached, foreseen.moved) == (0, len(MINE))
    await kept.run("other", OTHER)
    foreseen = await kept.keeper.outlook("mine", (*MINE, 7))
    assert (foreseen.cached, foreseen.moved) == (len(MINE), len(OTHER) + len(MINE))
    assert await kept.run("mine", (*MINE, 7)) == foreseen.cached
    same = await kept.keeper.outlook("mine", (*MINE, 7, 8))
    assert (same.cached, same.moved) == (len(MINE) + 1, 0)
    assert (await kept.keeper.outlook("mine", MINE)).cached == len(MINE) - 1, "one token is always read"


FRONT = MINE[:150]
FIRST, SECOND = (*FRONT, *range(2000, 2200)), (*FRONT, *range(3000, 3200))
"""Two answers to one question."""


async def test_of_two_branches_what_they_share_stays_in_the_slot(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    assert await kept.run("mine", SECOND) == len(FRONT)
    assert kept.engine.calls == [], "nothing had to be moved for it"


async def test_a_branch_that_was_left_comes_back_whole_and_the_other_is_kept(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    await kept.keeper.keep()
    await kept.run("mine", SECOND)
    foreseen = await kept.keeper.outlook("mine", (*FIRST, 7))
    assert (foreseen.cached, foreseen.moved) == (len(FIRST), len(SECOND) + len(FIRST))
    assert await kept.run("mine", (*FIRST, 7)) == len(FIRST)
    assert kept.engine.slot == (*FIRST, 7)
    assert await kept.run("mine", (*SECOND, 7)) == len(SECOND)
    assert await kept.run("other", OTHER) == 0
    assert await kept.run("mine", (*FIRST, 7, 8)) == len(FIRST) + 1


async def test_a_branch_that_would_save_less_than_it_moves_is_read(kept: Kept) -> None:
    await kept.run("mine", (*MINE, *range(2000, 2000 + WORTH_TOKENS)))
    await kept.keeper.keep()
    await kept.run("mine", (*MINE, 7))
    calls = list(kept.engine.calls)
    back = (*MINE, *range(2000, 2000 + WORTH_TOKENS), 8)
    assert (await kept.keeper.outlook("mine", back)).moved == 0
    assert await kept.run("mine", back) == len(MINE)
    assert kept.engine.calls == calls


async def test_a_text_that_only_grows_has_one_file_and_many_branches_a_few(kept: Kept) -> None:
    for end in (100, 200, 300):
        await kept.run("grows", MINE[:end])
        await kept.keeper.keep()
    assert kept.files() == [".json", ".slot"]
    for i in range(2 * MOST_BRANCHES):
        await kept.run("branches", (*FRONT, *range(1000 * i, 1000 * i + 100)))
        await kept.keeper.keep()
        os.utime(kept.path("branches"), (i, i))
    left = [branch.ids[150] // 1000 for branch in kept.keeper._files.of("branches")]
    assert left == [5, 4, 3], "those that were used last"


async def test_what_a_longer_file_holds_is_not_written_once_more(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    await kept.keeper.keep()
    await kept.run("mine", FRONT)
    calls = list(kept.engine.calls)
    await kept.run("other", OTHER)
    assert kept.engine.calls == calls
    assert await kept.run("mine", FIRST) == len(FIRST)


async def test_of_two_files_a_doubtful_one_is_dropped_and_the_next_best_taken(kept: Kept) -> None:
    for ids in (FIRST, SECOND):
        await kept.run("mine", ids)
        await kept.keeper.keep()
    await kept.run("other", OTHER)
    second = kept.path("mine")
    second.write_bytes(second.read_bytes().replace(b"3100", b"3101"))
    assert await kept.run("mine", (*SECOND, 7)) == len(FRONT), "what the other branch shares with it"
    assert not second.exists()


async def test_a_slot_that_is_on_the_disk_as_it_is_costs_nothing_to_keep(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    calls = list(kept.engine.calls)
    assert (await kept.keeper.outlook("other", OTHER)).moved == 0
    await kept.keeper.keep()
    assert kept.engine.calls == calls


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


async def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    size = len(json.dumps(MINE))
    kept = Kept(tmp_path / "slots", budget_bytes=2 * size + 10)
    for i, work in enumerate(("a", "b")):
        await kept.run(work, MINE)
        await kept.keeper.keep()
        os.utime(kept.path(work), (i, i))
    await kept.run(None, OTHER)
    assert await kept.keeper.open("a"), "looked at again"
    await kept.run("c", MINE)
    await kept.keeper.keep()
    assert [bool(await kept.keeper.remembered(work)) for work in "abc"] == [True, False, True]


async def test_a_file_that_is_larger_than_the_budget_takes_no_other_with_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=len(json.dumps(MINE)) + 10)
    await kept.run("a", MINE)
    await kept.run("b", tuple(range(1000, 3000)))
    await kept.run("c", MINE)
    assert [bool(await kept.keeper.remembered(work)) for work in "ab"] == [True, False]


async def test_files_of_a_clock_that_was_set_back_go_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=2 * len(json.dumps(MINE)) + 10)
    for work in ("a", "b"):
        await kept.run(work, MINE)
        await kept.keeper.keep()
        os.utime(kept.path(work), (1 << 32, 1 << 32))
    await kept.run("c", MINE)
    await kept.keeper.keep()
    assert bool(await kept.keeper.remembered("c"))


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


async def test_what_is_larger_than_all_that_may_be_kept_is_not_written_again_and_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=len(json.dumps(MINE)) + 10)
    await kept.run("a", MINE)
    await kept.run("b", tuple(range(1000, 3000)))
    await kept.run("c", MINE)
    assert kept.engine.calls.count("save") == 1


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


async def test_where_nothing_is_kept_what_stands_in_the_slot_still_serves_and_files_of_others_stay(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    later = Kept(kept.directory, keeps=False)
    assert (await later.keeper.outlook("mine", MINE)).cached == 0
    assert await later.run("mine", MINE) == 0
    assert await later.run("mine", (*MINE, 7)) == len(MINE)
    assert not await later.keeper.open("other")
    assert await later.run("other", OTHER) == 0
    assert await later.run("mine", MINE) == 0
    assert later.engine.calls == []
    assert await Kept(kept.directory).run("mine", MINE) == len(MINE)


async def test_a_short_text_is_not_worth_a_file(kept: Kept) -> None:
    await kept.run("short", MINE[: WORTH_TOKENS - 1])
    assert (await kept.keeper.outlook("other", OTHER)).moved == 0
    await kept.run("other", OTHER)
    assert kept.engine.calls == []
