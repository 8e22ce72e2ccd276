"""Tells a slow engine from a frozen one.

Silence alone is no fault: a slow machine may read a long prompt for minutes. A process is frozen when it is silent *and* uses no
processor time while it is looked at, though it could: one that waits for a core that others keep busy is not.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from hanmo.core.errors import EngineLost

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Watch:
    """When silence is looked into (`silence_s`), for how long (`probe_s`), and below which share of a processor it counts as frozen."""

    silence_s: float = 10.0
    probe_s: float = 5.0
    idle_share: float = 0.01


async def unless_frozen(pid: int, watch: Watch, step: Awaitable[T]) -> T:
    """The result of one step of process `pid`, however long it takes. `EngineLost("engine_frozen")` where the process stands still."""
    return await unless_gone(lambda: _stands_still(pid, watch), watch.silence_s, "engine_frozen", step)


async def unless_gone(is_gone: Callable[[], Awaitable[bool]], silence_s: float, code: str, step: Awaitable[T]) -> T:
    """The result of one step of an engine, however long it takes. `EngineLost(code)` where it is silent and `is_gone` says so: it is asked after
    each further silence."""
    try:
        async with asyncio.timeout(None) as limit:
            with _watched(is_gone, silence_s, limit):
                return await step
    except TimeoutError:
        if limit.expired():
            raise EngineLost(code) from None
        raise


@contextlib.contextmanager
def _watched(is_gone: Callable[[], Awaitable[bool]], silence_s: float, limit: asyncio.Timeout) -> Iterator[None]:
    """Lets `limit` run out where it is gone. A step that is soon done costs no task: there is one for each token."""
    loop = asyncio.get_running_loop()
    probes: list[asyncio.Task[None]] = []
    silent = loop.call_later(silence_s, lambda: probes.append(loop.create_task(_probe(is_gone, silence_s, limit))))
    try:
        yield
    finally:
        silent.cancel()
        for probe in probes:
            probe.cancel()


async def _probe(is_gone: Callable[[], Awaitable[bool]], silence_s: float, limit: asyncio.Timeout) -> None:
    """Asks, and again after each further silence, until it is gone."""
    while True:
        if await is_gone():
            limit.reschedule(asyncio.get_running_loop().time())
            return
        await asyncio.sleep(silence_s)


async def _stands_still(pid: int, watch: Watch) -> bool:
    before = _cpu_seconds(pid)
    await asyncio.sleep(watch.probe_s)
    return _cpu_seconds(pid) - before < watch.idle_share * watch.probe_s and not waits_for_a_core(pid)


def waits_for_a_core(pid: int, proc: Path = Path("/proc")) -> bool:
    """Whether any thread of a process could run and is not let (Linux; elsewhere False). A thread that was stopped, or waits for something else,
    could not."""
    for stat in proc.glob(f"{pid}/task/*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text(errors="replace").rpartition(")")[2].split()[:1] == ["R"]:
                return True
    return False


def _cpu_seconds(pid: int) -> float:
    """Processor time used so far: what computes cannot hide it, what is frozen cannot fake it."""
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0
