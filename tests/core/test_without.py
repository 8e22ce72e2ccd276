"""Taking one demand out of a brief: what is left reads as if it had never been said, and nothing else goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.brief_fields import BriefFields
from hanmo.core.constraints import read_constraints
from hanmo.core.text import language_of
from hanmo.core.without import without

LEFT: list[tuple[str, str, str]] = [
    ("语气正式，又要口语化。", "要口语化", "语气正式。"),
    ("语气正式，又要口语化。", "语气正式", "要口语化。"),
    ("写一篇 2000 字的文章，不超过 500 字。", "2000 字", "写一篇文章，不超过 500 字。"),
    ("写一篇 2000 字的文章，不超过 500 字。", "不超过 500 字", "写一篇 2000 字的文章。"),
    ("写得详细，同时简洁。", "详细", "简洁。"),
    ("讲茶。口语化。写短。", "口语化", "讲茶。写短。"),
    ("讲茶\n口语化", "口语化", "讲茶"),
    ("Be concise and comprehensive.", "concise", "Be comprehensive."),
    ("Be concise and comprehensive.", "comprehensive", "Be concise."),
    ("Write it in a formal but chatty way.", "formal", "Write it in a chatty way."),
    ("Write about tea, at most 300 words.", "at most 300 words", "Write about tea."),
    ("口语化，写茶，口语化。", "口语化", "写茶。"),
    ("字数控制在 300 字以内，至少 500 字。", "300 字以内", "至少 500 字。"),
    ("Write a letter. Keep it under 300 words, but at least 500 words.", "under 300 words", "Write a letter. at least 500 words."),
    ("要求：语气正式、口语化。", "语气正式", "要求：口语化。"),
]


def leave_out(fields: BriefFields, text: str) -> BriefFields | None:
    lang = language_of(fields.text or fields.requirements)
    (demand,) = [item for item in read_constraints(fields, lang).items if item.text == text]
    return without(fields, demand, lang)


@pytest.mark.parametrize(("brief", "demand", "left"), LEFT)
def test_a_clause_goes_with_its_stop_and_words_go_from_a_clause_that_says_more(brief: str, demand: str, left: str) -> None:
    assert leave_out(BriefFields(text=brief), demand) == BriefFields(text=left)


def test_a_line_goes_a_field_is_emptied_and_what_says_it_again_goes_too() -> None:
    code = "```\nx\n```"
    fields = BriefFields(
        text="写茶，语气正式", requirements=f"1. 语气正式\n2. 短\n\n{code}", format="表格", language="en", words=900
    )
    left = leave_out(fields, "语气正式")
    assert left is not None
    assert (left.text, left.requirements) == ("写茶", f"2. 短\n\n{code}")
    for text, name, empty in (("输出格式：表格", "format", ""), ("语言：英文", "language", ""), ("篇幅：约 900 字", "words", None)):
        left = leave_out(fields, text)
        assert left is not None
        assert getattr(left, name) == empty
        assert left.requirements == fields.requirements


PIECES = [
    "语气正式",
    "要口语化",
    "简洁",
    "详细",
    "不超过 300 字",
    "2000 字",
    "用英文",
    "写一篇茶的文章",
    "，",
    "。",
    "又",
    "的",
    "\n",
    " and ",
    "formal",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_taken_out_is_gone_and_no_letter_is_new(text: str) -> None:
    fields, lang = BriefFields(text=text), language_of(text)
    for item in read_constraints(fields, lang).items:
        left = without(fields, item, lang)
        if left is None:
            continue
        assert item.text not in [each.text for each in read_constraints(left, lang).items]
        rest = iter(text)
        assert all(letter in rest for letter in left.text), left.text
