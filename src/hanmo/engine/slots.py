"""Keeps the KV cache of a work when another work takes the engine's only slot, when nobody needs the engine and when it ends; and brings it back.

Rules
  * A slot file reaches the engine only after its sidecar agrees: SHA-256, model, build, KV type, context size and our token ids. A truncated
    file aborts the engine, a flipped byte restores "successfully" and writes nonsense, another model of the same shape is accepted.
  * After a restore the next greedy token must be the one that was measured before the save.
  * A file is trusted anew only after its restore: one that ends the engine, or holds it up, is not tried twice.
  * Anything doubtful is deleted and the prompt read cold: slower, never wrong.
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from hanmo.core.errors import EngineError, EngineLost
from hanmo.engine.wire import Wire
from hanmo.whole import write_whole
from hanmo.work.ports import Standing

log = logging.getLogger(__name__)
T = TypeVar("T")

CLOCK_SLACK_S = 60.0
WORTH_TOKENS = 64
"""Below this, reading again costs less than a file."""
LEAST_FREE_BYTES = 2 << 30
"""What a disk has left below this is the texts'."""


@dataclass(frozen=True, slots=True)
class SlotOrigin:
    """What a slot file depends on. Another value of any of these makes it worthless."""

    model_sha256: str
    build: str
    kv_type: str
    n_ctx: int


@dataclass(frozen=True, slots=True)
class Sidecar:
    work: str
    origin: SlotOrigin
    file_sha256: str
    size_bytes: int
    ids: tuple[int, ...]
    canary: tuple[int, ...]


@dataclass(slots=True)
class SlotContent:
    """What we know to stand in the slot: a lower bound, as a run that is cut short may have read more."""

    work: str | None = None
    ids: tuple[int, ...] = field(default_factory=tuple)


class Watched(Protocol):
    """Awaits one step of the engine."""

    async def __call__(self, step: Awaitable[T], /) -> T: ...


async def _as_it_is(step: Awaitable[T], /) -> T:
    return await step


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many ids at the start are equal."""
    n = min(len(a), len(b))
    return next((i for i in range(n) if a[i] != b[i]), n)


class SlotKeeper:
    """Owns the slot of one engine process and the files in `directory` (shared by all processes over time, at most `budget_bytes`). `watched` awaits
    what the engine does, and nothing else: while a file is hashed it rightly stands still. `EngineLost` where it did not come back."""

    def __init__(self, wire: Wire, origin: SlotOrigin, directory: Path, budget_bytes: int, watched: Watched = _as_it_is) -> None:
        self._wire = wire
        self._watched = watched
        self._origin = origin
        self._directory = directory
        self._budget_bytes = budget_bytes
        self.content = SlotContent()

    async def take(self, work: str | None, prompt_ids: Sequence[int]) -> None:
        """Makes the slot ready for `work`: keeps what another work has in it, brings back what this one left."""
        if self.content.work != work:
            await self.keep()
            await self._bring_back(work, prompt_ids)
        self.content = SlotContent(work, tuple(prompt_ids[: common_prefix(self.content.ids, prompt_ids)]))

    async def outlook(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:
        """What `take` would find and do, by what the sidecars say: no file is hashed for an estimate. At least one token is always read."""
        here, most = common_prefix(self.content.ids, prompt_ids), max(0, len(prompt_ids) - 1)
        if self.content.work == work:
            return Standing(min(here, most))
        written = 0 if await self._is_kept() else len(self.content.ids)
        ids = await self.remembered(work) if work is not None else ()
        if common_prefix(ids, prompt_ids) <= max(WORTH_TOKENS, here):
            return Standing(min(here, most), written)
        return Standing(min(common_prefix(ids, prompt_ids), most), written + len(ids))

    async def remembered(self, work: str) -> tuple[int, ...]:
        """The ids of a work that stand in the slot, or are said to be in its file."""
        if self.content.work == work:
            return self.content.ids
        return await asyncio.to_thread(kept_ids, self._path(work), work, self._origin)

    async def open(self, work: str) -> bool:
        """Makes the slot that of `work` if a cache of it is kept; False where there is none, or where the slot is its own already."""
        if self.content.work == work or not (ids := await self.remembered(work)):
            return False
        await self.take(work, ids)
        return len(self.content.ids) == len(ids)

    async def _is_kept(self) -> bool:
        """Whether what stands in the slot needs no writing: it is nobody's, not worth it, or on the disk as it is."""
        work, ids = self.content.work, self.content.ids
        if work is None or len(ids) < WORTH_TOKENS:
            return True
        return await asyncio.to_thread(kept_ids, self._path(work), work, self._origin) == ids

    def _has_room(self) -> bool:
        with suppress(OSError):
            return shutil.disk_usage(self._directory).free >= LEAST_FREE_BYTES
        return False

    async def keep(self) -> None:
        """Writes down what stands in the slot, where it belongs to a work and is not on the disk as it is."""
        work, ids = self.content.work, self.content.ids
        if work is None or await self._is_kept() or not self._has_room():
            return
        path = self._path(work)
        part = path.with_suffix(".part")
        try:
            _, canary, _ = await self._watched(self._wire.greedy(ids))
            saved = await self._watched(self._wire.save_slot(part.name))
            if part.stat().st_size != saved.size_bytes or saved.num_tokens != len(ids):
                raise OSError("short slot file")
            digest = await asyncio.to_thread(_sha256, part)
            self._sidecar(path).unlink(missing_ok=True)
            part.replace(path)
            self._trust(path, Sidecar(work, self._origin, digest, saved.size_bytes, ids, canary))
        except EngineLost:  # what was kept before is as good as it was
            _remove(part)
            raise
        except (OSError, EngineError) as error:
            log.warning("a KV cache could not be kept: %s", type(error).__name__)
            _remove(part)
            self._drop(path)
        self._keep_to_budget()

    async def _bring_back(self, work: str | None, prompt_ids: Sequence[int]) -> None:
        if work is None:
            return
        path = self._path(work)
        sidecar = await asyncio.to_thread(read_sidecar, path, work, self._origin)
        if sidecar is None:
            self._drop(path)
            return
        if common_prefix(sidecar.ids, prompt_ids) <= max(WORTH_TOKENS, common_prefix(self.content.ids, prompt_ids)):
            return
        _remove(self._sidecar(path))
        try:
            restored = await self._watched(self._wire.restore_slot(path.name))
            _, canary, _ = await self._watched(self._wire.greedy(sidecar.ids))
        except EngineLost:
            self._drop(path)
            raise
        except EngineError as error:
            log.warning("a kept KV cache was refused: %s", error.code)
            restored, canary = None, ()
        if restored is None or restored.num_tokens != len(sidecar.ids) or canary != sidecar.canary:
            self._drop(path)
            self.content = SlotContent()
            await self._watched(self._wire.erase_slot())
            return
        self.content = SlotContent(work, sidecar.ids)
        try:
            self._trust(path, sidecar)
            os.utime(path)
        except OSError as error:  # it is read cold the next time
            log.warning("a KV cache could not be kept: %s", type(error).__name__)
            self._drop(path)

    def _keep_to_budget(self) -> None:
        """Drops the least recently used files until the rest fit the budget. What was used in the future, by a clock that was set back since,
        was used long ago."""
        latest = time.time() + CLOCK_SLACK_S
        files = [(path, path.stat()) for path in self._directory.glob("*.slot")]
        total = 0
        for path, found in sorted(files, key=lambda each: each[1].st_mtime if each[1].st_mtime <= latest else 0.0, reverse=True):
            if total + found.st_size > self._budget_bytes:
                self._drop(path)
            else:
                total += found.st_size

    def _trust(self, path: Path, sidecar: Sidecar) -> None:
        write_whole(self._sidecar(path), json.dumps(asdict(sidecar)).encode())

    def _path(self, work: str) -> Path:
        return self._directory / f"{hashlib.sha256(work.encode()).hexdigest()[:32]}.slot"

    def _sidecar(self, path: Path) -> Path:
        return path.with_suffix(".json")

    def _drop(self, path: Path) -> None:
        _remove(self._sidecar(path))
        _remove(path)


def _remove(path: Path) -> None:
    """A cache that cannot be removed is no reason to fail an answer: its sidecar is checked whenever it is read."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def read_sidecar(path: Path, work: str, origin: SlotOrigin) -> Sidecar | None:
    """The sidecar of a slot file, if it and the file are exactly what was written; None for anything else."""
    sidecar = _matching_sidecar(path, work, origin)
    try:
        return sidecar if sidecar and _sha256(path) == sidecar.file_sha256 else None
    except OSError:
        return None


def kept_ids(path: Path, work: str, origin: SlotOrigin) -> tuple[int, ...]:
    """The ids that a slot file is said to hold."""
    sidecar = _matching_sidecar(path, work, origin)
    return sidecar.ids if sidecar else ()


def _matching_sidecar(path: Path, work: str, origin: SlotOrigin) -> Sidecar | None:
    """Of this work, model, build and size; the file's content is not looked at."""
    try:
        raw = json.loads(path.with_suffix(".json").read_text())
        sidecar = Sidecar(
            work=raw["work"],
            origin=SlotOrigin(**raw["origin"]),
            file_sha256=raw["file_sha256"],
            size_bytes=raw["size_bytes"],
            ids=tuple(raw["ids"]),
            canary=tuple(raw["canary"]),
        )
        matching = sidecar.work == work and sidecar.origin == origin and path.stat().st_size == sidecar.size_bytes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return sidecar if matching else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
