"""Steering: what the user says while an article is written, heard in the section in flight, kept in the plan, and gone with its section."""

import asyncio
from dataclasses import replace

import pytest

from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.text import count_words
from hanmo.core.values import EngineIdentity
from hanmo.work.articles import SteerAction
from tests.work.studio import SENTENCE, Pen, Relapsing, Studio, sections, studio

FOUR = (60, 90, 90, 60)
IN_THE_SECOND = 100
"""Pieces: 76 are the first section's."""


async def steered(s: Studio, action: SteerAction, text: str = "", times: int = 1, plan: tuple[int, ...] = FOUR) -> str:
    """An article that was steered in the middle of its second section, and written to its end."""
    article_id = await s.planned(*plan)
    job = await s.held(article_id, IN_THE_SECOND)
    for _ in range(times):
        await s.desk.steer(article_id, action, text)
    s.engine.go_on()
    assert (await s.end(job)).finish_reason == "stop"
    return article_id


async def lengths(s: Studio, article_id: str) -> dict[str, int]:
    return {section_id: count_words(text) for section_id, text in (await s.texts(article_id)).items()}


async def targets(s: Studio, article_id: str) -> list[int]:
    return [section.words for section in await s.plan_of(article_id)]


async def test_a_skipped_section_is_left_out_and_the_others_keep_their_length() -> None:
    async with studio() as s:
        article_id = await steered(s, "skip")
        assert [section.skipped for section in await s.plan_of(article_id)] == [False, True, False, False]
        assert list(await s.texts(article_id)) == ["s1", "s3", "s4"]
        view = await s.view(article_id)
        assert (view.state, view.sections[1].state, view.sections[1].text) == ("done", "skipped", "")
        assert sum((await lengths(s, article_id)).values()) == pytest.approx(210, abs=SENTENCE)
        assert "要写到：第乙节" not in s.engine.prompts()[-1]


@pytest.mark.parametrize("last", [True, False])
async def test_a_section_that_was_skipped_can_be_written_after_all(last: bool) -> None:
    async with studio() as s:
        article_id = await steered(s, "skip", plan=(60, 90) if last else FOUR)
        before = await s.texts(article_id)
        await s.change(article_id, [replace(section, skipped=False) for section in await s.plan_of(article_id)])
        assert (await s.view(article_id)).state == "paused"
        assert (await s.write(article_id)).finish_reason == "stop"
        after = await s.texts(article_id)
        assert "s2" in after
        assert before.items() <= after.items()


async def test_an_article_of_which_all_is_skipped_can_be_looked_at() -> None:
    async with studio() as s:
        article_id = await s.planned(60)
        job = await s.held(article_id, 30)
        await s.desk.steer(article_id, "skip", "")
        s.engine.go_on()
        await s.end(job)
        view = await s.view(article_id)
        assert (view.state, view.words) == ("done", 0)
        with_text = await s.written(60)
        await s.desk.set_text(with_text, "s1", "写好了的一节。")
        await s.change(with_text, [*(replace(each, skipped=True) for each in await s.plan_of(with_text)), *sections(60)])
        assert (await s.view(with_text)).state == "paused"


@pytest.mark.parametrize(
    ("action", "times", "words"), [("shorter", 1, 63), ("shorter", 2, 44), ("longer", 1, 126), ("longer", 2, 176)]
)
async def test_another_length_holds_for_the_section_in_flight_alone(action: SteerAction, times: int, words: int) -> None:
    async with studio() as s:
        article_id = await steered(s, action, times=times)
        assert await targets(s, article_id) == [60, words, 90, 60]
        written = await lengths(s, article_id)
        assert written["s2"] == pytest.approx(words, abs=SENTENCE)
        assert written["s3"] == pytest.approx(90, abs=SENTENCE)
        assert (await s.view(article_id)).state == "done"


async def test_a_section_cannot_become_shorter_than_a_sentence_or_two() -> None:
    async with studio() as s:
        assert (await targets(s, await steered(s, "shorter", times=9)))[1] == 30


@pytest.mark.parametrize("lengths_asked", [(60, 90), FOUR])
async def test_a_length_that_is_set_back_in_the_plan_is_written_anew(lengths_asked: tuple[int, ...]) -> None:
    async with studio() as s:
        article_id = await steered(s, "shorter", times=2, plan=lengths_asked)
        plan = await s.plan_of(article_id)
        await s.change(article_id, [plan[0], replace(plan[1], words=90), *plan[2:]])
        assert (await s.write(article_id)).finish_reason == "stop"
        assert await targets(s, article_id) == list(lengths_asked)
        assert (await lengths(s, article_id))["s2"] == pytest.approx(90, abs=SENTENCE)


async def test_enough_ends_the_section_at_its_sentence_and_the_rest_stays_as_planned() -> None:
    async with studio() as s:
        article_id = await steered(s, "enough")
        texts = await s.texts(article_id)
        assert len(texts["s2"]) <= 2 * SENTENCE
        assert texts["s2"].endswith("。")
        found = await lengths(s, article_id)
        assert await targets(s, article_id) == [FOUR[0], found["s2"], *FOUR[2:]]
        assert sum(found.values()) == pytest.approx(FOUR[0] + found["s2"] + sum(FOUR[2:]), abs=SENTENCE)
        assert (await s.view(article_id)).sections[1].state == "written"


async def test_enough_holds_although_the_sentence_was_taken_back() -> None:
    async with studio(Relapsing()) as s:
        article_id = await s.planned(200)
        job = await s.held(article_id, 2 * SENTENCE + 5)  # in the sentence that is a relapse
        await s.desk.steer(article_id, "enough", "")
        s.engine.go_on()
        await s.end(job)
        assert len((await s.texts(article_id))["s1"]) == 2 * SENTENCE


async def test_what_is_said_about_one_section_is_not_heard_by_the_next() -> None:
    async with studio() as s:
        article_id = await s.planned(45, 90)
        job = await s.held(article_id, 56)  # before the last piece of the first
        await s.desk.steer(article_id, "enough", "")
        s.engine.go_on()
        await s.end(job)
        assert (await lengths(s, article_id))["s2"] == pytest.approx(90, abs=SENTENCE)


async def test_a_note_is_told_from_the_next_section_on() -> None:
    async with studio() as s:
        article_id = await steered(s, "note", "多写些声音。", times=1)
        assert [section.note for section in await s.plan_of(article_id)] == ["", "", "多写些声音。", ""]
        told = [prompt for prompt in s.engine.prompts() if "多写些声音" in prompt]
        assert told == s.engine.prompts()[4:]  # two for each section: the first keeps the heading away
        assert (await s.view(article_id)).state == "done"


async def test_notes_are_added_up_and_wait_for_the_first_section_where_nothing_is_written() -> None:
    async with studio() as s:
        article_id = await s.planned(45, 45)
        await s.desk.steer(article_id, "note", " 写慢些 ")
        await s.desk.steer(article_id, "note", "写近些")
        assert [section.note for section in await s.plan_of(article_id)] == ["写慢些；写近些", ""]


async def test_a_note_needs_words_and_something_it_can_be_for() -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        with pytest.raises(InvalidRequest, match="note_empty"):
            await s.desk.steer(article_id, "note", "  \n")
        job = await s.held(article_id, 10)
        with pytest.raises(Conflict, match="nothing_after"):
            await s.desk.steer(article_id, "note", "写慢些")
        s.engine.go_on()
        await s.end(job)
        with pytest.raises(Conflict, match="nothing_after"):
            await s.desk.steer(article_id, "note", "写慢些")
        with pytest.raises(Conflict, match="nothing_after"):
            await s.desk.steer(await s.new(45), "note", "写慢些")


@pytest.mark.parametrize("action", ["skip", "shorter", "longer", "enough"])
async def test_where_nothing_is_written_nothing_is_steered(action: SteerAction) -> None:
    async with studio() as s:
        article_id = await s.planned(45)
        with pytest.raises(Conflict, match="nothing_in_flight"):
            await s.desk.steer(article_id, action, "")
        await s.write(article_id)
        with pytest.raises(Conflict, match="nothing_in_flight"):
            await s.desk.steer(article_id, action, "")
        with pytest.raises(NotFound, match="article_not_found"):
            await s.desk.steer("nothing", action, "")


@pytest.mark.parametrize(("action", "words"), [("shorter", 63), ("longer", 126)])
async def test_a_length_outlives_a_pause_in_its_section(action: SteerAction, words: int) -> None:
    async with studio() as s:
        article_id = await s.planned(*FOUR)
        await s.held(article_id, IN_THE_SECOND)
        await s.desk.steer(article_id, action, "")
        s.engine.go_on()
        s.engine.hold_after(SENTENCE)
        await s.engine.held.wait()
        await s.desk.pause(article_id)
        s.engine.go_on()
        assert (await s.write(article_id)).finish_reason == "stop"
        assert await targets(s, article_id) == [60, words, 90, 60]
        assert (await lengths(s, article_id))["s2"] == pytest.approx(words, abs=SENTENCE)


@pytest.mark.parametrize("added", [False, True])
async def test_what_the_user_puts_in_is_not_taken_from_the_rest(added: bool) -> None:
    async with studio() as s:
        article_id = await s.planned(60, 90, 90)
        put = s.desk.add_text if added else s.desk.set_text
        await put(article_id, "s1", "我自己写了很多很多。" * 60)
        assert (await s.write(article_id)).finish_reason == "stop"
        written = await lengths(s, article_id)
        assert [written["s2"], written["s3"]] == pytest.approx([90, 90], abs=SENTENCE)


# ------------------------------------------------------------------------------------------------- while a section is half-written


async def half_written(s: Studio) -> tuple[str, str]:
    """An article that was paused in its second section, and what there is of that."""
    article_id = await s.planned(*FOUR)
    await s.held(article_id, IN_THE_SECOND + 2 * SENTENCE)
    await s.desk.pause(article_id)
    s.engine.go_on()
    return article_id, (await s.get(article_id)).begun["s2"]


async def written_on(s: Studio, article_id: str) -> str:
    assert (await s.write(article_id)).finish_reason == "stop"
    assert (await lengths(s, article_id))["s2"] == pytest.approx(90, abs=SENTENCE)
    return (await s.texts(article_id))["s2"]


async def test_a_note_given_in_a_pause_is_told_at_once_and_takes_nothing_away() -> None:
    async with studio() as s:
        article_id, begun = await half_written(s)
        await s.desk.steer(article_id, "note", "多写些声音。")
        assert [section.note for section in await s.plan_of(article_id)] == ["", "多写些声音。", "", ""]
        before = len(s.engine.requests)
        assert (await written_on(s, article_id)).startswith(begun)
        assert all("多写些声音" in prompt for prompt in s.engine.prompts()[before:])
        assert s.engine.prompts()[before].endswith(begun)


async def test_another_plan_in_a_pause_leaves_the_half_written_section_its_text() -> None:
    async with studio() as s:
        article_id, begun = await half_written(s)
        one, two, three, four = await s.plan_of(article_id)
        await s.desk.set_plan(article_id, "山水", False, [one, two, replace(four, points=("另一个要点",)), three])
        assert (await written_on(s, article_id)).startswith(begun)


async def test_a_half_written_section_that_is_to_say_something_else_is_in_the_revisions() -> None:
    async with studio() as s:
        article_id, begun = await half_written(s)
        one, two, *rest = await s.plan_of(article_id)
        await s.change(article_id, [one, replace(two, heading="别的", points=("另一个要点",)), *rest])
        assert not (await written_on(s, article_id)).startswith(begun)
        older = [await s.articles.at(article_id, each.number) for each in await s.articles.revisions(article_id)]
        assert begun in [article.texts["s2"].text for article in older if "s2" in article.texts]


async def test_what_is_changed_before_the_engine_is_there_stays_changed() -> None:
    class Asleep(Pen):
        asked, awake = asyncio.Event(), asyncio.Event()

        async def identity(self) -> EngineIdentity:
            self.asked.set()
            await self.awake.wait()
            return await super().identity()

    async with studio(Asleep()) as s:
        article_id = await s.planned(45, 60)
        job = await s.desk.write(article_id)
        await Asleep.asked.wait()
        await s.desk.steer(article_id, "note", "多写些声音。")
        Asleep.awake.set()
        assert (await s.end(job)).finish_reason == "stop"
        assert [section.note for section in await s.plan_of(article_id)] == ["多写些声音。", ""]
        assert "多写些声音" in s.engine.prompts()[0]
