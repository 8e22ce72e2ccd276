"""What the processor could do more than the engine uses is told from what both say of themselves."""

import shlex
import sys
from importlib.metadata import version

import pytest

from hanmo.engine import list_instructions
from hanmo.engine.build import PACKAGE
from hanmo.engine.own_build import VNNI_FLAGS, leaves_unused, own_build_command
from hanmo.models import cpu_flags

WHEEL = {"SSE3", "AVX", "AVX2", "F16C", "FMA", "BMI2"}


@pytest.mark.parametrize(
    ("flags", "used", "unused"),
    [
        (VNNI_FLAGS | {"avx2"}, WHEEL, True),
        (VNNI_FLAGS | {"avx2"}, WHEEL | {"AVX512", "AVX512_VNNI"}, False),
        ({"avx2", "avx512f", "avx512vl", "avx512dq"}, WHEEL, False),
        ({"avx2", "avx_vnni"}, WHEEL, False),
        (frozenset(), WHEEL, False),
        (VNNI_FLAGS, frozenset(), False),
    ],
)
def test_only_what_is_there_and_known_to_be_unused_counts(flags: frozenset[str], used: frozenset[str], unused: bool) -> None:
    assert leaves_unused(flags, used) == unused


def test_the_installed_engine_says_what_it_uses_and_uses_nothing_that_is_not_there() -> None:
    used = list_instructions()
    assert {"AVX2", "NEON"} & used
    if flags := cpu_flags():
        assert {name.lower() for name in used & {"AVX2", "FMA", "F16C", "BMI2", "AVX512_VNNI"}} <= flags


def test_the_command_builds_the_same_version_with_this_python_from_sources() -> None:
    command = own_build_command()
    assert command is not None
    options, *words = shlex.split(command)
    assert options.startswith("CMAKE_ARGS=-D")
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert f"{PACKAGE}=={version(PACKAGE)}" in words
    assert words[-2:] == ["--no-binary", PACKAGE]
