"""The end of a text: whole, whatever it was cut in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.tidy import MOST_CUT, split_closing, tidy, without_heading, without_lines_of_title, without_title_label
from hanmo.core.text import ends_sentence

LONG = "老街的尽头有一家茶馆，门口挂着两盏红灯笼。"
TABLE = "| 茶 | 水温 |\n| --- | --- |\n| 绿茶 | 八十度 |"


@pytest.mark.parametrize(
    ("rest", "kept"),
    [
        ("", ""),
        ("掌柜的姓", ""),
        ("掌柜说：“请坐。”客人", "掌柜说：“请坐。”"),
        ("掌柜说：“请", ""),
        ("他问：“几位？”\n\n然后他又想起昨天下午来过的那位戴着毡帽的客人还没有", "他问：“几位？”"),
        ("The tea is hot. And the", "The tea is hot."),
        ('He said "Sit." Then he', 'He said "Sit."'),
        ("**记住这一点。**还有", "**记住这一点。**"),
        ("\n\n茶是热的。不过", "\n\n茶是热的。"),
        # A heading, a number or a bullet under which nothing stands.
        ("\n\n## 结语", ""),
        ("\n\n### 结语\n\n**要点**", ""),
        ("\n2.", ""),
        ("\n\n- ", ""),
        ("\n\n例如：", ""),
        ("\n\n他说，", ""),
        # Lists, tables, code, signatures end without a full stop.
        ("\n\n- 绿茶\n- 红茶", "\n\n- 绿茶\n- 红茶"),
        ("\n\n1. 绿茶\n2. 红茶", "\n\n1. 绿茶\n2. 红茶"),
        ("\n\n- 绿茶\n- 红茶，", "\n\n- 绿茶"),
        ("\n\n" + TABLE, "\n\n" + TABLE),
        ("\n\n" + TABLE + "\n| 红茶 | 九十", "\n\n" + TABLE),
        ("\n\n```python\nprint(1)", "\n\n```python\nprint(1)\n```"),
        ("\n\n```python\nprint(1)\n```", "\n\n```python\nprint(1)\n```"),
        ("\n\n此致\n敬礼\n\n李明\n2026年3月1日", "\n\n此致\n敬礼\n\n李明\n2026年3月1日"),
        ("\n\nYours sincerely,\nLi Ming", "\n\nYours sincerely,\nLi Ming"),
        ("\n\n#茶馆 #老街", "\n\n#茶馆 #老街"),
        ("\n\n> 且将新火试新茶", "\n\n> 且将新火试新茶"),
    ],
)
def test_a_text_ends_where_something_is_finished(rest: str, kept: str) -> None:
    assert tidy(LONG * 3 + rest) == LONG * 3 + kept


@pytest.mark.parametrize("text", ["", "春天来了，花开了，鸟", "短。" + "没有句号的一长段话" * 3, "## 标题", "他走了。\n\n```"])
def test_nothing_is_cut_where_too_much_would_be_lost(text: str) -> None:
    assert tidy(text).startswith(text)


BITS = [
    "春花秋月。",
    "他说：“走吧！”",
    "she left. ",
    "还没有",
    "，",
    "（",
    "\n",
    "\n\n",
    "- ",
    "2. ",
    "## 节",
    "```",
    "| 甲 |",
    "李明",
    "**粗**",
    "……",
    " ",
    "#",
]


@given(st.lists(st.sampled_from(BITS), max_size=25).map("".join))
def test_whatever_comes_it_loses_no_more_than_its_share_and_tidying_again_changes_nothing(text: str) -> None:
    done = tidy(text)
    bare = done.removesuffix("\n```")
    assert text.strip().startswith((done, bare))
    assert len(done) >= len(text.strip()) * (1 - MOST_CUT)
    assert done.count("```") % 2 == 0
    assert tidy(done) == done


@given(
    st.lists(st.text("春夏秋冬花月", min_size=13, max_size=30), min_size=4, max_size=9),
    st.integers(0, 400),
    st.sampled_from(["。", "！”", "？", "……"]),
)
def test_prose_cut_anywhere_ends_with_a_finished_sentence(said: list[str], cut: int, mark: str) -> None:
    """As long as the last sentence that is whole stands in the part that may be cut."""
    text = "".join(sentence + mark for sentence in said)
    text = text[: max(cut % len(text), 1)]
    ends = [found.end() for found in re.finditer(re.escape(mark), text)]
    if ends and ends[-1] >= len(text) * (1 - MOST_CUT):
        assert ends_sentence(tidy(text))
        assert len(tidy(text)) >= ends[-1]


@pytest.mark.parametrize(
    ("text", "title", "kept"),
    [
        ("标题：失踪的记忆\n\n雨下了一夜。", "失踪的记忆", "雨下了一夜。"),
        ("**标题：** 《胃痛：一招见效》\n雨下了一夜。", "", "胃痛：一招见效\n\n雨下了一夜。"),
        ("Title: The Lamp\n\nIt rained.", "The Sea", "The Lamp\n\nIt rained."),
        ("标题：", "", ""),
        ("雨下了一夜。\n\n标题：雨", "雨", "雨下了一夜。\n\n标题：雨"),
        ("标题党的末路：一篇杂文。", "", "标题党的末路：一篇杂文。"),
    ],
)
def test_a_title_that_is_called_so_is_a_plain_line_and_stands_once(text: str, title: str, kept: str) -> None:
    assert without_title_label(text, title) == kept


@pytest.mark.parametrize(
    ("text", "heading", "kept"),
    [
        ("第一章：寻找的开始\n\n他醒了。", "寻找的开始", "他醒了。"),
        ("**茶的历史**\n\n茶很古老。", "一、茶的历史", "茶很古老。"),
        ("茶的历史很长。\n\n茶很古老。", "茶的历史", "茶的历史很长。\n\n茶很古老。"),
        ("他醒了。", "", "他醒了。"),
        ("寻找的开始", "寻找的开始", "寻找的开始"),
    ],
)
def test_a_heading_that_comes_once_more_goes(text: str, heading: str, kept: str) -> None:
    assert without_heading(text, heading) == kept


def test_a_title_said_in_the_middle_of_a_text_is_cut_out_and_a_refrain_is_not() -> None:
    one, two = ("雨下了一夜，河水漫过了桥面，村里的人都站在山坡上看着。" + place for place in ("桥还在。", "天亮了。"))
    assert without_lines_of_title(f"{one}\n\n木桥\n\n{two}\n\n**木桥**\n\n{one}", "木桥") == f"{one}\n\n{two}\n\n{one}"
    for text in (f"{one}\n\n门上写着：\n\n木桥\n\n{two}", "走过雨。\n\n木桥\n\n走过风。", f"{one}\n\n木桥"):
        assert without_lines_of_title(text, "木桥", "") == text


@pytest.mark.parametrize(
    ("body", "closing"),
    [
        (LONG, "此致\n敬礼\n\n李明"),
        (LONG, "最后，感谢您的关注。\n\n此致\n敬礼"),
        (LONG, "I look forward to your reply.\n\nYours sincerely,\nLi Ming"),
        ("Thank you for the tea that you sent, which we drank under the old tree by the river.", "Best wishes,\nLi Ming"),
        (LONG, ""),
        (LONG + "\n\n谢谢您的关注。", ""),
        ("感谢您" + LONG * 2, "此致\n敬礼"),
    ],
)
def test_a_letter_ends_with_its_thanks_and_its_closing_lines(body: str, closing: str) -> None:
    assert split_closing(f"{body}\n\n{closing}".rstrip()) == (body, closing)
