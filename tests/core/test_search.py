"""What a query finds in a text, and that an index of the terms never hides it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hanmo.core.search import AFTER, BEFORE, find, fold, index_terms, pieces, query_terms, snippet


def found(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in find(text, pieces(query))]


@pytest.mark.parametrize(
    ("query", "text", "places"),
    [
        ("春天", "江南的春天，春天来了", ["春天", "春天"]),
        ("雨", "下雨了。雨", ["雨", "雨"]),
        ("春 雨", "春天的雨", ["春", "雨"]),
        ("春 雪", "春天的雨", []),
        ("春天", "春  天", []),
        ("wri", "Writing, rewriting", ["Wri"]),
        ("RÉSUMÉ", "my resume", ["resume"]),
        ("Ｑｗｅｎ３", "用 Qwen3-4B 写", ["Qwen3"]),
        ("qwen3模型", "qwen3模型和 qwen3 模型", ["qwen3模型"]),
        ('"春天"', "江南春天", ["春天"]),
        ("《边城》", "读《边城》", ["边城"]),
        ("春*", "春天*", ["春"]),
        ("c++", "用 C++ 写，不用 C", ["C++"]),
        ("3.5", "3.5 元，35 元", ["3.5"]),
        ("春天 OR 雨", "春天的雨", []),
        ("NOT", "do not", ["not"]),
        ("かな", "ひらがな", []),
        ("がな", "ひらがな", ["がな"]),
        ("𠮷野", "𠮷野家", ["𠮷野"]),
        ("", "任何", []),
        ("。，“”*", "任何。", []),
        ("aa", "aaaa aa", ["aa", "aa"]),
        ("雨雨", "雨雨雨", ["雨雨"]),
    ],
)
def test_a_query_is_plain_text_in_pieces(query: str, text: str, places: list[str]) -> None:
    assert found(text, query) == places


letters = st.text(st.sampled_from('春天雨雪aAbé3٣ _-.*"，。(+\n𠮷がÉ'), max_size=12)
anything = st.text(st.characters(codec="utf-8"), max_size=40)


@given(letters | anything)
def test_folding_keeps_places(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(letters | anything, letters)
@example("İİ a", "i")
@example("cafe\u0301 b", "cafe\u0301")
def test_what_is_found_has_all_terms_of_the_query(text: str, query: str) -> None:
    for asked in (query, text[2:9]):
        if find(text, pieces(asked)):
            terms = index_terms(text)
            for term, begins in query_terms(pieces(asked)):
                assert any(each.startswith(term) for each in terms) if begins else term in terms


@given(letters | anything)
def test_terms_are_safe_between_quotes(text: str) -> None:
    for term in index_terms(text):
        assert not set('" *\x00\n') & set(term)


@given(letters | anything, letters | anything)
def test_places_lie_in_order_and_apart(text: str, query: str) -> None:
    end = 0
    for first, last in find(text, pieces(query)):
        assert end <= first < last <= len(text)
        end = last


def test_a_snippet_is_one_line_around_the_first_place() -> None:
    text = "甲" * 100 + "\n春天\n" + "乙" * 200 + "春天"
    line = snippet(text, find(text, ["春天"]))
    assert line.text[0] == "…" and line.text[-1] == "…" and "\n" not in line.text
    assert [line.text[start:end] for start, end in line.spans] == ["春天"]
    assert len(line.text) <= BEFORE + AFTER + 2


def test_a_short_text_is_its_own_snippet() -> None:
    line = snippet("江南的春天", ((3, 5),))
    assert (line.text, line.spans) == ("江南的春天", ((3, 5),))


@given(letters | anything, letters)
def test_spans_of_a_snippet_are_what_was_found(text: str, query: str) -> None:
    asked = pieces(query)
    if places := find(text * 9, asked):
        line = snippet(text * 9, places)
        assert line.spans
        for start, end in line.spans:
            assert 0 <= start < end <= len(line.text)
