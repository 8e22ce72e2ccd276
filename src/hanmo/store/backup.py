"""A backup is the database in one file, taken while Hanmo may go on writing; a restore puts it in the place of today's, which is kept.

Rules
1. Both copy through SQLite's own backup, which sees one state of the source with what stands in its WAL, and never writes to it.
2. What is copied is examined as a whole, and brought to the schema of today, before it gets its name: there is no half backup, and none that
   cannot be restored.
3. A copy holds no sessions: whoever was signed in when it was taken is not so by a restore.
4. A database is always in its place: today's gets a second name before the copy takes its first one.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from hanmo.core.errors import SetupError, StoreDamaged, StoreFull
from hanmo.store import sqlite
from hanmo.store.database import checked_revision, upgrade
from hanmo.store.tables import ArticleRow, ConversationRow, SessionRow
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
    return replace(copied, path=target)


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
    return Restored(replace(copied, path=database), kept if there else None)


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
        for name in (part, *(_beside(part, log) for log in (*LOGS, "-shm"))):
            name.unlink(missing_ok=True)


@contextlib.contextmanager
def _named(target: Path) -> Iterator[None]:
    """What the file system refuses, with the place that the user named."""
    try:
        yield
    except OSError as error:
        raise SetupError("backup_not_written", path=str(target), reason=error.strerror or str(error)) from error


def _copy(source: Path, part: Path, how: str) -> Copied:
    """A whole and sound database of ours in `part`, on the disk, with the schema of today. `how`: what SQLite is told about opening `source`."""
    sqlite.check_header(source)
    uri = f"{source.absolute().as_uri()}?mode=ro{how}"
    engine = sqlite.writer_engine(part, WAIT_S)
    try:
        with sqlite.errors_named(source):
            with (
                contextlib.closing(sqlite3.connect(uri, uri=True, timeout=WAIT_S)) as theirs,
                contextlib.closing(sqlite3.connect(part)) as ours,
            ):
                theirs.backup(ours)
            with engine.connect() as copy:
                _check(copy, source, part)
                upgrade(copy)
                conversations, articles = _without_sessions(copy)
    except StoreFull as error:
        raise StoreFull(error.code, **error.params | {"path": str(part.parent)}) from error  # only the copy is written
    finally:
        engine.dispose()
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    return Copied(part, conversations, articles, part.stat().st_size)


def _check(copy: Connection, source: Path, part: Path) -> None:
    """Raises `StoreDamaged` or `StoreNewer` of `source`."""
    if findings := sqlite.examine(copy, part).findings:
        raise StoreDamaged("database_damaged", path=str(source), reason=findings[0].splitlines()[-1])
    checked_revision(copy, source)
    copy.rollback()


def _without_sessions(copy: Connection) -> tuple[int, int]:
    """All in one file, and of the sessions not a byte; the numbers of conversations and articles."""
    with sqlite.outside_transactions(copy) as raw:
        raw.execute("PRAGMA secure_delete=ON")
    with copy.begin():
        copy.execute(delete(SessionRow))
        count = select(func.count())
        conversations = copy.scalar(count.select_from(ConversationRow).where(ConversationRow.deleted_at.is_(None))) or 0
        articles = copy.scalar(count.select_from(ArticleRow).where(ArticleRow.deleted_at.is_(None))) or 0
    with sqlite.outside_transactions(copy) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    return conversations, articles


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
