"""One Hanmo a data directory: the lock that sees to it, and where the running one can be reached.

The lock is the operating system's, on `hanmo.lock`; it goes with the process, however that ends. Beside it `hanmo.json` (0600) says where the
running server listens and holds a key for the same user's own commands, made anew at each start. Looking whether somebody holds the lock
takes it for a moment: whoever wants to keep it tries for `LOCK_TRIES` moments.
"""

import json
import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from hanmo.core.errors import StoreBusy, StoreReadOnly
from hanmo.whole import write_whole

LOCK_TRIES = 10
MOMENT_S = 0.01


@dataclass(frozen=True, slots=True)
class Address:
    """A running server: `url` ends without a slash, `key` opens its API."""

    pid: int
    url: str
    key: str


class DataDir:
    """Holds the data directory for one process. `StoreBusy("already_running", url=…)` where another has it, `StoreReadOnly` where it
    cannot be written. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = secrets.token_urlsafe(32)
        self._lock: IO[str] | None = None

    def __enter__(self) -> "DataDir":
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.path / "hanmo.lock").open("a+")
        except OSError as error:
            raise StoreReadOnly("data_dir_read_only", path=str(self.path)) from error
        if not _lock_soon(self._lock):
            self._lock.close()
            running = running_at(self.path)
            raise StoreBusy("already_running", url=running.url if running else "?", path=str(self.path))
        (self.path / "hanmo.json").unlink(missing_ok=True)  # left by a process that was killed
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        (self.path / "hanmo.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def announce(self, url: str) -> None:
        """Tells the user's other commands where the server is."""
        write_whole(self.path / "hanmo.json", json.dumps(asdict(Address(os.getpid(), url, self.key))).encode(), 0o600)


def running_at(data_dir: Path) -> Address | None:
    """The server that has this data directory now, if there is one."""
    try:
        with (data_dir / "hanmo.lock").open("a+") as lock:
            if _try_lock(lock):
                return None
        return Address(**json.loads((data_dir / "hanmo.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _lock_soon(file: IO[str]) -> bool:
    for _ in range(LOCK_TRIES):
        if _try_lock(file):
            return True
        time.sleep(MOMENT_S)
    return False


def _try_lock(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
