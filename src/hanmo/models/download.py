"""Fetches one model file, from whichever sources give it, until its hash is right.

Rules
- Sources are tried by a short race; the winner gives the bytes, the others wait. Local files come before the race, wheels after it.
- A source that loses the connection, stalls or errs is struck and the next goes on from the same `.part`. After several strikes without
  a byte between them, or at once where asking again would not help, it is out. A slow one gives way once to one that may be faster.
- The hash decides, and only over the whole. It is the catalogue's, or where that has none the one a hub names; a file whose hash
  nobody can name is not fetched. Where the bytes of several sources give the wrong hash, each is asked again alone; where those of
  one do, it is out. Nothing but a right hash and a sound header makes the `.part` a model file.
- Closing the generator keeps the `.part`. Nothing here knows of a catalogue or of settings.
"""

import asyncio
import errno
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from hanmo.core.errors import DownloadFailed, HanmoError, ModelFileBad, NoRoom
from hanmo.models.fetch import SourceFailed
from hanmo.models.gguf import read_facts
from hanmo.models.part import Part
from hanmo.models.progress import Meter
from hanmo.models.race import race
from hanmo.models.sources import Ahead, Begin, HttpSource, Mark, Piece, Source
from hanmo.models.verified import remember_verified, sidecar_of
from hanmo.work.model_ports import DownloadProgress, DownloadState

__all__ = ["Patience", "Wanted", "download"]

_RESERVE_BYTES = 64 << 20
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what. `tries` strikes in a row put a source out, `first_tries` where nothing was received yet."""

    connect_s: float = 10.0
    stall_s: float = 20.0
    race_s: float = 8.0
    wheel_stall_s: float = 120.0
    tries: int = 6
    first_tries: int = 2
    backoff_s: float = 0.5
    most_backoff_s: float = 30.0
    slow_after_s: float = 20.0
    slow_bytes_per_second: float = 48 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is fetched. Size and hash are None where the catalogue has none."""

    model_id: str
    path: Path
    size_bytes: int | None
    sha256: str | None


@dataclass(slots=True)
class _Runner:
    source: Source
    strikes: int = 0
    ready_at: float = 0.0
    was_slow: bool = False


@dataclass(slots=True)
class _Run:
    """The state of one download; `download` below is its only user."""

    wanted: Wanted
    part: Part
    patience: Patience
    free_bytes: Callable[[Path], int]
    meter: Meter
    runners: list[_Runner] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    farthest: int = 0
    ahead: int = 0
    resumed: bool = False
    alone: bool = False
    wrong_hash: str = ""
    source_name: str = ""

    # ------------------------------------------------------------------------------------------------- what is expected

    @property
    def total(self) -> int | None:
        return self.wanted.size_bytes or self.part.notes.total_bytes

    @property
    def sha256(self) -> str | None:
        return self.wanted.sha256 or self.part.notes.sha256

    def check(self, source: Source, begin: Begin) -> None:
        """Raises `SourceFailed` where the source speaks of another file, or where nobody could say whether its bytes are right."""
        if self.total and begin.total_bytes and begin.total_bytes != self.total:
            raise SourceFailed("other_size", lasting=True)
        if self.sha256 and begin.sha256 and begin.sha256 != self.sha256:
            raise SourceFailed("other_file", lasting=True)
        if not self.sha256 and not (source.vouches and begin.sha256):
            raise SourceFailed("hash_unknown", lasting=True)
        if not self.total and not begin.total_bytes:
            raise SourceFailed("size_unknown", lasting=True)

    def progress(self, state: DownloadState, received: int | None = None) -> DownloadProgress:
        rate = self.meter.rate(time.monotonic()) if state == "downloading" else 0.0
        done, total = self.part.size + self.ahead if received is None else received, self.total or 0
        left = max(total - done, 0) / rate if rate > 0 and total else None
        return DownloadProgress(self.wanted.model_id, state, self.source_name, done, total, rate, left)

    # ----------------------------------------------------------------------------------------------------- who is asked

    async def line_up(self, sources: Sequence[Source]) -> None:
        """Races those on the network, unless a file or wheels stand before them; the others keep their place."""
        network = [source for source in sources if isinstance(source, HttpSource)]
        others = [source for source in sources if not isinstance(source, HttpSource)]
        if not network or not isinstance(sources[0], HttpSource):
            self.runners = [_Runner(source) for source in sources]
            return
        standing = await race(network, timeout_s=self.patience.race_s, check=self.check)
        self.reasons |= standing.out
        line: list[Source] = [*standing.order, *others] if standing.won else [*others, *standing.order]
        self.runners = [_Runner(source) for source in line]

    async def next_runner(self) -> _Runner:
        """The first that may be asked now, after its back-off where all have one. Raises where none is left."""
        if not self.runners:
            raise self.failure()
        now = time.monotonic()
        runner = next((runner for runner in self.runners if runner.ready_at <= now), None)
        if runner is None:
            runner = min(self.runners, key=lambda waiting: waiting.ready_at)
            await asyncio.sleep(runner.ready_at - now)
        return runner

    def struck(self, runner: _Runner, failure: SourceFailed) -> None:
        """Counts the strike and moves the runner to the end of the line, or out of it. Strikes begin anew where the part has got
        farther than ever before: one that always starts from the beginning and never gets through is out after a while."""
        self.reasons[runner.source.key] = failure.reason
        self.runners.remove(runner)
        gained, self.farthest, self.ahead = self.part.size > self.farthest, max(self.farthest, self.part.size), 0
        runner.strikes = 1 if gained and not self.alone else runner.strikes + 1
        tries = self.patience.tries if self.farthest else self.patience.first_tries
        if failure.lasting or runner.strikes >= tries:
            return
        pause = min(self.patience.backoff_s * 2 ** (runner.strikes - 1), self.patience.most_backoff_s)
        runner.ready_at = time.monotonic() + pause
        self.runners.append(runner)

    def failure(self) -> HanmoError:
        """What is said when every source is out."""
        model_id, tried = self.wanted.model_id, ", ".join(sorted(set(self.reasons.values())))
        if self.wrong_hash:
            return ModelFileBad("model_hash_wrong", model=model_id, expected=self.sha256 or "", got=self.wrong_hash)
        if set(self.reasons.values()) == {"hash_unknown"}:
            return DownloadFailed("model_hash_unknown", model=model_id)
        if not self.farthest:
            return DownloadFailed("no_source_answers", model=model_id, tried=tried or "-")
        return DownloadFailed("download_failed", model=model_id, received_bytes=self.part.size, tried=tried)

    # ------------------------------------------------------------------------------------------------------- their bytes

    def ensure_room(self, source: Source) -> None:
        if self.total is None:
            return
        needed = self.total - self.part.size + source.room_bytes + _RESERVE_BYTES
        free = self.free_bytes(self.part.path.parent)
        if free < needed:
            raise NoRoom("disk_too_small", needed_bytes=needed, free_bytes=free, path=str(self.part.path.parent))

    async def begin(self, source: Source, begin: Begin) -> None:
        """Sets the part to where the bytes begin, and writes down whose they are."""
        self.check(source, begin)
        notes = self.part.notes
        notes.total_bytes, notes.sha256 = self.total or begin.total_bytes, self.sha256 or begin.sha256
        self.ensure_room(source)
        if begin.offset == 0 and self.part.size:
            await self.part.restart()
        elif begin.offset < self.part.size:
            await self.part.back_to(begin.offset)
        elif begin.offset > self.part.size:
            raise SourceFailed("wrong_range", lasting=True)
        notes.etags[source.key] = begin.etag
        self.part.write_notes()

    async def take(self, runner: _Runner) -> AsyncGenerator[DownloadProgress]:
        """Reads from one source until the file is whole. Raises `SourceFailed`."""
        source = runner.source
        self.source_name = source.name
        if self.alone and source.key not in self.part.notes.etags:
            await self.part.restart()
        started_at = time.monotonic()
        async with aclosing(source.read(self.part.size, self.part.notes.etags.get(source.key, ""))) as pieces:
            async for piece in pieces:
                await self.receive(source, piece)
                now = time.monotonic()
                if self.meter.due(now):
                    yield self.progress("downloading")
                if now - started_at > self.patience.slow_after_s:
                    self.maybe_give_way(runner, now)
        if self.part.size != self.total:
            raise SourceFailed("truncated")

    async def receive(self, source: Source, piece: Piece) -> None:
        match piece:
            case Begin():
                await self.begin(source, piece)
            case Ahead():
                self.meter.add(max(piece.num_bytes - self.ahead, 0), time.monotonic())
                self.ahead = piece.num_bytes
            case Mark():
                await self.part.mark()
            case bytes():
                if not self.ahead:
                    self.meter.add(len(piece), time.monotonic())
                self.ahead = max(self.ahead - len(piece), 0)
                await self.part.add(piece)
                if self.part.size > (self.total or 0):
                    await self.part.restart()
                    raise SourceFailed("too_long", lasting=True)
                if self.part.size == len(piece) and not piece.startswith(b"GGUF"[: len(piece)]):
                    await self.part.restart()
                    raise SourceFailed("not_a_model", lasting=True)

    def maybe_give_way(self, runner: _Runner, now: float) -> None:
        """A slow source is left once, where another may be faster."""
        others = [other for other in self.runners if other is not runner and not other.strikes and not other.was_slow]
        if not runner.was_slow and others and self.meter.rate(now) < self.patience.slow_bytes_per_second:
            runner.was_slow = True
            raise SourceFailed("slow")

    # ---------------------------------------------------------------------------------------------------- the whole file

    async def finish(self) -> bool:
        """Makes the part the model file. False where its hash is wrong and another source is to be asked."""
        got = await self.part.hexdigest()
        if got != self.sha256:
            self.wrong_hash = got
            await self.blame()
            return False
        try:
            await asyncio.to_thread(read_facts, self.part.path)
        except ModelFileBad:
            self.part.discard()
            raise
        await self.part.finish(self.wanted.path)
        checked = "catalog" if self.wanted.sha256 else "hub"
        remember_verified(self.wanted.path, sidecar_of(self.wanted.path), got, checked)
        return True

    async def blame(self) -> None:
        """Forgets the part. The one source it came from is out; of several, each is asked again alone. Of bytes that lay here since
        an earlier run nobody knows where they went bad: all are asked again."""
        whose = list(self.part.notes.etags)
        resumed, self.resumed = self.resumed, False
        await self.part.restart()
        if len(whose) == 1 and not resumed:
            self.reasons[whose[0]] = "wrong_hash"
            self.runners = [runner for runner in self.runners if runner.source.key != whose[0]]
        self.alone = self.alone or not resumed


async def download(
    wanted: Wanted,
    sources: Sequence[Source],
    part: Part,
    *,
    free_bytes: Callable[[Path], int],
    patience: Patience,
) -> AsyncGenerator[DownloadProgress]:
    """Ends with a "done" progress. Raises `DownloadFailed`, `NoRoom` or `ModelFileBad`."""
    run = _Run(wanted, part, patience, free_bytes, Meter(time.monotonic()))
    try:
        async with aclosing(_run(run, sources)) as steps:
            async for progress in steps:
                yield progress
    except OSError as err:
        raise _disk_error(run, err) from err


async def _run(run: _Run, sources: Sequence[Source]) -> AsyncGenerator[DownloadProgress]:
    if run.total is not None and run.part.size > run.total:
        await run.part.restart()
    async for hashed in run.part.rehash():
        yield run.progress("verifying", hashed)
    run.farthest, run.resumed = run.part.size, run.part.size > 0
    if run.part.size != run.total:
        yield run.progress("racing")
        await run.line_up(sources)
    else:
        run.runners = [_Runner(source) for source in sources]
    while True:
        while run.part.size != run.total:
            runner = await run.next_runner()
            try:
                async with aclosing(run.take(runner)) as steps:
                    async for progress in steps:
                        yield progress
            except SourceFailed as failure:
                run.struck(runner, failure)
        yield run.progress("verifying")
        if await run.finish():
            break
    run.source_name = run.source_name or "file"
    yield run.progress("done", run.total)


def _disk_error(run: _Run, err: OSError) -> HanmoError:
    """What the disk refused, as one of ours."""
    directory = run.part.path.parent
    if err.errno in _NO_SPACE:
        needed = (run.total or 0) - run.part.size + _RESERVE_BYTES
        return NoRoom("disk_too_small", needed_bytes=needed, free_bytes=run.free_bytes(directory), path=str(directory))
    return DownloadFailed("download_not_writable", path=str(directory), reason=err.strerror or type(err).__name__)
