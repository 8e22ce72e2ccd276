"""Which characters the fonts of this computer have: the character map of an OpenType file is read, nothing else of it.

Source: the OpenType specification, "cmap — Character to Glyph Index Mapping Table": formats 4 (16 bits) and 12 (32 bits) are what fonts of text have.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["covered", "has_glyphs"]

COLLECTION = b"ttcf"
UNICODE = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}


def has_glyphs(path: Path, index: int, characters: Iterable[str]) -> set[str]:
    """Those of `characters` that the font has; `index` is its place in a collection. None of them where the file cannot be read as a font."""
    wanted = set(characters)
    try:
        with path.open("rb") as file:
            tables = list(_maps(file, index))
        return {each for each in wanted if any(covered(table, ord(each)) for table in tables)}
    except (OSError, struct.error, IndexError):
        return set()


def covered(table: bytes, code: int) -> bool:
    """Whether a subtable of a character map leads to a glyph other than the first, which stands for what a font has not."""
    form = struct.unpack_from(">H", table)[0]
    return _in_format_4(table, code) if form == 4 else _in_format_12(table, code)


def _maps(file: BinaryIO, index: int) -> Iterator[bytes]:
    start = 0
    if file.read(4) == COLLECTION:
        file.seek(12 + 4 * index)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (num,) = struct.unpack(">H", file.read(2))
    file.seek(start + 12)
    directory = file.read(16 * num)
    for i in range(num):
        tag, _, offset, length = struct.unpack_from(">4sIII", directory, 16 * i)
        if tag == b"cmap":
            file.seek(offset)
            yield from _subtables(file.read(length))
            return


def _subtables(cmap: bytes) -> Iterator[bytes]:
    (num,) = struct.unpack_from(">H", cmap, 2)
    seen = set()
    for i in range(num):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * i)
        if (platform, encoding) in UNICODE and offset not in seen and struct.unpack_from(">H", cmap, offset)[0] in (4, 12):
            seen.add(offset)
            yield cmap[offset:]


def _in_format_4(table: bytes, code: int) -> bool:
    if code > 0xFFFF:
        return False
    twice = struct.unpack_from(">H", table, 6)[0]
    num = twice // 2
    ends = struct.unpack_from(f">{num}H", table, 14)
    at = bisect_left(ends, code)
    if at == num:
        return False
    starts, deltas, ranges = 16 + twice, 16 + 2 * twice, 16 + 3 * twice
    first = struct.unpack_from(">H", table, starts + 2 * at)[0]
    if code < first:
        return False
    delta = struct.unpack_from(">H", table, deltas + 2 * at)[0]
    offset = struct.unpack_from(">H", table, ranges + 2 * at)[0]
    if offset == 0:
        return bool((code + delta) & 0xFFFF)
    glyph = struct.unpack_from(">H", table, ranges + 2 * at + offset + 2 * (code - first))[0]
    return bool(glyph and (glyph + delta) & 0xFFFF)


def _in_format_12(table: bytes, code: int) -> bool:
    (num,) = struct.unpack_from(">I", table, 12)
    low, high = 0, num
    while low < high:
        middle = (low + high) // 2
        first, last, glyph = struct.unpack_from(">III", table, 16 + 12 * middle)
        if code > last:
            low = middle + 1
        elif code < first:
            high = middle
        else:
            return bool(glyph + code - first)
    return False
