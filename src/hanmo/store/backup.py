"""A backup is the database in one file, taken while Hanmo may go on writing; a restore puts it in the place of today's, which is kept.

Rules
1. Both copy through SQLite's own backup, which sees one state of the source with what stands in its WAL, and never writes to it.
2. What is copied is examined as a whole before it gets its name: there is no half backup, and none that cannot be restored.
3. A copy holds no sessions: whoever was signed in when it was taken is not so by a restore.
4. A database is always in its place: today's gets a second name before the copy takes its first one.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hanmo.core.errors import SetupError, StoreDamaged, StoreNewer
from hanmo.store import migrations, sqlite
from hanmo.whole import sync_directory

WAIT_S = 5.0
WAL_MODE = slice(18, 20)
"""Where a header says it: the versions for writing and for reading are 2."""
LOGS = ("-wal", "-journal")
"""What of a database may stand beside it."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds; `size_bytes` of its file."""

    path: Path
    conversations: int
    articles: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is where the database lies that was there before."""

    copied: Copied
    kept: Path | None


def back_up(database: Path, target: Path, *, overwrite: bool = False) -> Copied:
    """`SetupError` where there is nothing yet, where `target` is there already or cannot be written; the `StoreError`s of the database."""
    if not database.exists():
        raise SetupError("backup_of_nothing", path=str(database))
    if target.exists() and not overwrite:
        raise SetupError("backup_exists", path=str(target))
    with _part_of(target) as part:
        copied = _copy(database, part, "")
        with _named(target):
            part.replace(target)
            sync_directory(target.parent)
    return Copied(target, copied.conversations, copied.articles, copied.size_bytes)


def restore(backup: Path, database: Path, kept: Path) -> Restored:
    """Nobody else has the database open. `kept` is a free name beside it. The `StoreError`s of the backup; today's stays in its place then."""
    if not backup.is_file():
        raise SetupError("file_unreadable", path=str(backup), reason=os.strerror(2))
    with _part_of(database) as part:
        # SQLite would make files beside the backup, which may lie where nobody can write.
        alone = not any(_beside(backup, log).exists() for log in LOGS)
        copied = _copy(backup, part, "&immutable=1" if alone else "")
        there = database.exists()
        with _named(database):
            if there:
                _name_twice(database, kept)
            part.replace(database)
            sync_directory(database.parent)
    return Restored(Copied(database, copied.conversations, copied.articles, copied.size_bytes), kept if there else None)


@contextlib.contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """An empty file beside `target`, for nobody else to read, and gone in the end unless it got another name."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with _named(target):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
    finally:
        for name in (part, *(_beside(part, log) for log in LOGS)):
            name.unlink(missing_ok=True)


@contextlib.contextmanager
def _named(target: Path) -> Iterator[None]:
    """What the file system refuses, with the place that the user named."""
    try:
        yield
    except OSError as error:
        raise SetupError("backup_not_written", path=str(target), reason=error.strerror or str(error)) from error


def _copy(source: Path, part: Path, how: str) -> Copied:
    """A whole and sound database of ours in `part`, on the disk. `how`: what SQLite is told about opening `source`."""
    sqlite.check_header(source)
    uri = f"{source.absolute().as_uri()}?mode=ro{how}"
    with (
        sqlite.errors_named(source),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=WAIT_S)) as theirs,
        contextlib.closing(sqlite3.connect(part)) as ours,
    ):
        try:
            theirs.backup(ours)
            _check(ours, source)
            ours.execute("PRAGMA journal_mode=DELETE")  # all in one file
            ours.execute("PRAGMA secure_delete=ON")
            with ours:
                ours.execute("DELETE FROM sessions")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL or error.sqlite_errorname in sqlite.GROWING:
                raise SetupError("backup_not_written", path=str(part.parent), reason=str(error)) from error
            raise
        conversations = ours.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()[0]
        articles = ours.execute("SELECT count(*) FROM articles WHERE deleted_at IS NULL").fetchone()[0]
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    return Copied(part, conversations, articles, part.stat().st_size)


def _check(copy: sqlite3.Connection, source: Path) -> None:
    """Raises `StoreDamaged` or `StoreNewer` of `source`."""
    findings = [line for (line,) in copy.execute("PRAGMA integrity_check") if line != "ok"]
    findings += [f"foreign key of {row[0]}, row {row[1]}, to {row[2]}" for row in copy.execute("PRAGMA foreign_key_check")]
    if findings:
        raise StoreDamaged("database_damaged", path=str(source), reason=findings[0].splitlines()[-1])
    if not copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone():
        raise StoreDamaged("database_not_hanmo", path=str(source))
    (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision not in migrations.revisions():
        raise StoreNewer("database_newer", path=str(source), revision=revision)


def _name_twice(database: Path, kept: Path) -> None:
    """Today's database under `kept` too. What its logs hold is put into it first; where it is past that, they go along by their names."""
    if _is_in_wal_mode(database):
        with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(database, timeout=WAIT_S)) as today:
            today.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for log in LOGS:
        if _beside(database, log).exists():
            _beside(database, log).replace(_beside(kept, log))
    _beside(database, "-shm").unlink(missing_ok=True)
    try:
        os.link(database, kept)
    except OSError:  # a file system without second names
        shutil.copy2(database, kept)
        with kept.open("rb+") as file:
            os.fsync(file.fileno())
    sync_directory(database.parent)


def _is_in_wal_mode(database: Path) -> bool:
    """By its header, before SQLite opens it: that deletes the WAL of what it takes for another kind of file."""
    with database.open("rb") as file:
        header = file.read(WAL_MODE.stop)
    return header.startswith(sqlite.MAGIC) and header[WAL_MODE] == b"\x02\x02"


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
