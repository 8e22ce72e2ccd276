"""Backups and restores: one whole file, taken from a database that is written to; nothing that was there is lost."""

import errno
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from hanmo.core.errors import SetupError, StoreDamaged, StoreNewer
from hanmo.store import Store
from hanmo.store.backup import back_up, restore
from tests.store.test_opening import fill

TITLE, LATER = "Before", "After"
SIGNED_IN = "f00dfeed" * 8


async def titles(database: Path) -> list[str]:
    async with Store(database) as store:
        return sorted(each.title for each in await store.conversations.list())


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_a_backup_of_a_database_that_is_written_to_is_one_sound_file(path: Path, tmp_path: Path) -> None:
    await fill(path)
    target = tmp_path / "away" / "one.db"
    target.parent.mkdir()
    async with Store(path) as store:
        await store.conversations.create(TITLE)
        await store.sessions.add(SIGNED_IN, "stamp", 4e9)
        assert path.with_name(path.name + "-wal").stat().st_size > 0
        copied = back_up(path, target)
        await store.conversations.create(LATER)
    assert (copied.path, copied.conversations, copied.articles) == (target, 2, 1)
    assert copied.size_bytes == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600 or os.name != "posix"
    assert files(target.parent) == {"one.db"}
    with sqlite3.connect(target) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    connection.close()
    assert SIGNED_IN.encode() not in target.read_bytes()
    assert await titles(target) == [TITLE, "Kept"]


async def test_what_is_found_in_a_database_is_found_in_its_backup(path: Path, tmp_path: Path) -> None:
    await fill(path)
    back_up(path, tmp_path / "one.db")
    async with Store(path) as store, Store(tmp_path / "one.db") as copy:
        found = await store.search.find("第 7 问", 20)
        assert found
        assert await copy.search.find("第 7 问", 20) == found
        (article,) = await store.articles.summaries()
        assert await copy.articles.get(article.id) == await store.articles.get(article.id)


async def test_a_restore_brings_the_texts_back_and_keeps_those_of_today(path: Path, tmp_path: Path) -> None:
    async with Store(path) as store:
        await store.conversations.create(TITLE)
    backup, kept = tmp_path / "one.db", path.with_name("kept.db")
    back_up(path, backup)
    async with Store(path) as store:
        await store.conversations.create(LATER)
    done = restore(backup, path, kept)
    assert (done.kept, done.copied.conversations) == (kept, 1)
    assert await titles(path) == [TITLE]
    assert await titles(kept) == [LATER, TITLE]
    assert await titles(backup) == [TITLE], "the backup can be used again"


async def test_a_database_that_was_left_by_a_kill_is_kept_with_its_log(path: Path, tmp_path: Path) -> None:
    async with Store(path) as store:
        await store.conversations.create(TITLE)
        back_up(path, tmp_path / "one.db")
        await store.conversations.create(LATER)
        left = tmp_path / "left"
        left.mkdir()
        for log in ("", "-wal"):  # as they lie there when the process is gone
            shutil.copy(path.with_name(path.name + log), left / f"hanmo.db{log}")
    restore(tmp_path / "one.db", left / "hanmo.db", left / "kept.db")
    assert await titles(left / "hanmo.db") == [TITLE]
    assert await titles(left / "kept.db") == [LATER, TITLE]


async def test_a_damaged_database_is_kept_as_it_is_and_the_backup_takes_its_place(path: Path, tmp_path: Path) -> None:
    await fill(path)
    back_up(path, tmp_path / "one.db")
    for name in (path, path.with_name(path.name + "-wal")):
        name.write_bytes(b"nothing of SQLite's " * 1000)
    done = restore(tmp_path / "one.db", path, path.with_name("kept.db"))
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"nothing")
    assert done.kept.with_name("kept.db-wal").read_bytes().startswith(b"nothing")
    assert await titles(path) == ["Kept"]


async def test_a_copy_by_hand_is_restored_with_its_log(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copied"
    copy.mkdir()
    async with Store(path) as store:
        await store.conversations.create(TITLE)
        for log in ("", "-wal"):
            shutil.copy(path.with_name(path.name + log), copy / f"mine.db{log}")
    new = tmp_path / "new" / "hanmo.db"
    new.parent.mkdir()
    done = restore(copy / "mine.db", new, new.with_name("kept.db"))
    assert done.kept is None
    assert await titles(new) == [TITLE]
    assert files(new.parent) == {"hanmo.db"}


@pytest.mark.parametrize("cut", [0, 100, 5000])
async def test_what_is_no_whole_backup_is_refused_and_today_stays(cut: int, path: Path, tmp_path: Path) -> None:
    await fill(path)
    backup, away = tmp_path / "one.db", tmp_path / "away"
    back_up(path, backup)
    backup.write_bytes(backup.read_bytes()[:cut])
    before = path.read_bytes()
    away.mkdir()
    with pytest.raises(StoreDamaged) as caught:
        restore(backup, path, away / "kept.db")
    assert caught.value.params["path"] == str(backup)
    assert (path.read_bytes(), files(away)) == (before, set())
    assert not [name for name in files(tmp_path) if name.endswith(".part")]


async def test_another_programs_database_and_one_of_a_newer_version_are_refused(path: Path, tmp_path: Path) -> None:
    async with Store(path) as store:
        await store.conversations.create(TITLE)
    other, newer = tmp_path / "other.db", tmp_path / "newer.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    back_up(path, newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreDamaged, match="database_not_hanmo"):
        restore(other, path, tmp_path / "kept.db")
    with pytest.raises(StoreNewer, match="9999"):
        restore(newer, path, tmp_path / "kept.db")
    assert await titles(path) == [TITLE]


async def test_a_backup_overwrites_only_what_it_is_told_to(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "one.db"
    with pytest.raises(SetupError, match="backup_of_nothing"):
        back_up(path, target)
    async with Store(path) as store:
        await store.conversations.create(TITLE)
    target.write_text("mine")
    with pytest.raises(SetupError, match="backup_exists"):
        back_up(path, target)
    assert target.read_text() == "mine"
    assert back_up(path, target, overwrite=True).conversations == 1
    with pytest.raises(SetupError, match="backup_not_written"):
        back_up(path, tmp_path / "nowhere" / "one.db")


@pytest.mark.parametrize("step", ["link", "replace", "copy2"])
async def test_a_restore_that_breaks_off_has_changed_nothing(
    step: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Store(path) as store:
        await store.conversations.create(TITLE)
    back_up(path, tmp_path / "one.db")
    async with Store(path) as store:
        await store.conversations.create(LATER)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        if step != "replace":
            broken.setattr("hanmo.store.backup.os.link", full)
        if step == "copy2":
            broken.setattr("hanmo.store.backup.shutil.copy2", full)
        if step == "replace":
            broken.setattr(Path, "replace", full)
        if step == "link":  # a file system without second names: a copy does
            restore(tmp_path / "one.db", path, path.with_name("kept.db"))
        else:
            with pytest.raises(SetupError, match="backup_not_written"):
                restore(tmp_path / "one.db", path, path.with_name("kept.db"))
    assert await titles(path) == ([TITLE] if step == "link" else [LATER, TITLE])
    if step == "link":
        assert await titles(path.with_name("kept.db")) == [LATER, TITLE]
