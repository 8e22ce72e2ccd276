"""The whole text at the desk: saved as one, by sections; refused where it became another, or while the model writes."""

from dataclasses import replace

import pytest

from hanmo.core.articles import Finding, Section
from hanmo.core.errors import Conflict, InvalidRequest
from tests.work.novelist import novelist
from tests.work.studio import Pen, Studio, studio

TEXT = "# 山水\n\n## 清晨\n\n雾起了。\n\n## 黄昏\n\n钟响了。\n"


async def headed(s: Studio) -> str:
    """An article of two sections with headings, written by hand."""
    article_id = await s.new(200)
    sections = [Section("", "清晨", ("雾",), 100), Section("", "黄昏", ("钟",), 100)]
    await s.desk.set_plan(article_id, "山水", True, sections)
    await save(s, article_id, TEXT)
    return article_id


async def save(s: Studio, article_id: str, text: str) -> None:
    await s.desk.set_manuscript(article_id, text, (await s.get(article_id)).revision)


async def test_a_whole_text_is_kept_by_sections_in_one_revision() -> None:
    async with studio() as s:
        article_id = await headed(s)
        view = await s.view(article_id)
        assert (view.text, view.state) == (TEXT, "done")
        assert await s.texts(article_id) == {"s1": "雾起了。", "s2": "钟响了。"}
        assert [(r.kind, r.section_id) for r in view.revisions] == [("edited", None), ("plan_edited", None)]
        before = view.article.revision
        await save(s, article_id, TEXT.replace("钟响了", "钟声远了"))
        article = await s.get(article_id)
        assert article.revision == before + 1
        assert (article.texts["s1"].number, article.texts["s2"].number) == (1, 2)
        assert article.texts["s2"].made_by == "edited"


async def test_what_changes_nothing_makes_no_revision() -> None:
    async with studio() as s:
        article_id = await headed(s)
        before = await s.get(article_id)
        await s.desk.set_manuscript(article_id, TEXT, 0)
        await save(s, article_id, TEXT.replace("\n\n", "\n\n\n"))
        assert await s.get(article_id) == before


async def test_of_two_who_write_the_second_is_told_and_loses_nothing() -> None:
    async with studio() as s:
        article_id = await headed(s)
        base = (await s.get(article_id)).revision
        first, second = TEXT.replace("雾起了", "雾散了"), TEXT.replace("钟响了", "钟停了")
        await s.desk.set_manuscript(article_id, first, base)
        with pytest.raises(Conflict, match="article_changed") as refused:
            await s.desk.set_manuscript(article_id, second, base)
        assert refused.value.params == {"revision": base + 1, "text": first}
        assert (await s.view(article_id)).text == first
        await s.desk.set_manuscript(article_id, first, base)  # what stands there already is no conflict
        await s.desk.set_manuscript(article_id, second, base + 1)
        assert (await s.view(article_id)).text == second


async def test_a_section_whose_heading_goes_comes_back_with_it_and_with_its_points() -> None:
    async with studio() as s:
        article_id = await headed(s)
        await save(s, article_id, "# 山水\n\n## 黄昏\n\n钟响了。\n")
        assert [(p.id, p.skipped) for p in await s.plan_of(article_id)] == [("s1", True), ("s2", False)]
        await save(s, article_id, TEXT)
        assert [(p.id, p.skipped, p.points) for p in await s.plan_of(article_id)] == [
            ("s1", False, ("雾",)),
            ("s2", False, ("钟",)),
        ]
        assert (await s.get(article_id)).texts["s1"].number == 1, "its text is still there"


async def test_what_is_begun_stays_begun_until_it_is_changed() -> None:
    async with studio() as s:
        article_id = await s.planned(60, 60)
        job = await s.held(article_id, 60)
        with pytest.raises(Conflict, match="article_writing"):
            await s.desk.set_manuscript(article_id, "我来。", 1)
        s.engine.hold_at = None
        await s.desk.pause(article_id)
        assert (await s.end(job)).finish_reason == "cancelled"
        view = await s.view(article_id)
        assert (await s.get(article_id)).begun.keys() == {"s1"} and view.state == "paused"
        await save(s, article_id, view.text + "\n\n")
        assert (await s.get(article_id)).begun.keys() == {"s1"}
        await save(s, article_id, (await s.view(article_id)).text + "我接着写。")
        article = await s.get(article_id)
        assert (article.begun, article.texts["s1"].made_by) == ({}, "edited")
        assert article.next_section() == (await s.plan_of(article_id))[1]


async def test_an_article_without_a_plan_gets_one_from_its_text() -> None:
    async with studio() as s:
        article_id = await s.new(200)
        await save(s, article_id, TEXT)
        view = await s.view(article_id)
        assert (view.text, view.state, view.article.title) == (TEXT, "done", "山水")


async def test_more_sections_than_a_plan_may_have_are_refused() -> None:
    async with studio() as s:
        article_id = await headed(s)
        text = "".join(f"## 第{n}节\n\n字\n\n" for n in range(201))
        with pytest.raises(InvalidRequest, match="plan_too_long"):
            await save(s, article_id, text)


async def test_edits_of_a_section_that_is_saved_as_it_is_stay_proposed() -> None:
    async with studio() as s:
        article_id = await headed(s)
        job = await s.desk.rewrite(article_id, "s1", "continue", "", None, None)
        assert (await s.end(job)).finish_reason == "stop"
        (edit,) = (await s.get(article_id)).edits
        assert edit.after.startswith("雾起了。") and len(edit.after) > 60
        await save(s, article_id, TEXT.replace("钟响了", "钟声远了"))
        assert (await s.get(article_id)).edits == (edit,)
        await save(s, article_id, TEXT.replace("雾起了", "雾散了"))
        assert (await s.get(article_id)).edits == (replace(edit, state="stale"),)


async def test_a_rewrite_as_the_writer_says_needs_a_word() -> None:
    async with studio() as s:
        article_id = await headed(s)
        with pytest.raises(InvalidRequest, match="instruction_empty"):
            await s.desk.rewrite(article_id, "s1", "own", " ", None, None)


async def test_what_the_review_found_is_found_once_for_each_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    async with studio() as s:
        article_id = await headed(s)
        seen: list[int] = []

        def noted(revision: int) -> tuple[Finding, ...]:
            seen.append(revision)
            return ()

        monkeypatch.setattr("hanmo.work.articles.review", lambda article: noted(article.revision))
        for _ in range(3):
            await s.view(article_id)
        await save(s, article_id, TEXT.replace("雾", "霞"))
        await s.view(article_id)
        revision = (await s.get(article_id)).revision
        assert seen[-1] == revision and len(seen) == len(set(seen))


async def test_of_an_outline_that_is_opened_the_empty_sections_are_to_be_written_and_the_others_stay() -> None:
    async with studio(Pen(novelist)) as s:
        there = "雾起了，山里很静。" * 20
        outline = f"# 山水\n\n## 清晨\n\n## 正午\n\n{there}\n\n## 黄昏\n"
        article_id = await s.desk.open(outline, "稿", 1)
        view = await s.view(article_id)
        assert (view.text, view.state) == (outline, "paused"), "the headings stand there, and something is missing"
        assert [(e.state, e.section.words) for e in view.sections] == [("waiting", 140), ("written", 140), ("waiting", 140)]
        assert [state for _, state in await s.desk.summaries()] == ["paused"]
        await s.desk.set_manuscript(article_id, outline.replace("清晨", "破晓"), view.article.revision)
        assert (await s.view(article_id)).state == "paused", "another heading writes nothing"
        await s.end(await s.desk.write(article_id))
        view = await s.view(article_id)
        assert view.state == "done"
        assert [each.state for each in view.sections] == ["written"] * 3
        assert view.sections[1].text == there
        assert all(len(each.text) > 80 for each in view.sections)
    async with studio() as s:
        headings = "## 一\n\n## 二\n"
        view = await s.view(await s.desk.open(headings, "稿", 1))
        assert (view.text, view.state, view.target) == (headings, "paused", 600)
