"""What both stores do with an article's edits, steps and jobs, example by example."""

from dataclasses import replace
from typing import Literal

import pytest

from hanmo.core.articles import Article, Edit, EditKind
from hanmo.core.errors import Conflict
from hanmo.core.flows.asks import Answer
from hanmo.core.values import Problem
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Begun, JobRecord, SectionCost
from tests.store.examples import ASSIGNMENT, FIRST, MENDED, PLAN, RAIN, SECOND, edit_of, new_text
from tests.store.test_articles_contract import expect, texts_of, versions_of, written

AnyStore = Store | MemoryStore
NIGHT = edit_of("night", RAIN, "一夜", "整整一夜")
BONES = edit_of("bones", RAIN, "断了两根", "断了")
OVER = edit_of("over", RAIN, "夜。伞", "夜，伞")
OTHER = edit_of("other", MENDED, "修好了", "修好", section_id="s2")


async def proposed(store: AnyStore, *edits: Edit, problem: str = "") -> Article:
    article = await written(store, problem=problem)
    await store.articles.propose(article.id, edits)
    return await store.articles.get(article.id)


def states(article: Article) -> dict[str, str]:
    return {edit.id: edit.state for edit in article.edits}


# ------------------------------------------------------------------------------------------------------------------ edits


async def test_edits_are_kept_in_order_in_the_state_they_have(store: AnyStore) -> None:
    given = (OTHER, replace(NIGHT, state="rejected"), BONES, replace(OVER, state="accepted"))
    article = await proposed(store, *given)
    assert article.edits == given
    assert article.revision == 3


async def test_an_edit_that_is_there_already_stays_as_it_is(store: AnyStore) -> None:
    article = await proposed(store, NIGHT, NIGHT, BONES)
    await store.articles.settle_edits(article.id, ["night"], "rejected")
    await store.articles.propose(article.id, [replace(BONES, after="折了"), NIGHT, OTHER])
    after = await store.articles.get(article.id)
    assert after.edits == (replace(NIGHT, state="rejected"), BONES, OTHER)


@pytest.mark.parametrize(
    "change",
    [{"number": 2}, {"number": 0}, {"section_id": "s3"}, {"start": 4}, {"end": 9**9}, {"before": "整夜"}, {"start": -9}],
    ids=str,
)
async def test_an_edit_of_a_text_that_is_not_there_is_stale(store: AnyStore, change: dict[str, int | str]) -> None:
    article = await proposed(store, replace(NIGHT, **change))  # type: ignore[arg-type]
    assert states(article) == {"night": "stale"}


async def test_an_accepted_edit_makes_a_version_and_moves_the_others(store: AnyStore) -> None:
    article = await proposed(store, BONES, OVER, NIGHT, OTHER, problem="repeats")
    after = await store.articles.accept_edit(article.id, "night")
    assert await store.articles.get(article.id) == after
    text = "雨下了整整一夜。伞骨断了两根。"
    assert after.texts["s1"] == replace(article.texts["s1"], number=2, text=text, made_by="polished")
    assert after.texts["s1"].problem == "repeats"
    assert after.texts["s2"] == article.texts["s2"]
    assert after.edits == (
        replace(BONES, number=2, start=BONES.start + 2, end=BONES.end + 2),
        replace(OVER, state="stale"),
        replace(NIGHT, state="accepted"),
        OTHER,
    )
    (newest, *_) = await store.articles.revisions(article.id)
    assert (newest.number, newest.kind, newest.section_id) == (4, "polished", "s1")
    both = await store.articles.accept_edit(article.id, "bones")
    assert (texts_of(both)["s1"], versions_of(both)["s1"]) == ("雨下了整整一夜。伞骨断了。", 3)


@pytest.mark.parametrize(("kind", "made_by"), [("polish", "polished"), ("proofread", "proofread"), ("rewrite", "rewritten")])
async def test_the_kind_of_an_edit_says_what_made_the_text(
    store: AnyStore, kind: EditKind, made_by: Literal["polished", "proofread", "rewritten"]
) -> None:
    article = await proposed(store, replace(NIGHT, kind=kind))
    after = await store.articles.accept_edit(article.id, "night")
    assert after.texts["s1"].made_by == made_by
    assert (await store.articles.revisions(article.id))[0].kind == made_by


async def test_replacing_the_whole_text_ends_its_problem(store: AnyStore) -> None:
    article = await proposed(store, Edit("all", "s1", 1, 0, len(RAIN), RAIN, "好。", "rewrite"), problem="too_short")
    assert article.texts["s1"].problem == "too_short"
    after = await store.articles.accept_edit(article.id, "all")
    assert (after.texts["s1"].text, after.texts["s1"].problem) == ("好。", "")


async def test_an_edit_is_settled_once(store: AnyStore) -> None:
    article = await proposed(store, NIGHT, BONES, OVER)
    await store.articles.accept_edit(article.id, "night")
    await store.articles.settle_edits(article.id, ["bones"], "rejected")
    before = await store.articles.get(article.id)
    assert states(before) == {"night": "accepted", "bones": "rejected", "over": "stale"}
    for edit_id in ("night", "bones", "over"):
        await expect(Conflict("edit_settled", id=edit_id), store.articles.accept_edit(article.id, edit_id))
    await store.articles.settle_edits(article.id, ["night", "bones", "over"], "stale")
    after = await store.articles.get(article.id)
    assert (after.edits, after.revision, after.texts) == (before.edits, before.revision, before.texts)


async def test_a_new_version_makes_the_sections_edits_stale_and_no_others(store: AnyStore) -> None:
    article = await proposed(store, NIGHT, replace(BONES, state="rejected"), OTHER)
    await store.articles.revise(article.id, "edited", texts=[new_text(FIRST, RAIN)], section_id="s1")
    now = await store.articles.get(article.id)
    assert states(now) == {"night": "stale", "bones": "rejected", "other": "proposed"}
    await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(FIRST,)))
    assert states(await store.articles.get(article.id)) == {"night": "stale", "bones": "rejected", "other": "stale"}


async def test_another_plan_leaves_edits_of_unchanged_texts(store: AnyStore) -> None:
    article = await proposed(store, NIGHT, OTHER)
    await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, title="别的", sections=(SECOND, FIRST)))
    assert states(await store.articles.get(article.id)) == {"night": "proposed", "other": "proposed"}
    assert texts_of(await store.articles.accept_edit(article.id, "other"))["s2"] == "他修好伞。"


async def test_after_a_restore_nothing_is_proposed(store: AnyStore) -> None:
    article = await proposed(store, NIGHT, OTHER)
    await store.articles.accept_edit(article.id, "night")
    assert states(await store.articles.restore(article.id, 3)) == {"night": "accepted", "other": "stale"}
    assert states(await store.articles.get(article.id)) == {"night": "accepted", "other": "stale"}


async def test_an_edit_accepted_after_a_restore_has_a_number_of_its_own(store: AnyStore) -> None:
    article = await proposed(store, NIGHT)
    await store.articles.accept_edit(article.id, "night")
    await store.articles.restore(article.id, 3)
    await store.articles.propose(article.id, [BONES])
    after = await store.articles.accept_edit(article.id, "bones")
    assert (texts_of(after)["s1"], versions_of(after)["s1"]) == ("雨下了一夜。伞骨断了。", 3)
    assert texts_of(await store.articles.at(article.id, 4))["s1"] == "雨下了整整一夜。伞骨断了两根。"


# ------------------------------------------------------------------------------------------------------------------ steps


async def test_an_unfinished_step_is_kept_until_it_is_finished(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    assert await store.articles.partial(made.id, "k") is None
    for text, words in (("一句。", None), ("一句。又一句。", 40)):
        await store.articles.keep_partial(made.id, "k", Answer(text, "stop", "", words))
        assert await store.articles.partial(made.id, "k") == Answer(text, "length", "", words)
    assert await store.articles.steps(made.id) == {}
    whole = Answer("一句。又一句。完。", "repeat", "一句", 60)
    await store.articles.finish_step(made.id, "k", whole)
    assert await store.articles.partial(made.id, "k") is None
    assert await store.articles.steps(made.id) == {"k": whole}


@pytest.mark.parametrize("end", ["stop", "enough", "repeat", "heading", "length", "skipped"])
async def test_a_finished_step_never_changes(store: AnyStore, end: Literal["stop", "enough"]) -> None:
    made, first = await store.articles.create(ASSIGNMENT), Answer("第一次", end)
    await store.articles.finish_step(made.id, "k", first)
    await store.articles.finish_step(made.id, "k", Answer("第二次", "stop", "x", 9))
    await store.articles.keep_partial(made.id, "k", Answer("第三次", "length"))
    assert await store.articles.steps(made.id) == {"k": first}
    assert await store.articles.partial(made.id, "k") is None


async def test_steps_are_an_articles_own_and_leave_it_as_it_is(store: AnyStore) -> None:
    mine, other = await store.articles.create(ASSIGNMENT), await store.articles.create(ASSIGNMENT)
    await store.articles.finish_step(mine.id, "k", Answer("mine", "stop"))
    await store.articles.keep_partial(other.id, "k", Answer("other", "length"))
    assert await store.articles.steps(mine.id) == {"k": Answer("mine", "stop")}
    assert await store.articles.steps(other.id) == {}
    assert await store.articles.partial(other.id, "k") == Answer("other", "length")
    assert [await store.articles.get(each.id) for each in (mine, other)] == [mine, other]


async def test_a_begun_section_shows_its_text_until_it_has_a_version(store: AnyStore) -> None:
    article = await written(store)
    for text in ("天晴。", "天晴。伞收。"):
        await store.articles.keep_partial(article.id, "k", Answer(text, "length"), begun=Begun("s3", text))
        assert (await store.articles.get(article.id)).begun == {"s3": text}
    await store.articles.keep_partial(article.id, "k1", Answer("又", "length"), begun=Begun("s1", "又"))
    await store.articles.keep_partial(article.id, "k1", Answer("又一", "length"))
    await store.articles.finish_step(article.id, "k", Answer("天晴。伞收。", "enough"))
    now = await store.articles.get(article.id)
    assert (list(now.begun.items()), now.texts) == ([("s1", "又"), ("s3", "天晴。伞收。")], article.texts)
    after = await store.articles.revise(article.id, "written", texts=[new_text(PLAN.sections[2], "天晴。伞收。")], section_id="s3")
    assert after.begun == {"s1": "又"}
    gone = await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(SECOND,)))
    assert gone.begun == {}
    assert (await store.articles.revise(article.id, "plan_edited", plan=PLAN)).begun == {}
    assert (await store.articles.get(article.id)).begun == {}


async def test_what_is_begun_of_no_section_of_the_plan_is_not_shown_later(store: AnyStore) -> None:
    article = await written(store)
    await store.articles.revise(article.id, "plan_edited", plan=replace(PLAN, sections=(FIRST,)))
    await store.articles.keep_partial(article.id, "k", Answer("x", "length"), begun=Begun("s2", "late"))
    await store.articles.revise(article.id, "plan_edited", plan=PLAN)
    assert (await store.articles.get(article.id)).begun == {}
    assert await store.articles.partial(article.id, "k") == Answer("x", "length")


# ------------------------------------------------------------------------------------------------------------------- jobs


async def test_a_job_is_unfinished_until_it_is_finished_once(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    assert await store.articles.last_job(made.id) is None
    job = await store.articles.add_job(made.id, "write")
    assert job == JobRecord(job.id, made.id, "write", None, None, job.created_at)
    assert await store.articles.job(job.id) == await store.articles.last_job(made.id) == job
    problem = Problem("engine_lost", {"signal": 9, "after_s": 1.5, "name": "内存"})
    finished = await store.articles.finish_job(job.id, "error", problem)
    assert finished == replace(job, finish_reason="error", problem=problem)
    assert await store.articles.finish_job(job.id, "stop") == finished
    assert await store.articles.job(job.id) == finished


async def test_what_a_job_has_cost_is_kept_until_it_is_finished_and_told_of_all_jobs_of_the_article(store: AnyStore) -> None:
    made, other = await store.articles.create(ASSIGNMENT), await store.articles.create(ASSIGNMENT)
    assert await store.articles.costs(made.id) == []
    plan, write = await store.articles.add_job(made.id, "plan"), await store.articles.add_job(made.id, "write")
    await store.articles.keep_costs((await store.articles.add_job(other.id, "plan")).id, [SectionCost(None, 9.0, 9, 9, 9)])
    whole, first, second = (
        SectionCost(None, 1.5, 300, 0, 80),
        SectionCost("s1", 20.25, 60, 380, 200),
        SectionCost("s2", 18.0, 70, 640, 190),
    )
    await store.articles.keep_costs(write.id, [first])
    await store.articles.keep_costs(plan.id, [whole])
    await store.articles.keep_costs(write.id, [first, second])
    assert await store.articles.costs(made.id) == [whole, first, second], "in the order the jobs were begun"
    finished = await store.articles.finish_job(write.id, "stop")
    assert finished.costs == (first, second)
    await store.articles.keep_costs(write.id, [])
    assert await store.articles.job(write.id) == finished
    await store.articles.interrupt_jobs()
    assert (await store.articles.job(plan.id)).costs == (whole,)


async def test_the_last_job_is_the_one_begun_last(store: AnyStore) -> None:
    made, other = await store.articles.create(ASSIGNMENT), await store.articles.create(ASSIGNMENT)
    first, second = await store.articles.add_job(made.id, "plan"), await store.articles.add_job(made.id, "write")
    await store.articles.add_job(other.id, "title")
    await store.articles.finish_job(first.id, "stop")
    assert await store.articles.last_job(made.id) == second


async def test_jobs_that_are_left_unfinished_become_interrupted(store: AnyStore) -> None:
    made = await store.articles.create(ASSIGNMENT)
    jobs = [await store.articles.add_job(made.id, kind) for kind in ("plan", "write", "polish")]
    await store.articles.finish_job(jobs[0].id, "stop")
    assert await store.articles.interrupt_jobs() == 2
    assert [(await store.articles.job(job.id)).finish_reason for job in jobs] == ["stop", "interrupted", "interrupted"]
    assert await store.articles.interrupt_jobs() == 0
