"""Files that draft from the inner states of a model, with noise for weights: sound in form, right in nothing. Trained ones could not be had."""

import random
import struct
from collections.abc import Sequence
from pathlib import Path

from hanmo.models.gguf_reader import HeaderReader
from tests.models.tiny import F32, I32, Q8_0, U32, Gguf, key, tensor, text, u32, u64

STRING, FLOAT, ARRAY = 8, 6, 9
BLOCK, BLOCK_BYTES = 32, 34
FEED = 256
LAYERS = (2, 11, 20)
"""Of the large model: those that are read."""


def noise_eagle3(path: Path, like: Path, *, width: int, heads: int, kv_heads: int) -> Path:
    """For a model of that `width`, whose words are taken from its file `like`."""
    head = width // heads
    matrices = {
        "fc.weight": (len(LAYERS) * width, width),
        "blk.0.attn_q.weight": (2 * width, width),
        "blk.0.attn_k.weight": (2 * width, kv_heads * head),
        "blk.0.attn_v.weight": (2 * width, kv_heads * head),
        "blk.0.attn_output.weight": (width, width),
        "blk.0.ffn_gate.weight": (width, FEED),
        "blk.0.ffn_up.weight": (width, FEED),
        "blk.0.ffn_down.weight": (FEED, width),
    }
    norms = ("output_norm.weight", "blk.0.attn_norm.weight", "blk.0.attn_norm_2.weight", "blk.0.ffn_norm.weight")
    return _written(path, _keys("eagle3", like, width, heads, kv_heads), matrices, dict.fromkeys(norms, width))


def _keys(architecture: str, like: Path, width: int, heads: int, kv_heads: int) -> dict[str, bytes]:
    def number(name: str, value: int) -> bytes:
        return key(f"{architecture}.{name}", U32, u32(value))

    layers = u32(I32) + u64(len(LAYERS)) + struct.pack(f"<{len(LAYERS)}i", *LAYERS)
    own = [
        key("general.architecture", STRING, text(architecture)),
        key("general.name", STRING, text("Noise")),
        number("block_count", 1),
        number("context_length", 32_768),
        number("embedding_length", width),
        number("feed_forward_length", FEED),
        number("attention.head_count", heads),
        number("attention.head_count_kv", kv_heads),
        number("target_hidden_size", width),
        key(f"{architecture}.target_layers", ARRAY, layers),
        key(f"{architecture}.attention.layer_norm_rms_epsilon", FLOAT, struct.pack("<f", 1e-6)),
        key(f"{architecture}.rope.freq_base", FLOAT, struct.pack("<f", 1_000_000.0)),
    ]
    return {str(i): raw for i, raw in enumerate([*own, *_words(like)])}


def _words(like: Path) -> list[bytes]:
    """The keys of its tokenizer as they stand there."""
    found, whole = [], like.read_bytes()[: 64 << 20]
    with like.open("rb") as file:
        header = HeaderReader(file, like.stat().st_size)
        header.maybe_bytes(8)
        header.u64()
        for _ in range(header.u64()):
            start, name = header.position, header.string(65_535, "key")
            header.value(header.u32(), name)
            if name.startswith("tokenizer."):
                found.append(whole[start : header.position])
    return found


def _written(path: Path, keys: dict[str, bytes], matrices: dict[str, tuple[int, int]], norms: dict[str, int]) -> Path:
    tensors, data = [], b""
    for name, (columns, rows) in matrices.items():
        tensors.append(tensor(name, [columns, rows], Q8_0, len(data)))
        data += _noise(columns, rows)
    for name, width in norms.items():
        tensors.append(tensor(name, [width], F32, len(data)))
        data += struct.pack("<f", 30.0 if name.startswith("output") else 1.0) * width
    path.write_bytes(Gguf(keys, tensors=tensors, data=data).build())
    return path


def _noise(columns: int, rows: int, scale: float = 3e-4) -> bytes:
    """Rows of 8-bit blocks of one scale."""
    chance = random.Random(columns * rows)
    blocks: Sequence[bytes] = [struct.pack("<e", scale) + chance.randbytes(BLOCK) for _ in range(columns * rows // BLOCK)]
    return b"".join(blocks)
