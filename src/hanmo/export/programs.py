"""Converters as child processes: no shell, lower priority than the engine, a time limit, and what they were given and made goes with them."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from hanmo.core.errors import ExportFailed

__all__ = ["run"]

NICE = 10
STREAM_BYTES = 64 * 1024 * 1024
log = logging.getLogger(__name__)


async def run(command: Sequence[str], given: bytes, folder: Path, *, limit_s: float) -> bytes:
    """What it wrote to standard output. `ExportFailed`: it could not be started, ended badly or took longer than `limit_s`. What a converter says
    about a text may quote it, and goes into no log."""
    name = Path(command[0]).stem
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
            limit=STREAM_BYTES,
        )
    except OSError as error:
        raise ExportFailed("export_failed", program=name, reason=os.strerror(error.errno or 0)) from error
    _give_way(process.pid)
    try:
        async with asyncio.timeout(limit_s):
            out, _ = await process.communicate(given)
    except TimeoutError as error:
        raise ExportFailed("export_too_slow", seconds=round(limit_s)) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        log.warning("%s ended with %d", name, process.returncode)
        raise ExportFailed("export_failed", program=name, reason=str(process.returncode))
    return out


def _give_way(pid: int) -> None:
    """An answer that is being written goes first."""
    with contextlib.suppress(psutil.Error, OSError):  # it may be over already; then it was in nobody's way
        if sys.platform == "win32":
            psutil.Process(pid).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            psutil.Process(pid).nice(NICE)
