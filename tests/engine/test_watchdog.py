"""A process that stands still is told from one that is slow, even from one that is hardly let run."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hanmo.core.errors import EngineLost
from hanmo.engine.watchdog import Watch, unless_frozen, waits_for_a_core

HASTY = Watch(silence_s=0.1, probe_s=1.0)
ENDLESS, WAITING = "while True: pass", "import time; time.sleep(60)"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@contextmanager
def running(program: str, policy: int | None = None) -> Iterator[int]:
    """A process on the first of the cores there are."""

    def settle() -> None:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        if policy is not None:
            os.sched_setscheduler(0, policy, os.sched_param(0))

    process = subprocess.Popen([sys.executable, "-c", program], preexec_fn=settle)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


@LINUX
async def test_a_process_that_is_stopped_is_frozen() -> None:
    with running(ENDLESS) as pid:
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(EngineLost, match="engine_frozen"):
            await unless_frozen(pid, HASTY, asyncio.sleep(30))


@LINUX
async def test_a_process_that_others_keep_from_its_core_is_not_frozen() -> None:
    """The idle policy leaves it a three-hundredth of the core."""
    with running(ENDLESS), running(ENDLESS, os.SCHED_IDLE) as pid:
        assert await unless_frozen(pid, HASTY, asyncio.sleep(2.5, "done")) == "done"


@LINUX
async def test_a_process_that_waits_for_something_else_is_frozen() -> None:
    with running(WAITING) as pid, pytest.raises(EngineLost, match="engine_frozen"):
        await unless_frozen(pid, HASTY, asyncio.sleep(60))


@pytest.mark.parametrize(
    ("stats", "waits"),
    [
        (["1 (python) S 0", "2 (a) b) R 0"], True),
        (["1 (R) S 0"], False),
        (["1 (python) T 0", "2 (python) D 0"], False),
        ([""], False),
        ([], False),
    ],
)
def test_a_thread_that_could_run_waits_for_a_core(stats: list[str], waits: bool, tmp_path: Path) -> None:
    for i, stat in enumerate(stats):
        (tmp_path / "7" / "task" / str(i)).mkdir(parents=True)
        (tmp_path / "7" / "task" / str(i) / "stat").write_text(stat)
    assert waits_for_a_core(7, tmp_path) == waits
