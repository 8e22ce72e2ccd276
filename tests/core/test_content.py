"""The telling words of a text: what a model is to speak of something else by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.content import telling_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("春雨滋润了大地，春雨", ("春雨滋润", "春雨")),
        ("这是我们的", ()),
        (" the old harbour lies there, the old Harbour", (" harbour", " lies", " Harbour")),
        ("用 Python 写代码", ("写代码", " Python")),
        ("**，。!?", ()),
    ],
)
def test_they_are_runs_of_characters_that_say_something_and_longer_english_words(text: str, words: tuple[str, ...]) -> None:
    assert telling_words(text) == words


@given(st.text())
def test_each_stands_in_the_text_and_none_comes_twice(text: str) -> None:
    words = telling_words(text)
    assert len(set(words)) == len(words)
    assert all(word.strip() in text for word in words)
