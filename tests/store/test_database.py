"""The writer thread's rules, one by one."""

import asyncio
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hanmo.core.errors import SetupError, StoreBusy
from hanmo.store import Store
from hanmo.store.database import Database
from tests.store.examples import SAMPLING, TIMINGS


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database(path, busy_timeout_s=0.05) as opened:
        await opened.write(sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)"))
        yield opened


def sql(statement: str) -> Any:
    def work(connection: Connection) -> list[tuple[Any, ...]]:
        answer = connection.exec_driver_sql(statement)
        return [tuple(row) for row in answer] if answer.returns_rows else []

    return work


async def notes(database: Database) -> list[str]:
    return [text for (text,) in await database.read(sql("SELECT text FROM notes ORDER BY id"))]


async def test_what_a_write_left_is_seen_by_the_next_read(database: Database) -> None:
    await database.write(sql("INSERT INTO notes (text) VALUES ('one')"))
    assert await notes(database) == ["one"]


async def test_a_failed_function_is_rolled_back_and_the_thread_lives_on(database: Database) -> None:
    def half(connection: Connection) -> None:
        sql("INSERT INTO notes (text) VALUES ('half')")(connection)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await database.write(half)
    await database.write(sql("INSERT INTO notes (text) VALUES ('after')"))
    assert await notes(database) == ["after"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda connection: connection.connection.driver_connection.close(),
        lambda connection: connection.exec_driver_sql("COMMIT; ") and connection.exec_driver_sql("SELECT nothing"),
        lambda connection: connection.invalidate(),
        lambda connection: (connection.get_transaction().rollback(), connection.connection.driver_connection.execute("BEGIN")),
        lambda _connection: (_ for _ in ()).throw(SystemExit(1)),
    ],
    ids=["closed", "committed", "invalidated", "left in a transaction", "exit"],
)
async def test_whatever_a_function_does_to_its_connection_the_next_one_works(database: Database, harm: Any) -> None:
    with pytest.raises(BaseException):  # noqa: B017 - each harm fails in its own way; what counts comes after
        await database.write(lambda connection: (harm(connection), sql("SELECT nothing")(connection)))
    await database.write(sql("INSERT INTO notes (text) VALUES ('after')"))
    assert await notes(database) == ["after"]
    assert await database.write(sql("PRAGMA foreign_keys")) == [(1,)]


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match="data_dir_read_only"):
        await database.read(sql("INSERT INTO notes (text) VALUES ('x')"))


async def test_a_read_sees_one_state_while_others_write(database: Database) -> None:
    between, go_on = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[int, int]:
        count = sql("SELECT count(*) FROM notes")
        first = count(connection)[0][0]
        between.set()
        assert go_on.wait(10)
        return first, count(connection)[0][0]

    reading = asyncio.ensure_future(database.read(twice))
    await asyncio.to_thread(between.wait, 10)
    await database.write(sql("INSERT INTO notes (text) VALUES ('meanwhile')"))
    go_on.set()
    assert await reading == (0, 0)
    assert await notes(database) == ["meanwhile"]


async def test_a_cancelled_caller_takes_its_waiting_function_along_but_not_a_running_one(database: Database) -> None:
    running, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        running.set()
        assert go_on.wait(10)
        sql("INSERT INTO notes (text) VALUES ('ran')")(connection)

    first = asyncio.ensure_future(database.write(slow))
    await asyncio.to_thread(running.wait, 10)
    second = asyncio.ensure_future(database.write(sql("INSERT INTO notes (text) VALUES ('waited')")))
    await asyncio.sleep(0)
    for task in (first, second):
        task.cancel()
    for task in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await task
    go_on.set()
    await database.write(sql("INSERT INTO notes (text) VALUES ('last')"))
    assert await notes(database) == ["ran", "last"]


async def test_a_lock_of_another_process_is_busy_until_it_is_gone(database: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy) as caught:
            await database.write(sql("INSERT INTO notes (text) VALUES ('x')"))
        assert caught.value.code == "database_busy"
        other.execute("ROLLBACK")
    finally:
        other.close()
    await database.write(sql("INSERT INTO notes (text) VALUES ('y')"))
    assert await notes(database) == ["y"]


async def test_writing_and_reading_connections_are_set_as_documented(database: Database) -> None:
    for run, expected in (
        (database.write, {"foreign_keys": 1, "synchronous": 2, "journal_mode": "wal", "wal_autocheckpoint": 1000, "query_only": 0}),
        (database.read, {"query_only": 1, "journal_mode": "wal", "wal_autocheckpoint": 0}),
    ):
        for pragma, value in expected.items():
            assert (pragma, await run(sql(f"PRAGMA {pragma}"))) == (pragma, [(value,)])
        assert await run(sql("PRAGMA busy_timeout")) == [(50,)]
        assert await run(sql("PRAGMA mmap_size")) in ([], [(0,)])


async def test_many_tasks_on_two_stores_lose_nothing(path: Path) -> None:
    async with Store(path) as one, Store(path) as two:

        async def write(store: Store, name: str) -> tuple[str, list[int], str]:
            conversation = await store.conversations.create(name)
            turn = await store.conversations.add_turn(conversation.id, name, SAMPLING)
            numbers = [await store.generations.append(turn.generation_id, f"{name}.{n} ", [n]) for n in range(15)]
            return turn.generation_id, numbers, "".join(f"{name}.{n} " for n in range(15))

        written = await asyncio.gather(*(write(store, f"{number}") for number in range(8) for store in (one, two)))
        for generation_id, numbers, text in written:
            assert numbers == list(range(1, 16))
            assert (await one.generations.get(generation_id)).text == text
            assert (await two.generations.get(generation_id)).text == text
        assert len(await one.conversations.list()) == 16
        assert (await two.integrity()).findings == ()


async def test_many_tasks_appending_to_one_generation_get_each_number_once(path: Path) -> None:
    async with Store(path) as store:
        conversation = await store.conversations.create()
        turn = await store.conversations.add_turn(conversation.id, "x", SAMPLING)
        numbers = await asyncio.gather(*(store.generations.append(turn.generation_id, "字", [n]) for n in range(50)))
        assert sorted(numbers) == list(range(1, 51))


async def test_a_generation_that_ended_leaves_no_chunks(path: Path) -> None:
    async with Store(path) as store:
        conversation = await store.conversations.create()
        for end in (
            lambda generation_id: store.generations.finish(generation_id, "stop", timings=TIMINGS),
            lambda _generation_id: store.generations.interrupt_unfinished(),
        ):
            turn = await store.conversations.add_turn(conversation.id, "x", SAMPLING)
            await store.generations.append(turn.generation_id, "字", [1])
            assert await store.database.read(sql("SELECT count(*) FROM generation_chunks")) == [(1,)]
            await end(turn.generation_id)
            assert await store.database.read(sql("SELECT count(*) FROM generation_chunks")) == [(0,)]


async def test_closing_runs_what_is_queued_and_empties_the_wal(path: Path) -> None:
    database = await Database(path).__aenter__()
    await database.write(sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)"))
    writes = [asyncio.ensure_future(database.write(sql(f"INSERT INTO notes (text) VALUES ('{n}')"))) for n in range(20)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writes)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    async with Database(path) as again:
        assert await notes(again) == [str(n) for n in range(20)]


async def test_the_wal_does_not_grow_for_ever(database: Database, path: Path) -> None:
    for _ in range(12):
        await database.write(sql("INSERT INTO notes (text) VALUES (randomblob(1000000))"))
        await database.write(sql("DELETE FROM notes"))
    assert path.with_name(path.name + "-wal").stat().st_size <= 9 * 1024 * 1024


async def test_a_closed_database_says_so(path: Path) -> None:
    database = Database(path)
    for call in (database.read, database.write):
        with pytest.raises(RuntimeError, match="is not open"):
            await call(sql("SELECT 1"))
    async with database:
        pass
    await database.close()
    for call in (database.read, database.write):
        with pytest.raises(RuntimeError, match="is not open"):
            await call(sql("SELECT 1"))
    with pytest.raises(RuntimeError, match="entered once"):
        await database.__aenter__()


async def test_a_database_dropped_unclosed_warns_and_ends_its_threads(path: Path) -> None:
    database = await Database(path).__aenter__()
    await database.write(sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)"))
    (writer,) = (thread for thread in threading.enumerate() if thread.name == "hanmo-writer")
    with pytest.warns(ResourceWarning, match="unclosed Database"):
        del database
        gc.collect()
    await asyncio.to_thread(writer.join, 10)
    assert not writer.is_alive()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_cancelled_opening_leaves_no_thread(path: Path) -> None:
    opening = asyncio.ensure_future(Database(path).__aenter__())
    await asyncio.sleep(0)
    writers = [thread for thread in threading.enumerate() if thread.name == "hanmo-writer"]
    assert len(writers) == 1
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await asyncio.to_thread(writers[0].join, 10)
    assert not writers[0].is_alive()


@pytest.mark.parametrize("url", ["postgresql://host/name", "sqlite://", "sqlite:///", "https://example.org/x"])
def test_only_sqlite_files_are_databases(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        Database(url)
    assert caught.value.code == "database_url_unsupported"
    assert caught.value.params == {"scheme": url.partition(":")[0]}


async def test_a_url_names_the_same_file_as_its_path(path: Path) -> None:
    async with Database(f"sqlite:///{path}") as database:
        assert database.path == path


@pytest.mark.parametrize("name", ["问?题#1%20.db", "a b'c.db"])
async def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    async with Store(tmp_path / name) as store:
        await store.conversations.create("x")
    assert [file.name for file in tmp_path.iterdir()] == [name]
