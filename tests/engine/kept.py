"""Kept caches without a model: a keeper over an engine whose slot is a file."""

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from hanmo.core.errors import EngineError
from hanmo.engine import slots
from hanmo.engine.slot_files import SlotOrigin
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
