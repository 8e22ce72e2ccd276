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
from hanmo.store.backup import back_up, restore
from hanmo.store.database import Database
from hanmo.store.tables import Base
from hanmo.work.article_ports import SectionCost
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
        opts = {"include_name": lambda name, kind, _parents: kind != "table" or not str(name).startswith("search_index")}
        return list(compare_metadata(MigrationContext.configure(connection, opts=opts), Base.metadata))

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


OLD_WORK = """
INSERT INTO conversations VALUES ('{c}', '江南', 1.0, 2.0, NULL);
INSERT INTO messages VALUES ('{q}', '{c}', NULL, 1, 'user', 1.0, '写江南的春天');
INSERT INTO messages VALUES ('{a}', '{c}', '{q}', 2, 'assistant', 1.0, '');
UPDATE conversations SET active_id = '{a}';
INSERT INTO generations VALUES ('{g}', '{a}', 1, NULL, 'finished', 'length', 1.0, 1.5, 2.0, 'qwen', 'ab', 'b1', 8192, 4, '{{}}', '{{}}', NULL,
    '{long}', x'', x'01000000', x'');
INSERT INTO generations VALUES ('{h}', '{a}', 2, '{g}', 'writing', NULL, 2.0, 2.0, NULL, 'qwen', 'ab', 'b1', 8192, 0, '{{}}', '{{}}', NULL,
    '', x'', x'', x'');
INSERT INTO generation_chunks VALUES ('{h}', 1, '还在写', x'01000000');
"""
OLD_ARTICLE = """
INSERT INTO articles VALUES ('{d}', 'ff', 1.0, 2.0, '[]', '', '{{"brief": "一篇伞的短文\\n第二行", "words": 300, "lang": "zh", "seed": 1}}');
INSERT INTO revisions VALUES ('{d}', 1, 'written', NULL, 5, 2.0, '{{"s1": 2}}',
    '{{"title": "", "headed": true, "sections": [{{"id": "s1", "heading": "雨", "points": [], "words": 100}}]}}');
INSERT INTO section_texts VALUES ('{d}', 's1', 1, 100, 'written', '', 1.0, '[]', '旧的文字');
INSERT INTO section_texts VALUES ('{d}', 's1', 2, 100, 'written', '', 1.0, '[]', '雨下了一夜');
INSERT INTO jobs VALUES ('{j}', '{d}', 1, 'write', 'stop', 2.0, NULL);
"""
IDS = {name: name * 32 for name in "abcd"} | {"q": "1" * 32, "g": "2" * 32, "h": "3" * 32, "j": "4" * 32, "long": "文" * 5000}


def only_up_to(folder: Path, revision: str) -> None:
    for file in (folder / "versions").glob("[0-9]*.py"):
        if file.name[:4] > revision:
            file.unlink()


async def at_revision(path: Path, folder: Path, revision: str, script: str) -> None:
    """A database as an older Hanmo left it."""
    only_up_to(folder, revision)
    async with Database(path, migrations_dir=folder) as database:
        assert (await database.read(lambda connection: sqlite.examine(connection, path))).revision == revision
    connection = sqlite3.connect(path)
    connection.executescript(script.format(**IDS))
    connection.close()


async def test_work_of_the_first_revision_is_kept_and_goes_on(path: Path, later: Path) -> None:
    await at_revision(path, later, "0001", OLD_WORK)
    async with Store(path) as store:
        conversation = await store.conversations.get(IDS["c"])
        assert (conversation.title, conversation.pinned, conversation.rounds) == ("江南", False, 5)
        assert [message.text for message in conversation.messages] == ["写江南的春天", "文" * 5000 + "还在写"]
        first, second = conversation.messages[1].generations
        assert (first.dropped_messages, first.left_out_messages, second.status) == (4, 0, "writing")
        assert (await store.integrity()).findings == ()
        assert await store.articles.summaries() == []
        article = await store.articles.create(ASSIGNMENT)
        await store.articles.revise(article.id, "planned", plan=PLAN)
        assert await store.generations.append(IDS["h"], "。", [4]) == 2
    async with Store(path) as store:
        assert (await store.articles.get(article.id)).plan == PLAN


async def test_of_an_old_job_nobody_knows_what_it_cost(path: Path, later: Path) -> None:
    await at_revision(path, later, "0002", OLD_ARTICLE)
    async with Store(path) as store:
        assert (await store.articles.job(IDS["j"])).costs == ()
        job = await store.articles.add_job(IDS["d"], "polish")
        await store.articles.keep_costs(job.id, [cost := SectionCost("s1", 2.0, 300, 0, 40)])
        assert await store.articles.costs(IDS["d"]) == [cost]


async def test_an_old_article_keeps_its_title_and_all_that_is_of_it_and_goes_on_the_shelf(path: Path, later: Path) -> None:
    article_id = IDS["d"]
    await at_revision(path, later, "0002", OLD_ARTICLE)
    async with Store(path) as store:
        (row,) = await store.articles.summaries()
        assert (row.id, row.title, row.pinned, row.updated_at) == (article_id, "一篇伞的短文", False, 2.0)
        article = await store.articles.get(article_id)
        assert (article.name, article.texts["s1"].text) == ("", "雨下了一夜")
        assert (await store.articles.job(IDS["j"])).finish_reason == "stop"
        await store.articles.rename(article_id, "老周的稿子")
        await store.articles.pin(article_id, True)
        await store.articles.delete(article_id)
        assert await store.articles.summaries() == []
        await store.articles.undelete(article_id)
        assert [(each.title, each.pinned) for each in await store.articles.summaries()] == [("老周的稿子", True)]
        assert [hit.kind for hit in await store.search.find("老周", 9)] == ["article"]
        assert (await store.integrity()).findings == ()


async def test_old_work_is_backed_up_and_restored_with_the_schema_of_today(path: Path, later: Path, tmp_path: Path) -> None:
    await at_revision(path, later, "0002", OLD_WORK + OLD_ARTICLE)
    before = path.read_bytes()
    copied = back_up(path, tmp_path / "one.db")
    assert (copied.conversations, copied.articles) == (1, 1)
    assert look(tmp_path / "one.db", "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert path.read_bytes() == before, "what is backed up stays as it is"
    restored = restore(path, tmp_path / "new.db", tmp_path / "kept.db")  # a copy of an old hanmo.db
    assert restored.copied.conversations == 1
    async with Store(tmp_path / "new.db") as store:
        assert [each.title for each in await store.conversations.list()] == ["江南"]
        assert (await store.integrity()).findings == ()


async def test_old_work_is_found(path: Path, later: Path) -> None:
    await at_revision(path, later, "0002", OLD_WORK + OLD_ARTICLE)
    async with Store(path) as store:
        for query, kinds in {
            "江南": ["conversation", "message"],
            "文文": ["message"],
            "还在写": [],
            "伞": ["article", "brief"],
            "第二行": ["brief"],
            "一夜": ["section"],
            "雨": ["heading", "section"],
            "旧的": [],
        }.items():
            assert [hit.kind for hit in await store.search.find(query, 9)] == kinds, query
        await store.generations.finish(IDS["h"], "stop", timings=TIMINGS)
        assert [hit.part for hit in await store.search.find("文还在写", 9)] == [IDS["a"]]
        assert (await store.integrity()).findings == ()


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
