"""Writes GGUF files, right ones and wrong ones, a few kilobytes or megabytes large."""

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

U32, I32, BOOL, STRING, ARRAY, U64 = 4, 5, 7, 8, 9, 10
F32, Q4_K, Q8_0 = 0, 12, 8


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return u64(len(data)) + data


def key(name: str | bytes, kind: int, value: bytes) -> bytes:
    return text(name) + u32(kind) + value


def strings(values: Sequence[str]) -> bytes:
    return u32(STRING) + u64(len(values)) + b"".join(text(value) for value in values)


def tensor(name: str | bytes, shape: Sequence[int], kind: int, offset: int) -> bytes:
    return text(name) + u32(len(shape)) + b"".join(u64(length) for length in shape) + u32(kind) + u64(offset)


def llama_keys(architecture: str = "qwen2", /, **changed: bytes) -> dict[str, bytes]:
    """The keys of a small but complete language model, by name."""
    keys = {
        "general.architecture": key("general.architecture", STRING, text(architecture)),
        "general.name": key("general.name", STRING, text("Tiny")),
        "block_count": key(f"{architecture}.block_count", U32, u32(2)),
        "context_length": key(f"{architecture}.context_length", U32, u32(4096)),
        "embedding_length": key(f"{architecture}.embedding_length", U32, u32(64)),
        "head_count": key(f"{architecture}.attention.head_count", U32, u32(2)),
        "head_count_kv": key(f"{architecture}.attention.head_count_kv", U32, u32(1)),
        "tokens": key("tokenizer.ggml.tokens", ARRAY, strings(["a", "b", "翰墨"])),
        "chat_template": key("tokenizer.chat_template", STRING, text("{{ messages }}")),
    }
    return keys | changed


@dataclass
class Gguf:
    """A GGUF file as its pieces; whatever is set wrong is written as it is."""

    keys: dict[str, bytes] = field(default_factory=llama_keys)
    tensors: list[bytes] = field(default_factory=lambda: [tensor("a.weight", [64, 4], F32, 0), tensor("b.weight", [64], F32, 1024)])
    data: bytes = bytes(1024 + 256)
    magic: bytes = b"GGUF"
    version: int = 3
    n_tensors: int | None = None
    n_keys: int | None = None
    alignment: int = 32

    def build(self) -> bytes:
        n_tensors = len(self.tensors) if self.n_tensors is None else self.n_tensors
        n_keys = len(self.keys) if self.n_keys is None else self.n_keys
        head = self.magic + u32(self.version) + u64(n_tensors % 2**64) + u64(n_keys % 2**64)
        head += b"".join(self.keys.values()) + b"".join(self.tensors)
        return head + bytes(-len(head) % self.alignment) + self.data


def model_bytes(num_rows: int = 4096, seed: int = 7) -> bytes:
    """A sound model file with random weights; 4,096 rows are a megabyte."""
    data = random.Random(seed).randbytes(64 * num_rows * 4)
    return Gguf(tensors=[tensor("a.weight", [64, num_rows], F32, 0)], data=data).build()
