"""Instructions of this processor that the installed build of the engine leaves unused, and how the build is had that uses them.

The package is built for any processor with AVX2. Built from its sources it takes what this one has; with AVX-512 VNNI it then reads a prompt
a half to three quarters faster (docs/decisions/0002). Nothing is fetched or run here.
"""

import os
import sys
from collections.abc import Collection
from importlib.metadata import version

from hanmo.engine.build import PACKAGE

VNNI_FLAGS = frozenset({"avx512_vnni", "avx512vl", "avx512dq"})
"""What Linux calls them; the engine's kernel needs all three."""
VNNI = "AVX512_VNNI"
LEFT_OUT = ("LLAMA_BUILD_BORINGSSL", "LLAMA_LLGUIDANCE", "LLAMA_USE_PREBUILT_UI", "LLAMA_BUILD_TESTS", "LLAMA_BUILD_EXAMPLES")
"""Parts that we do not use, and of which some are fetched from elsewhere while it is built."""


def leaves_unused(flags: Collection[str], used: Collection[str]) -> bool:
    """Whether the processor has AVX-512 VNNI and the engine, which says what it uses, does not use it. An engine that could not be asked
    says nothing."""
    return bool(used) and VNNI not in used and set(flags) >= VNNI_FLAGS


def own_build_command(python: str = sys.executable) -> str | None:
    """What builds the same version from its sources on this machine, for a POSIX shell; None elsewhere. Wants CMake and a C++ compiler."""
    if os.name != "posix":
        return None
    options = " ".join(f"-D{name}=OFF" for name in LEFT_OUT)
    return f'CMAKE_ARGS="{options}" "{python}" -m pip install {PACKAGE}=={version(PACKAGE)} --force-reinstall --no-deps --no-binary {PACKAGE}'
