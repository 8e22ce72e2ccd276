"""The `.part`: bytes on their way to becoming a model file, and what is known of where they came from.

Rules. One owner at a time (a lock file). Bytes are only added at the end, and hashed as they are added. The notes beside it (`.part.json`)
say whose bytes are in it, with the ETag each source gave, and the hash a hub named where the catalogue names none. A resume hashes
what is there again. Only `finish` makes it a model file: fsync, rename, fsync of the directory.
"""

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from hanmo.models.files import hash_on, lock
from hanmo.whole import sync_directory, write_whole

__all__ = ["Part", "PartNotes"]

_BATCH_BYTES = 1 << 20


@dataclass(slots=True)
class PartNotes:
    """`etags` by the key of each source that gave bytes, in the order they came in."""

    sha256: str | None = None
    total_bytes: int | None = None
    etags: dict[str, str] = field(default_factory=dict)


class Part:
    """Open, locked and at its end. `size` counts what has reached the file; up to 1 MiB more waits in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes = _read_notes(self._notes_path)
        self._file = path.open("ab", buffering=0)
        self._digest = hashlib.sha256()
        self._hashed = 0
        self._mark = (0, hashlib.sha256())
        self._batch = bytearray()
        self._flushing = threading.Lock()  # a cancelled pull closes the part while a thread may still write

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Raises `Locked` where someone else is at it."""
        with lock(path.with_name(path.name + ".lock")):
            part = cls(path)
            try:
                yield part
            finally:
                part._close()

    @property
    def _notes_path(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        return self._file.tell() + len(self._batch)

    async def rehash(self) -> AsyncGenerator[int]:
        """Hashes what is in the file; must run before anything is added to a part that is not empty."""
        self._digest = hashlib.sha256()
        with self.path.open("rb") as file:
            async for done in hash_on(file, self._digest):
                yield done
        self._hashed = self._file.tell()

    async def add(self, data: bytes) -> None:
        self._batch += data
        if len(self._batch) >= _BATCH_BYTES:
            await asyncio.to_thread(self._flush)

    async def mark(self) -> None:
        """From here on `back_to` this place costs nothing, and it survives a loss of power."""
        await asyncio.to_thread(self._flush)
        await asyncio.to_thread(os.fsync, self._file.fileno())
        self._mark = (self._hashed, self._digest.copy())

    async def back_to(self, offset: int) -> None:
        """Cuts off what stands behind `offset`."""
        await asyncio.to_thread(self._flush)
        if offset >= self.size:
            return
        self._file.truncate(offset)
        self._file.seek(offset)
        if offset == self._mark[0]:
            self._digest, self._hashed = self._mark[1].copy(), offset
        else:
            async for _ in self.rehash():
                pass

    async def restart(self) -> None:
        """From nothing: all bytes and whose they were are forgotten, the expected hash is not."""
        self._batch.clear()
        self._mark = (0, hashlib.sha256())
        self._file.truncate(0)
        self._file.seek(0)
        self._digest, self._hashed = hashlib.sha256(), 0
        self.notes.etags.clear()
        self.write_notes()

    def write_notes(self) -> None:
        write_whole(self._notes_path, json.dumps(asdict(self.notes), indent=2).encode())

    async def hexdigest(self) -> str:
        await asyncio.to_thread(self._flush)
        return self._digest.hexdigest()

    async def finish(self, final: Path) -> None:
        await asyncio.to_thread(self._flush)
        await asyncio.to_thread(os.fsync, self._file.fileno())
        self._file.close()
        self.path.replace(final)
        await asyncio.to_thread(sync_directory, final.parent)
        self._notes_path.unlink(missing_ok=True)

    def discard(self) -> None:
        self._batch.clear()
        self._file.close()
        self.path.unlink(missing_ok=True)
        self._notes_path.unlink(missing_ok=True)

    def _flush(self) -> None:
        """Writes what waits. A write that takes only a part of it, as on a full disk, leaves the rest waiting."""
        with self._flushing:
            while self._batch:
                count = self._file.write(self._batch)
                self._digest.update(self._batch[:count])
                self._hashed += count
                del self._batch[:count]

    def _close(self) -> None:
        if not self._file.closed:
            with suppress(OSError):  # what cannot be written now is fetched again
                self._flush()
            self._file.close()


def _read_notes(path: Path) -> PartNotes:
    try:
        return PartNotes(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return PartNotes()
