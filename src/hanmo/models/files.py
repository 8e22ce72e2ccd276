"""Small steps with model files: hash in pieces, lock."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

__all__ = ["Locked", "hash_on", "lock"]

_BLOCK_BYTES = 1 << 20
_BLOCKS_A_STEP = 32


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Locked(Exception):
    """Another process, or another task of this one, holds the lock."""


async def hash_on(file: BinaryIO, digest: Digest) -> AsyncGenerator[int]:
    """Feeds the rest of `file` to `digest`, in a thread; yields how many bytes are done."""
    done = 0
    while step := await asyncio.to_thread(_hash_some, file, digest):
        done += step
        yield done


def _hash_some(file: BinaryIO, digest: Digest) -> int:
    step = 0
    for _ in range(_BLOCKS_A_STEP):
        block = file.read(_BLOCK_BYTES)
        if not block:
            break
        digest.update(block)
        step += len(block)
    return step


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Holds `path` for one owner at a time, across processes; it is free again when the owner dies. Raises `Locked`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            raise Locked(str(path)) from err
        yield
