"""Keeps the KV cache of a work when another work takes the engine's only slot, when nobody needs the engine and when it ends; and brings it back.

Rules
  * A slot file reaches the engine only after its sidecar agrees: SHA-256, model, build, KV type, context size and our token ids. A truncated
    file aborts the engine, a flipped byte restores "successfully" and writes nonsense, another model of the same shape is accepted.
  * After a restore the next greedy token must be the one that was measured before the save.
  * A file is trusted anew only after its restore: one that ends the engine, or holds it up, is not tried twice. One whose restore somebody broke
    off at once is what it was.
  * Until a restore is through nobody knows what stands in the slot.
  * Anything doubtful is deleted and the prompt read cold: slower, never wrong.
  * What stands in the slot serves first, up to where a prompt leaves it; another branch of the same work comes back from its file only where that
    saves more than it moves.
"""

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from hanmo.core.errors import EngineError, EngineLost
from hanmo.engine.slot_files import WORTH_TOKENS, KeptSlot, SlotFiles, SlotOrigin, common_prefix, remove
from hanmo.engine.wire import Wire
from hanmo.work.ports import Standing

log = logging.getLogger(__name__)
T = TypeVar("T")

LEAST_FREE_BYTES = 2 << 30
"""What a disk has left below this is the texts'."""
HELD_UP_S = 5.0
"""A restore that takes so long holds the engine up."""
MOVED_FOR_ONE = 16
"""Tokens that are carried to the disk or from it in the time in which one is read, at the least: a slow disk, a small model."""


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


class SlotKeeper:
    """Owns the slot of one engine process and the files in `directory` (shared by all processes over time, at most `budget_bytes`). `watched` awaits
    what the engine does, and nothing else: while a file is hashed it rightly stands still. `EngineLost` where it did not come back. Without `keeps`
    nothing is written down or brought back: a second model that drafts from the inner states of the first has read nothing of a restored cache, and
    the engine then fails."""

    def __init__(
        self,
        wire: Wire,
        origin: SlotOrigin,
        directory: Path,
        budget_bytes: int,
        watched: Watched = _as_it_is,
        *,
        keeps: bool = True,
    ) -> None:
        self._wire = wire
        self._watched = watched
        self._directory = directory
        self._files = SlotFiles(origin, directory, budget_bytes)
        self._keeps = keeps
        self._bytes_a_token = 0.0
        self.content = SlotContent()

    async def take(self, work: str | None, prompt_ids: Sequence[int]) -> None:
        """Makes the slot ready for `work`: keeps what another work, or another branch of this one, has in it, brings back what was left."""
        if self.content.work != work or await self._serving(work, prompt_ids):
            await self.keep()
            await self._bring_back(work, prompt_ids)
        self.content = SlotContent(work, tuple(prompt_ids[: common_prefix(self.content.ids, prompt_ids)]))

    async def outlook(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:
        """What `take` would find and do, by what the sidecars say: no file is hashed for an estimate. At least one token is always read."""
        here, most = common_prefix(self.content.ids, prompt_ids), max(0, len(prompt_ids) - 1)
        serving = await self._serving(work, prompt_ids)
        if self.content.work == work and not serving:
            return Standing(min(here, most))
        written = 0 if await self._is_kept() else len(self.content.ids)
        if not serving:
            return Standing(min(here, most), written)
        ids = serving[0].ids
        return Standing(min(common_prefix(ids, prompt_ids), most), written + len(ids))

    async def remembered(self, work: str) -> tuple[int, ...]:
        """The ids of a work that stand in the slot, or are said to be in the file of it that was used last."""
        if self.content.work == work:
            return self.content.ids
        kept = await asyncio.to_thread(self._files.of, work)
        return kept[0].ids if kept else ()

    async def open(self, work: str) -> bool:
        """Makes the slot that of `work` if a cache of it is kept; False where there is none, or where the slot is its own already."""
        if not self._keeps or self.content.work == work or not (ids := await self.remembered(work)):
            return False
        await self.take(work, ids)
        return len(self.content.ids) == len(ids)

    async def _serving(self, work: str | None, prompt_ids: Sequence[int]) -> list[KeptSlot]:
        """Files of `work` that hold more of a prompt than the slot does, by as much as is worth it, the best first."""
        here = common_prefix(self.content.ids, prompt_ids)
        beyond = max(WORTH_TOKENS, here)
        if self.content.work == work:  # else it is written down in any case
            beyond = here + WORTH_TOKENS + len(self.content.ids) // MOVED_FOR_ONE
        if not self._keeps or work is None or len(prompt_ids) <= beyond:
            return []
        return await asyncio.to_thread(self._files.serving, work, prompt_ids, beyond)

    async def _is_kept(self) -> bool:
        """Whether what stands in the slot needs no writing: nothing is kept, it is nobody's, not worth it, or on the disk already."""
        work, ids = self.content.work, self.content.ids
        if not self._keeps or work is None or len(ids) < WORTH_TOKENS:
            return True
        return await asyncio.to_thread(self._files.covers, work, ids)

    def _has_room(self, num_tokens: int) -> bool:
        """Within the budget and on the disk, as far as it is known yet how large a token is."""
        size_bytes = num_tokens * self._bytes_a_token
        with suppress(OSError):
            return self._files.may_hold(size_bytes) and shutil.disk_usage(self._directory).free >= LEAST_FREE_BYTES + size_bytes
        return False

    async def keep(self) -> None:
        """Writes down what stands in the slot, where it belongs to a work and is not on the disk already."""
        work, ids = self.content.work, self.content.ids
        if work is None or await self._is_kept() or not self._has_room(len(ids)):
            return
        self._files.drop_unfinished()
        path = self._files.path(work, ids)
        part = path.with_suffix(".part")
        try:
            _, canary, _ = await self._watched(self._wire.greedy(ids))
            saved = await self._watched(self._wire.save_slot(part.name))
            if part.stat().st_size != saved.size_bytes or saved.num_tokens != len(ids):
                raise OSError("short slot file")
            self._bytes_a_token = saved.size_bytes / saved.num_tokens
            self._files.distrust(path)
            part.replace(path)
            await asyncio.to_thread(self._files.trust, path, work, ids, canary, saved.size_bytes)
        except (EngineLost, asyncio.CancelledError):  # what was kept before is as good as it was
            remove(part)
            raise
        except (OSError, EngineError) as error:
            log.warning("a KV cache could not be kept: %s", type(error).__name__)
            remove(part)
            self._files.drop(path)
        await asyncio.to_thread(self._files.drop_covered, work, ids, path)
        await asyncio.to_thread(self._files.keep_to_budget)

    async def _bring_back(self, work: str | None, prompt_ids: Sequence[int]) -> None:
        """The best of the files that serve a prompt and are what they were."""
        if work is None or not self._keeps:
            return
        await asyncio.to_thread(self._files.drop_strangers, work)
        for kept in await self._serving(work, prompt_ids):
            if await self._restore(work, kept):
                return

    async def _restore(self, work: str, kept: KeptSlot) -> bool:
        if not await asyncio.to_thread(lambda: kept.is_whole):
            self._files.drop(kept.path)
            return False
        self._files.distrust(kept.path)
        self.content = SlotContent()
        began = time.monotonic()
        try:
            restored = await self._watched(self._wire.restore_slot(kept.path.name))
            _, canary, _ = await self._watched(self._wire.greedy(kept.ids))
        except EngineLost:
            self._files.drop(kept.path)
            raise
        except asyncio.CancelledError:
            if time.monotonic() - began < HELD_UP_S:
                self._trust_again(kept)
            raise
        except EngineError as error:
            log.warning("a kept KV cache was refused: %s", error.code)
            restored, canary = None, ()
        if restored is None or restored.num_tokens != len(kept.ids) or canary != kept.sidecar.canary:
            self._files.drop(kept.path)
            await self._watched(self._wire.erase_slot())
            return False
        self.content = SlotContent(work, kept.ids)
        await asyncio.to_thread(self._trust_again, kept)
        return True

    def _trust_again(self, kept: KeptSlot) -> None:
        try:
            self._files.trust_again(kept)
        except OSError as error:  # it is read cold the next time
            log.warning("a KV cache could not be kept: %s", type(error).__name__)
            self._files.drop(kept.path)
