"""Counting and telling languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.text import count_words, language_of


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
