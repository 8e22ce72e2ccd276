"""What happens to a file that is not as it should be: an exact error, and the file left as it was."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from hanmo.core.errors import HanmoError, StoreBusy, StoreDamaged, StoreNewer, StoreReadOnly
from hanmo.core.flows.asks import Answer
from hanmo.core.values import Problem
from hanmo.store import Store, migrations, sqlite
from hanmo.store.database import Database
from hanmo.work.article_ports import Begun, SectionCost
from tests.store.examples import ASSIGNMENT, FIRST, IDENTITY, PLAN, RAIN, SAMPLING, TIMINGS, edit_of, new_text

PAGE = 4096


async def fill(path: Path, num_turns: int = 20) -> None:
    async with Store(path) as store:
        conversation = await store.conversations.create("Kept")
        for number in range(num_turns):
            turn = await store.conversations.add_turn(conversation.id, f"第 {number} 问 " * 40, SAMPLING)
            await store.generations.begin(turn.generation_id, IDENTITY, range(500), 0)
            await store.generations.append(turn.generation_id, "回答。" * 300, range(100))
            await store.generations.finish(turn.generation_id, "stop", timings=TIMINGS)
        article = await store.articles.create(ASSIGNMENT)
        await store.articles.revise(article.id, "written", plan=PLAN, texts=[new_text(FIRST, RAIN * num_turns)])
        await store.articles.propose(article.id, [edit_of("e1", RAIN, "一夜", "整夜")])
        await store.articles.keep_partial(article.id, "k1", Answer("晴", "length"), begun=Begun("s3", "晴"))
        await store.articles.finish_step(article.id, "k2", Answer(RAIN, "stop"))
        job = await store.articles.add_job(article.id, "write")
        await store.articles.keep_costs(job.id, [SectionCost("s1", 2.5, 60, 300, 90)])
        await store.articles.finish_job(job.id, "error", Problem("engine_lost", {"signal": 9}))


async def read_all(path: Path) -> None:
    async with Store(path) as store:
        for summary in await store.conversations.list():
            for message in (await store.conversations.get(summary.id)).messages:
                for generation in message.generations:
                    await store.generations.path(generation.id)
        for article in await store.articles.summaries():
            await store.articles.get(article.id)
            await store.articles.revisions(article.id)
            await store.articles.at(article.id, 1)
            await store.articles.steps(article.id)
            await store.articles.partial(article.id, "k1")
            await store.articles.last_job(article.id)


def files(folder: Path) -> dict[str, bytes]:
    """Everything but what SQLite makes anew and what says nothing: the shared-memory index, and a WAL that is empty."""
    found = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("-shm")}
    return {name: content for name, content in found.items() if content or not name.endswith("-wal")}


async def refused(path: Path, kind: type[HanmoError], code: str) -> HanmoError:
    """Opening fails with `code`, and changes no file."""
    before = files(path.parent)
    with pytest.raises(kind) as caught:
        async with Store(path):
            pass
    assert caught.value.code == code
    assert caught.value.params["path"] == str(path)
    assert files(path.parent) == before
    return caught.value


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\x00", b"\x00" * 8192, b"not a database, but long enough to be one " * 200]
)
async def test_a_file_that_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    await refused(path, StoreDamaged, "database_damaged")


async def test_a_header_overwritten_is_damage(path: Path) -> None:
    await fill(path)
    with path.open("r+b") as file:
        file.write(b"\x00" * 100)
    await refused(path, StoreDamaged, "database_damaged")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9])
async def test_a_truncated_file_is_damage(path: Path, share: float) -> None:
    await fill(path)
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))
    await refused(path, StoreDamaged, "database_damaged")


async def test_a_lost_file_whose_wal_is_still_there_is_not_begun_anew(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"what was written last")
    await refused(path, StoreDamaged, "database_damaged")


async def test_a_page_overwritten_is_damage_and_the_wal_stays_too(path: Path) -> None:
    await fill(path)
    keep_wal(path)
    with path.open("r+b") as file:
        file.seek(PAGE * 3)
        file.write(b"\xff" * PAGE)
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    await refused(path, StoreDamaged, "database_damaged")


def keep_wal(path: Path) -> None:
    """Leaves the database as a process that died leaves it: with a WAL beside it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE conversations SET title = 'Kept in the WAL'")
    copies = {file: file.with_name(f"copy {file.name}") for file in (path, path.with_name(path.name + "-wal"))}
    for file, copy in copies.items():
        shutil.copy(file, copy)
    connection.close()
    for file, copy in copies.items():
        copy.replace(file)


async def test_a_wal_left_by_a_dead_process_is_read(path: Path) -> None:
    await fill(path, 1)
    keep_wal(path)
    async with Store(path) as store:
        assert [summary.title for summary in await store.conversations.list()] == ["Kept in the WAL"]


async def test_a_wal_cut_short_gives_the_state_before(path: Path) -> None:
    await fill(path, 1)
    keep_wal(path)
    wal = path.with_name(path.name + "-wal")
    with wal.open("r+b") as file:
        file.truncate(wal.stat().st_size - 1)
    async with Store(path) as store:
        assert [summary.title for summary in await store.conversations.list()] == ["Kept"]
        assert (await store.integrity()).findings == ()


@pytest.mark.parametrize("seed", range(40))
async def test_flipped_bytes_give_an_answer_or_the_one_right_error(path: Path, seed: int) -> None:
    await fill(path, 6)
    chance = random.Random(seed)
    with path.open("r+b") as file:
        for _ in range(chance.choice([1, 8, 64])):
            file.seek(chance.randrange(100, path.stat().st_size))
            file.write(bytes([chance.randrange(256)]))
    try:
        await read_all(path)
    except StoreDamaged as error:
        assert error.code in ("database_damaged", "database_not_hanmo")


async def test_large_files_are_checked_in_part(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(path)
    monkeypatch.setattr(sqlite, "WHOLE_CHECK_MAX_BYTES", 0)
    await read_all(path)
    with path.open("r+b") as file:
        file.seek(root_page(path, "conversations") * PAGE - PAGE)
        file.write(b"\xff" * PAGE)
    await refused(path, StoreDamaged, "database_damaged")


async def test_damage_met_while_reading_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(path)
    monkeypatch.setattr(sqlite, "WHOLE_CHECK_MAX_BYTES", 0)
    with path.open("r+b") as file:
        file.seek(root_page(path, "messages") * PAGE - PAGE)
        file.write(b"\xff" * PAGE)
    async with Store(path) as store:
        (summary,) = await store.conversations.list()
        with pytest.raises(StoreDamaged) as caught:
            await store.conversations.get(summary.id)
        assert caught.value.code == "database_damaged"
        assert (await store.integrity()).findings


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE generations SET prompt_ids = x'010203'",
        "UPDATE generations SET timings = '{\"half'",
        "UPDATE messages SET text = CAST(x'ff' AS TEXT)",
        "ALTER TABLE generations RENAME COLUMN n_ctx TO n_ctz",
        "UPDATE articles SET assignment = '{}'",
        "UPDATE articles SET titles = '[half'",
        'UPDATE revisions SET plan = \'{"title": "x", "headed": true}\'',
        'UPDATE revisions SET plan = \'{"title": "x", "headed": true, "sections": [{"id": "s1"}]}\'',
        "UPDATE revisions SET versions = '{\"s1\": 7}'",
        "UPDATE revisions SET versions = '{half'",
        "UPDATE section_texts SET points = '[half'",
        "UPDATE section_texts SET text = CAST(x'ff' AS TEXT)",
        "DELETE FROM section_texts",
        "UPDATE steps SET text = CAST(x'ff' AS TEXT)",
        "UPDATE jobs SET problem = '[]'",
        "UPDATE jobs SET costs = '[{}]'",
        "UPDATE jobs SET costs = '[half'",
        "DROP TABLE begun",
    ],
)
async def test_what_nobody_stored_is_damage(path: Path, harm: str) -> None:
    await fill(path, 1)
    change(path, harm)
    with pytest.raises(StoreDamaged) as caught:
        await read_all(path)
    assert caught.value.code == "database_damaged"


def root_page(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    return int(page)


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


async def test_an_index_that_tells_another_story_is_damage(path: Path) -> None:
    await fill(path, 1)
    change(
        path,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'updated_at', 'created_at') WHERE type = 'index'",
    )
    await refused(path, StoreDamaged, "database_damaged")


async def test_a_newer_schema_is_refused(path: Path) -> None:
    await fill(path, 1)
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    error = await refused(path, StoreNewer, "database_newer")
    assert error.params["revision"] == "9999"


async def test_a_database_of_another_program_is_refused(path: Path) -> None:
    change(path, "CREATE TABLE theirs (x)")
    await refused(path, StoreDamaged, "database_not_hanmo")


async def test_a_database_that_another_process_keeps_locked_is_busy(path: Path) -> None:
    await fill(path, 1)
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            async with Database(path, busy_timeout_s=0.05):
                pass
    finally:
        other.close()
    await read_all(path)


async def test_a_folder_that_is_a_file_or_is_missing_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in ("file", "missing"):
        with pytest.raises(StoreReadOnly) as caught:
            async with Store(tmp_path / folder / "hanmo.db"):
                pass
        assert caught.value.code == "data_dir_read_only"


async def test_a_folder_in_the_files_place_is_named(path: Path) -> None:
    path.mkdir()
    with pytest.raises(HanmoError) as caught:
        async with Store(path):
            pass
    assert caught.value.code == "database_failed"


async def test_a_file_in_rollback_mode_is_taken_over(path: Path) -> None:
    await fill(path, 1)
    change(path, "PRAGMA journal_mode=DELETE")
    async with Store(path) as store:
        assert len(await store.conversations.list()) == 1
    assert path.read_bytes()[18:20] == b"\x02\x02"  # the header's file format versions: 2 is WAL


async def test_what_an_unfinished_creation_left_is_replaced(path: Path) -> None:
    for suffix in (".part", ".part-journal", ".part-wal"):
        path.with_name(path.name + suffix).write_bytes(b"half")
    async with Store(path) as store:
        assert await store.conversations.list() == []
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_the_file_is_its_owners_alone(path: Path) -> None:
    async with Store(path) as store:
        await store.conversations.create("secret")
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3


async def test_integrity_tells_what_there_is(path: Path) -> None:
    await fill(path, 1)
    async with Store(path) as store:
        report = await store.integrity()
    assert (report.path, report.sqlite_version, report.findings) == (str(path), sqlite3.sqlite_version, ())
    assert report.revision == migrations.revisions()[-1]
    assert report.size_bytes == path.stat().st_size


async def test_expired_sessions_are_forgotten_at_the_next_start(path: Path) -> None:
    async with Store(path, clock=lambda: 100.0) as store:
        await store.sessions.add("old", "stamp", 150.0)
        await store.sessions.add("new", "stamp", 250.0)
    async with Store(path, clock=lambda: 200.0) as store:
        assert not await store.sessions.is_open("old", "stamp", now=0.0)
        assert await store.sessions.is_open("new", "stamp", now=0.0)
