"""Starts, shows and ends the pieces of work on articles. What runs survives its readers; every way out is a finish reason that is stored."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from hanmo.core.errors import Conflict
from hanmo.core.values import FinishReason, Problem
from hanmo.work.article_ports import Articles, JobKind, JobRecord
from hanmo.work.faults import problem_of
from hanmo.work.jobs import Job, JobEnd, JobEvent
from hanmo.work.lanes import Lanes

log = logging.getLogger(__name__)

LONG: frozenset[JobKind] = frozenset({"plan", "write", "polish", "proofread"})
"""One of these at a time over all articles, and one of any kind at a time for one article, but for short ones."""
Body = Callable[[Job], Awaitable[None]]


class JobRunner:
    """Use as an async context manager; leaving it interrupts what runs."""

    def __init__(self, store: Articles, lanes: Lanes) -> None:
        self._store = store
        self._lanes = lanes
        self._jobs: dict[str, Job] = {}
        self._reasons: dict[str, FinishReason] = {}
        self._starting: set[str] = set()

    async def __aenter__(self) -> "JobRunner":
        await self._store.interrupt_jobs()
        return self

    async def __aexit__(self, *_: object) -> None:
        for job in list(self._jobs.values()):
            await self._cancel(job)

    def of(self, article_id: str, *, long: bool | None = None) -> Job | None:
        """The job that works on an article: the long one before a short one."""
        mine = [job for job in self._jobs.values() if job.row.article_id == article_id]
        mine.sort(key=lambda job: job.row.kind not in LONG)
        return next((job for job in mine if long is None or (job.row.kind in LONG) == long), None)

    async def start(self, article_id: str, kind: JobKind, body: Body) -> Job:
        """`Conflict("article_writing")` where a long job of the article runs already."""
        if kind in LONG and (article_id in self._starting or self.of(article_id, long=True)):
            raise Conflict("article_writing")
        mark = {article_id} if kind in LONG else set[str]()
        self._starting |= mark
        try:
            job = Job(row=await self._store.add_job(article_id, kind))
        finally:
            self._starting -= mark
        self._jobs[job.id] = job
        job.work = asyncio.create_task(self._work(job, body), name=f"article {kind}")
        job.task = asyncio.create_task(self._see_to_end(job, job.work), name=f"end of article {kind}")
        return job

    async def stop(self, job_id: str) -> JobRecord:
        """Stops it and keeps what it has. A finished one is returned as it is."""
        job = self._jobs.get(job_id)
        if job is not None:
            self._reasons.setdefault(job_id, "cancelled")
            await self._cancel(job)
        return await self._store.job(job_id)

    async def stop_all(self, article_id: str) -> None:
        """Stops whatever works on the article or waits to, and keeps what it has."""
        while job := self.of(article_id):
            await self.stop(job.id)

    async def _cancel(self, job: Job) -> None:
        """Ends its work, and waits until the end is written: that cannot be cancelled."""
        if job.work is not None and job.task is not None:
            job.work.cancel()
            await asyncio.wait([job.task])

    def live(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def follow(self, job_id: str, after: int = 0) -> AsyncGenerator[JobEvent]:
        """Its events from `after` on, while it runs; of a finished one only the end."""
        if job := self._jobs.get(job_id):
            async with aclosing(job.follow(after)) as events:
                async for event in events:
                    yield event
        else:
            yield JobEnd(after + 1, await self._store.job(job_id))

    async def _work(self, job: Job, body: Body) -> None:
        if job.row.kind in LONG:
            async with self._lanes.long(lambda place: job.change(queue_place=place or None)):
                await body(job)
        else:
            async with self._lanes.short():
                await body(job)

    async def _see_to_end(self, job: Job, work: asyncio.Task[None]) -> None:
        await asyncio.wait([work])
        reason: FinishReason = "stop"
        problem: Problem | None = None
        if work.cancelled():
            reason = self._reasons.get(job.id, "interrupted")
        elif error := work.exception():
            reason, problem = "error", problem_of(log, error, "in the work on an article")
        await self._finish(job, reason, problem)

    async def _finish(self, job: Job, reason: FinishReason, problem: Problem | None) -> None:
        try:
            await self._store.keep_costs(job.id, job.costs)
            row = await self._store.finish_job(job.id, reason, problem)
        except Exception as error:  # a full disk: readers are told; at the next start the job counts as interrupted
            told = problem_of(log, error, "when the end of a job was written")
            row = replace(job.row, finish_reason="error", problem=problem or told, costs=tuple(job.costs))
        self._jobs.pop(job.id, None)
        self._reasons.pop(job.id, None)
        job.end(row)
