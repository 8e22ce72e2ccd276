"""A short race: all places are asked for the first bytes at once, and the first that gives them is taken first."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hanmo.models.fetch import SourceFailed
from hanmo.models.sources import Begin, HttpSource

__all__ = ["Standing", "race"]

_PROBE_BYTES = 128 << 10


@dataclass(frozen=True, slots=True)
class Standing:
    """`order` is the winner, then those that had not answered, then those that failed for now; `out` says why the others are out."""

    order: tuple[HttpSource, ...]
    won: bool
    out: Mapping[str, str]


async def race(sources: Sequence[HttpSource], *, timeout_s: float, check: Callable[[HttpSource, Begin], None]) -> Standing:
    """`check` raises `SourceFailed` where what a source says of the file is not what is wanted."""
    tasks = {asyncio.create_task(_probe(source, check)): source for source in sources}
    try:
        winner = await _first(tasks, timeout_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    failed = {tasks[task].key: task.exception() for task in tasks if not task.cancelled()}
    struck, out = [], {}
    for source in sources:
        match failed.get(source.key):
            case SourceFailed(lasting=True, reason=reason):
                out[source.key] = reason
            case SourceFailed():
                struck.append(source)
    waiting = [source for source in sources if source is not winner and source not in struck and source.key not in out]
    first = [winner] if winner else []
    return Standing((*first, *waiting, *struck), winner is not None, out)


async def _first(tasks: Mapping[asyncio.Task[None], HttpSource], timeout_s: float) -> HttpSource | None:
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    running = set(tasks)
    while running and (left := until - loop.time()) > 0:
        done, running = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task in done and not task.cancelled() and task.exception() is None:
                return tasks[task]
    return None


async def _probe(source: HttpSource, check: Callable[[HttpSource, Begin], None]) -> None:
    check(source, await source.probe(_PROBE_BYTES))
