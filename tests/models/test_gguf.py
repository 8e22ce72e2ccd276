"""The header check: what is sound passes, every known kind of damage is refused, and nothing else is ever raised."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanmo.core.errors import ModelFileBad
from hanmo.models.gguf import read_facts
from tests.models import tiny
from tests.models.real import real_model
from tests.models.tiny import ARRAY, F32, Q4_K, STRING, U32, Gguf, key, llama_keys, tensor, text, u32, u64

WHOLE = Gguf().build()


def swapped(**changed: bytes) -> dict[str, bytes]:
    return llama_keys(**changed)


MALFORMED: dict[str, tuple[bytes, str]] = {
    "empty file": (b"", "model_not_gguf"),
    "three bytes": (b"GGU", "model_not_gguf"),
    "text": ("翰墨 is not a model".encode(), "model_not_gguf"),
    "html": (b"<!doctype html><title>Sign in</title>", "model_not_gguf"),
    "bad magic": (Gguf(magic=b"GGML").build(), "model_not_gguf"),
    "only magic": (b"GGUF", "model_truncated"),
    "version 0": (Gguf(version=0).build(), "model_damaged"),
    "version 1": (Gguf(version=1).build(), "model_damaged"),
    "future version": (Gguf(version=4).build(), "model_damaged"),
    "big endian": (Gguf(version=3 << 24).build(), "model_damaged"),
    "-1 tensors": (Gguf(n_tensors=-1).build(), "model_damaged"),
    "-1 keys": (Gguf(n_keys=-1).build(), "model_damaged"),
    "more keys than there are": (Gguf(keys=llama_keys(), n_keys=len(llama_keys()) + 5).build(), "model_damaged"),
    "more tensors than there are": (Gguf(tensors=[tensor("a", [64], F32, 0)], n_tensors=60, data=b"").build(), "model_damaged"),
    "no tensors": (Gguf(tensors=[]).build(), "model_damaged"),
    "key size over the file": (Gguf(keys=swapped(bad=u64(1 << 40) + b"x")).build(), "model_truncated"),
    "key size of all ones": (Gguf(keys=swapped(bad=u64(2**64 - 1) + b"x")).build(), "model_damaged"),
    "key too long": (Gguf(keys=swapped(bad=key("k" * 70000, U32, u32(1)))).build(), "model_damaged"),
    "empty key": (Gguf(keys=swapped(bad=key("", U32, u32(1)))).build(), "model_damaged"),
    "key not UTF-8": (Gguf(keys=swapped(bad=key(b"\xff\xfe", U32, u32(1)))).build(), "model_damaged"),
    "duplicate key": (Gguf(keys=swapped(bad=key("general.name", STRING, text("x")))).build(), "model_damaged"),
    "bad value type": (Gguf(keys=swapped(bad=key("x", 13, u32(1)))).build(), "model_damaged"),
    "bad array type": (Gguf(keys=swapped(bad=key("x", ARRAY, u32(77) + u64(1) + u32(1)))).build(), "model_damaged"),
    "nested array": (Gguf(keys=swapped(bad=key("x", ARRAY, u32(ARRAY) + u64(1) + u32(U32) + u64(0)))).build(), "model_damaged"),
    "array over the file": (Gguf(keys=swapped(bad=key("x", ARRAY, u32(U32) + u64(1 << 30)))).build(), "model_truncated"),
    "array that overflows": (Gguf(keys=swapped(bad=key("x", ARRAY, u32(10) + u64(2**61 + 1)))).build(), "model_damaged"),
    "strings over the file": (Gguf(keys=swapped(bad=key("x", ARRAY, u32(STRING) + u64(1 << 33)))).build(), "model_truncated"),
    "string in array over the file": (
        Gguf(keys=swapped(bad=key("x", ARRAY, u32(STRING) + u64(1) + u64(1 << 33)))).build(),
        "model_truncated",
    ),
    "string over the file": (Gguf(keys=swapped(bad=key("x", STRING, u64(1 << 33)))).build(), "model_truncated"),
    "alignment 0": (Gguf(keys=swapped(align=key("general.alignment", U32, u32(0)))).build(), "model_damaged"),
    "alignment no power of two": (Gguf(keys=swapped(align=key("general.alignment", U32, u32(48)))).build(), "model_damaged"),
    "alignment of the wrong type": (
        Gguf(keys=swapped(align=key("general.alignment", STRING, text("32")))).build(),
        "model_damaged",
    ),
    "alignment as u64": (Gguf(keys=swapped(align=key("general.alignment", 10, u64(32)))).build(), "model_damaged"),
    "no architecture": (Gguf(keys=swapped(**{"general.architecture": b""}), n_keys=8).build(), "model_damaged"),
    "architecture is a number": (
        Gguf(keys=swapped(**{"general.architecture": key("general.architecture", U32, u32(1))})).build(),
        "model_damaged",
    ),
    "unknown architecture": (Gguf(keys=llama_keys("qwen99")).build(), "model_unsupported_architecture"),
    "an embedder": (Gguf(keys=llama_keys("bert")).build(), "model_unsupported_architecture"),
    "an adapter": (Gguf(keys=swapped(kind=key("general.type", STRING, text("adapter")))).build(), "model_unsupported_architecture"),
    "one of several": (Gguf(keys=swapped(split=key("split.count", 2, struct.pack("<H", 3)))).build(), "model_split"),
    "no layers": (Gguf(keys=swapped(block_count=key("qwen2.block_count", U32, u32(0)))).build(), "model_damaged"),
    "layers beyond reason": (
        Gguf(keys=swapped(block_count=key("qwen2.block_count", U32, u32(2**32 - 1)))).build(),
        "model_damaged",
    ),
    "layers as text": (Gguf(keys=swapped(block_count=key("qwen2.block_count", STRING, text("2")))).build(), "model_damaged"),
    "negative context": (
        Gguf(keys=swapped(context_length=key("qwen2.context_length", 5, struct.pack("<i", -1)))).build(),
        "model_damaged",
    ),
    "heads for other layers": (
        Gguf(keys=swapped(head_count_kv=key("qwen2.attention.head_count_kv", ARRAY, u32(U32) + u64(3) + u32(1) * 3))).build(),
        "model_damaged",
    ),
    "tensor name too long": (Gguf(tensors=[tensor("n" * 64, [64], F32, 0)]).build(), "model_damaged"),
    "tensor name empty": (Gguf(tensors=[tensor("", [64], F32, 0)]).build(), "model_damaged"),
    "duplicate tensor": (Gguf(tensors=[tensor("a", [64], F32, 0), tensor("a", [64], F32, 256)]).build(), "model_damaged"),
    "no dimensions": (Gguf(tensors=[tensor("a", [], F32, 0)]).build(), "model_damaged"),
    "five dimensions": (Gguf(tensors=[tensor("a", [1, 1, 1, 1, 1], F32, 0)]).build(), "model_damaged"),
    "dimension 0": (Gguf(tensors=[tensor("a", [0], F32, 0)]).build(), "model_damaged"),
    "negative dimension": (Gguf(tensors=[tensor("a", [2**64 - 1], F32, 0)]).build(), "model_damaged"),
    "unknown tensor type": (Gguf(tensors=[tensor("a", [64], 200, 0)]).build(), "model_damaged"),
    "removed tensor type": (Gguf(tensors=[tensor("a", [64], 4, 0)]).build(), "model_damaged"),
    "row that is no whole block": (Gguf(tensors=[tensor("a", [100, 2], Q4_K, 0)]).build(), "model_damaged"),
    "elements overflow": (Gguf(tensors=[tensor("a", [2**32, 2**32], F32, 0)]).build(), "model_damaged"),
    "bytes overflow": (Gguf(tensors=[tensor("a", [2**61, 2], F32, 0)]).build(), "model_damaged"),
    "offset off the alignment": (Gguf(tensors=[tensor("a", [64], F32, 0), tensor("b", [64], F32, 260)]).build(), "model_damaged"),
    "offset with a gap": (Gguf(tensors=[tensor("a", [64], F32, 0), tensor("b", [64], F32, 512)]).build(), "model_damaged"),
    "tensors overlap": (Gguf(tensors=[tensor("a", [64], F32, 0), tensor("b", [64], F32, 0)]).build(), "model_damaged"),
    "weights truncated": (WHOLE[:-1], "model_truncated"),
    "header truncated": (WHOLE[:200], "model_truncated"),
    "tensor larger than the file": (Gguf(tensors=[tensor("a", [1 << 30], F32, 0)]).build(), "model_truncated"),
}


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_file_is_refused_with_its_own_code(kind: str, tmp_path: Path) -> None:
    data, code = MALFORMED[kind]
    with pytest.raises(ModelFileBad) as caught:
        read_facts(write(tmp_path, data))
    assert caught.value.code == code
    assert caught.value.params["path"]


def test_a_sound_file_gives_its_facts(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, WHOLE))
    assert (facts.architecture, facts.name, facts.n_layers, facts.n_embd) == ("qwen2", "Tiny", 2, 64)
    assert (facts.kv_heads, facts.key_length, facts.value_length) == ((1, 1), 32, 32)
    assert (facts.n_ctx_train, facts.n_vocab, facts.has_chat_template) == (4096, 3, True)
    assert (facts.tensor_bytes, facts.file_bytes) == (1280, len(WHOLE))
    assert facts.kv_values_per_token == 2 * 1 * 64


def test_version_2_and_other_alignments_and_bytes_behind_the_last_tensor_are_sound(tmp_path: Path) -> None:
    keys = swapped(align=key("general.alignment", U32, u32(256)))
    tensors = [tensor("a", [32], F32, 0), tensor("b", [32], F32, 256)]
    data = Gguf(version=2, keys=keys, tensors=tensors, alignment=256, data=bytes(1000)).build()
    assert read_facts(write(tmp_path, data)).tensor_bytes == 256 + 128


@pytest.mark.parametrize(
    ("names", "read"), [(("token_embd.weight", "output.weight"), 128), (("token_embd.weight", "output_norm.weight"), 256)]
)
def test_embeddings_that_the_output_does_not_share_are_looked_up_and_not_read(
    tmp_path: Path, names: tuple[str, str], read: int
) -> None:
    tensors = [tensor(names[0], [32], F32, 0), tensor(names[1], [32], F32, 128)]
    facts = read_facts(write(tmp_path, Gguf(tensors=tensors, data=bytes(256)).build()))
    assert (facts.tensor_bytes, facts.bytes_per_token) == (256, read)


def test_heads_may_differ_from_layer_to_layer(tmp_path: Path) -> None:
    keys = swapped(head_count_kv=key("qwen2.attention.head_count_kv", ARRAY, u32(U32) + u64(2) + u32(0) + u32(2)))
    assert read_facts(write(tmp_path, Gguf(keys=keys).build())).kv_heads == (0, 2)


def test_the_nearest_architecture_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileBad) as caught:
        read_facts(write(tmp_path, Gguf(keys=llama_keys("qwen33")).build()))
    assert caught.value.params["nearest"] in {"qwen3", "qwen35"}


def test_a_directory_and_a_missing_file_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.gguf"):
        with pytest.raises(ModelFileBad) as caught:
            read_facts(path)
        assert caught.value.code == "model_unreadable"


@settings(max_examples=150, deadline=None)
@given(end=st.integers(0, len(WHOLE) - 1))
def test_any_truncation_is_refused(end: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ModelFileBad):
        read_facts(write(tmp_path_factory.getbasetemp(), WHOLE[:end]))


@settings(max_examples=400, deadline=None)
@given(flips=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_flipped_bytes_raise_nothing_but_model_file_bad(
    flips: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(WHOLE)
    for at, bits in flips:
        data[at] ^= bits
    try:
        facts = read_facts(write(tmp_path_factory.getbasetemp(), bytes(data)))
    except ModelFileBad:
        return
    assert facts.tensor_bytes <= len(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400))
def test_noise_behind_the_magic_raises_nothing_but_model_file_bad(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ModelFileBad):
        read_facts(write(tmp_path_factory.getbasetemp(), b"GGUF" + u32(3) + data))


def test_the_real_model_is_sound_and_read_by_its_header_alone() -> None:
    path = real_model()
    facts = read_facts(path)
    assert (facts.architecture, facts.n_layers, facts.n_embd, facts.n_vocab) == ("qwen2", 24, 896, 151936)
    assert (facts.kv_heads, facts.key_length, facts.n_ctx_train) == ((2,) * 24, 64, 32768)
    assert facts.has_chat_template
    assert facts.file_bytes == path.stat().st_size == 491_400_064


def test_the_tiny_writer_makes_files_of_the_size_it_says() -> None:
    assert len(tiny.model_bytes(4096)) > 64 * 4096 * 4
