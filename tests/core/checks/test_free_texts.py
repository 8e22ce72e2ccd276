"""Free texts and what the user is about to send: any input is taken, fixes mend, and nothing is slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.checks.review import ACTIONS, CHECKS, mended, review_input, review_text
from tests.core.checks.examples_free import HILL

PIECES = [
    *(
        "的",
        "a ",
        "（",
        "“",
        "《",
        "(",
        "**",
        "| ",
        "1. ",
        "随着",
        "不是",
        "在当今",
        "# ",
        "```\n",
        "~~~",
        "$$",
        "<",
        "。",
        "密码",
        "4111 ",
        "eyJa.",
    ),
    *(
        "---\n",
        "- 的\n",
        "你门",
        ",",
        "请不要“",
        "it's not just ",
        "å",
        '"',
        "`",
        "<|",
        "1、",
        "1998年",
        "https://",
        "(a)",
        "（a)",
        "[](",
        "![a](b)",
    ),
    *(
        "\r",
        "\r\n",
        "\ufeff",
        "\ud800",
        "\U0001f600",
        "\0",
        "\t",
        " ",
        "A",
        "7",
        "sk-",
        "://a:",
        "good,they said",
        "left.They ",
        "..",
        "必须包含“",
        "```python\nx\n```\n",
        "\u2028",
        "> ",
    ),
]
MENDED = [
    ("他买了苹果,又买了梨。", "他买了苹果，又买了梨。"),
    ("他迫不急待地打开了信。。。", "他迫不及待地打开了信……"),
    ("We went to the the river.", "We went to the river."),
    ("这座桥（建于清代)已经重修。", "这座桥（建于清代）已经重修。"),
    ("这座桥(建于清代）已经重修。", "这座桥（建于清代）已经重修。"),
    ("It was good,they said.", "It was good, they said."),
    ("We left.They stayed.. And then?", "We left. They stayed. And then?"),
    ('他说："走吧,好吗。"“好。”她说。', "他说：“走吧,好吗。”“好。”她说。"),
    ("The tide came in，and we left。", "The tide came in, and we left."),
    ("It was a cafÃ© by the sea.", "It was a café by the sea."),
    ("##木桥\n\n" + HILL, "## 木桥\n\n" + HILL),
    ("要点：\n\n-一座桥\n-一条河", "要点：\n\n- 一座桥\n- 一条河"),
    ("# 桥\n\n### 木桥\n\n" + HILL, "# 桥\n\n## 木桥\n\n" + HILL),
    ("| 甲 | 乙 |\n| 1 | 2 |\n| 3 | 4 |\n", "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"),
    ("看代码：\n\n```js\nlet a = 1;", "看代码：\n\n```js\nlet a = 1;\n```\n"),
    (f"# 桥\n\n{HILL}\n\n桥\n\n\n{HILL.replace('山', '水')}", f"# 桥\n\n{HILL}\n\n{HILL.replace('山', '水')}"),
    ("天亮了,他走了。\r\n\r\n| 甲 |\r\n| 1 |\r\n", "天亮了，他走了。\r\n\r\n| 甲 |\r\n| --- |\r\n| 1 |\r\n"),
]
LEFT = [
    "天亮了..他走了。",
    "看代码：\n\n```js\nlet a = 1;\n\n这里说明一下。",
    "| 甲 | 乙 |\n| 1 | 2 | 3 |\n",
    "# 桥\n\n### 木桥\n\n好。\n\n### 石桥\n\n好。",
    "山脚下的小\ufffd\ufffd绕过竹林。",
]
"""Wrong, but not certain how to mend."""


@pytest.mark.parametrize(("text", "right"), MENDED)
def test_a_certain_fix_mends_and_leaves_nothing_to_mend(text: str, right: str) -> None:
    assert mended(text, review_text(text)) == right
    assert [finding for finding in review_text(right) if finding.fix] == []


@pytest.mark.parametrize("text", LEFT)
def test_what_is_not_certain_has_no_fix(text: str) -> None:
    findings = review_text(text)
    assert findings
    assert [finding for finding in findings if finding.fix] == []


def test_what_was_cut_off_is_not_closed_but_gone_on_with() -> None:
    findings = review_text("看代码：\n\n```js\nlet a = 1;", finish_reason="length")
    assert [(finding.kind, finding.fix, finding.action) for finding in findings] == [
        ("open_code", None, "again"),
        ("cut_off", None, "continue"),
    ]


def test_every_action_belongs_to_a_kind_that_is_found() -> None:
    assert set(ACTIONS) <= {kind for check in CHECKS for kind in check.kinds}


def test_what_is_private_is_not_said_again() -> None:
    for text in ("卡号 4539 1488 0343 6467", "密码：Tide2024sea"):
        findings = review_input(text)
        assert [finding.action for finding in findings] == ["hide"]
        assert [dict(finding.params) for finding in findings] == [{}]


def test_front_matter_is_no_prose() -> None:
    assert review_text("---\ntitle: 桥,\nlist: [a\n---\n\n" + HILL) == ()


def test_nothing_is_found_in_nothing() -> None:
    for text in ("", " \n\r\n\t", "\ufeff"):
        assert review_text(text) == review_input(text) == ()


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(), max_size=8), st.just("\n")), max_size=60).map("".join))
def test_any_text_is_taken_and_its_findings_lie_in_it(text: str) -> None:
    for findings in (review_text(text, "写 300 字，必须包含“桥”，用表格列出", "length"), review_text(text), review_input(text)):
        for finding in findings:
            assert 0 <= finding.start <= finding.end <= len(text)
            if finding.fix:
                assert 0 <= finding.fix.start <= finding.fix.end <= len(text)
                assert text[finding.fix.start : finding.fix.end] != finding.fix.text


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_fixes_never_undo_each_other(text: str) -> None:
    """However a text is wrong, mending it again and again comes to an end."""
    for _ in range(6):
        again = mended(text, review_text(text))
        if again == text:
            return
        text = again
    pytest.fail(f"still changing: {text!r}")


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_no_text_is_slow_to_check(piece: str) -> None:
    """A quadratic check would take minutes."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    review_text(text, brief=text[:2000])
    review_input(text)
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    "piece",
    [
        "写一篇 800 字的文章，",
        "必须包含“",
        "不要使用“桥”、",
        "Do not use ",
        "用表格",
        "1-2-3 字",
        "要",
        "分三段，",
        "不要用感叹号、",
        "no three ",
    ],
)
def test_no_brief_is_slow_to_read(piece: str) -> None:
    began = time.process_time()
    review_text(HILL, brief=piece * (20_000 // len(piece)))
    assert time.process_time() - began < 5


def test_a_mark_that_is_not_wanted_is_put_right_where_that_is_certain() -> None:
    brief = "不要用感叹号，不要加表情。"
    text = "快走！天要黑了！😊\n他喊：“快走！”"
    findings = review_text(text, brief)
    assert mended(text, findings) == "快走。天要黑了。\n他喊：“快走！”"
    assert [(finding.kind, bool(finding.fix), finding.action) for finding in findings] == [
        *([("mark_unwanted", True, "")] * 3),
        ("mark_unwanted", False, "rephrase"),
    ]
