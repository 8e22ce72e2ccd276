"""Downloads in progress: one task a model, its newest progress for whoever looks."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace

from hanmo.core.errors import HanmoError
from hanmo.core.values import Problem
from hanmo.work.faults import log_fault
from hanmo.work.model_ports import DownloadProgress, Models

log = logging.getLogger(__name__)


class Downloads:
    """Use as an async context manager; leaving it pauses everything, what was received stays."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._tasks: dict[str, asyncio.Task[bool]] = {}
        self._progress: dict[str, DownloadProgress] = {}

    async def __aenter__(self) -> "Downloads":
        return self

    async def __aexit__(self, *_: object) -> None:
        for model_id in tuple(self._tasks):
            await self.pause(model_id)

    def progress(self) -> list[DownloadProgress]:
        return list(self._progress.values())

    def start(self, model_id: str) -> asyncio.Task[bool]:
        """Begins or resumes a download. The task's result tells whether the whole file is here now; it never raises, a pause makes it False."""
        entry = self._models.resolve(model_id)
        task = self._tasks.get(entry.id)
        if task is None or task.done():
            self._progress[entry.id] = DownloadProgress(entry.id, "racing", total_bytes=entry.size_bytes)
            task = self._tasks[entry.id] = asyncio.create_task(self._pull(entry.id), name=f"download {entry.id}")
        return task

    async def pause(self, model_id: str) -> None:
        """Stops a download and keeps what was received."""
        task = self._tasks.pop(model_id, None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
            self._progress[model_id] = replace(self._progress[model_id], state="paused", bytes_per_second=0.0, seconds_left=None)

    async def _pull(self, model_id: str) -> bool:
        try:
            async with aclosing(self._models.pull(model_id)) as events:
                async for event in events:
                    self._progress[model_id] = event
        except asyncio.CancelledError:  # only `pause` cancels this task
            return False
        except HanmoError as error:
            self._fail(model_id, error.problem)
            return False
        except Exception as error:
            log_fault(log, error, "in a download")
            self._fail(model_id, Problem("unexpected"))
            return False
        return True

    def _fail(self, model_id: str, problem: Problem) -> None:
        self._progress[model_id] = replace(
            self._progress[model_id], state="failed", problem=problem, bytes_per_second=0.0, seconds_left=None
        )
