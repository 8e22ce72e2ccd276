"""Edits at the desk: proposed, taken over or left one by one, and stale as soon as their text is another."""

import asyncio
import json
import re
from typing import Literal

import pytest

from hanmo.core.articles import Edit
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from tests.work.novelist import novelist
from tests.work.studio import Pen, Studio, studio

TEXT = (
    "清晨的湖面上起了一层非常的薄的雾。𠮷村的老人说这条路非常的难走。山腰的茶园里有人在非常的慢地摘茶。😀的笑脸画在非常的旧的墙上。\n\n"
    "傍晚的钟声从非常的远的寺里传来。Café 的灯火在对岸非常的慢地亮起来。"
)
POLISHED = TEXT.replace("非常的", "很")
NUM = TEXT.count("非常的")


def editor(prompt: str) -> str:
    """Says 很 for 非常的 in every sentence it is given, and is a novelist else."""
    last = prompt.rstrip().rsplit("\n", 1)[-1]
    if '"n":' in last:
        listed = re.findall(r"(?m)^(\d+)\. (.*)$", prompt)
        return json.dumps([{"n": int(number), "text": text.replace("非常的", "很")} for number, text in listed], ensure_ascii=False)
    if "JSON" in last:
        return '["湖边的一天","雾与灯","𠮷村"]'
    return novelist(prompt)


async def worded(s: Studio, num_sections: int = 1) -> str:
    """An article whose first section is wordy."""
    article_id = await s.written(*[60] * num_sections)
    await s.desk.set_text(article_id, "s1", TEXT)
    return article_id


async def polished(s: Studio, article_id: str) -> tuple[Edit, ...]:
    assert (await s.end(await s.desk.suggest(article_id, "polish", "s1"))).finish_reason == "stop"
    return await edits(s, article_id)


async def edits(s: Studio, article_id: str) -> tuple[Edit, ...]:
    return (await s.get(article_id)).edits


async def text(s: Studio, article_id: str) -> str:
    return (await s.texts(article_id))["s1"]


async def test_a_polish_proposes_and_changes_nothing() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        proposed = await polished(s, article_id)
        assert len(proposed) == NUM
        assert {edit.state for edit in proposed} == {"proposed"}
        assert all(TEXT[edit.start : edit.end] == edit.before for edit in proposed)
        assert await text(s, article_id) == TEXT


async def test_edits_are_taken_over_and_left_one_by_one() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        proposed = await polished(s, article_id)
        expected = TEXT
        for i, edit in enumerate(proposed):
            if i % 2:
                await s.desk.settle_edits(article_id, [], [edit.id])
            else:
                await s.desk.settle_edits(article_id, [edit.id], [])
                expected = expected.replace(edit.before, edit.after)
            assert await text(s, article_id) == expected
        assert [edit.state for edit in await edits(s, article_id)] == ["accepted", "rejected"] * (NUM // 2)
        version = (await s.get(article_id)).texts["s1"]
        assert (version.made_by, version.number) == ("polished", 2 + NUM // 2)
        assert (await s.view(article_id)).state == "done"


@pytest.mark.parametrize("backwards", [False, True])
async def test_all_edits_at_once_are_the_polished_text(backwards: bool) -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        ids = [edit.id for edit in await polished(s, article_id)]
        await s.desk.settle_edits(article_id, ids[::-1] if backwards else ids, [])
        assert await text(s, article_id) == POLISHED


async def test_an_edit_is_settled_once() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first, second, *_ = await polished(s, article_id)
        await s.desk.settle_edits(article_id, [first.id], [second.id])
        for again in (first, second):
            with pytest.raises(Conflict, match="edit_settled"):
                await s.desk.settle_edits(article_id, [again.id], [])
        await s.desk.settle_edits(article_id, [], [first.id])
        assert (await edits(s, article_id))[0].state == "accepted"


async def test_an_unknown_edit_stops_the_others_from_being_settled() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first, *_ = await polished(s, article_id)
        for accept, reject in (([first.id, "nothing"], []), ([first.id], ["nothing"])):
            with pytest.raises(NotFound, match="edit_not_found"):
                await s.desk.settle_edits(article_id, accept, reject)
        assert await text(s, article_id) == TEXT
        assert (await edits(s, article_id))[0].state == "proposed"


async def test_a_polish_asked_for_again_keeps_what_is_proposed() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first = await polished(s, article_id)
        num_requests = len(s.engine.requests)
        assert await polished(s, article_id) == first
        assert len(s.engine.requests) == num_requests, "the steps were stored"
        await s.desk.settle_edits(article_id, [], [edit.id for edit in first])
        again = await polished(s, article_id)
        assert [edit.state for edit in again] == ["rejected"] * NUM + ["proposed"] * NUM


async def test_edits_of_a_text_that_became_another_are_stale() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first, *_ = await polished(s, article_id)
        await s.desk.set_text(article_id, "s1", "全新的一段。" + TEXT)
        assert {edit.state for edit in await edits(s, article_id)} == {"stale"}
        with pytest.raises(Conflict, match="edit_settled"):
            await s.desk.settle_edits(article_id, [first.id], [])


async def test_a_section_that_is_changed_while_it_is_polished_gets_no_edits_and_the_next_one_does() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        await s.desk.set_text(article_id, "s2", "窗外的桂花开得非常的香。")
        s.engine.hold_after(5)
        job = await s.desk.suggest(article_id, "polish", None)
        await s.engine.held.wait()
        await s.desk.set_text(article_id, "s1", "我自己改好了。")
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
        assert [(edit.section_id, edit.state) for edit in await edits(s, article_id)] == [("s2", "proposed")]


async def test_a_polish_that_was_stopped_goes_on_where_it_was() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        s.engine.hold_after(60)
        await s.desk.suggest(article_id, "polish", None)
        await s.engine.held.wait()
        await s.desk.pause(article_id)
        steps = await s.steps(article_id)
        s.engine.go_on()
        assert (await s.end(await s.desk.suggest(article_id, "polish", None))).finish_reason == "stop"
        assert steps.items() < (await s.steps(article_id)).items()
        assert len(await edits(s, article_id)) == NUM


async def test_a_polish_that_was_stopped_asks_nothing_again_because_edits_were_settled() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        while not (await edits(s, article_id)):
            s.engine.hold_after(40)
            await s.desk.suggest(article_id, "polish", None)
            await s.engine.held.wait()
            await s.desk.pause(article_id)
            s.engine.go_on()
        taken, left, *rest = await edits(s, article_id)
        await s.desk.settle_edits(article_id, [taken.id], [left.id])
        before = len(s.engine.requests)
        assert (await s.end(await s.desk.suggest(article_id, "polish", None))).finish_reason == "stop"
        asked = s.engine.prompts()[before:]
        assert not any(each.before in prompt for prompt in asked for each in (left, *rest))
        after = await edits(s, article_id)
        assert [each.state for each in after] == ["accepted", "rejected", *["proposed"] * len(rest)]


async def test_a_proofread_of_a_text_without_mistakes_proposes_nothing() -> None:
    async with studio() as s:
        article_id = await s.written(60)
        assert (await s.end(await s.desk.suggest(article_id, "proofread", None))).finish_reason == "stop"
        assert await edits(s, article_id) == ()


# -------------------------------------------------------------------------------------------------------------------- rewriting


@pytest.mark.parametrize(
    "selected", ["𠮷村的老人说这条路非常的难走。", "😀的笑脸画在非常的旧的墙上。", "Café 的灯火在对岸非常的慢地亮起来。", TEXT]
)
async def test_a_selection_is_counted_in_code_points(selected: str) -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        start = TEXT.index(selected)
        job = await s.desk.rewrite(article_id, "s1", "rephrase", "", start, start + len(selected))
        assert (await s.end(job)).finish_reason == "stop"
        (edit,) = await edits(s, article_id)
        assert (edit.kind, edit.start, edit.end, edit.before) == ("rewrite", start, start + len(selected), selected)
        assert edit.after != selected
        await s.desk.settle_edits(article_id, [edit.id], [])
        assert await text(s, article_id) == TEXT.replace(selected, edit.after)
        assert (await s.get(article_id)).texts["s1"].made_by == "rewritten"


async def test_a_rewrite_leaves_what_is_proposed_until_it_is_taken() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        proposed = await polished(s, article_id)
        job = await s.desk.rewrite(article_id, "s1", "anew", "写得短些", None, None)
        assert await s.events(job.id)
        *before, edit = await edits(s, article_id)
        assert tuple(before) == proposed
        assert (edit.start, edit.end, edit.state) == (0, len(TEXT), "proposed")
        assert job.section_text == edit.after
        assert "写得短些" in s.engine.prompts()[-1]
        await s.desk.settle_edits(article_id, [edit.id], [])
        assert {each.state for each in (await edits(s, article_id))[:-1]} == {"stale"}


async def test_a_passage_in_other_words_takes_away_only_what_was_proposed_for_it() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first, *rest = await polished(s, article_id)
        await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", "", first.start, first.end))
        *_, edit = await edits(s, article_id)
        await s.desk.settle_edits(article_id, [edit.id], [])
        states = [each.state for each in await edits(s, article_id)]
        assert states == ["stale", *["proposed"] * len(rest), "accepted"]


async def test_of_two_changes_of_one_passage_that_are_taken_together_the_first_is_made() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        first, *_ = await polished(s, article_id)
        await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", "", first.start, first.end))
        *_, edit = await edits(s, article_id)
        await s.desk.settle_edits(article_id, [first.id, edit.id], [])
        assert await text(s, article_id) == TEXT.replace(first.before, first.after)
        assert (await edits(s, article_id))[-1].state == "stale"


async def test_a_passage_that_is_put_in_other_words_again_has_one_proposal() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        end = TEXT.index("。") + 1
        for said in ("", "写得更短"):
            await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", said, 0, end))
        assert [each.state for each in await edits(s, article_id)] == ["stale", "proposed"]
        await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", "写得更长", 2, end + 3))
        assert [each.state for each in await edits(s, article_id)] == ["stale", "stale", "proposed"], (
            "a part of it is the same passage"
        )
        rest = TEXT.index("。", end + 3) + 1
        await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", "", rest, TEXT.index("。", rest) + 1))
        assert [each.state for each in await edits(s, article_id)] == ["stale", "stale", "proposed", "proposed"]


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1, 5), (0, len(TEXT) + 1), (5, 5), (9, 3), (len(TEXT), len(TEXT)), (TEXT.index("\n"), TEXT.index("\n") + 2)],
)
async def test_a_selection_outside_of_the_text_is_refused(start: int, end: int) -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s)
        with pytest.raises(InvalidRequest, match="selection_out_of_range"):
            await s.desk.rewrite(article_id, "s1", "rephrase", "", start, end)
        assert (await s.view(article_id)).job is None


@pytest.mark.parametrize("gone", [False, True])
async def test_a_rewrite_of_a_text_that_became_another_says_so(gone: bool) -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        s.engine.hold_after(5)
        job = await s.desk.rewrite(article_id, "s1", "rephrase", "", None, None)
        await s.engine.held.wait()
        if gone:
            await s.change(article_id, [(await s.plan_of(article_id))[1]])
        else:
            await s.desk.set_text(article_id, "s1", "我自己改好了。")
        s.engine.go_on()
        end = await s.end(job)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "section_changed")
        assert await edits(s, article_id) == ()


async def test_a_section_that_goes_before_its_rewrite_begins_is_said_to_have_changed() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        job = await s.desk.rewrite(article_id, "s1", "rephrase", "", None, None)
        await s.change(article_id, [(await s.plan_of(article_id))[1]])
        end = await s.end(job)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "section_changed")


async def test_two_rewrites_at_once_both_come_to_their_end() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await worded(s, 2)
        jobs = [await s.desk.rewrite(article_id, section, "rephrase", "", None, None) for section in ("s1", "s2")]
        assert {(await end).finish_reason for end in [asyncio.create_task(s.end(job)) for job in jobs]} == {"stop"}
        assert {edit.section_id for edit in await edits(s, article_id) if edit.state == "proposed"} == {"s1", "s2"}


# ------------------------------------------------------------------------------------------------------------------ own text, title


async def test_an_own_text_is_a_new_version_and_the_article_stays_done() -> None:
    async with studio() as s:
        article_id = await s.written(60, 60)
        await s.desk.set_text(article_id, "s2", "  我写的：𠮷祥如意😀。\n")
        view = await s.view(article_id)
        assert view.state == "done"
        assert (view.sections[1].text, view.sections[1].version) == ("我写的：𠮷祥如意😀。", 2)
        assert view.revisions[0].kind == "edited"


async def test_titles_and_a_summary_are_proposed() -> None:
    async with studio(Pen(editor)) as s:
        article_id = await s.written(60)
        assert (await s.end(await s.desk.title(article_id))).finish_reason == "stop"
        article = await s.get(article_id)
        assert article.titles == ("湖边的一天", "雾与灯", "𠮷村")
        assert article.summary.endswith("。")
        assert article.revision == 2, "nothing of the text is changed"


# ------------------------------------------------------------------------------------------------------ what is given along, and names


@pytest.mark.parametrize("work", ["polish", "proofread", "rewrite", "title"])
async def test_what_was_given_along_is_told_with_the_text(work: str) -> None:
    async with studio(Pen(editor)) as s:
        article_id = await s.written(60, glossary="湖：lake", facts="湖深十米")
        before = len(s.engine.requests)
        job = {
            "polish": lambda: s.desk.suggest(article_id, "polish", None),
            "proofread": lambda: s.desk.suggest(article_id, "proofread", None),
            "rewrite": lambda: s.desk.rewrite(article_id, "s1", "rephrase", "", None, None),
            "title": lambda: s.desk.title(article_id),
        }
        assert (await s.end(await job[work]())).finish_reason == "stop"
        assert all("湖：lake" in prompt and "湖深十米" in prompt for prompt in s.engine.prompts()[before:])


MANY_A_NAME = "王小明说天冷了。王小明笑着摇了摇头。王小明走到了窗子前面。"


def misspeller(prompt: str) -> str:
    """Takes a name for another, and says the rest otherwise."""
    last = prompt.rstrip().rsplit("\n", 1)[-1]
    if '"n":' in last:
        listed = re.findall(r"(?m)^(\d+)\. (.*)$", prompt)
        return json.dumps([{"n": int(n), "text": said.replace("小", "晓")} for n, said in listed], ensure_ascii=False)
    return "外面冷得很，王晓明一边开口一边乐呵呵地晃着脑袋，慢慢踱到窗边。" if "改后的文字" in last else novelist(prompt)


@pytest.mark.parametrize("kind", ["polish", "proofread"])
async def test_a_name_that_the_text_has_made_known_is_not_respelled(kind: Literal["polish", "proofread"]) -> None:
    async with studio(Pen(misspeller)) as s:
        article_id = await s.written(60)
        await s.desk.set_text(article_id, "s1", MANY_A_NAME)
        assert (await s.end(await s.desk.suggest(article_id, kind, None))).finish_reason == "stop"
        assert await edits(s, article_id) == ()


async def test_a_name_that_a_rewrite_has_lost_is_told() -> None:
    async with studio(Pen(misspeller)) as s:
        article_id = await s.written(60)
        await s.desk.set_text(article_id, "s1", MANY_A_NAME)
        await s.end(await s.desk.rewrite(article_id, "s1", "rephrase", "", None, None))
        assert [edit.reason for edit in await edits(s, article_id)] == ["王小明"]
