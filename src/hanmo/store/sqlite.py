"""All that is SQLite's own: connections and their settings, how a file is looked at before it is trusted, and what its errors mean.

The writer's connection is the only one that writes or checkpoints: SQLite before 3.51.3 can corrupt a database in WAL mode when two
connections do either at once (the WAL-reset bug). Readers are opened with `mode=ro` and `query_only`. No mmap: a bad page must be an
error and not a SIGBUS. `synchronous=FULL` syncs the WAL at each commit, so that a commit outlives a power cut too.

Opening looks for damage in three steps, each cheap: the header's magic, which costs one read (an empty file counts as damaged, because
a new database is built beside its place and renamed into it); the size that the header promises, which SQLite itself compares; and
the checks of structure. Up to `WHOLE_CHECK_MAX_BYTES` that is `integrity_check`, with every index against its table, and
`foreign_key_check` (40 MB: 40 ms from the page cache); beyond it `quick_check` of the table of conversations, so that opening stays
below a second, and `doctor` has the rest. What no structure tells, a flipped bit inside a text, stays unseen: SQLite keeps no
checksums. A file that fails is left as it is, with its WAL.
"""

import contextlib
import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, Pool, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from hanmo.core.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreReadOnly
from hanmo.store.integrity import Integrity
from hanmo.store.tables import DamagedValue

MAGIC = b"SQLite format 3\x00"
MIN_BYTES = 512
WHOLE_CHECK_MAX_BYTES = 64 * 1024 * 1024
WAL_CHECKPOINT_PAGES = 1000
WAL_MAX_BYTES = 8 * 1024 * 1024
_MEBIBYTE = 1024 * 1024

_WRITER_SETTINGS = (
    "foreign_keys=ON",
    "synchronous=FULL",
    "mmap_size=0",
    "cell_size_check=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    f"wal_autocheckpoint={WAL_CHECKPOINT_PAGES}",
    f"journal_size_limit={WAL_MAX_BYTES}",
)
_READER_SETTINGS = (
    "query_only=ON",
    "mmap_size=0",
    "cell_size_check=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "wal_autocheckpoint=0",
)


def writer_engine(path: Path, busy_timeout_s: float) -> Engine:
    """The one connection that writes: each transaction is `BEGIN IMMEDIATE`. Never creates a file."""
    return _engine(path, "rw", busy_timeout_s, _WRITER_SETTINGS, "BEGIN IMMEDIATE", NullPool)


def reader_engine(path: Path, busy_timeout_s: float) -> Engine:
    """Connections that cannot write, pooled; each transaction sees one state of the database."""
    return _engine(path, "ro", busy_timeout_s, _READER_SETTINGS, "BEGIN", QueuePool)


def _engine(path: Path, mode: str, busy_timeout_s: float, settings: tuple[str, ...], begin: str, pool: type[Pool]) -> Engine:
    uri = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # isolation_level None: Python's sqlite3 begins no transaction of its own; ours are begun by the event below.
        connection = sqlite3.connect(uri, uri=True, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
        try:
            for setting in settings:
                connection.execute(f"PRAGMA {setting}").fetchall()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=pool, hide_parameters=True)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


# ---------------------------------------------------------------------------------------------------------------- opening


def check_header(path: Path) -> None:
    """Raises `StoreDamaged` for what cannot be a database of ours, without SQLite, which would take an empty file for a new database
    and throw its WAL away."""
    if not path.exists():
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size > 0:
            raise StoreDamaged("database_damaged", path=str(path), reason="only the -wal file is left")
        return
    with path.open("rb") as file:
        head = file.read(MIN_BYTES)
    if len(head) < MIN_BYTES or not head.startswith(MAGIC):
        raise StoreDamaged("database_damaged", path=str(path), reason="no SQLite header")


def roll_back_journal(path: Path, writing: Engine) -> None:
    """A file that came from elsewhere may not be in WAL mode yet, and a process may have died while it changed over. Only a connection
    that can write undoes that; SQLite does it on the first read."""
    if path.with_name(path.name + "-journal").exists():
        with writing.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()


def check_structure(connection: Connection, path: Path) -> None:
    """Raises `StoreDamaged` with the first finding of the checks that the module's text tells of."""
    if path.stat().st_size <= WHOLE_CHECK_MAX_BYTES:
        findings = _findings(connection)
    else:
        findings = _lines(connection, "PRAGMA quick_check(conversations)", "{0}")
    if findings:
        raise StoreDamaged("database_damaged", path=str(path), reason=findings[0].splitlines()[-1])


def revision(connection: Connection) -> str | None:
    """The schema's revision; None where the file is no database of ours."""
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").first()
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if found else None


def turn_wal_on(connection: Connection, path: Path) -> None:
    with outside_transactions(connection) as raw:
        mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError("database_without_wal", path=str(path), mode=str(mode))


def check_writable(connection: Connection) -> None:
    """Begins to write and writes nothing: SQLite opens a file for reading where it may not write, and `BEGIN IMMEDIATE` alone is silent
    about that."""
    with connection.begin():
        connection.exec_driver_sql("DELETE FROM alembic_version WHERE 0")


def check_still_there(connection: Connection, path: Path) -> None:
    """What is written to a file that was deleted or replaced meanwhile is gone with the process: better to say so before it is
    acknowledged. `StoreDamaged("database_gone", path=…)`."""
    opened = connection.info.setdefault("file", _file_of(path))
    if opened is None or opened != _file_of(path):
        raise StoreDamaged("database_gone", path=str(path))


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def outside_transactions(connection: Connection) -> Iterator[sqlite3.Connection]:
    """The bare connection, for what SQLite does between transactions only (some pragmas, checkpoints)."""
    raw = raw_connection(connection)
    if raw.in_transaction:
        raise RuntimeError("a transaction is open")
    yield raw


def raw_connection(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(f"no SQLite connection: {raw!r}")
    return raw


@contextlib.contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    with outside_transactions(connection) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        with outside_transactions(connection) as raw:
            raw.execute("PRAGMA foreign_keys=ON")


def settle(connection: Connection) -> None:
    """After a failed transaction: makes sure that the next one can begin, with a new connection if this one is past help."""
    try:
        raw_connection(connection).rollback()
    except (sqlite3.Error, DBAPIError):
        connection.invalidate()


def create(path: Path, build: Callable[[Connection], None]) -> None:
    """Builds a new database beside `path` and renames it into place when it is whole and on the disk."""
    part = path.with_name(path.name + ".part")
    for leftover in (part, *(part.with_name(part.name + suffix) for suffix in ("-journal", "-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = writer_engine(part, 0.0)
    try:
        with engine.connect() as connection:
            turn_wal_on(connection, part)
            build(connection)
    finally:
        engine.dispose()
    _sync(part)
    part.replace(path)
    if os.name == "posix":
        _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def examine(connection: Connection, path: Path) -> Integrity:
    """Reads everything: every page, every index, every foreign key."""
    wal = path.with_name(path.name + "-wal")
    return Integrity(
        path=str(path),
        sqlite_version=sqlite3.sqlite_version,
        revision=revision(connection) or "",
        size_bytes=path.stat().st_size,
        wal_bytes=wal.stat().st_size if wal.exists() else 0,
        findings=tuple(_findings(connection)),
    )


def _findings(connection: Connection) -> list[str]:
    dangling = "foreign key of {0}, row {1}, to {2}"
    return _lines(connection, "PRAGMA integrity_check", "{0}") or _lines(connection, "PRAGMA foreign_key_check", dangling)


def _lines(connection: Connection, statement: str, form: str) -> list[str]:
    """What a check finds; where the damage stops the check itself, that is its last line."""
    lines: list[str] = []
    try:
        lines.extend(form.format(*row) for row in connection.exec_driver_sql(statement))
    except DatabaseError as error:
        if isinstance(_named(error.orig, Path()), StoreDamaged):
            return [*lines, str(error.orig)]
        raise
    return [line for line in lines if line != "ok"]


# ----------------------------------------------------------------------------------------------------------------- errors


@contextlib.contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Raises SQLite's and the file system's errors as `StoreError`s; ours and Python's own pass."""
    try:
        yield
    except DBAPIError as error:
        named = _named(error.orig, path)
        if named is None:
            raise
        raise named from error
    except (DamagedValue, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreDamaged("database_damaged", path=str(path), reason=str(error)) from error
    except (sqlite3.Error, OSError) as error:
        named = _named(error, path)
        if named is None:
            raise
        raise named from error


def _named(error: BaseException | None, path: Path) -> StoreError | None:
    where = str(path)
    if isinstance(error, OSError):
        return _named_os_error(error, path)
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
        return None
    name = getattr(error, "sqlite_errorname", None)
    if name is None:  # raised by Python's own part: a text that is not UTF-8
        return StoreDamaged("database_damaged", path=where, reason=str(error))
    match error.sqlite_errorcode & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StoreFull("disk_full", path=where)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreDamaged("database_damaged", path=where, reason=str(error))
        case sqlite3.SQLITE_ERROR if "no such" in str(error) or "malformed JSON" in str(error):
            # Our statements are fixed and tested against the schema: a column that is gone was lost with the page that named it.
            return StoreDamaged("database_damaged", path=where, reason=str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return StoreBusy("database_busy", path=where)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreReadOnly("data_dir_read_only", path=where)
        case sqlite3.SQLITE_CANTOPEN if not _can_write_in(path.parent):
            return StoreReadOnly("data_dir_read_only", path=where)
        case sqlite3.SQLITE_IOERR if name in _GROWING:
            # Quotas and file size limits come as EDQUOT and EFBIG, which SQLite does not tell from a broken disk; only ENOSPC is FULL.
            return StoreFull("disk_full", path=where) if _is_full(path) else StoreFull("disk_write_failed", path=where, reason=name)
    return StoreError("database_failed", path=where, reason=f"{name}: {error}")


_GROWING = frozenset(
    {"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC"}
)


def _named_os_error(error: OSError, path: Path) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull("disk_full", path=str(path))
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENOENT):
        return StoreReadOnly("data_dir_read_only", path=str(path))
    return StoreError("database_failed", path=str(path), reason=str(error.strerror or error))


def _can_write_in(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _MEBIBYTE
    except OSError:
        return False
