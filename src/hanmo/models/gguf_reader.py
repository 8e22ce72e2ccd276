"""Reads a GGUF header forward through a growing window of the file: every step is checked against the file's size first."""

import struct
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import BinaryIO

__all__ = ["ABSURD_BYTES", "BLOCK", "UINT32", "BadHeader", "CutHeader", "HeaderReader", "ListValue", "Value"]

ABSURD_BYTES = 1 << 50  # a length beyond this is damage, not a file that was cut
UINT32, _STRING, _ARRAY = 4, 8, 9
BLOCK = 1024
_MAX_HEADER_BYTES = 64 << 20
_MAX_KEPT = 4096  # longer strings and arrays are only counted
_WINDOW_BYTES = 8 << 20

_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32, _U64 = _SCALARS[4], _SCALARS[10]


@dataclass(frozen=True, slots=True)
class ListValue:
    """An array: its length, its values where they are few whole numbers, and a hash of each `BLOCK` of strings (the last one may be shorter)."""

    count: int
    values: tuple[int, ...] = ()
    hashes: tuple[bytes, ...] = ()


Value = bool | int | float | str | ListValue


class BadHeader(Exception):
    """Something in the header is wrong; the argument says what."""


class CutHeader(Exception):
    """The header speaks of bytes that the file does not have; the argument is the size it needs."""


class HeaderReader:
    """Every method raises `BadHeader` or `CutHeader` where the file does not hold what is asked. `types` has the type of each key."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self.position = 0
        self.types: dict[str, int] = {}
        self._file = file
        self._window = b""

    def _reach(self, end: int) -> None:
        if end >= ABSURD_BYTES:
            raise BadHeader("a length beyond any file")
        if end > self.size:
            raise CutHeader(end)
        if end > _MAX_HEADER_BYTES:
            raise BadHeader("header too large")
        while len(self._window) < end:
            more = self._file.read(_WINDOW_BYTES)
            if not more:
                raise CutHeader(end)
            self._window += more

    def _take(self, layout: struct.Struct) -> int | float | bool:
        self._reach(self.position + layout.size)
        value: int | float | bool = layout.unpack_from(self._window, self.position)[0]
        self.position += layout.size
        return value

    def u32(self) -> int:
        return int(self._take(_U32))

    def u64(self) -> int:
        return int(self._take(_U64))

    def maybe_bytes(self, count: int) -> bytes:
        """The next bytes, fewer where the file ends before."""
        count = min(count, self.size - self.position)
        self._reach(self.position + count)
        self.position += count
        return self._window[self.position - count : self.position]

    def string(self, most: int, what: str) -> str:
        length = self.u64()
        self._reach(self.position + length)
        if length > most:
            raise BadHeader(f"{what} of {length} bytes")
        try:
            return self.maybe_bytes(length).decode()
        except UnicodeDecodeError as err:
            raise BadHeader(f"{what} is not UTF-8") from err

    def value(self, kind: int, name: str) -> Value:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array(name)
        if kind not in _SCALARS:
            raise BadHeader(f"type {kind} of {name[:80]}")
        return self._take(_SCALARS[kind])

    def _text(self) -> str:
        length = self.u64()
        self._reach(self.position + length)
        self.position += length
        return self._window[self.position - length : self.position][:_MAX_KEPT].decode(errors="replace")

    def _array(self, name: str) -> ListValue:
        kind, count = self.u32(), self.u64()
        if kind == _STRING:
            return ListValue(count, hashes=self._skip_strings(count))
        if kind not in _SCALARS:
            raise BadHeader(f"array type {kind} of {name[:80]}")
        layout = _SCALARS[kind]
        end = self.position + count * layout.size
        self._reach(end)
        values: tuple[int, ...] = ()
        if count <= _MAX_KEPT and layout.format[-1] in "BbHhIiQq":
            values = tuple(number for (number,) in layout.iter_unpack(self._window[self.position : end]))
        self.position = end
        return ListValue(count, values)

    def _skip_strings(self, count: int) -> tuple[bytes, ...]:
        self._reach(self.position + count * _U64.size)
        position, reached, unpack = self.position, len(self._window), _U64.unpack_from
        blocks = []
        for i in range(count):
            if i % BLOCK == 0:
                blocks.append(position)
            if position + _U64.size > reached:
                self._reach(position + _U64.size)
                reached = len(self._window)
            position += _U64.size + unpack(self._window, position)[0]
        self._reach(position)
        self.position = position
        return tuple(blake2b(self._window[start:end], digest_size=16).digest() for start, end in pairwise((*blocks, position)))
