"""The whole text and its sections: nothing is lost on the way back, and a section stays who it is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Article, Assignment, Plan, Revision, Section, SectionText, told_apart
from hanmo.core.errors import InvalidRequest
from hanmo.core.manuscript import MOST_SECTIONS, Manuscript, joined, opened, shown_texts, split

TEA = Section("s1", "为什么怕开水", ("氨基酸",), 100)
THREE = Section("s2", "三种茶", ("龙井", "熟普"), 120)
COOL = Section("s3", "凉得多快", (), 80)
PLAN = Plan("春茶", (TEA, THREE, COOL), headed=True)
TEXTS = {"s1": "水太热会苦。", "s2": "龙井八十度。\n\n熟普不怕热。", "s3": "三分钟。"}
OLD = Manuscript(PLAN, TEXTS)


def ids(new: Manuscript) -> list[str]:
    return [section.id for section in new.plan.sections if not section.skipped]


def test_a_text_that_nobody_changed_is_the_article_it_was() -> None:
    assert split(joined(OLD), OLD) == OLD


def test_a_changed_text_is_its_sections_and_no_other() -> None:
    new = split(joined(OLD).replace("龙井八十度。", "龙井七十五度。"), OLD)
    assert new == Manuscript(PLAN, TEXTS | {"s2": "龙井七十五度。\n\n熟普不怕热。"})


def test_a_section_that_was_moved_keeps_its_id_and_its_points() -> None:
    text = "# 春茶\n\n## 凉得多快\n\n三分钟。\n\n## 为什么怕开水\n\n水太热会苦。\n\n## 三种茶\n\n龙井。\n"
    new = split(text, OLD)
    assert new.plan.sections == (COOL, TEA, THREE)
    assert new.texts == {"s3": "三分钟。", "s1": "水太热会苦。", "s2": "龙井。"}


def test_a_renamed_section_is_known_by_its_place() -> None:
    new = split(joined(OLD).replace("## 三种茶", "## 龙井与熟普"), OLD)
    assert new.plan.sections == (TEA, replace(THREE, heading="龙井与熟普"), COOL)
    before = joined(OLD).replace("## 三种茶", "## 水\n\n山泉水。\n\n## 龙井与熟普")
    assert [s.id for s in split(before, OLD).plan.sections] == ["s1", "s4", "s2", "s3"], "and before that by its text"
    both = split(joined(OLD).replace("## 三种茶", "## 二").replace("## 凉得多快", "## 三"), OLD)
    assert [(section.id, section.heading) for section in both.plan.sections] == [("s1", "为什么怕开水"), ("s2", "二"), ("s3", "三")]


def test_a_new_heading_is_a_new_section_as_long_as_it_is() -> None:
    new = split(joined(OLD).replace("## 凉得多快", "## 水\n\n" + "山泉水最好" * 10 + "\n\n## 凉得多快"), OLD)
    assert ids(new) == ["s1", "s2", "s4", "s3"]
    assert new.plan.sections[2] == Section("s4", "水", (), 50)
    assert new.texts["s4"] == "山泉水最好" * 10


def test_a_section_whose_heading_is_gone_is_skipped_and_comes_back_with_it() -> None:
    gone = split(joined(OLD).replace("## 三种茶\n\n", ""), OLD)
    assert gone.plan.sections == (TEA, replace(THREE, skipped=True), COOL)
    assert gone.texts == {"s1": "水太热会苦。\n\n龙井八十度。\n\n熟普不怕热。", "s3": "三分钟。"}
    assert split(joined(OLD), gone) == OLD


def test_what_stands_before_the_first_heading_is_a_section_without_one() -> None:
    text = joined(OLD).replace("# 春茶\n\n", "# 春茶\n\n先说一句。\n\n")
    new = split(text, OLD)
    assert new.plan.sections == (Section("s4", "", (), 20), TEA, THREE, COOL)
    assert joined(new) == text
    assert split(text.replace("先说一句", "先说两句"), new).plan == new.plan


def test_sections_that_are_still_to_be_written_stay_where_they_are() -> None:
    old = Manuscript(PLAN, {"s1": "水太热会苦。", "s3": "三分钟。"})
    assert split(joined(old), old) == old
    moved = split("## 凉得多快\n\n三分钟。\n\n## 为什么怕开水\n\n水太热会苦。", old)
    assert moved.plan.sections == (COOL, TEA, THREE)
    assert split("## 三种茶\n\n我自己写。", old).plan.sections == (replace(TEA, skipped=True), THREE, replace(COOL, skipped=True))


def test_a_heading_with_nothing_under_it_stays_in_the_text() -> None:
    text = "# 春茶\n\n## 为什么怕开水\n\n水太热会苦。\n\n## 还没想好\n"
    new = split(text, Manuscript(replace(PLAN, sections=(TEA,)), {"s1": "水太热会苦。"}))
    assert (new.texts["s2"], joined(new)) == ("", text)
    assert split(text, new) == new


@pytest.mark.parametrize(
    ("first", "title", "lead"),
    [
        ("# 新题\n\n", "新题", False),
        ("#新题\n\n", "", True),
        ("", "", False),
        ("#  C# 与茶 #\n\n", "C# 与茶 #", False),
        (f"# {'长' * 201}\n\n", "", True),
    ],
)
def test_a_first_line_is_the_title(first: str, title: str, lead: bool) -> None:
    new = split(joined(OLD).replace("# 春茶\n\n", first, 1), OLD)
    assert (new.plan.title, len(new.plan.sections) == 4) == (title, lead)


@pytest.mark.parametrize(
    "text", ["代码：\n\n```\n## 不是标题\n```\n\n完。", "$$\n## x\n$$", "### 小标题\n\n一句。", f"## {'长' * 201}", "##没有空格"]
)
def test_what_only_looks_like_a_heading_is_text(text: str) -> None:
    old = Manuscript(PLAN, TEXTS | {"s2": text})
    assert split(joined(old), old) == old


def test_a_block_that_is_never_closed_hides_no_known_section() -> None:
    old = Manuscript(PLAN, TEXTS | {"s1": "```python\nx = 1"})
    assert split(joined(old), old) == old


def test_wide_spaces_before_a_paragraph_stay() -> None:
    old = Manuscript(PLAN, TEXTS | {"s1": "　　水太热会苦。\n\n　　所以要等。"})
    assert split(joined(old), old) == old
    assert "\n\n　　水太热" in joined(old)


def test_line_ends_of_windows_are_line_ends() -> None:
    assert split(joined(OLD).replace("\n", "\r\n"), OLD) == OLD


def test_new_sections_together_are_never_longer_than_a_plan_may_be() -> None:
    text = "\n\n".join(f"## 第{n}节\n\n" + "字" * 40_000 for n in range(3))
    sections = split(text, Manuscript(Plan("", (), headed=True), {})).plan.sections
    assert [section.words for section in sections] == [40_000, 20_000, 20]


UNHEADED = Manuscript(replace(PLAN, headed=False), TEXTS)


def test_without_headings_the_sections_are_told_apart_by_their_lines() -> None:
    assert split(joined(UNHEADED), UNHEADED) == UNHEADED
    text = joined(UNHEADED).replace("龙井八十度。", "龙井七十五度。").replace("三分钟。", "三分钟就好。\n\n再等等。")
    assert split(text, UNHEADED).texts == {
        "s1": "水太热会苦。",
        "s2": "龙井七十五度。\n\n熟普不怕热。",
        "s3": "三分钟就好。\n\n再等等。",
    }
    gone = split(joined(UNHEADED).replace("三分钟。", ""), UNHEADED)
    assert (gone.plan.sections[2].skipped, "s3" in gone.texts) == (True, False)


def test_without_headings_a_first_text_is_the_first_sections() -> None:
    empty = Manuscript(UNHEADED.plan, {})
    assert split("# 题\n\n一段。\n\n又一段。", empty).texts == {"s1": "一段。\n\n又一段。"}
    assert split("", empty).texts == {}
    assert split("一段。", Manuscript(Plan("", (), headed=False), {})).plan.sections == (Section("s1", "", (), 20),)


LINES = st.lists(
    st.sampled_from(
        ["一句话。", "", "又一句。", "- 一项", "### 小标题", "```", "```python", "$$", "    缩进", "| 甲 |", "#标签", "> 引"]
    ),
    min_size=1,
    max_size=8,
)
BODIES = LINES.map("\n".join).map(str.strip).filter(bool)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@st.composite
def manuscripts(draw: st.DrawFn) -> Manuscript:
    headed = draw(st.booleans())
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    if headed and draw(st.booleans()):
        names[0] = ""
    sections = tuple(Section(f"s{n}", name, (), 100, skipped=draw(st.booleans())) for n, name in enumerate(names, 1))
    texts = {s.id: draw(BODIES) for s in sections if not s.skipped and draw(st.booleans())}
    if names[0] == "" and headed and "s1" not in texts:
        sections = sections[1:]
    return Manuscript(Plan(draw(NAMES), sections, headed), texts)


@given(manuscripts())
def test_reading_back_what_was_joined_changes_nothing(old: Manuscript) -> None:
    assert split(joined(old), old) == old


@given(manuscripts(), manuscripts())
def test_any_text_becomes_sections_that_join_to_the_same_sections(old: Manuscript, other: Manuscript) -> None:
    other = replace(other, plan=replace(other.plan, headed=old.plan.headed))
    new = split(joined(other), old)
    assert split(joined(new), new) == new
    assert {section.id for section in old.plan.sections} <= {section.id for section in new.plan.sections}, "none is forgotten"
    assert len({section.id for section in new.plan.sections}) == len(new.plan.sections)
    kept = "".join(joined(other).split())
    assert "".join(joined(new).split()) == kept, "nothing is lost but white space"


def test_a_text_that_is_there_already_is_an_article_of_its_headings() -> None:
    assignment, manuscript = opened("# 春茶\n\n引子。\n\n## 水温\n\n水太热会苦。\n", "稿", 5)
    assert assignment == Assignment("春茶", 0, "zh", 5)
    assert assignment.asked == ""
    assert [(s.id, s.heading, manuscript.texts[s.id]) for s in manuscript.plan.sections] == [
        ("s1", "", "引子。"),
        ("s2", "水温", "水太热会苦。"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "brief"), [("一段。\n二段。", "稿", "稿"), ("一段。\n二段。", " ", "一段。"), ("# 春\n\n茶。", "稿", "春")]
)
def test_it_is_named_after_its_title_else_its_file_else_its_first_line(text: str, name: str, brief: str) -> None:
    assert opened(text, name, 1)[0].brief == brief


def test_more_headings_than_a_plan_has_room_for_are_one_section() -> None:
    text = "\n\n".join(f"## 第{n}章\n\n夜里下雨。" for n in range(MOST_SECTIONS + 1))
    _, manuscript = opened(text, "长篇", 1)
    assert len(manuscript.plan.sections) == 1
    assert joined(manuscript).strip() == text


def test_a_section_that_nobody_asked_a_length_of_is_as_long_as_it_is() -> None:
    _, first = opened("# 春\n\n## 一\n\n短。\n\n## 二\n\n" + "雨" * 50 + "。", "", 1)
    longer = split(joined(first).replace("短。", "长" * 80 + "。"), first)
    assert [section.words for section in longer.plan.sections] == [80, 50]
    asked = Manuscript(PLAN, TEXTS)
    assert split(joined(asked).replace("水太热会苦。", "长" * 150 + "。"), asked).plan.sections[0].words == 100


@given(st.text(min_size=1), st.text(max_size=20))
def test_opening_loses_nothing_of_any_text(text: str, name: str) -> None:
    if not text.strip():
        with pytest.raises(InvalidRequest):
            opened(text, name, 1)
        return
    assignment, manuscript = opened(text, name, 1)
    assert assignment.brief.strip()
    assert "".join(joined(manuscript).split()) == "".join(text.split())


def test_what_is_shown_of_an_article_is_its_text_and_what_is_begun() -> None:
    version = SectionText("s1", 1, "水太热会苦。\n", 100, ("氨基酸",), "written")
    article = Article("a", Assignment("茶", 300, "zh", 1), PLAN, {"s1": version}, {"s2": "龙井"})
    assert shown_texts(article) == {"s1": "水太热会苦。", "s2": "龙井"}
    changed = replace(PLAN, sections=(replace(TEA, words=500), replace(THREE, skipped=True), COOL))
    assert shown_texts(replace(article, plan=changed)) == {"s1": "水太热会苦。"}
    assert shown_texts(replace(article, begun={"s1": "旧的"})) == {"s1": "水太热会苦。"}
    assert shown_texts(replace(article, plan=None)) == {}


def test_of_the_saves_of_a_sitting_only_the_last_is_told() -> None:
    saves = [Revision(n, "edited", None, n, 1000.0 * n if n < 5 else 4000.0 + 60 * n) for n in range(12, 0, -1)]
    by_section = Revision(13, "edited", "s1", 9, 4725.0)
    written = Revision(14, "written", "s1", 9, 4726.0)
    assert [r.number for r in told_apart([written, by_section, *saves])] == [14, 13, 12, 4, 3, 2, 1]
    assert told_apart([]) == ()


def test_the_text_that_was_opened_is_told_however_soon_it_was_changed() -> None:
    saves = [Revision(n, "edited", None, n, 1000.0 + n) for n in range(4, 0, -1)]
    assert [r.number for r in told_apart(saves)] == [4, 1]
