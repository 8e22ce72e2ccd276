"""A careful look at the header of a GGUF file, before llama.cpp sees it.

llama.cpp says "Failed to init server" of every file it cannot load, aborts on some and has had overflows in this very parser
(CVE-2025-53630, CVE-2026-27940, CVE-2026-33298). So the parent reads the header first, in pure Python: every count is bounded, every
key, string, array and tensor must lie inside the file, tensors must follow each other without gap or overlap, and nothing is
allocated that the file does not hold. Only the header is read (6 MB of a 2.5 GB file), never the weights: those are the hash's.

Layout (little endian): magic "GGUF", version u32, tensor count u64, key count u64; keys (name, type, value); tensors (name, dimensions,
type, offset); padding to `general.alignment`; data. Source: ggml/docs/gguf.md, and gguf.cpp for what is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hanmo.core.errors import ModelFileBad
from hanmo.core.names import nearest
from hanmo.models.gguf_reader import ABSURD_BYTES, UINT32, BadHeader, CutHeader, HeaderReader, ListValue, Value
from hanmo.models.gguf_tables import ARCHITECTURES, DRAFTERS, NOT_WRITERS, TENSOR_TYPES

__all__ = ["GgufFacts", "read_facts"]

_VERSIONS = (2, 3)
_MAX_KEYS = 1 << 16
_MAX_TENSORS = 1 << 17
_MAX_KEY_LENGTH = 65535
_MAX_TENSOR_NAME = 63
_MAX_DIMENSIONS = 4
_MAX_LAYERS = 4096
_DEFAULT_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What the header says. Lengths are in values, sizes in bytes; `kv_heads` has one count per layer. Of `lookup_bytes` a token reads one row:
    embeddings that the output does not share. `word_hashes` are of the vocabulary, `BLOCK` by `BLOCK`. A file that drafts for another model
    reads that one's layers `tapped_layers`, of width `tapped_width`."""

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
    lookup_bytes: int = 0
    word_hashes: tuple[bytes, ...] = ()
    tapped_layers: tuple[int, ...] = ()
    tapped_width: int = 0
    has_markov_head: bool = False

    @property
    def bytes_per_token(self) -> int:
        """Of weights that writing one token reads."""
        return self.tensor_bytes - self.lookup_bytes

    @property
    def kv_values_per_token(self) -> int:
        """How many numbers the KV cache keeps for one token."""
        return sum(self.kv_heads) * (self.key_length + self.value_length)


def read_facts(path: Path, *, drafting: bool = False) -> GgufFacts:
    """Checks the header; with `drafting` files pass, too, that only draft for another model. Raises `ModelFileBad` and nothing else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(file, size, drafting=drafting)
    except (OSError, ValueError) as err:
        raise ModelFileBad("model_unreadable", path=str(path), reason=getattr(err, "strerror", None) or type(err).__name__) from err
    except CutHeader as err:
        raise ModelFileBad("model_truncated", path=str(path), size_bytes=size, needed_bytes=err.args[0]) from err
    except BadHeader as err:
        raise ModelFileBad("model_damaged", path=str(path), reason=str(err)) from err
    except ModelFileBad as err:
        raise ModelFileBad(err.code, path=str(path), **err.params) from err


def _read(file: BinaryIO, size: int, *, drafting: bool) -> GgufFacts:
    header = HeaderReader(file, size)
    if header.maybe_bytes(4) != b"GGUF":
        raise ModelFileBad("model_not_gguf")
    version = header.u32()
    if version not in _VERSIONS:
        raise BadHeader(f"version {version}")
    n_tensors, n_keys = header.u64(), header.u64()
    if n_tensors > _MAX_TENSORS or n_keys > _MAX_KEYS:
        raise BadHeader(f"{n_tensors} tensors, {n_keys} keys")
    keys = _read_keys(header, n_keys)
    if keys.get("split.count", 0) not in (0, 1):
        raise ModelFileBad("model_split")
    architecture = _architecture(keys, DRAFTERS if drafting else frozenset())
    tensor_bytes, sizes = _read_tensors(header, n_tensors, _alignment(keys, header.types))
    facts = _facts(architecture, keys, tensor_bytes, size)
    return replace(facts, lookup_bytes=_looked_up(sizes), has_markov_head="markov_w1.weight" in sizes)


def _looked_up(sizes: Mapping[str, int]) -> int:
    return sizes.get("token_embd.weight", 0) if "output.weight" in sizes else 0


def _architecture(keys: dict[str, Value], drafters: frozenset[str]) -> str:
    architecture = keys.get("general.architecture")
    if not isinstance(architecture, str):
        raise BadHeader("general.architecture")
    kind = keys.get("general.type", "model")
    if architecture not in ARCHITECTURES or architecture in NOT_WRITERS - drafters or kind != "model":
        usable = [name for name in ARCHITECTURES if name not in NOT_WRITERS]
        raise ModelFileBad("model_unsupported_architecture", architecture=architecture[:80], nearest=nearest(architecture, usable))
    return architecture


def _alignment(keys: dict[str, Value], types: dict[str, int]) -> int:
    alignment = keys.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or types.get("general.alignment", UINT32) != UINT32:
        raise BadHeader("general.alignment")
    if alignment <= 0 or alignment & (alignment - 1):
        raise BadHeader(f"general.alignment {alignment}")
    return alignment


def _read_keys(header: HeaderReader, n_keys: int) -> dict[str, Value]:
    keys: dict[str, Value] = {}
    for _ in range(n_keys):
        name = header.string(_MAX_KEY_LENGTH, "key")
        if not name or name in keys:
            raise BadHeader(f"key {name[:80]!r} empty or twice")
        header.types[name] = header.u32()
        keys[name] = header.value(header.types[name], name)
    return keys


def _read_tensors(header: HeaderReader, n_tensors: int, alignment: int) -> tuple[int, dict[str, int]]:
    """Checks that the tensors lie one after the other inside the file; returns the bytes of their data, and of the data of each."""
    sizes: dict[str, int] = {}
    end = padded_end = 0
    for _ in range(n_tensors):
        name = header.string(_MAX_TENSOR_NAME, "tensor name")
        if not name or name in sizes:
            raise BadHeader(f"tensor {name!r} empty or twice")
        shape = _shape(header, name)
        sizes[name] = n_bytes = _tensor_bytes(header.u32(), shape, name)
        if header.u64() != padded_end:
            raise BadHeader(f"offset of {name}")
        end = padded_end + n_bytes
        padded_end = _padded(end, alignment)
    if not n_tensors:
        raise BadHeader("no tensors")
    needed = _padded(header.position, alignment) + end
    if needed >= ABSURD_BYTES:
        raise BadHeader("tensors beyond any file")
    if needed > header.size:
        raise CutHeader(needed)
    return end, sizes


def _shape(header: HeaderReader, name: str) -> list[int]:
    n_dimensions = header.u32()
    if not 1 <= n_dimensions <= _MAX_DIMENSIONS:
        raise BadHeader(f"{n_dimensions} dimensions of {name}")
    shape = [header.u64() for _ in range(n_dimensions)]
    if any(not 0 < length < 1 << 63 for length in shape):
        raise BadHeader(f"shape of {name}")
    return shape


def _tensor_bytes(kind: int, shape: list[int], name: str) -> int:
    if kind not in TENSOR_TYPES:
        raise BadHeader(f"type {kind} of {name}")
    block, block_bytes = TENSOR_TYPES[kind]
    if shape[0] % block:
        raise BadHeader(f"shape of {name}")
    count = shape[0] // block
    for length in shape[1:]:
        count *= length
    if count * block >= 1 << 63 or count * block_bytes >= 1 << 63:
        raise BadHeader(f"size of {name}")
    return count * block_bytes


def _padded(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment


def _facts(architecture: str, keys: dict[str, Value], tensor_bytes: int, file_bytes: int) -> GgufFacts:
    def number(name: str, default: int | None = None, most: int = 1 << 31) -> int:
        value = keys.get(f"{architecture}.{name}", default)
        if isinstance(value, ListValue):
            value = max(value.values, default=0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise BadHeader(f"{architecture}.{name}")
        return value

    n_layers, n_embd = number("block_count", most=_MAX_LAYERS), number("embedding_length", most=1 << 24)
    if not n_layers or not n_embd:
        raise BadHeader("no layers")
    n_head = number("attention.head_count", 0, 1 << 16)
    head = n_embd // n_head if n_head else 0
    name, tokens = keys.get("general.name"), keys.get("tokenizer.ggml.tokens")
    tapped = keys.get(f"{architecture}.target_layers")
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
        n_vocab=tokens.count if isinstance(tokens, ListValue) else number("vocab_size", 0),
        file_type=file_type if isinstance(file_type, int) else -1,
        tensor_bytes=tensor_bytes,
        file_bytes=file_bytes,
        word_hashes=tokens.hashes if isinstance(tokens, ListValue) else (),
        has_chat_template=isinstance(keys.get("tokenizer.chat_template"), str),
        tapped_layers=tapped.values if isinstance(tapped, ListValue) else (),
        tapped_width=number("target_hidden_size", n_embd, 1 << 24),
    )


def _kv_heads(value: Value, n_layers: int) -> tuple[int, ...]:
    counts = value.values if isinstance(value, ListValue) else (value,) * n_layers
    heads = tuple(count for count in counts if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 1 << 16)
    if len(heads) != n_layers:
        raise BadHeader("attention.head_count_kv")
    return heads
