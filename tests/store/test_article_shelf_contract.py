"""What both stores do with articles in the library: named by the writer, pinned, deleted and brought back."""

from collections.abc import Awaitable, Callable

import pytest

from hanmo.core.articles import Article
from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.flows.asks import Answer
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Begun, SectionCost
from tests.store.examples import ASSIGNMENT, FIRST, PLAN, RAIN, edit_of, new_text

AnyStore = Store | MemoryStore
FROM_BRIEF = "写一篇关于伞的短文。"


async def written(store: AnyStore) -> Article:
    made = await store.articles.create(ASSIGNMENT)
    return await store.articles.revise(made.id, "written", plan=PLAN, texts=[new_text(FIRST, RAIN)])


async def titles(store: AnyStore) -> list[str]:
    return [row.title for row in await store.articles.summaries()]


async def kinds(store: AnyStore, query: str) -> list[str]:
    return [hit.kind for hit in await store.search.find(query, 50)]


async def test_the_writers_name_goes_before_the_plans_title_until_it_is_taken_back(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    await store.articles.rename(made.id, "给老周的稿子")
    assert (await store.articles.get(made.id)).title == "给老周的稿子"
    planned = await store.articles.revise(made.id, "planned", plan=PLAN)
    assert (planned.title, planned.plan, await titles(store)) == ("给老周的稿子", PLAN, ["给老周的稿子"])
    assert (await store.articles.at(made.id, 1)).title == "给老周的稿子", "what it is called is no part of its past"
    await store.articles.rename(made.id, "")
    assert await store.articles.get(made.id) == (await store.articles.at(made.id, 1))
    assert await titles(store) == [PLAN.title]


async def test_a_name_is_found_and_so_is_what_comes_back_without_it(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    await store.articles.rename(made.id, "老周的稿子")
    assert (await kinds(store, "老周"), await kinds(store, "写一篇关于伞")) == (["article"], ["brief"])
    await store.articles.revise(made.id, "planned", plan=PLAN, texts=[new_text(FIRST, RAIN)])
    (hit,) = await store.search.find("断了两根", 50)
    assert (hit.title, await kinds(store, "老周")) == ("老周的稿子", ["article"])
    await store.articles.rename(made.id, "")
    assert (await kinds(store, "老周"), await kinds(store, "一把伞")) == ([], ["article"])


async def test_a_name_is_a_text_that_can_be_kept(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    with pytest.raises(InvalidRequest, match="text_not_unicode"):
        await store.articles.rename(made.id, "half \ud800")
    assert await store.articles.get(made.id) == made


async def test_pinned_articles_are_listed_first_and_neither_pin_nor_name_is_a_change_of_the_text(store: AnyStore) -> None:
    made = [await store.articles.create(ASSIGNMENT) for _ in "abc"]
    for article, name in zip(made, "abc", strict=True):
        await store.articles.rename(article.id, name)
    await store.articles.pin(made[0].id, True)
    assert [(row.title, row.pinned) for row in await store.articles.summaries()] == [("a", True), ("c", False), ("b", False)]
    now = await store.articles.get(made[0].id)
    assert (now.pinned, now.updated_at, now.revision) == (True, made[0].updated_at, 0)
    await store.articles.pin(made[0].id, False)
    assert await titles(store) == ["c", "b", "a"]


async def test_a_deleted_article_is_away_until_it_is_brought_back(store: AnyStore) -> None:
    article = await written(store)
    articles, name = store.articles, article.id
    await articles.propose(name, [edit_of("e1", RAIN, "一夜", "整夜")])
    await articles.keep_partial(name, "key", Answer("x", "length"), begun=Begun("s2", "修"))
    before = await articles.get(name)
    await articles.delete(name)
    assert (await articles.summaries(), await articles.find(ASSIGNMENT)) == ([], None)
    assert [await kinds(store, query) for query in ("一把伞", "第一人称", "断了两根", "雨")] == [[], [], [], []]
    away: list[Callable[[], Awaitable[object]]] = [
        lambda: articles.get(name),
        lambda: articles.delete(name),
        lambda: articles.rename(name, "x"),
        lambda: articles.pin(name, True),
        lambda: articles.revise(name, "edited", texts=[new_text(FIRST, "别的。")]),
        lambda: articles.revisions(name),
        lambda: articles.at(name, 1),
        lambda: articles.restore(name, 1),
        lambda: articles.propose(name, []),
        lambda: articles.accept_edit(name, "e1"),
        lambda: articles.settle_edits(name, ["e1"], "rejected"),
        lambda: articles.set_titles(name, ["题"], ""),
        lambda: articles.steps(name),
        lambda: articles.partial(name, "key"),
        lambda: articles.keep_partial(name, "key", Answer("y", "length")),
        lambda: articles.finish_step(name, "key", Answer("y", "stop")),
        lambda: articles.add_job(name, "write"),
        lambda: articles.last_job(name),
        lambda: articles.costs(name),
    ]
    for call in away:
        with pytest.raises(NotFound, match="article_not_found"):
            await call()
    assert (await articles.create(ASSIGNMENT)).id != name
    await articles.undelete(name)
    await articles.undelete(name)
    assert await articles.get(name) == before
    assert (await articles.partial(name, "key"), await kinds(store, "断了两根")) == (Answer("x", "length"), ["section"])
    with pytest.raises(NotFound, match="article_not_found"):
        await articles.undelete("f" * 32)


async def test_a_job_of_an_article_that_was_deleted_still_ends(store: AnyStore) -> None:
    article = await written(store)
    job = await store.articles.add_job(article.id, "write")
    await store.articles.delete(article.id)
    await store.articles.keep_costs(job.id, [cost := SectionCost("s1", 2.0, 300, 0, 40)])
    await store.articles.finish_job(job.id, "cancelled")
    assert (await store.articles.job(job.id)).finish_reason == "cancelled"
    await store.articles.undelete(article.id)
    assert await store.articles.costs(article.id) == [cost]
