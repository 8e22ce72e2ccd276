"""What both stores do with articles and their revisions, example by example. `test_articles_agreement` adds that they do the same."""

from dataclasses import replace

import pytest

from hanmo.core.articles import Article, ArticleSummary, Edit, Plan, Revision, SectionText, article_text, words_of
from hanmo.core.errors import HanmoError, InvalidRequest, NotFound
from hanmo.core.flows.asks import Answer
from hanmo.core.text import count_words
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Begun
from tests.store.examples import ASSIGNMENT, FIRST, MENDED, PLAN, RAIN, SECOND, TEXTS, THIRD, edit_of, new_text

AnyStore = Store | MemoryStore


async def written(store: AnyStore, *, problem: str = "") -> Article:
    """A planned article whose first two sections are written: revisions 1, 2 and 3."""
    made = await store.articles.create(ASSIGNMENT)
    await store.articles.revise(made.id, "planned", plan=PLAN)
    await store.articles.revise(made.id, "written", texts=[new_text(FIRST, RAIN, problem=problem)], section_id="s1")
    return await store.articles.revise(made.id, "written", texts=[new_text(SECOND, MENDED)], section_id="s2")


def texts_of(article: Article) -> dict[str, str]:
    return {section_id: text.text for section_id, text in article.texts.items()}


def versions_of(article: Article) -> dict[str, int]:
    return {section_id: text.number for section_id, text in article.texts.items()}


# --------------------------------------------------------------------------------------------------------------- articles


async def test_a_new_article_has_its_assignment_and_nothing_else(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    assert await store.articles.get(made.id) == made
    assert made == Article(made.id, ASSIGNMENT, None, {}, created_at=made.created_at, updated_at=made.created_at)
    assert len(made.id) == 32 and int(made.id, 16) >= 0
    assert await store.articles.revisions(made.id) == []


async def test_an_article_that_is_opened_has_its_text_from_the_first_moment(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT, plan=PLAN, texts=[new_text(FIRST, RAIN), new_text(SECOND, MENDED)])
    assert await store.articles.get(made.id) == made
    assert (made.plan, made.revision, texts_of(made)) == (PLAN, 1, {"s1": RAIN, "s2": MENDED})
    assert [(r.number, r.kind) for r in await store.articles.revisions(made.id)] == [(1, "edited")]
    with pytest.raises(NotFound):
        await store.articles.create(ASSIGNMENT, plan=PLAN, texts=[new_text(replace(FIRST, id="s9"), RAIN)])
    assert [row.id for row in await store.articles.summaries()] == [made.id], "what is refused is not there in half"


@pytest.mark.parametrize("text", TEXTS)
async def test_every_text_comes_back_as_it_was(store: AnyStore, text: str) -> None:
    assignment = replace(ASSIGNMENT, brief=text, style=text, glossary=text, characters=text, facts=text)
    section = replace(FIRST, heading=text, points=(text, text), note=text)
    made = await store.articles.create(assignment)
    article = await store.articles.revise(
        made.id, "planned", plan=Plan(text, (section,), headed=False), texts=[new_text(section, text)]
    )
    await store.articles.set_titles(made.id, [text], text)
    await store.articles.propose(made.id, [Edit("e", "s1", 1, 0, len(text), text, text, "rewrite", reason=text)])
    await store.articles.finish_step(made.id, "key", Answer(text, "repeat", text, 7))
    found = await store.articles.get(made.id)
    assert (found.assignment, found.plan, found.texts, found.titles, found.summary) == (
        assignment,
        article.plan,
        {"s1": SectionText("s1", 1, text, 100, (text, text), "written")},
        (text,),
        text,
    )
    assert [(edit.before, edit.after, edit.reason, edit.state) for edit in found.edits] == [(text, text, text, "proposed")]
    assert await store.articles.steps(made.id) == {"key": Answer(text, "repeat", text, 7)}


async def test_articles_are_listed_newest_change_first_with_words_and_target(store: AnyStore) -> None:
    empty = await store.articles.create(ASSIGNMENT)
    begun = await written(store)
    whole = await written(store)
    await store.articles.revise(whole.id, "plan_edited", plan=replace(PLAN, sections=(SECOND, FIRST, replace(THIRD, skipped=True))))
    await store.articles.set_titles(empty.id, ["A title"], "A summary")
    summaries = await store.articles.summaries()
    assert [(each.id, each.title, each.target, each.planned, each.done) for each in summaries] == [
        (empty.id, "写一篇关于伞的短文。", 300, False, False),
        (whole.id, "一把伞", 220, True, True),
        (begun.id, "一把伞", 300, True, False),
    ]
    for summary in summaries:
        article = await store.articles.get(summary.id)
        assert (summary.words, summary.created_at, summary.updated_at) == (
            words_of(article),
            article.created_at,
            article.updated_at,
        )
    assert isinstance(summaries[0], ArticleSummary)
    assert summaries[2].words == count_words(f"一把伞 雨 {RAIN} 伞 {MENDED}")


async def test_the_list_tells_whether_there_is_text_of_a_section(store: AnyStore) -> None:
    article = await store.articles.create(ASSIGNMENT)
    await store.articles.revise(article.id, "planned", plan=PLAN)
    assert [row.begun for row in await store.articles.summaries()] == [False]
    await store.articles.keep_partial(article.id, "key", Answer("晴", "length"), begun=Begun("s1", "晴"))
    assert [row.begun for row in await store.articles.summaries()] == [True]
    await store.articles.revise((await written(store)).id, "plan_edited", plan=replace(PLAN, sections=(FIRST,)))
    assert [row.begun for row in await store.articles.summaries()] == [True, True]


async def test_a_changed_plan_asks_for_the_section_again_in_the_list_too(store: AnyStore) -> None:
    article = await written(store)
    short = replace(PLAN, sections=(FIRST, SECOND))
    await store.articles.revise(article.id, "plan_edited", plan=short)
    assert (await store.articles.summaries())[0].done
    for change in ({"points": ("别的",)}, {"words": 500}):
        await store.articles.revise(article.id, "plan_edited", plan=replace(short, sections=(replace(FIRST, **change), SECOND)))
        assert not (await store.articles.summaries())[0].done


async def test_an_article_is_found_by_exactly_its_assignment(store: AnyStore) -> None:
    assert await store.articles.find(ASSIGNMENT) is None
    older, newer = await store.articles.create(ASSIGNMENT), await store.articles.create(ASSIGNMENT)
    await store.articles.set_titles(older.id, [], "changed later")
    assert await store.articles.find(replace(ASSIGNMENT)) == newer.id
    others = {"seed": 1, "style": "", "brief": ASSIGNMENT.brief + " ", "words": 301, "format": "code", "preset": "", "sampling": {}}
    for other in ({name: value} for name, value in others.items()):
        assert await store.articles.find(replace(ASSIGNMENT, **other)) is None  # type: ignore[arg-type]


async def test_titles_and_summary_are_replaced(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    await store.articles.set_titles(made.id, ["one", "two"], "first")
    await store.articles.set_titles(made.id, ["three"], "second")
    article = await store.articles.get(made.id)
    assert (article.titles, article.summary, article.revision) == (("three",), "second", 0)
    assert article.updated_at > made.updated_at


async def test_unknown_ids_are_not_found(store: AnyStore) -> None:
    nobody = "f" * 32
    articles = store.articles
    answer = Answer("x", "stop")
    for call in (
        articles.get(nobody),
        articles.revise(nobody, "planned", plan=PLAN),
        articles.revisions(nobody),
        articles.at(nobody, 1),
        articles.restore(nobody, 1),
        articles.propose(nobody, []),
        articles.accept_edit(nobody, "e1"),
        articles.settle_edits(nobody, [], "rejected"),
        articles.set_titles(nobody, [], ""),
        articles.steps(nobody),
        articles.partial(nobody, "key"),
        articles.keep_partial(nobody, "key", answer),
        articles.finish_step(nobody, "key", answer),
        articles.add_job(nobody, "write"),
        articles.last_job(nobody),
        articles.costs(nobody),
        articles.rename(nobody, "x"),
        articles.pin(nobody, True),
        articles.delete(nobody),
        articles.undelete(nobody),
    ):
        await expect(NotFound("article_not_found", id=nobody), call)
    await expect(NotFound("job_not_found", id=nobody), articles.job(nobody))
    await expect(NotFound("job_not_found", id=nobody), articles.finish_job(nobody, "stop"))
    await expect(NotFound("job_not_found", id=nobody), articles.keep_costs(nobody, []))
    article = await written(store)
    for number in (0, -1, 4, 10**30):
        await expect(NotFound("revision_not_found", id=number), articles.at(article.id, number))
        await expect(NotFound("revision_not_found", id=number), articles.restore(article.id, number))
    for edit_id in (nobody, "\ud800"):
        await expect(NotFound("edit_not_found", id=edit_id), articles.accept_edit(article.id, edit_id))
        await expect(NotFound("edit_not_found", id=edit_id), articles.settle_edits(article.id, [edit_id], "rejected"))
    assert await articles.get(article.id) == article


async def expect(error: HanmoError, call: object) -> None:
    with pytest.raises(type(error)) as caught:
        await call  # type: ignore[misc]
    assert (caught.value.code, caught.value.params) == (error.code, error.params)


async def test_half_a_surrogate_pair_is_refused_everywhere_and_changes_nothing(store: AnyStore) -> None:
    bad, article = "half \ud800", await written(store)
    before = await store.articles.get(article.id), await store.articles.summaries()
    articles, edit = store.articles, edit_of("e1", RAIN, "一夜", "整夜")
    for call in (
        articles.create(replace(ASSIGNMENT, facts=bad)),
        articles.revise(article.id, "plan_edited", plan=replace(PLAN, title=bad)),
        articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(replace(FIRST, points=("x", bad)),))),
        articles.revise(article.id, "edited", texts=[new_text(FIRST, "good"), new_text(SECOND, bad)]),
        articles.propose(article.id, [edit, replace(edit, id="e2", after=bad)]),
        articles.set_titles(article.id, ["good", bad], ""),
        articles.set_titles(article.id, ["good"], bad),
        articles.keep_partial(article.id, "key", Answer(bad, "length")),
        articles.keep_partial(article.id, "key", Answer("good", "length"), begun=Begun("s3", bad)),
        articles.finish_step(article.id, "key", Answer("good", "repeat", bad)),
    ):
        await expect(InvalidRequest("text_not_unicode", position=6), call)
    assert (await store.articles.get(article.id), await store.articles.summaries()) == before
    assert (await articles.steps(article.id), await articles.partial(article.id, "key")) == ({}, None)
    assert await articles.find(replace(ASSIGNMENT, facts=bad)) is None


# -------------------------------------------------------------------------------------------------------------- revisions


async def test_each_change_is_a_revision_with_the_whole_state(store: AnyStore) -> None:
    article = await written(store)
    assert await store.articles.get(article.id) == article
    assert (article.plan, article.revision) == (PLAN, 3)
    assert article.texts == {
        "s1": SectionText("s1", 1, RAIN, 100, FIRST.points, "written"),
        "s2": SectionText("s2", 1, MENDED, 120, SECOND.points, "written"),
    }
    revisions = await store.articles.revisions(article.id)
    assert [(each.number, each.kind, each.section_id) for each in revisions] == [
        (3, "written", "s2"),
        (2, "written", "s1"),
        (1, "planned", None),
    ]
    times = [each.created_at for each in revisions]
    assert times == sorted(times, reverse=True) and times[0] == article.updated_at
    assert isinstance(revisions[0], Revision)


async def test_an_older_revision_is_as_it_was_without_edits(store: AnyStore) -> None:
    first = await written(store)
    await store.articles.keep_partial(first.id, "key", Answer("x", "length"), begun=Begun("s3", "晴了"))
    await store.articles.propose(first.id, [edit_of("e1", RAIN, "一夜", "整夜")])
    await store.articles.revise(first.id, "edited", texts=[new_text(FIRST, "新的。")], section_id="s1")
    await store.articles.set_titles(first.id, ["题"], "要点")
    now = await store.articles.get(first.id)
    for revision in await store.articles.revisions(first.id):
        then = await store.articles.at(first.id, revision.number)
        assert (then.edits, then.begun, then.titles, then.updated_at) == ((), {}, ("题",), now.updated_at)
        assert (then.revision, words_of(then)) == (revision.number, revision.words)
    old = await store.articles.at(first.id, 3)
    assert article_text(old) == article_text(first) != article_text(now)
    assert (await store.articles.at(first.id, 1)).texts == {}


async def test_texts_follow_the_plan_and_stay_in_older_revisions(store: AnyStore) -> None:
    article = await written(store)
    moved = await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(SECOND, THIRD)))
    assert texts_of(moved) == {"s2": MENDED}
    assert texts_of(await store.articles.at(article.id, 3)) == {"s1": RAIN, "s2": MENDED}
    turned = await store.articles.revise(
        article.id, "plan_edited", plan=replace(PLAN, sections=(THIRD, SECOND, FIRST)), texts=[new_text(THIRD, "晴。")]
    )
    assert list(turned.texts) == list((await store.articles.get(article.id)).texts) == ["s3", "s2"]


async def test_numbers_go_on_after_a_restore_and_after_a_section_was_gone(store: AnyStore) -> None:
    article = await written(store)
    second = await store.articles.revise(article.id, "rewritten", texts=[new_text(FIRST, "第二稿。")], section_id="s1")
    assert (versions_of(second), second.revision) == ({"s1": 2, "s2": 1}, 4)
    back = await store.articles.restore(article.id, 3)
    assert (texts_of(back), versions_of(back), back.plan, back.revision) == (texts_of(article), {"s1": 1, "s2": 1}, PLAN, 5)
    assert await store.articles.get(article.id) == back
    third = await store.articles.revise(article.id, "rewritten", texts=[new_text(FIRST, "第三稿。")], section_id="s1")
    assert (versions_of(third), third.revision) == ({"s1": 3, "s2": 1}, 6)
    await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(SECOND,)))
    anew = await store.articles.revise(article.id, "written", plan=PLAN, texts=[new_text(FIRST, "第四稿。")])
    assert versions_of(anew) == {"s1": 4, "s2": 1}
    assert texts_of(await store.articles.at(article.id, 4))["s1"] == "第二稿。"
    assert [(each.number, each.kind) for each in await store.articles.revisions(article.id)][3] == (5, "restored")


async def test_two_texts_of_a_section_in_one_revision_are_two_versions(store: AnyStore) -> None:
    article = await written(store)
    after = await store.articles.revise(article.id, "edited", texts=[new_text(FIRST, "a"), new_text(FIRST, "b")])
    assert (texts_of(after)["s1"], versions_of(after)["s1"]) == ("b", 3)
    assert await store.articles.get(article.id) == after


async def test_a_text_without_a_place_in_the_plan_is_refused(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    await expect(NotFound("section_not_found", id="s1"), store.articles.revise(made.id, "edited", texts=[new_text(FIRST, "x")]))
    article = await written(store)
    late = new_text(replace(FIRST, id="s9"), "x")
    await expect(
        NotFound("section_not_found", id="s9"), store.articles.revise(article.id, "edited", texts=[new_text(FIRST, "y"), late])
    )
    assert await store.articles.get(article.id) == article


async def test_a_restored_first_revision_has_no_text(store: AnyStore) -> None:
    article = await written(store)
    await store.articles.keep_partial(article.id, "key", Answer("晴", "length"), begun=Begun("s3", "晴"))
    assert (await store.articles.restore(article.id, 1)).texts == {}
    assert (await store.articles.get(article.id)).begun == {"s3": "晴"}
    assert (await store.articles.restore(article.id, 3)).texts == article.texts
