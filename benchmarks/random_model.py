"""A Qwen3-4B whose weights are noise, as a GGUF file and as the numbers that describe it.

Speed and memory do not depend on what the weights are, only on how many there are and how they are written down: so a machine that has never seen
the real file is measured with one that is made here in a minute. What it writes is nonsense.

Shapes after the model's own config.json: 36 layers of width 2,560, feed-forward 9,728, 32 query and 8 key and value heads of 128, 151,936 words, one
matrix for words in and out. The mix of formats is what llama.cpp calls Q4_K_M: the words, and of some layers `attn_v` and `ffn_down`, in Q6_K, the
rest in Q4_K. The words themselves and the chat template come from another Qwen file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

WIDTH, FEED_FORWARD, HEADS, KV_HEADS, HEAD, WORDS, LAYERS = 2560, 9728, 32, 8, 128, 151_936, 36
ROPE_BASE, NORM_EPSILON, TRAINED_CONTEXT = 5_000_000.0, 1e-6, 262_144
PER_BLOCK = 256
Q4_K_BYTES, Q6_K_BYTES = 144, 210
NOISE_BLOCKS = 1 << 16
"""So many different blocks of noise are made, and repeated."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` times `cols` weights; norms are one row of 32-bit ones."""

    name: str
    rows: int
    cols: int
    form: str  # "q4", "q6" or "norm"


def tensors(layers: int = LAYERS) -> Iterator[Matrix]:
    """In the order of the file."""
    yield Matrix("token_embd.weight", WORDS, WIDTH, "q6")
    yield Matrix("output_norm.weight", 1, WIDTH, "norm")
    for i in range(layers):
        finer = "q6" if _finer(i, layers) else "q4"
        for name, size in (("attn_norm", WIDTH), ("ffn_norm", WIDTH), ("attn_q_norm", HEAD), ("attn_k_norm", HEAD)):
            yield Matrix(f"blk.{i}.{name}.weight", 1, size, "norm")
        for name, rows, cols, form in (
            ("attn_q", HEADS * HEAD, WIDTH, "q4"),
            ("attn_k", KV_HEADS * HEAD, WIDTH, "q4"),
            ("attn_v", KV_HEADS * HEAD, WIDTH, finer),
            ("attn_output", WIDTH, HEADS * HEAD, "q4"),
            ("ffn_gate", FEED_FORWARD, WIDTH, "q4"),
            ("ffn_up", FEED_FORWARD, WIDTH, "q4"),
            ("ffn_down", WIDTH, FEED_FORWARD, finer),
        ):
            yield Matrix(f"blk.{i}.{name}.weight", rows, cols, form)


def _finer(layer: int, layers: int) -> bool:
    """llama.cpp's rule for Q4_K_M: the first and last eighth, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def ensure_random_model(path: Path, words_from: Path, layers: int = LAYERS) -> Path:
    """The file, made if it is not there."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        _write(part, words_from, layers)
        part.replace(path)
    return path


def _write(path: Path, words_from: Path, layers: int) -> None:
    import gguf

    writer = gguf.GGUFWriter(str(path), "qwen3")
    _describe(writer, layers)
    _copy_words(writer, words_from)
    noise = {form: _noise(form) for form in ("q4", "q6")}
    matrices = list(tensors(layers))
    for matrix in matrices:
        data = _data(matrix, noise)
        kind = {"q4": gguf.GGMLQuantizationType.Q4_K, "q6": gguf.GGMLQuantizationType.Q6_K}.get(matrix.form)
        shape = data.shape if data.ndim == 2 else (matrix.cols,)
        writer.add_tensor_info(matrix.name, shape, data.dtype, data.nbytes, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for matrix in matrices:
        writer.write_tensor_data(_data(matrix, noise))
    writer.close()


def _describe(writer: Any, layers: int) -> None:
    writer.add_name("Qwen3-4B, random weights")
    writer.add_block_count(layers)
    writer.add_context_length(TRAINED_CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_file_type(15)  # LLAMA_FTYPE_MOSTLY_Q4_K_M
    writer.add_quantization_version(2)


def _copy_words(writer: Any, words_from: Path) -> None:
    import gguf

    for field in gguf.GGUFReader(str(words_from)).fields.values():
        if field.name.startswith("tokenizer."):
            kind = field.types[0]
            of = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=of)


def _noise(form: str) -> "numpy.ndarray[Any, Any]":
    """Blocks whose scales are small and whose weights are any: sums stay finite."""
    import numpy

    rng = numpy.random.default_rng(4)
    size = Q4_K_BYTES if form == "q4" else Q6_K_BYTES
    blocks = rng.integers(0, 256, (NOISE_BLOCKS, size), dtype=numpy.uint8)

    def half(value: float) -> "numpy.ndarray[Any, Any]":
        return numpy.frombuffer(numpy.float16(value).tobytes(), numpy.uint8)

    if form == "q4":  # scale and minimum first: 15 * scale / 2 is about the minimum, so that weights lie around 0
        blocks[:, 0:2], blocks[:, 2:4] = half(1e-4), half(7.5e-4)
    else:  # sixteen signed scales and the scale of them last
        blocks[:, 192:208] = rng.integers(-64, 64, (NOISE_BLOCKS, 16)).astype(numpy.int8).view(numpy.uint8)
        blocks[:, 208:210] = half(3e-5)
    return blocks


def _data(matrix: Matrix, noise: dict[str, "numpy.ndarray[Any, Any]"]) -> "numpy.ndarray[Any, Any]":
    import numpy

    if matrix.form == "norm":
        return numpy.ones(matrix.cols, numpy.float32)
    count = matrix.rows * matrix.cols // PER_BLOCK
    blocks = numpy.resize(noise[matrix.form], (count, noise[matrix.form].shape[1]))
    return blocks.reshape(matrix.rows, -1)
