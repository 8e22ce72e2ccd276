"""Models with noise for weights, sound in form and right in nothing: a small Qwen3, and an EAGLE-3 and a DFlash file that draft from its inner
states. Trained ones of those could not be had."""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from hanmo.models.gguf_reader import HeaderReader
from tests.models.tiny import F32, I32, Q8_0, U32, Gguf, key, tensor, text, u32, u64

STRING, FLOAT, ARRAY = 8, 6, 9
BLOCK, SCALE = 32, 1e-3
WIDTH, HEADS, KV_HEADS, FEED, WORDS = 256, 4, 2, 256, 151_936
HEAD = WIDTH // HEADS
NOISE_BLOCKS = 152_003
"""Odd, and more than there are words: no two of them have the same weights."""
LAYERS, READ = 4, (1, 2, 3)
"""Of the Qwen3: layers, and those whose input the EAGLE-3 file reads."""
DENOISED, MASK = 8, 151_665
"""Tokens that a DFlash file drafts at once, the one before them with them; the token that stands for one to be guessed, which no text uses."""
LOUD = 40.0
"""What the last norm multiplies by: sure of the next word, whatever it is."""


def noise_qwen3(path: Path, words_from: Path) -> Path:
    """40 MB, most of it words."""
    matrices, norms = {"token_embd.weight": (WIDTH, WORDS)}, {"output_norm.weight": WIDTH}
    for i in range(LAYERS):
        matrices |= _layer(i, WIDTH)
        norms |= {f"blk.{i}.attn_norm.weight": WIDTH, f"blk.{i}.ffn_norm.weight": WIDTH}
        norms |= {f"blk.{i}.attn_q_norm.weight": HEAD, f"blk.{i}.attn_k_norm.weight": HEAD}
    return _written(path, [*_keys("qwen3", LAYERS), *_words(words_from)], matrices, norms)


def noise_eagle3(path: Path, words_from: Path) -> Path:
    """For the Qwen3 of `noise_qwen3`."""
    norms = ("output_norm.weight", "blk.0.attn_norm.weight", "blk.0.attn_norm_2.weight", "blk.0.ffn_norm.weight")
    matrices = {"fc.weight": (len(READ) * WIDTH, WIDTH)} | _layer(0, 2 * WIDTH)
    keys = [*_keys("eagle3", 1), _taps("eagle3"), key("eagle3.target_hidden_size", U32, u32(WIDTH)), *_words(words_from)]
    return _written(path, keys, matrices, dict.fromkeys(norms, WIDTH))


def noise_dflash(path: Path, words_from: Path) -> Path:
    """For the Qwen3 of `noise_qwen3`."""
    norms = ("output_norm.weight", "enc.output_norm.weight", "blk.0.attn_norm.weight", "blk.0.ffn_norm.weight")
    heads = ("blk.0.attn_q_norm.weight", "blk.0.attn_k_norm.weight")
    matrices = {"fc.weight": (len(READ) * WIDTH, WIDTH)} | _layer(0, WIDTH)
    own = [_taps("dflash"), key("dflash.block_size", U32, u32(DENOISED)), key("tokenizer.ggml.mask_token_id", U32, u32(MASK))]
    keys = [*_keys("dflash", 1), *own, *_words(words_from)]
    return _written(path, keys, matrices, dict.fromkeys(norms, WIDTH) | dict.fromkeys(heads, HEAD))


def _taps(architecture: str) -> bytes:
    return key(f"{architecture}.target_layers", ARRAY, u32(I32) + u64(len(READ)) + struct.pack(f"<{len(READ)}i", *READ))


def _layer(i: int, width: int) -> dict[str, tuple[int, int]]:
    """Columns and rows of its matrices; attention looks at `width` numbers."""
    return {
        f"blk.{i}.attn_q.weight": (width, WIDTH),
        f"blk.{i}.attn_k.weight": (width, KV_HEADS * HEAD),
        f"blk.{i}.attn_v.weight": (width, KV_HEADS * HEAD),
        f"blk.{i}.attn_output.weight": (WIDTH, WIDTH),
        f"blk.{i}.ffn_gate.weight": (WIDTH, FEED),
        f"blk.{i}.ffn_up.weight": (WIDTH, FEED),
        f"blk.{i}.ffn_down.weight": (FEED, WIDTH),
    }


def _keys(architecture: str, layers: int) -> Iterator[bytes]:
    yield key("general.architecture", STRING, text(architecture))
    yield key("general.name", STRING, text("Noise"))
    for name, value in (
        ("block_count", layers),
        ("context_length", 32_768),
        ("embedding_length", WIDTH),
        ("feed_forward_length", FEED),
        ("attention.head_count", HEADS),
        ("attention.head_count_kv", KV_HEADS),
        ("attention.key_length", HEAD),
        ("attention.value_length", HEAD),
    ):
        yield key(f"{architecture}.{name}", U32, u32(value))
    yield key(f"{architecture}.attention.layer_norm_rms_epsilon", FLOAT, struct.pack("<f", 1e-6))
    yield key(f"{architecture}.rope.freq_base", FLOAT, struct.pack("<f", 1_000_000.0))


def _words(words_from: Path) -> Iterator[bytes]:
    """The keys of its tokenizer as they stand there."""
    with words_from.open("rb") as file:
        whole = file.read(64 << 20)
        file.seek(0)
        header = HeaderReader(file, words_from.stat().st_size)
        header.maybe_bytes(8)
        header.u64()
        for _ in range(header.u64()):
            start, name = header.position, header.string(65_535, "key")
            header.value(header.u32(), name)
            if name.startswith("tokenizer."):
                yield whole[start : header.position]


def _written(path: Path, keys: list[bytes], matrices: dict[str, tuple[int, int]], norms: dict[str, int]) -> Path:
    chance, tensors, data = random.Random(7), [], bytearray()
    loud, quiet = _noise(SCALE), _noise(SCALE / 10)
    for name, (columns, rows) in matrices.items():
        noise = quiet if name.startswith("blk.") else loud
        size = columns * rows // BLOCK * (BLOCK + 2)
        start = chance.randrange(NOISE_BLOCKS) * (BLOCK + 2)
        tensors.append(tensor(name, [columns, rows], Q8_0, len(data)))
        data += (noise[start:] + noise * (size // len(noise) + 1))[:size]
    for name, width in norms.items():
        tensors.append(tensor(name, [width], F32, len(data)))
        data += struct.pack("<f", LOUD if name.startswith("output") else 1.0) * width
    path.write_bytes(Gguf({str(i): raw for i, raw in enumerate(keys)}, tensors=tensors, data=bytes(data)).build())
    return path


def _noise(scale: float) -> bytes:
    """Quiet layers change little of a word: the likeliest next one is the same word, by so much that the order of sums does not matter."""
    chance = random.Random(11)
    return b"".join(struct.pack("<e", scale) + chance.randbytes(BLOCK) for _ in range(NOISE_BLOCKS))
