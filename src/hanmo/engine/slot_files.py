"""The files of kept KV caches: what each is said to hold, which of them serve a prompt, and which go when there is no room.

Rules
  * A file counts only with its sidecar, and only where that says what is asked for: work, model, build, KV type, context size, file size.
  * A work may have several: the branches of a conversation, each with the ids it holds. One that another covers goes.
  * Least recently used files go first. Nothing here is ever needed: what is gone is read again.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hanmo.whole import write_whole

CLOCK_SLACK_S = 60.0
WORTH_TOKENS = 64
"""Below this, reading again costs less than a file."""
MOST_BRANCHES = 3
"""Of one work, the newest used."""


@dataclass(frozen=True, slots=True)
class SlotOrigin:
    """What a slot file depends on. Another value of any of these makes it worthless."""

    model_sha256: str
    build: str
    kv_type: str
    n_ctx: int


@dataclass(frozen=True, slots=True)
class Sidecar:
    work: str
    origin: SlotOrigin
    file_sha256: str
    size_bytes: int
    ids: tuple[int, ...]
    canary: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeptSlot:
    """A file, and what its sidecar says of it. The file's content was not looked at."""

    path: Path
    sidecar: Sidecar

    @property
    def ids(self) -> tuple[int, ...]:
        return self.sidecar.ids

    @property
    def is_whole(self) -> bool:
        """Whether the content is what was written: reads all of it."""
        try:
            return sha256_of(self.path) == self.sidecar.file_sha256
        except OSError:
            return False


class SlotFiles:
    """Those in `directory`, for engines of one `origin`; all files together take at most `budget_bytes`."""

    def __init__(self, origin: SlotOrigin, directory: Path, budget_bytes: int) -> None:
        self._origin = origin
        self._directory = directory
        self._budget_bytes = budget_bytes

    def of(self, work: str) -> list[KeptSlot]:
        """Newest used first."""
        found = ((path, self._sidecar(path, work)) for path in self._paths(work))
        return sorted((KeptSlot(path, sidecar) for path, sidecar in found if sidecar), key=lambda kept: -_used_at(kept.path))

    def serving(self, work: str, prompt_ids: Sequence[int], beyond: int) -> list[KeptSlot]:
        """Those that hold more than `beyond` of the first ids of a prompt, the best first."""
        kept = [(common_prefix(each.ids, prompt_ids), each) for each in self.of(work)]
        return [each for common, each in sorted(kept, key=lambda pair: -pair[0]) if common > beyond]

    def covers(self, work: str, ids: Sequence[int]) -> bool:
        """Whether a file holds all of `ids`."""
        return any(common_prefix(kept.ids, ids) == len(ids) for kept in self.of(work))

    def path(self, work: str, ids: Sequence[int]) -> Path:
        """Where a cache of these ids goes."""
        return self._directory / f"{_name(work)}-{hashlib.sha256(json.dumps(list(ids)).encode()).hexdigest()[:8]}.slot"

    def trust(self, path: Path, work: str, ids: tuple[int, ...], canary: tuple[int, ...], size_bytes: int) -> None:
        """Gives a new file its sidecar. `OSError` where it cannot be written."""
        self.trust_again(KeptSlot(path, Sidecar(work, self._origin, sha256_of(path), size_bytes, ids, canary)))

    def trust_again(self, kept: KeptSlot) -> None:
        """Writes its sidecar, and that it was used now. `OSError` where that cannot be."""
        write_whole(_beside(kept.path), json.dumps(asdict(kept.sidecar)).encode())
        os.utime(kept.path)

    def distrust(self, path: Path) -> None:
        """Takes its sidecar away, so that it counts no more."""
        remove(_beside(path))

    def drop(self, path: Path) -> None:
        self.distrust(path)
        remove(path)

    def drop_covered(self, work: str, ids: Sequence[int], by: Path) -> None:
        """Those of a work that hold next to nothing beyond `ids`, which are in `by`, and the branches that were used longest ago."""
        others = [kept for kept in self.of(work) if kept.path != by]
        covered = [kept for kept in others if len(kept.ids) - common_prefix(kept.ids, ids) < WORTH_TOKENS]
        branches = [kept for kept in others if kept not in covered]
        for kept in (*covered, *branches[MOST_BRANCHES - 1 :]):
            self.drop(kept.path)

    def drop_unfinished(self) -> None:
        """What was being written when somebody broke it off."""
        for part in self._directory.glob("*.part"):
            remove(part)

    def may_hold(self, size_bytes: float) -> bool:
        """Whether a file so large would not be the first to go."""
        return size_bytes <= self._budget_bytes

    def drop_strangers(self, work: str) -> None:
        """Files of a work that no sidecar vouches for, or that another model, build or cache wrote: of no use to anybody."""
        for path in self._paths(work):
            if self._sidecar(path, work) is None:
                self.drop(path)

    def keep_to_budget(self) -> None:
        """Drops the least recently used files until the rest fit the budget. What was used in the future, by a clock that was set back since,
        was used long ago."""
        total = 0
        for path in sorted(self._directory.glob("*.slot"), key=_used_at, reverse=True):
            size = _size(path)
            if total + size > self._budget_bytes:
                self.drop(path)
            else:
                total += size

    def _paths(self, work: str) -> Iterator[Path]:
        return self._directory.glob(f"{_name(work)}*.slot")

    def _sidecar(self, path: Path, work: str) -> Sidecar | None:
        """Of this work, model, build and size; None for anything else."""
        try:
            raw = json.loads(_beside(path).read_text())
            sidecar = Sidecar(
                work=raw["work"],
                origin=SlotOrigin(**raw["origin"]),
                file_sha256=raw["file_sha256"],
                size_bytes=raw["size_bytes"],
                ids=tuple(raw["ids"]),
                canary=tuple(raw["canary"]),
            )
            matching = sidecar.work == work and sidecar.origin == self._origin and path.stat().st_size == sidecar.size_bytes
            whole_numbers = all(type(token) is int for token in (*sidecar.ids, *sidecar.canary))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return sidecar if matching and whole_numbers else None


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many ids at the start are equal."""
    n = min(len(a), len(b))
    return next((i for i in range(n) if a[i] != b[i]), n)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """A cache that cannot be removed is no reason to fail an answer: its sidecar is checked whenever it is read."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _name(work: str) -> str:
    return hashlib.sha256(work.encode()).hexdigest()[:32]


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _size(path: Path) -> int:
    """In bytes; 0 where it is gone."""
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _used_at(path: Path) -> float:
    """Unix seconds; 0 where that was in the future, or where the file is gone."""
    with suppress(OSError):
        used_at = path.stat().st_mtime
        return used_at if used_at <= time.time() + CLOCK_SLACK_S else 0.0
    return 0.0
