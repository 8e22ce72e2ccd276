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
from hanmo.store.database import Database
from hanmo.store.tables import Base
from tests.store.examples import IDENTITY, SAMPLING, TIMINGS

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
    add_revision(later, "0002", "0001")
    add_revision(later, "0003", "0002")
    async with Database(path, migrations_dir=later) as database:
        report = await database.read(lambda connection: sqlite.examine(connection, path))
        assert (report.revision, report.findings) == ("0003", ())
        assert await database.write(lambda connection: connection.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    assert look(path, "SELECT title, colour_0002, colour_0003 FROM conversations") == [("Kept++", None, None)]
    assert look(path, f"SELECT length(text) FROM generations WHERE id = '{generation_id}'") == [(5000,)]


@pytest.mark.parametrize("fault", ["raise ValueError('on purpose')", "op.execute('nonsense')"])
async def test_a_migration_that_fails_leaves_the_state_before_it(path: Path, later: Path, fault: str) -> None:
    await fill(path)
    add_revision(later, "0002", "0001")
    add_revision(later, "0003", "0002", fault)
    with pytest.raises(Exception, match=r"on purpose|database_failed"):
        async with Database(path, migrations_dir=later):
            pass
    await check_stands_at_second(path, later)


def test_a_migration_killed_midway_leaves_the_state_before_it(path: Path, later: Path) -> None:
    asyncio.run(fill(path))
    add_revision(later, "0002", "0001")
    add_revision(later, "0003", "0002", KILL)
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (-9, "")
    asyncio.run(check_stands_at_second(path, later))


async def check_stands_at_second(path: Path, later: Path) -> None:
    """0002 stands, of 0003 there is nothing, and with 0003 put right all is well."""
    assert look(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert look(path, "SELECT title FROM conversations") == [("Kept+",)]
    assert "colour_0003" not in [row[1] for row in look(path, "PRAGMA table_info(conversations)")]
    assert look(path, "PRAGMA integrity_check") == [("ok",)]
    add_revision(later, "0003", "0002")
    async with Database(path, migrations_dir=later):
        pass
    assert look(path, "SELECT version_num, title FROM alembic_version, conversations") == [("0003", "Kept++")]


def test_a_creation_killed_midway_leaves_no_database(path: Path, later: Path) -> None:
    add_revision(later, "0002", "0001", KILL)
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=False)
    assert answer.returncode == -9
    assert not path.exists()
    add_revision(later, "0002", "0001")
    answer = subprocess.run([sys.executable, "-c", OPEN, str(path), str(later)], capture_output=True, text=True, check=True)
    assert answer.stdout == "opened\n"
    assert look(path, "SELECT version_num FROM alembic_version") == [("0002",)]


async def test_a_migration_that_breaks_a_foreign_key_is_not_kept(path: Path, later: Path) -> None:
    await fill(path)
    add_revision(later, "0002", "0001", "op.execute('DELETE FROM messages')")
    with pytest.raises(StoreDamaged):
        async with Database(path, migrations_dir=later):
            pass
    assert look(path, "SELECT version_num, (SELECT count(*) FROM messages) FROM alembic_version") == [("0001", 2)]


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
