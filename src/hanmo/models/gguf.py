"""A careful look at the header of a GGUF file, before llama.cpp sees it.

llama.cpp says "Failed to init server" of every file it cannot load, aborts on some and has had overflows in this very parser
(CVE-2025-53630, CVE-2026-27940, CVE-2026-33298). So the parent reads the header first, in pure Python: every count is bounded, every
key, string, array and tensor must lie inside the file, tensors must follow each other without gap or overlap, and nothing is
allocated that the file does not hold. Only the header is read (6 MB of a 2.5 GB file), never the weights: those are the hash's.

Layout (little endian): magic "GGUF", version u32, tensor count u64, key count u64; keys (name, type, value); tensors (name, dimensions,
type, offset); padding to `general.alignment`; data. Source: ggml/docs/gguf.md, and gguf.cpp for what is refused.
"""

import difflib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hanmo.core.errors import ModelFileBad
from hanmo.models.gguf_tables import ARCHITECTURES, NOT_WRITERS, TENSOR_TYPES

__all__ = ["GgufFacts", "read_facts"]

_VERSIONS = (2, 3)
_MAX_HEADER_BYTES = 64 << 20
_ABSURD_BYTES = 1 << 50
_MAX_KEYS = 1 << 16
_MAX_TENSORS = 1 << 17
_MAX_KEY_LENGTH = 65535
_MAX_TENSOR_NAME = 63
_MAX_DIMENSIONS = 4
_MAX_KEPT = 4096  # longer strings and arrays are only counted
_MAX_LAYERS = 4096
_WINDOW_BYTES = 8 << 20
_DEFAULT_ALIGNMENT = 32

_STRING, _ARRAY, _BOOL, _UINT32 = 8, 9, 7, 4
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
class GgufFacts:
    """What the header says. Lengths are in values, sizes in bytes; `kv_heads` has one count per layer."""

    architecture: str
    name: str
    n_layers: int
    n_embd: int
    n_head: int
    kv_heads: tuple[int, ...]
    key_length: int
    value_length: int
    n_ctx_train: int
    n_vocab: int
    file_type: int
    tensor_bytes: int
    file_bytes: int
    has_chat_template: bool

    @property
    def kv_values_per_token(self) -> int:
        """How many numbers the KV cache keeps for one token."""
        return sum(self.kv_heads) * (self.key_length + self.value_length)


@dataclass(frozen=True, slots=True)
class _List:
    """An array: its length, and its values where they are few whole numbers."""

    count: int
    values: tuple[int, ...] = ()


_Value = bool | int | float | str | _List


class _Bad(Exception):
    """Something in the header is wrong; the argument says what."""


class _Truncated(Exception):
    """The header speaks of bytes that the file does not have; the argument is the size it needs."""


def read_facts(path: Path) -> GgufFacts:
    """Checks the header. Raises `ModelFileBad` and nothing else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(file, size)
    except OSError as err:
        raise ModelFileBad("model_unreadable", path=str(path), reason=err.strerror or type(err).__name__) from err
    except _Truncated as err:
        raise ModelFileBad("model_truncated", path=str(path), size_bytes=size, needed_bytes=err.args[0]) from err
    except _Bad as err:
        raise ModelFileBad("model_damaged", path=str(path), reason=str(err)) from err
    except ModelFileBad as err:
        raise ModelFileBad(err.code, path=str(path), **err.params) from err


def _read(file: BinaryIO, size: int) -> GgufFacts:
    header = _Header(file, size)
    if header.maybe_bytes(4) != b"GGUF":
        raise ModelFileBad("model_not_gguf")
    version = header.u32()
    if version not in _VERSIONS:
        raise _Bad(f"version {version}")
    n_tensors, n_keys = header.u64(), header.u64()
    if n_tensors > _MAX_TENSORS or n_keys > _MAX_KEYS:
        raise _Bad(f"{n_tensors} tensors, {n_keys} keys")
    keys = _read_keys(header, n_keys)
    if keys.get("split.count", 0) not in (0, 1):
        raise ModelFileBad("model_split")
    architecture = _architecture(keys)
    tensor_bytes = _read_tensors(header, n_tensors, _alignment(keys, header.types))
    return _facts(architecture, keys, tensor_bytes, size)


def _architecture(keys: dict[str, _Value]) -> str:
    architecture = keys.get("general.architecture")
    if not isinstance(architecture, str):
        raise _Bad("general.architecture")
    kind = keys.get("general.type", "model")
    if architecture not in ARCHITECTURES or architecture in NOT_WRITERS or kind != "model":
        usable = [name for name in ARCHITECTURES if name not in NOT_WRITERS]
        nearest = difflib.get_close_matches(architecture, usable, n=1, cutoff=0.0)[0]
        raise ModelFileBad("model_unsupported_architecture", architecture=architecture[:80], nearest=nearest)
    return architecture


def _alignment(keys: dict[str, _Value], types: dict[str, int]) -> int:
    alignment = keys.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or types.get("general.alignment", _UINT32) != _UINT32:
        raise _Bad("general.alignment")
    if alignment <= 0 or alignment & (alignment - 1):
        raise _Bad(f"general.alignment {alignment}")
    return alignment


def _read_keys(header: "_Header", n_keys: int) -> dict[str, _Value]:
    keys: dict[str, _Value] = {}
    for _ in range(n_keys):
        name = header.string(_MAX_KEY_LENGTH, "key")
        if not name or name in keys:
            raise _Bad(f"key {name[:80]!r} empty or twice")
        header.types[name] = header.u32()
        keys[name] = header.value(header.types[name], name)
    return keys


def _read_tensors(header: "_Header", n_tensors: int, alignment: int) -> int:
    """Checks that the tensors lie one after the other inside the file; returns the bytes of their data."""
    names: set[str] = set()
    end = padded_end = 0
    for _ in range(n_tensors):
        name = header.string(_MAX_TENSOR_NAME, "tensor name")
        if not name or name in names:
            raise _Bad(f"tensor {name!r} empty or twice")
        names.add(name)
        shape = _shape(header, name)
        n_bytes = _tensor_bytes(header.u32(), shape, name)
        if header.u64() != padded_end:
            raise _Bad(f"offset of {name}")
        end = padded_end + n_bytes
        padded_end = _padded(end, alignment)
    if not n_tensors:
        raise _Bad("no tensors")
    needed = _padded(header.position, alignment) + end
    if needed >= _ABSURD_BYTES:
        raise _Bad("tensors beyond any file")
    if needed > header.size:
        raise _Truncated(needed)
    return end


def _shape(header: "_Header", name: str) -> list[int]:
    n_dimensions = header.u32()
    if not 1 <= n_dimensions <= _MAX_DIMENSIONS:
        raise _Bad(f"{n_dimensions} dimensions of {name}")
    shape = [header.u64() for _ in range(n_dimensions)]
    if any(not 0 < length < 1 << 63 for length in shape):
        raise _Bad(f"shape of {name}")
    return shape


def _tensor_bytes(kind: int, shape: list[int], name: str) -> int:
    if kind not in TENSOR_TYPES:
        raise _Bad(f"type {kind} of {name}")
    block, block_bytes = TENSOR_TYPES[kind]
    if shape[0] % block:
        raise _Bad(f"shape of {name}")
    count = shape[0] // block
    for length in shape[1:]:
        count *= length
    if count * block >= 1 << 63 or count * block_bytes >= 1 << 63:
        raise _Bad(f"size of {name}")
    return count * block_bytes


def _padded(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment


def _facts(architecture: str, keys: dict[str, _Value], tensor_bytes: int, file_bytes: int) -> GgufFacts:
    def number(name: str, default: int | None = None, most: int = 1 << 31) -> int:
        value = keys.get(f"{architecture}.{name}", default)
        if isinstance(value, _List):
            value = max(value.values, default=0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise _Bad(f"{architecture}.{name}")
        return value

    n_layers, n_embd = number("block_count", most=_MAX_LAYERS), number("embedding_length", most=1 << 24)
    if not n_layers or not n_embd:
        raise _Bad("no layers")
    n_head = number("attention.head_count", 0, 1 << 16)
    head = n_embd // n_head if n_head else 0
    name, tokens = keys.get("general.name"), keys.get("tokenizer.ggml.tokens")
    file_type = keys.get("general.file_type")
    return GgufFacts(
        architecture=architecture,
        name=name if isinstance(name, str) else "",
        n_layers=n_layers,
        n_embd=n_embd,
        n_head=n_head,
        kv_heads=_kv_heads(keys.get(f"{architecture}.attention.head_count_kv", n_head), n_layers),
        key_length=number("attention.key_length", head, 1 << 16),
        value_length=number("attention.value_length", head, 1 << 16),
        n_ctx_train=number("context_length"),
        n_vocab=tokens.count if isinstance(tokens, _List) else number("vocab_size", 0),
        file_type=file_type if isinstance(file_type, int) else -1,
        tensor_bytes=tensor_bytes,
        file_bytes=file_bytes,
        has_chat_template=isinstance(keys.get("tokenizer.chat_template"), str),
    )


def _kv_heads(value: _Value, n_layers: int) -> tuple[int, ...]:
    counts = value.values if isinstance(value, _List) else (value,) * n_layers
    heads = tuple(count for count in counts if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 1 << 16)
    if len(heads) != n_layers:
        raise _Bad("attention.head_count_kv")
    return heads


class _Header:
    """Reads forward through a growing window of the file; every step is checked against the file's size first."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self.position = 0
        self.types: dict[str, int] = {}
        self._file = file
        self._window = b""

    def _reach(self, end: int) -> None:
        if end >= _ABSURD_BYTES:
            raise _Bad("a length beyond any file")
        if end > self.size:
            raise _Truncated(end)
        if end > _MAX_HEADER_BYTES:
            raise _Bad("header too large")
        while len(self._window) < end:
            more = self._file.read(_WINDOW_BYTES)
            if not more:
                raise _Truncated(end)
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
            raise _Bad(f"{what} of {length} bytes")
        try:
            return self.maybe_bytes(length).decode()
        except UnicodeDecodeError as err:
            raise _Bad(f"{what} is not UTF-8") from err

    def value(self, kind: int, name: str) -> _Value:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array(name)
        if kind not in _SCALARS:
            raise _Bad(f"type {kind} of {name[:80]}")
        return self._take(_SCALARS[kind])

    def _text(self) -> str:
        length = self.u64()
        self._reach(self.position + length)
        self.position += length
        return self._window[self.position - length : self.position][:_MAX_KEPT].decode(errors="replace")

    def _array(self, name: str) -> _List:
        kind, count = self.u32(), self.u64()
        if kind == _STRING:
            self._skip_strings(count)
            return _List(count)
        if kind not in _SCALARS:
            raise _Bad(f"array type {kind} of {name[:80]}")
        layout = _SCALARS[kind]
        end = self.position + count * layout.size
        self._reach(end)
        values: tuple[int, ...] = ()
        if count <= _MAX_KEPT and layout.format[-1] in "BbHhIiQq":
            values = tuple(number for (number,) in layout.iter_unpack(self._window[self.position : end]))
        self.position = end
        return _List(count, values)

    def _skip_strings(self, count: int) -> None:
        self._reach(self.position + count * _U64.size)
        position, reached, unpack = self.position, len(self._window), _U64.unpack_from
        for _ in range(count):
            if position + _U64.size > reached:
                self._reach(position + _U64.size)
                reached = len(self._window)
            position += _U64.size + unpack(self._window, position)[0]
        self._reach(position)
        self.position = position
