"""Articles at the desk: planned and changed by hand, refused where it cannot be, and compacted where the context is too small."""

from dataclasses import replace
from itertools import pairwise

import pytest

from hanmo.core.articles import Section, article_text
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from tests.work.novelist import novelist
from tests.work.studio import Pen, sections, studio

FOUR = (60, 90, 90, 60)
IN_THE_SECOND = 100
"""Pieces: 76 are the first section's."""


# ------------------------------------------------------------------------------------------------------------------ plan edits


async def test_a_plan_is_changed_before_anything_is_written() -> None:
    async with studio() as s:
        article_id = await s.planned(45, 60)
        first, second = await s.plan_of(article_id)
        added = Section("", "新的一节", ("新的要点",), 45)
        await s.desk.set_plan(article_id, " 山水 ", True, [second, added, first])
        plan = (await s.get(article_id)).plan
        assert plan is not None
        assert (plan.title, plan.headed, [section.id for section in plan.sections]) == ("山水", True, ["s2", "s3", "s1"])
        await s.write(article_id)
        assert (await s.view(article_id)).text.startswith("# 山水\n\n## 第乙节\n\n")


async def test_ids_that_nobody_knows_or_that_come_twice_are_given_anew() -> None:
    async with studio() as s:
        article_id = await s.planned(45, 60)
        first, second = await s.plan_of(article_id)
        await s.change(article_id, [first, first, replace(second, id="../x"), second])
        ids = [section.id for section in await s.plan_of(article_id)]
        assert ids == ["s1", "s3", "s4", "s2"]


async def test_waiting_sections_may_change_while_one_is_written() -> None:
    async with studio() as s:
        article_id = await s.planned(*FOUR)
        job = await s.held(article_id, IN_THE_SECOND)
        one, two, three, four = await s.plan_of(article_id)
        added = Section("", "新的一节", ("新的要点",), 45)
        await s.change(article_id, [one, two, replace(four, points=("另一个要点",)), added])
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
        article = await s.get(article_id)
        assert list(article.texts) == ["s1", "s2", "s4", "s5"]
        assert article.texts["s4"].points == ("另一个要点",)
        assert three.id not in article.texts
        assert s.engine.num_sections_written() == 4


async def test_the_section_in_flight_may_be_moved_but_not_changed() -> None:
    async with studio() as s:
        article_id = await s.planned(*FOUR)
        job = await s.held(article_id, IN_THE_SECOND)
        one, two, three, four = plan = await s.plan_of(article_id)
        for refused in ([one, three, four], *([one, changed, three, four] for changed in changes(two))):
            with pytest.raises(Conflict, match="section_in_flight"):
                await s.change(article_id, refused)
        with pytest.raises(Conflict, match="section_in_flight"):
            await s.desk.set_text(article_id, "s2", "我自己写。")
        assert await s.plan_of(article_id) == plan
        await s.change(article_id, [two, one, four, three])
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
        assert list((await s.get(article_id)).texts) == ["s2", "s1", "s4", "s3"]


def changes(section: Section) -> list[Section]:
    return [
        replace(section, heading="别的"),
        replace(section, points=("别的",)),
        replace(section, words=61),
        replace(section, note="别的"),
        replace(section, skipped=True),
    ]


async def test_afterwards_only_what_was_changed_is_written_anew() -> None:
    async with studio() as s:
        article_id = await s.written(*FOUR)
        before = (await s.get(article_id)).texts
        one, two, three, four = await s.plan_of(article_id)
        num_requests = s.engine.num_sections_written()
        await s.change(article_id, [four, replace(one, heading="改了名的一节"), replace(two, points=("另一个要点",)), three])
        view = await s.view(article_id)
        assert view.state == "paused"
        assert [each.state for each in view.sections] == ["written", "written", "waiting", "written"]
        assert view.sections[2].text == before["s2"].text, "the old text is shown until there is a new one"
        assert (await s.write(article_id)).finish_reason == "stop"
        after = (await s.get(article_id)).texts
        assert {key: text for key, text in after.items() if key != "s2"} == {
            key: text for key, text in before.items() if key != "s2"
        }
        assert after["s2"].number == 2
        assert after["s2"].text != before["s2"].text
        assert s.engine.num_sections_written() == num_requests + 1


async def test_a_section_that_is_removed_is_in_the_older_revisions_and_comes_back_by_restore() -> None:
    async with studio() as s:
        article_id = await s.written(45, 60, 45)
        whole = await s.get(article_id)
        one, _, three = await s.plan_of(article_id)
        await s.change(article_id, [one, three])
        view = await s.view(article_id)
        assert view.state == "done"
        assert list((await s.get(article_id)).texts) == ["s1", "s3"]
        old, revision = await s.desk.at(article_id, whole.revision)
        assert (old.texts, revision.kind) == (whole.texts, "written")
        await s.desk.restore(article_id, whole.revision)
        back = await s.get(article_id)
        assert (back.plan, back.texts, back.revision) == (whole.plan, whole.texts, whole.revision + 2)
        assert [each.kind for each in (await s.view(article_id)).revisions[:2]] == ["restored", "plan_edited"]
        with pytest.raises(NotFound, match="revision_not_found"):
            await s.desk.restore(article_id, 99)


async def test_a_plan_is_made_anew_only_where_no_text_is_left_behind_or_it_is_said_so() -> None:
    async with studio() as s:
        article_id = await s.new(600)
        for _ in range(2):
            await s.end(await s.desk.plan(article_id))
        seeds = [request.sampling.seed for request in s.engine.requests]
        assert len(set(seeds)) == 2, "another plan, not the stored one"
        await s.write(article_id)
        with pytest.raises(Conflict, match="article_has_text"):
            await s.desk.plan(article_id)
        written = await s.get(article_id)
        assert (await s.end(await s.desk.plan(article_id, anew=True))).finish_reason == "stop"
        assert (await s.desk.at(article_id, written.revision))[0].texts == written.texts
        anew = await s.view(article_id)
        assert (anew.state, [each.text for each in anew.sections]) == ("planned", [""] * len(anew.sections))


async def test_what_is_begun_when_a_plan_is_made_anew_stays_in_the_revisions() -> None:
    async with studio() as s:
        article_id = await s.planned(300, 300)
        await s.desk.jobs.stop((await s.held(article_id, 60)).id)
        s.engine.go_on()
        begun = (await s.get(article_id)).begun["s1"]
        assert begun
        await s.end(await s.desk.plan(article_id, anew=True))
        article = await s.get(article_id)
        assert (article.begun, article.texts) == ({}, {})
        before = (await s.desk.at(article_id, article.revision - 1))[0]
        assert before.texts["s1"].text == begun


async def test_while_a_plan_is_made_it_is_not_changed() -> None:
    async with studio() as s:
        article_id = await s.new(600)
        job = await s.held(article_id, 5, plan=True)
        with pytest.raises(Conflict, match="article_writing"):
            await s.change(article_id, sections(45))
        s.engine.go_on()
        await s.end(job)


# -------------------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "plan_empty"),
        ([replace(sections(45)[0], skipped=True)], "plan_empty"),
        (sections(45) * 201, "plan_too_long"),
        (sections(29), "words_out_of_range"),
        (sections(-5), "words_out_of_range"),
        (sections(60_001), "words_out_of_range"),
        (sections(30_000, 30_001), "words_out_of_range"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_and_the_old_one_stays(given: list[Section], code: str) -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        before = await s.get(article_id)
        with pytest.raises(InvalidRequest, match=code):
            await s.change(article_id, given)
        assert await s.get(article_id) == before


async def test_two_hundred_sections_are_not_too_many() -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        await s.change(article_id, sections(45) * 200)
        assert len({section.id for section in await s.plan_of(article_id)}) == 200


async def test_a_brief_longer_than_half_of_the_context_is_refused() -> None:
    async with studio(Pen(n_ctx=1024)) as s:
        article_id = await s.new(600, brief="写一篇游记，" + "写山写水，" * 130)
        for job in (await s.desk.plan(article_id), await s.desk.write(await s.planned(60, brief="写山写水，" * 130))):
            end = await s.end(job)
            assert end.finish_reason == "error"
            assert end.problem is not None
            assert end.problem.code == "brief_too_long"
            assert end.problem.params["limit"] == 512
            assert int(end.problem.params["tokens"]) > 512
        assert s.engine.requests == []


async def test_a_section_longer_than_the_context_is_refused_and_what_is_written_stays() -> None:
    async with studio(Pen(n_ctx=1024)) as s:
        article_id = await s.planned(60, 900, 60)
        end = await s.write(article_id)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "section_too_long")
        assert end.problem is not None and end.problem.params["number"] == 2
        assert 600 < int(end.problem.params["limit"]) < 900 == end.problem.params["words"]
        assert set(await s.texts(article_id)) == {"s1"}
        await s.change(article_id, sections(60, 450, 450, 60))
        assert (await s.write(article_id)).finish_reason == "stop"


async def test_what_is_not_there_is_not_found() -> None:
    async with studio() as s:
        article_id = await s.written(45)
        for unknown in (
            s.desk.rewrite(article_id, "s9", "anew", "", None, None),
            s.desk.suggest(article_id, "polish", "s9"),
            s.desk.set_text(article_id, "s9", "字"),
        ):
            with pytest.raises(NotFound, match="section_not_found"):
                await unknown
        for missing in (
            s.desk.view("x"),
            s.desk.write("x"),
            s.desk.plan("x"),
            s.desk.title("x"),
            s.desk.pause("x"),
            s.desk.restore("x", 1),
            s.desk.rename("x", "y"),
            s.desk.pin("x", True),
            s.desk.delete("x"),
            s.desk.undelete("x"),
        ):
            with pytest.raises(NotFound, match="article_not_found"):
                await missing


async def test_what_is_not_written_is_not_edited() -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        for refused in (
            s.desk.rewrite(article_id, "s1", "anew", "", None, None),
            s.desk.suggest(article_id, "proofread", None),
            s.desk.title(article_id),
        ):
            with pytest.raises(Conflict, match="article_not_written"):
                await refused


# ----------------------------------------------------------------------------------------------------------- a context too small


@pytest.mark.parametrize("words", [80, 120])
async def test_an_article_longer_than_the_context_is_written_to_its_end_and_it_is_said(words: int) -> None:
    engine = Pen(lambda prompt: novelist(prompt).replace("\n\n", "").replace("。", "。\n\n"), n_ctx=1024)
    async with studio(engine) as s:
        article_id = await s.written(*[words] * 8)
        view = await s.view(article_id)
        assert (view.state, view.problem) == ("done", None)
        assert [each.state for each in view.sections] == ["written"] * 8
        assert all(len(request.prompt_ids) + words <= 1024 for request in engine.requests)
        assert "前面已写好的部分（摘要）" in engine.prompts()[-1]
        compacted = [finding for finding in view.findings if finding.kind == "compacted"]
        assert len(compacted) == 1
        assert 0 < int(compacted[0].params["sections"]) < 8
        sizes = [len(request.prompt_ids) for request in engine.requests]
        assert max(sizes) + words > 0.7 * 1024, "nothing is left out before it must be"
        assert sum(after < before for before, after in pairwise(sizes)) <= 4, "and then enough for more than one section"


async def test_an_article_that_fits_is_given_whole() -> None:
    async with studio() as s:
        view = await s.view(await s.written(120, 120))
        assert "compacted" not in [finding.kind for finding in view.findings]
        assert article_text(view.article) == view.text


async def test_files_that_are_given_in_short_are_said_to_be() -> None:
    async with studio(Pen(n_ctx=2000)) as s:
        article_id = await s.planned(300, 300, format="code")
        await s.desk.set_text(article_id, "s1", "山" * 1000)
        await s.write(article_id)
        assert "前面已写好的部分（摘要）" in s.engine.prompts()[0]
        assert [each.params for each in (await s.view(article_id)).findings if each.kind == "compacted"] == [{"sections": 1}]
