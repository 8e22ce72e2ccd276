"""Counting and telling languages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.text import count_words, ends_sentence, language_of, sentences, units, whole_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("春天来了，花开了。", 7),
        ("我们使用Python编写GUI程序", 10),
        ("It's a well-known fact: 3,000 copies.", 7),
        ("𠮷野家", 3),
        ("# 标题\n\n- 一\n- 二", 4),
        ("……——！？", 0),
    ],
)
def test_words_are_counted_as_writers_count_them(text: str, expected: int) -> None:
    assert count_words(text) == expected


@given(st.text(), st.text())
def test_counting_adds_up_over_lines(a: str, b: str) -> None:
    assert count_words(a + "\n" + b) == count_words(a) + count_words(b)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("写一篇关于 FastAPI 的技术博客", "zh"),
        ("Explain what the word 翰墨 means to English readers in some detail please.", "en"),
        ("", "en"),
        ("春", "zh"),
    ],
)
def test_the_language_is_that_of_the_text_and_not_of_a_quotation_in_it(text: str, expected: str) -> None:
    assert language_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("春天来了。花开了！", ["春天来了。", "花开了！"]),
        ("他问：“去吗？”她摇头。", ["他问：“去吗？”", "她摇头。"]),
        ("真的……吗？！好。", ["真的……", "吗？！", "好。"]),
        ("一行\n\n  两行。还有", ["一行", "两行。", "还有"]),
        ("It rained. We left.", ["It rained.", "We left."]),
        ('He said "Go now." She left.', ['He said "Go now."', "She left."]),
        (
            "Dr. Smith met J. K. Rowling, i.e. the author. They talked.",
            ["Dr. Smith met J. K. Rowling, i.e. the author.", "They talked."],
        ),
        ("Version 2.5 costs 3.99 now. Buy it.", ["Version 2.5 costs 3.99 now.", "Buy it."]),
        ("1. First do this. Then that.\n2. Rest", ["1. First do this.", "Then that.", "2. Rest"]),
        ("**要点在此。**下一句。", ["**要点在此。**", "下一句。"]),
        ("又是1998。 3. 这不是编号。", ["又是1998。", "3.", "这不是编号。"]),
    ],
)
def test_sentences_end_with_their_closing_marks_and_lines_end_them(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(st.text('春花。！？…”」）) .\n\t1aDr"*', max_size=60))
def test_sentences_cover_everything_but_white_space(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all("\n" not in text[start:end] for start, end in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他走了。", True),
        ("“走吧！”\n", True),
        ("He left.*", True),
        ("**他走了……**", True),
        ("他走了，", False),
        ("他走了", False),
        ("”", False),
        ("", False),
    ],
)
def test_whether_a_sentence_is_over(text: str, expected: bool) -> None:
    assert ends_sentence(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他走了。她也", "他走了。"),
        ("他说：“走吧。”然后", "他说：“走吧。”"),
        ("标题\n\n正文还没", "标题"),
        ("还没写完", ""),
        ("He left. She st", "He left."),
        ("", ""),
    ],
)
def test_what_is_whole_of_a_text_that_was_cut(text: str, expected: str) -> None:
    assert whole_sentences(text) == expected


@given(st.text("春花。！？”）) .\n1a", max_size=60))
def test_what_is_whole_begins_the_text_and_stays_whole(text: str) -> None:
    whole = whole_sentences(text)
    assert text.startswith(whole)
    assert whole_sentences(whole + "\n后") == whole


def test_units_are_counted_as_words_are() -> None:
    text = "我们使用Python 3.12编写GUI，It's fine。"
    assert units(text) == ["我", "们", "使", "用", "python", "3", "12", "编", "写", "gui", "it's", "fine"]
    assert len(units(text)) == count_words(text)


@given(st.text(max_size=80))
def test_there_are_as_many_units_as_words(text: str) -> None:
    assert len(units(text)) == count_words(text)
