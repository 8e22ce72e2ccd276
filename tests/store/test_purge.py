"""What was deleted goes for good at a start, a week later, and takes everything of it along."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from hanmo.core.errors import NotFound
from hanmo.core.flows.asks import Answer
from hanmo.store import Store
from hanmo.store.purge import KEPT_S
from hanmo.work.article_ports import Begun
from tests.store.examples import ASSIGNMENT, FIRST, IDENTITY, PLAN, RAIN, SAMPLING, TIMINGS, edit_of, new_text


async def test_what_was_deleted_a_week_ago_is_gone_after_a_start_and_the_rest_stays(path: Path) -> None:
    now = 1000.0
    async with Store(path, clock=lambda: now) as store:
        kept, gone = await store.conversations.create("留下"), await store.conversations.create("删去")
        turns = {}
        for made in (kept, gone):
            for text in ("一", "二"):
                turn = await store.conversations.add_turn(made.id, f"{text}问", SAMPLING)
                await store.generations.begin(turn.generation_id, IDENTITY, [1], 0)
                await store.generations.append(turn.generation_id, f"{text}答", [2])
                await store.generations.finish(turn.generation_id, "length", timings=TIMINGS)
                await store.generations.finish(
                    await store.generations.add_continuation(turn.generation_id), "stop", timings=TIMINGS
                )
                turns[made.id, text] = turn
        await store.conversations.delete(gone.id)
        await store.conversations.delete_message(kept.id, turns[kept.id, "二"].user_message_id)
    now += KEPT_S
    async with Store(path, clock=lambda: now) as store:  # a week, and not a moment more
        await store.conversations.restore(gone.id)
        await store.conversations.delete(gone.id)
    async with Store(path, clock=lambda: now + 1) as store:
        with pytest.raises(NotFound):
            await store.conversations.restore_message(kept.id, turns[kept.id, "二"].user_message_id)
        await store.conversations.restore(gone.id)
        await store.conversations.delete(gone.id)
    async with Store(path, clock=lambda: now + KEPT_S + 2) as store:
        with pytest.raises(NotFound):
            await store.conversations.restore(gone.id)
        with pytest.raises(NotFound):
            await store.generations.get(turns[gone.id, "一"].generation_id)
        assert [m.text for m in (await store.conversations.get(kept.id)).messages] == ["一问", "一答"]
        assert [hit.owner_id for hit in await store.search.find("问", 50)] == [kept.id]
        assert await store.database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM search_docs").scalar()) == 3
        report = await store.integrity()
        assert report.findings == ()


async def test_an_article_goes_after_a_week_with_everything_of_it(path: Path) -> None:
    now = 1000.0
    async with Store(path, clock=lambda: now) as store:
        kept, gone = [await store.articles.create(ASSIGNMENT) for _ in range(2)]
        for made in (kept, gone):
            await store.articles.revise(made.id, "written", plan=PLAN, texts=[new_text(FIRST, RAIN)])
            await store.articles.propose(made.id, [edit_of("e1", RAIN, "一夜", "整夜")])
            await store.articles.keep_partial(made.id, "key", Answer("修", "length"), begun=Begun("s2", "修"))
            await store.articles.add_job(made.id, "write")
        one = await store.database.read(rows_of_articles)
        await store.articles.delete(gone.id)
        (job,) = [await store.articles.add_job(kept.id, "title")]
    now += KEPT_S
    async with Store(path, clock=lambda: now) as store:  # a week, and not a moment more
        await store.articles.undelete(gone.id)
        assert (await store.articles.get(gone.id)).texts["s1"].text == RAIN
        await store.articles.delete(gone.id)
    async with Store(path, clock=lambda: now + KEPT_S + 1) as store:
        with pytest.raises(NotFound):
            await store.articles.undelete(gone.id)
        assert (await store.articles.job(job.id)).article_id == kept.id
        assert [hit.owner_id for hit in await store.search.find("断了两根", 50)] == [kept.id]
        left = await store.database.read(rows_of_articles)
        assert left == {name: number // 2 + (name == "jobs") for name, number in one.items()}
        assert (await store.integrity()).findings == ()


def rows_of_articles(connection: Connection) -> dict[str, int]:
    """How many rows there are of what articles have."""
    tables = ("articles", "revisions", "section_texts", "begun", "edits", "steps", "jobs", "search_docs")
    return {name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() or 0) for name in tables}
