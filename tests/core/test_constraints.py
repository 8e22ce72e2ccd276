"""Constraints as Hanmo understands them, and which of them conflict: must flag, and must pass."""

from dataclasses import replace

import pytest

from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.constraints import ConstraintKind, Constraints, read_constraints
from hanmo.core.text import language_of

UNDERSTOOD: list[tuple[str, list[tuple[str, str]]]] = [
    ("写一篇茶的介绍，不超过 300 字，语气正式，必须提到“龙井”，不要出现“养生”。",
     [("length", "不超过 300 字"), ("tone", "语气正式"), ("include", "必须提到“龙井”"), ("avoid", "不要出现“养生”")]),
    ("用表格列出三种茶，用英文写。", [("form", "用表格列出"), ("language", "用英文")]),
    ("写一篇小说，用第一人称，3000字以上，要详细。", [("person", "用第一人称"), ("length", "3000字以上"), ("tone", "要详细")]),
    ("Write at least 500 words in English, in a formal tone, in the first person.",
     [("length", "at least 500 words"), ("language", "in English"), ("tone", "formal"), ("person", "in the first person")]),
    ("写一篇短文，分三段，不要用感叹号。", [("form", "分三段"), ("avoid", "不要用感叹号")]),
    ("写三到五个自然段，至少列出五点建议，感叹号一律不用。",
     [("form", "写三到五个自然段"), ("form", "至少列出五点"), ("avoid", "感叹号一律不用")]),
    ("作文，三段，500 字。", [("form", "三段"), ("length", "500 字")]),
    ("不要用表格，不要分点。", [("form", "不要用表格"), ("form", "不要分点")]),
    ("别提到炊烟。包含关键词：竹林、灯塔", [("avoid", "别提到炊烟"), ("include", "包含关键词：竹林、灯塔")]),
    ("Write three short paragraphs, with five bullet points and no exclamation marks. Don't use emojis or em dashes.",
     [("form", "Write three short paragraphs"), ("form", "five bullet points"), ("avoid", "no exclamation marks"),
      ("avoid", "Don't use emojis or em dashes")]),
    ("A five-paragraph essay, without headings.", [("form", "five-paragraph"), ("form", "without headings")]),
    ("写一篇不分段的短文，不要超过三段。", [("form", "不分段"), ("form", "不要超过三段")]),
    ("附一张对比表格，误差不超过 50 字。", [("form", "附一张对比表格")]),
    ("通俗，不要使用专业术语，避免使用网络用语，不要包含“酒”。", [("tone", "通俗"), ("avoid", "不要包含“酒”")]),
    ("给正式员工讲口语考试，话题是严肃的问题，人物刻画细致。", []),
    ("Limit it to 3 paragraphs and use bullet points. Do not exceed 600 words.",
     [("form", "Limit it to 3 paragraphs"), ("form", "use bullet points"), ("length", "not exceed 600 words")]),
    ("Between 500 and 600 words, 700 words max.", [("length", "500 and 600 words"), ("length", "700 words max")]),
    ("第三段写得不好，早上五点写的。", []),
    ("不要使用英文括号，不要用太多感叹号。", []),
    ("什么是量子纠缠？", []),
    ("写一首四字成语的诗。", []),
    ("每段 100 字左右。", []),
    ("不要太正式。", []),
]  # fmt: skip

CONFLICTS: list[tuple[str, tuple[str, str]]] = [
    ("写一篇 2000 字的文章，不超过 500 字。", ("2000 字", "不超过 500 字")),
    ("至少 1000 字，最多 800 字。", ("至少 1000 字", "最多 800 字")),
    ("语气正式，又要口语化。", ("语气正式", "要口语化")),
    ("写得详细，同时简洁。", ("详细", "简洁")),
    ("用第一人称写，第三人称叙述。", ("用第一人称", "第三人称")),
    ("用中文写，用英文写。", ("用中文", "用英文")),
    ("必须提到“茶”，不要出现“茶”。", ("必须提到“茶”", "不要出现“茶”")),
    ("不要用 Markdown，用表格列出。", ("不要用 Markdown", "用表格列出")),
    ("Write at least 900 words, no more than 600 words.", ("at least 900 words", "no more than 600 words")),
    ("分三段，分五段。", ("分三段", "分五段")),
    ("用表格列出，不要用表格。", ("用表格列出", "不要用表格")),
    ("Write it in three paragraphs. Write it in at least five paragraphs.", ("in three paragraphs", "in at least five paragraphs")),
    ("Be concise and comprehensive.", ("concise", "comprehensive")),
    ("Write it in a formal but chatty way.", ("formal", "chatty")),
]

NO_CONFLICT = [
    "写一篇 800 到 1000 字的文章，至少 900 字。", "语气正式，简洁。", "把这段翻译成英文，用中文解释，用英文写译文。", "必须提到“茶”，不要出现“酒”。",
    "幽默，不要太严肃。", "用表格列出，再用列表总结。", "Write 500 words, at least 450 words.", "Formal and concise, in English.",
    "分三段，分五点说明，至少两段。", "Do not be formal; keep it casual.",
]  # fmt: skip


def read(brief: str) -> tuple[list[tuple[ConstraintKind, str]], list[tuple[str, str]]]:
    found = read_constraints(BriefFields(text=brief), language_of(brief))
    items = [(each.kind, each.text) for each in found.items]
    return items, [(items[i][1], items[j][1]) for i, j in found.conflicts]


@pytest.mark.parametrize(("brief", "expected"), UNDERSTOOD)
def test_constraints_are_understood_in_the_writers_words(brief: str, expected: list[tuple[str, str]]) -> None:
    assert read(brief) == (expected, [])


@pytest.mark.parametrize(("brief", "pair"), CONFLICTS)
def test_what_cannot_be_met_together_is_named(brief: str, pair: tuple[str, str]) -> None:
    assert pair in read(brief)[1]


@pytest.mark.parametrize("brief", NO_CONFLICT)
def test_what_goes_together_is_left_alone(brief: str) -> None:
    assert read(brief)[1] == []


def test_requirements_come_first_in_their_order_and_are_not_said_twice() -> None:
    fields = BriefFields(task="写一篇不超过 300 字的介绍", requirements="语气活泼\n不超过 300 字", format="表格", words=900)
    found = read_constraints(fields, "zh")
    assert [each.text for each in found.items] == ["语气活泼", "不超过 300 字", "输出格式：表格", "篇幅：约 900 字"]
    assert found.conflicts == ((1, 3),)


def test_the_format_field_needs_only_a_name() -> None:
    found = read_constraints(BriefFields(task="列出三种茶", requirements="只输出 JSON", format="Markdown 表格"), "zh")
    assert found.conflicts == ((0, 1),)


def test_a_field_that_became_a_line_of_the_requirements_is_no_second_constraint() -> None:
    fields = BriefFields(requirements="语气活泼", format="Markdown 表格", language="en", words=900)
    first = read_constraints(fields, "zh")
    assert len(first.items) == 4
    moved = replace(fields, requirements="\n".join(item.text for item in reversed(first.items)))
    assert read_constraints(moved, "zh").items == first.items[::-1]
    said = to_text(moved, "zh")
    assert [said.count(item.text) for item in first.items] == [1, 1, 1, 1]


def test_code_among_the_requirements_is_no_list_and_is_kept() -> None:
    code = "如下：\n```py\n1. x\n```"
    assert read_constraints(BriefFields(requirements=code), "zh") == Constraints(unlisted=code)
    found = read_constraints(BriefFields(requirements=f"语气活泼\n2. 不超过 300 字\n\n{code}\n"), "zh")
    assert [each.text for each in found.items] == ["语气活泼", "不超过 300 字"]
    assert found.unlisted == code
