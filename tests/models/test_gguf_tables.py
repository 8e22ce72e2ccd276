"""The tables are those of the wheel: it is asked itself."""

import ctypes
import os
from importlib.util import find_spec

import pytest

from hanmo.engine import list_draft_kinds
from hanmo.models.gguf_tables import ARCHITECTURES, DRAFTERS, NOT_WRITERS, TENSOR_TYPES
from hanmo.work.model_ports import DRAFT_KINDS


@pytest.fixture(scope="module")
def wheel() -> ctypes.CDLL:
    spec = find_spec("xllamacpp.xllamacpp")
    assert spec is not None and spec.origin is not None
    return ctypes.CDLL(spec.origin, mode=os.RTLD_LAZY)


def test_the_architectures_are_those_of_the_wheel(wheel: ctypes.CDLL) -> None:
    name_of = wheel._Z13llm_arch_name8llm_arch
    name_of.restype = ctypes.c_char_p
    names: list[str] = []
    while (name := name_of(len(names)).decode()) != "(unknown)":
        names.append(name)
    assert tuple(names) == ARCHITECTURES


def test_the_tensor_types_are_those_of_the_wheel(wheel: ctypes.CDLL) -> None:
    wheel.ggml_blck_size.restype = ctypes.c_int64
    wheel.ggml_type_size.restype = ctypes.c_size_t
    for kind in range(max(TENSOR_TYPES) + 1):
        told = (wheel.ggml_blck_size(kind), wheel.ggml_type_size(kind))
        assert TENSOR_TYPES.get(kind, (0, 0)) == told


def test_what_is_no_writer_is_known() -> None:
    assert set(ARCHITECTURES) > NOT_WRITERS > DRAFTERS


def test_the_kinds_of_drafting_models_are_those_of_the_wheel() -> None:
    assert set(list_draft_kinds()) >= set(DRAFT_KINDS)
