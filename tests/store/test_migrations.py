"""The schema's revisions: they give the tables that the code speaks of, and each is whole or not there."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hanmo.core.errors import StoreDamaged
from hanmo.store import Store, migrations, sqlite
from hanmo.store.conversations import StoredConversations
from hanmo.store.database import Database
from hanmo.store.generations import StoredGenerations
from hanmo.store.tables import Base
from tests.store.examples import ASSIGNMENT, IDENTITY, PLAN, SAMPLING, TIMINGS

HEAD = migrations.revisions()[-1]
FIRST_NEW, SECOND_NEW = (f"{int(HEAD) + step:04}" for step in (1, 2))
"""Two revisions that are not ours yet."""
NEXT = """
import os, signal
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"

def upgrade():
    with op.batch_alter_table("conversations", recreate="always") as conversations:
        conversations.add_column(sa.Column("colour_{revision}", sa.Text))
    op.execute("UPDATE conversations SET title = title || '+'")
    {fault}
    op.create_table("extras_{revision}", sa.Column("id", sa.Integer, primary_key=True))
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
OPEN = "import asyncio, sys\nfrom pathlib import Path\nfrom hanmo.store.database import Database\n" + (
    "async def main():\n    async with Database(sys.argv[1], migrations_dir=Path(sys.argv[2])): print('opened')\nasyncio.run(main())"
)


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A copy of the migrations, to add to."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.HERE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_revision(folder: Path, revision: str, before: str, fault: str = "") -> None:
    (folder / "versions" / f"{revision}_test.py").write_text(NEXT.format(revision=revision, before=before, fault=fault))


async def fill(path: Path) -> str:
    async with Store(path) as store:
        conversation = await store.conversations.create("Kept")
        turn = await store.conversations.add_turn(conversation.id, "x", SAMPLING)
        await store.generations.begin(turn.generation_id, IDENTITY, range(100), 0)
        await store.generations.append(turn.generation_id, "文" * 5000, range(500))
        await store.generations.finish(turn.generation_id, "stop", timings=TIMINGS)
    return turn.generation_id


def look(path: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


async def test_the_migrations_make_exactly_the_tables_of_the_code(path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compare(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    def columns(connection: Connection) -> dict[str, list[str]]:
        tables = Base.metadata.sorted_tables
        return {table.name: [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table.name})")] for table in tables}

    async with Database(path) as database:
        assert await database.read(compare) == []
        found = await database.read(columns)
    assert found == {table.name: [column.name for column in table.columns] for table in Base.metadata.sorted_tables}


def test_file_names_and_revisions_make_one_line() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(migrations.HERE)
    assert script.get_heads() == [migrations.revisions()[-1]]
    assert [each.revision for each in script.walk_revisions()][::-1] == migrations.revisions()


async def test_an_upgrade_keeps_what_is_there(path: Path, later: Path) -> None:
    generation_id = await fill(path)
    add_revision(later, FIRST_NEW, HEAD)
    add_revision(later, SECOND_NEW, FIRST_NEW)
    async with Database(path, migrations_dir=later) as database:
        report = await database.read(lambda connection: sqlite.examine(connection, path))
        assert (report.revision, report.findings) == (SECOND_NEW, ())
        assert await database.write(lambda connection: connection.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    assert look(path, f"SELECT title, colour_{FIRST_NEW}, colour_{SECOND_NEW} FROM conversations") == [("Kept++", None, None)]
    assert look(path, f"SELECT length(text) FROM generations WHERE id = '{generation_id}'") == [(5000,)]


async def test_the_revision_of_articles_keeps_conversations(path: Path, later: Path) -> None:
    for file in (later / "versions").glob("000[2-9]_*.py"):
        file.unlink()
    async with Database(path, migrations_dir=later) as database:
        assert (await database.read(lambda connection: sqlite.examine(connection, path))).revision == "0001"
        conversations, generations = StoredConversations(database, lambda: 7.0), StoredGenerations(database, lambda: 8.0)
        made = await conversations.create("Kept")
        turn = await conversations.add_turn(made.id, "文" * 5000, SAMPLING)
        await generations.begin(turn.generation_id, IDENTITY, range(100), 0)
        await generations.append(turn.generation_id, "还在写", range(3))
        kept = await conversations.get(made.id), await generations.get(turn.generation_id)
    async with Store(path) as store:
        assert (await store.conversations.get(made.id), await store.generations.get(turn.generation_id)) == kept
        assert (await store.integrity()).findings == ()
        assert await store.articles.summaries() == []
        article = await store.articles.create(ASSIGNMENT)
        await store.articles.revise(article.id, "planned", plan=PLAN)
        assert await store.generations.append(turn.generation_id, "。", [4]) == 2
    async with Store(path) as store:
        assert (await store.articles.get(article.id)).plan == PLAN


@pytest.mark.parametrize("fault", ["raise ValueError('on purpose')", "op.execute('nonsense')"])
async def test_a_migration_that_fails_leaves_the_state_before_it(path: Path, later: Path, fault: str) -> None:
    await fill(path)
    add_revision(later, FIRST_NEW, HEAD)
    add_revision(later, SECOND_NEW, FIRST_NEW, fault)
    with pytest.raises(Exception, match=r"on purpose|database_failed"):
        async with Database(path, migrations_dir=later):
            pass
    await check_stands_at_first(path, later)


def test_a_migration_killed_midway_leaves_the_state_before_it(path: Path, later: Path) -> None:
    asyncio.run(fill(path))
    add_revision(later, FIRST_NEW, HEAD)
    add_revision(later, SECOND_NEW, FIRST_NEW, KILL)
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (-9, "")
    asyncio.run(check_stands_at_first(path, later))


async def check_stands_at_first(path: Path, later: Path) -> None:
    """The first stands, of the second there is nothing, and with the second put right all is well."""
    assert look(path, "SELECT version_num FROM alembic_version") == [(FIRST_NEW,)]
    assert look(path, "SELECT title FROM conversations") == [("Kept+",)]
    assert f"colour_{SECOND_NEW}" not in [row[1] for row in look(path, "PRAGMA table_info(conversations)")]
    assert look(path, "PRAGMA integrity_check") == [("ok",)]
    add_revision(later, SECOND_NEW, FIRST_NEW)
    async with Database(path, migrations_dir=later):
        pass
    assert look(path, "SELECT version_num, title FROM alembic_version, conversations") == [(SECOND_NEW, "Kept++")]


def test_a_creation_killed_midway_leaves_no_database(path: Path, later: Path) -> None:
    add_revision(later, FIRST_NEW, HEAD, KILL)
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=False)
    assert answer.returncode == -9
    assert not path.exists()
    add_revision(later, FIRST_NEW, HEAD)
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=True)
    assert answer.stdout == "opened\n"
    assert look(path, "SELECT version_num FROM alembic_version") == [(FIRST_NEW,)]


async def test_a_migration_that_breaks_a_foreign_key_is_not_kept(path: Path, later: Path) -> None:
    await fill(path)
    add_revision(later, FIRST_NEW, HEAD, "op.execute('DELETE FROM messages')")
    with pytest.raises(StoreDamaged):
        async with Database(path, migrations_dir=later):
            pass
    assert look(path, "SELECT version_num, (SELECT count(*) FROM messages) FROM alembic_version") == [(HEAD, 2)]


def test_a_database_that_is_up_to_date_opens_without_alembic(path: Path) -> None:
    asyncio.run(fill(path))
    code = f"{OPEN}\nprint('alembic' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code, str(path), str(migrations.HERE)], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "opened\nFalse\n"


def test_importing_the_store_imports_no_sqlalchemy() -> None:
    code = "import sys, hanmo.store; print('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
