"""Reading articles stays cheap however much there is: by keys, and the list without a text."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, update

from hanmo.core.articles import Article
from hanmo.store import Store
from hanmo.store.article_rows import load_article, load_older, load_outlines, load_plan, load_revisions
from hanmo.store.tables import ArticleRow
from tests.store.examples import ASSIGNMENT, FIRST, PLAN, RAIN, edit_of, new_text


def plans_of(connection: Connection, load: Callable[[Connection], Any]) -> tuple[list[str], list[str]]:
    """The statements that `load` runs, and the steps by which SQLite would run them."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    load(connection)
    event.remove(connection, "before_cursor_execute", note)
    steps = [
        str(row.detail)
        for statement, values in statements
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]
    return [statement for statement, _ in statements], steps


async def fill(store: Store) -> Article:
    article = await store.articles.create(ASSIGNMENT)
    await store.articles.revise(article.id, "written", plan=PLAN, texts=[new_text(FIRST, RAIN)])
    await store.articles.propose(article.id, [edit_of("e1", RAIN, "一夜", "整夜")])
    return article


async def test_every_text_and_revision_is_looked_up_by_its_key(path: Path) -> None:
    async with Store(path) as store:
        article = await fill(store)
        for load in (
            load_outlines,
            lambda connection: load_article(connection, article.id),
            lambda connection: load_older(connection, article.id, 1),
            lambda connection: load_plan(connection, article.id),
            lambda connection: load_revisions(connection, article.id),
        ):
            _, steps = await store.database.read(lambda connection, load=load: plans_of(connection, load))  # type: ignore[misc]
            assert any("SEARCH revisions" in step for step in steps)
            for table in ("revisions", "section_texts", "edits", "steps"):
                assert not any(step.startswith(f"SCAN {table}") for step in steps), steps


async def test_the_list_reads_no_text_and_asks_three_times_however_many_articles(path: Path) -> None:
    async with Store(path) as store:
        for _ in range(3):
            await fill(store)
        statements, _ = await store.database.read(lambda connection: plans_of(connection, load_outlines))
        assert len(statements) == 3
        assert not any("section_texts.text" in statement for statement in statements)
        assert [text.text for article, _ in await store.database.read(load_outlines) for text in article.texts.values()] == [""] * 3


async def test_an_order_from_before_there_were_presets_is_found_by_the_same_order(path: Path) -> None:
    order = replace(ASSIGNMENT, preset="", sampling={})
    stored = {name: value for name, value in asdict(order).items() if name not in ("preset", "sampling")}
    digest = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
    async with Store(path) as store:
        made = await store.articles.create(ASSIGNMENT)
        older = update(ArticleRow).values(assignment=stored, assignment_sha256=digest)
        await store.database.write(lambda connection: connection.execute(older).rowcount)
        assert await store.articles.find(order) == made.id
        assert (await store.articles.get(made.id)).assignment == order
