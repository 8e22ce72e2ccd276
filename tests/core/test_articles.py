"""Articles as values: what is to be written next, how they read, and edits taken over in any order."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import (
    Article,
    ArticleState,
    Assignment,
    Edit,
    Plan,
    Section,
    SectionText,
    accept,
    article_state,
    article_text,
    whole_text,
    words_of,
)

SPRING, TEA = Section("s1", "春天", ("花", "雨"), 300), Section("s2", "喝茶", ("水", "叶"), 200)
PLAN = Plan("四时", (SPRING, TEA), headed=True)


def written(section: Section, text: str = "花开了。") -> SectionText:
    return SectionText(section.id, 1, text, section.words, section.points, "written")


def article(*texts: SectionText, plan: Plan | None = PLAN, begun: str = "") -> Article:
    assignment = Assignment("写写四季\n要有细节", 500, "zh", 1)
    return Article("a", assignment, plan, {text.section_id: text for text in texts}, {"s1": begun} if begun else {})


@pytest.mark.parametrize(
    ("there", "writing", "expected"),
    [
        (article(plan=None), False, "new"),
        (article(plan=None), True, "writing"),
        (article(), False, "planned"),
        (article(begun="花"), False, "paused"),
        (article(written(SPRING)), False, "paused"),
        (article(written(SPRING), written(TEA)), False, "done"),
        (article(written(SPRING), written(TEA)), True, "writing"),
        (article(written(SPRING), plan=replace(PLAN, sections=(SPRING, replace(TEA, skipped=True)))), False, "done"),
        (article(written(SPRING), plan=replace(PLAN, sections=(SPRING, replace(TEA, id="s3")))), False, "paused"),
    ],
)
def test_where_an_article_stands_is_read_off_what_is_there(there: Article, writing: bool, expected: ArticleState) -> None:
    assert article_state(there, writing=writing) == expected


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (SPRING, True),
        (replace(SPRING, heading="早春"), True),
        (replace(SPRING, note="短句"), True),
        (replace(SPRING, points=("花",)), False),
        (replace(SPRING, points=("雨", "花")), False),
        (replace(SPRING, words=301), False),
        (replace(SPRING, id="s9"), False),
    ],
)
def test_a_text_is_kept_while_its_points_and_length_stay(now: Section, kept: bool) -> None:
    there = article(written(SPRING), written(TEA), plan=replace(PLAN, sections=(TEA, now)))
    assert (there.kept(now) is not None) == kept
    assert there.next_section() == (None if kept else now)


def test_sections_are_written_in_the_plans_order_and_skipped_ones_never() -> None:
    assert article(written(SPRING)).next_section() == TEA
    assert article(plan=replace(PLAN, sections=(replace(SPRING, skipped=True), TEA))).next_section() == TEA
    assert article(plan=None).next_section() is None


@given(st.lists(st.integers(1, 12), unique=True, max_size=10))
def test_a_new_id_is_the_first_that_is_free(taken: list[int]) -> None:
    plan = Plan("", tuple(Section(f"s{n}", "", (), 100) for n in taken), headed=False)
    assert plan.find(plan.next_id()) is None
    assert all(plan.find(f"s{n}") for n in range(1, int(plan.next_id()[1:])))


@pytest.mark.parametrize(
    ("plan", "texts", "expected"),
    [
        (PLAN, {"s1": "花开了。\n", "s2": " 水开了。"}, "# 四时\n\n## 春天\n\n花开了。\n\n## 喝茶\n\n水开了。\n"),
        (replace(PLAN, headed=False), {"s1": "花开了。", "s2": "水开了。"}, "# 四时\n\n花开了。\n\n水开了。\n"),
        (PLAN, {"s2": "水开了。", "old": "不在提纲里。"}, "# 四时\n\n## 喝茶\n\n水开了。\n"),
        (PLAN, {"s1": "  \n"}, "# 四时\n\n## 春天\n"),
        (replace(PLAN, headed=False), {"s1": "  \n"}, "# 四时\n"),
        (
            replace(PLAN, sections=(TEA, SPRING)),
            {"s1": "花开了。", "s2": "水开了。"},
            "# 四时\n\n## 喝茶\n\n水开了。\n\n## 春天\n\n花开了。\n",
        ),
        (replace(PLAN, sections=(replace(SPRING, skipped=True), TEA)), {"s1": "花。", "s2": "水。"}, "# 四时\n\n## 喝茶\n\n水。\n"),
        (Plan("", (Section("s1", "", (), 200),), headed=True), {"s1": "一段话。"}, "一段话。\n"),
        (Plan("", (SPRING,), headed=True), {}, ""),
    ],
)
def test_the_whole_text_is_title_headings_and_the_texts_that_are_there(plan: Plan, texts: dict[str, str], expected: str) -> None:
    assert whole_text(plan, texts) == expected


def test_a_text_that_its_plan_has_no_room_for_is_not_counted() -> None:
    there = article(written(SPRING, "花开了。"), replace(written(TEA, "水开了。"), section_id="gone"))
    assert article_text(there) == "# 四时\n\n## 春天\n\n花开了。\n"
    assert words_of(there) == 2 + 2 + 3
    assert words_of(article(plan=None)) == 0


@pytest.mark.parametrize(
    ("there", "title", "target"),
    [
        (article(), "四时", 500),
        (article(plan=replace(PLAN, sections=(SPRING, replace(TEA, skipped=True)))), "四时", 300),
        (article(plan=replace(PLAN, title="")), "写写四季", 500),
        (article(plan=None), "写写四季", 500),
    ],
)
def test_title_and_target_are_the_plans_once_there_is_one(there: Article, title: str, target: int) -> None:
    assert (there.title, there.target) == (title, target)


@st.composite
def text_with_edits(draw: st.DrawFn) -> tuple[str, tuple[Edit, ...]]:
    """Edits of one section that do not overlap, each of at least one code point."""
    text = draw(st.text("春夏秋冬，。x\n𠮷", min_size=1, max_size=40))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=10)))
    spans = list(zip(places[::2], places[1::2], strict=False))
    return text, tuple(
        Edit(f"e{i}", "s1", 1, start, end, text[start:end], draw(st.text("改新", max_size=6)), "polish")
        for i, (start, end) in enumerate(spans)
    )


@given(text_with_edits(), st.randoms(use_true_random=False))
def test_edits_give_the_same_text_in_whatever_order_they_are_accepted(given_: tuple[str, tuple[Edit, ...]], random: Random) -> None:
    text, edits = given_
    expected = text
    for edit in reversed(edits):
        expected = expected[: edit.start] + edit.after + expected[edit.end :]
    order = [edit.id for edit in edits]
    random.shuffle(order)
    for edit_id in order:
        chosen = next(edit for edit in edits if edit.id == edit_id)
        assert text[chosen.start : chosen.end] == chosen.before
        text, edits = accept(text, edits, edit_id)
    assert text == expected
    assert {edit.state for edit in edits} <= {"accepted"}


def test_an_edit_of_what_has_changed_is_stale_and_one_elsewhere_is_not() -> None:
    text = "春天来了，花开了。"
    edits = (
        Edit("whole", "s1", 1, 0, 9, text, "春到花开。", "rewrite"),
        Edit("word", "s1", 1, 5, 8, "花开了", "花都开了", "polish"),
        Edit("before", "s1", 1, 0, 2, "春天", "早春", "polish"),
        Edit("refused", "s1", 1, 5, 8, "花开了", "开花了", "polish", "rejected"),
        Edit("elsewhere", "s2", 1, 5, 8, "花开了", "花谢了", "polish"),
    )
    after, decided = accept(text, edits, "word")
    assert after == "春天来了，花都开了。"
    assert [edit.state for edit in decided] == ["stale", "accepted", "proposed", "rejected", "proposed"]
    assert [(edit.start, edit.end) for edit in decided[2:]] == [(0, 2), (5, 8), (5, 8)]
