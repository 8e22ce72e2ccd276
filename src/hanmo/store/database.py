"""One thread writes, a few read, callers await.

Rules
1. The writer thread owns the only connection that can write. Callers hand it functions; it runs them one after another, each in a
   transaction of its own. When `write` returns, that transaction is committed and synced.
2. A function that fails is rolled back, and its error goes to its caller. The thread lives on, with a new connection if need be.
3. A caller that is cancelled while its function waits takes it out of the queue; once it runs, it runs to its end.
4. Readers have connections that cannot write, and each `read` sees one state of the database. A read that decides about a write is a
   race: put the decision into the function that writes.
5. Closing runs what is queued, ends the readers, and empties the WAL into the database.

The thread knows nothing of the `Database` that started it: one that is dropped unclosed is collected, warns, and ends its thread.
"""

import asyncio
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from hanmo.core.errors import SetupError, StoreDamaged, StoreNewer
from hanmo.store import migrations, sqlite

T = TypeVar("T")
Work = Callable[[Connection], T]


class Database:
    """`url_or_path` is a path or a `sqlite:///` URL. Entering makes the file if there is none, and brings its schema up to date.

    Entering, `read` and `write` raise the `StoreError`s: damaged, newer, busy (after `busy_timeout_s`), read-only, full.
    """

    def __init__(
        self,
        url_or_path: str | Path,
        *,
        busy_timeout_s: float = 5.0,
        num_readers: int = 2,
        migrations_dir: Path = migrations.HERE,
    ) -> None:
        self.path = _path_of(url_or_path)
        self._migrations_dir = migrations_dir
        self._busy_timeout_s = busy_timeout_s
        self._num_readers = num_readers
        self._machine: _Machine | None = None

    async def __aenter__(self) -> Self:
        if self._machine is not None:
            raise RuntimeError("a Database is entered once")
        reading = sqlite.reader_engine(self.path, self._busy_timeout_s)
        readers = ThreadPoolExecutor(self._num_readers, thread_name_prefix="hanmo-reader")
        machine = self._machine = _Machine(self.path, reading, readers)
        opening = partial(_open, self.path, reading, self._busy_timeout_s, self._migrations_dir)
        threading.Thread(target=_run, args=(machine, opening), name="hanmo-writer", daemon=True).start()
        try:
            await asyncio.wrap_future(machine.opened)
        except BaseException:
            machine.stop()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Waits for all that is queued. May be called again."""
        if self._machine is not None:
            self._machine.stop()
            await asyncio.wrap_future(self._machine.closed)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in the writer thread, in one transaction. It gives up the thread when it returns: no lazy results."""
        machine = self._running()
        future: Future[T] = Future()
        machine.tasks.put(_Task(work, future))
        return await asyncio.wrap_future(future)

    async def read(self, work: Work[T]) -> T:
        """Runs `work` in a reader thread, on one state of the database. No lazy results."""
        machine = self._running()
        return await asyncio.wrap_future(machine.readers.submit(machine.read, work))

    def _running(self) -> "_Machine":
        if self._machine is None or self._machine.stopping:
            raise RuntimeError(f"{self!r} is not open")
        return self._machine

    def __repr__(self) -> str:
        return f"Database({str(self.path)!r})"

    def __del__(self) -> None:
        machine: _Machine | None = getattr(self, "_machine", None)
        if machine is not None and not machine.stopping:
            machine.stop()
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)


@dataclass(slots=True)
class _Task:
    work: Work[Any]
    future: Future[Any]


def _uncancellable() -> Future[None]:
    """A future that only its thread ends: who awaits it may go, the thread goes on."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(slots=True)
class _Machine:
    """What the threads share with the `Database`, and nothing that leads back to it."""

    path: Path
    reading: Engine
    readers: ThreadPoolExecutor
    tasks: SimpleQueue[_Task | None] = field(default_factory=SimpleQueue)
    opened: Future[None] = field(default_factory=_uncancellable)
    closed: Future[None] = field(default_factory=_uncancellable)
    stopping: bool = False

    def read(self, work: Work[T]) -> T:
        with sqlite.errors_named(self.path), self.reading.connect() as connection:
            return work(connection)

    def stop(self) -> None:
        if not self.stopping:
            self.stopping = True
            self.readers.shutdown(wait=False)
            self.tasks.put(None)


# -------------------------------------------------------------------------------------------------------- the writer thread


def _run(machine: _Machine, opening: Callable[[], Connection]) -> None:
    try:
        with sqlite.errors_named(machine.path):
            connection = opening()
    except BaseException as error:
        machine.stop()
        _end(machine, None)
        machine.opened.set_exception(error)
        return
    machine.opened.set_result(None)
    while (task := machine.tasks.get()) is not None:
        if task.future.set_running_or_notify_cancel():
            _do(task, connection, machine.path)
        del task
    _end(machine, connection)


def _do(task: _Task, connection: Connection, path: Path) -> None:
    try:
        with sqlite.errors_named(path), connection.begin():
            result = task.work(connection)
            sqlite.check_still_there(connection, path)
    except BaseException as error:
        sqlite.settle(connection)
        task.future.set_exception(error)
    else:
        task.future.set_result(result)


def _end(machine: _Machine, connection: Connection | None) -> None:
    machine.readers.shutdown(wait=True)
    machine.reading.dispose()
    if connection is not None:
        # The last connection to close empties the WAL into the database; where it cannot, the WAL stays, and the next start reads it.
        connection.close()
    machine.closed.set_result(None)


def _open(path: Path, reading: Engine, busy_timeout_s: float, migrations_dir: Path) -> Connection:
    """The writer's connection. Until the file has been found sound and known, only a connection that cannot write looks at it."""
    sqlite.check_header(path)
    if not path.exists():
        sqlite.create(path, lambda connection: upgrade(connection, migrations_dir))
    writing = sqlite.writer_engine(path, busy_timeout_s)
    sqlite.roll_back_journal(path, writing)
    with reading.connect() as connection:
        revision = checked_revision(connection, path, migrations_dir)
        sqlite.check_structure(connection, path)
    connection = writing.connect()
    try:
        sqlite.turn_wal_on(connection, path)
        sqlite.check_writable(connection)
        if revision != migrations.revisions(migrations_dir)[-1]:
            upgrade(connection, migrations_dir)
    except BaseException:
        connection.close()
        raise
    return connection


def checked_revision(connection: Connection, path: Path, migrations_dir: Path = migrations.HERE) -> str:
    """The schema's. `StoreDamaged("database_not_hanmo")` or `StoreNewer`, of `path`."""
    revision = sqlite.revision(connection)
    if revision is None:
        raise StoreDamaged("database_not_hanmo", path=str(path))
    if revision not in migrations.revisions(migrations_dir):
        raise StoreNewer("database_newer", path=str(path), revision=revision)
    return revision


def upgrade(connection: Connection, migrations_dir: Path = migrations.HERE) -> None:
    """To the newest schema. `connection` stands outside of any transaction."""
    with sqlite.foreign_keys_off(connection):
        migrations.upgrade(connection, migrations_dir)


def _path_of(url_or_path: str | Path) -> Path:
    """Raises `SetupError("database_url_unsupported")` for a URL that names no SQLite file."""
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path)
    scheme, _, rest = url_or_path.partition("://")
    if scheme != "sqlite" or not rest.startswith("/") or len(rest) < 2:
        raise SetupError("database_url_unsupported", scheme=scheme)
    return Path(rest[1:])
