"""What a brief wants word for word stands in the text in the end, also where the model forgets it."""

import pytest

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.flows.expand import write_section
from hanmo.core.flows.musts import Must, musts_of
from hanmo.core.flows.room import Room
from tests.core.flow_scripts import drive

RESIGNATION = "写一封辞职信，不超过250字，最后一个工作日是2026年12月31日。"


@pytest.mark.parametrize(
    ("brief", "musts"),
    [
        (RESIGNATION, [Must("12月31", "最后一个工作日是2026年12月31日")]),
        (
            "Write a letter of resignation; my last day is December 31, 2026.",
            [Must("December 31", "my last day is December 31, 2026")],
        ),
        ("写一篇文章谈理财，文中必须出现“量入为出”和“未雨绸缪”。", [Must("量入为出", "量入为出"), Must("未雨绸缪", "未雨绸缪")]),
        ("写一篇科普，这座桥的建成时间是1937年9月26日。", []),
        ("写一封感谢信，三天之内要交。", []),
        ("写一篇文章谈理财。", []),
    ],
)
def test_musts_are_read_from_the_brief(brief: str, musts: list[Must]) -> None:
    assert musts_of(Assignment(brief, 300, "zh", 1)) == tuple(musts)


LETTER = "尊敬的领导：\n\n我在公司工作了三年，学到了很多东西，心里十分感激。\n\n现在我想换一个方向，去做一些新的尝试。\n\n此致\n\n敬礼\n\n张三"


def written(brief: str, first: str, then: str) -> tuple[str, list[Ask]]:
    section = Section("a", "", (), 60)
    answers = iter((first, then))
    done, asks = drive(
        write_section(Assignment(brief, 60, "zh", 1), Plan("", (section,), headed=False), section, {}, Room(8192)),
        lambda ask: Answer(next(answers), "enough"),
    )
    return done.text, asks


def test_a_date_that_a_letter_lacks_gets_a_paragraph_before_its_closing_lines() -> None:
    text, asks = written(RESIGNATION, LETTER, "，我会把工作交接清楚。")
    assert len(asks) == 2
    assert asks[1].opening.endswith("最后一个工作日是2026年12月31日")
    assert "最后一个工作日是2026年12月31日，我会把工作交接清楚。\n\n此致" in text
    assert text.count("此致") == 1


def test_what_stands_there_already_is_not_asked_for_again() -> None:
    text, asks = written(RESIGNATION, LETTER.replace("现在", "到12月31日为止"), "")
    assert len(asks) == 1
    assert "12月31日" in text
