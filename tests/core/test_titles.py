"""Titles and a summary: what is taken from a model's answers, and how a long text is shown to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.asks import Answer
from hanmo.core.flows.room import estimate_tokens
from hanmo.core.flows.titles import ROOM_TOKENS, at_most, different, read_titles, shown, titles_and_summary
from hanmo.core.text import Language, count_words, ends_sentence
from tests.core.flow_scripts import drive, one_by_one

TEXT = "春天来了，花都开了。\n\n人们走出家门，到河边散步。"
TITLES = '["春到河边","花开时节","散步的人"]'
SUMMARY = (
    "文章写了春天的河边。花开了，人们走出家门散步，孩子在草地上跑，老人坐在长椅上晒太阳，"
    "卖风筝的人也来了，河边一天比一天热闹，直到傍晚才慢慢安静下来。"
)


def test_three_titles_and_a_summary() -> None:
    (titles, summary), asks = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([TITLES, SUMMARY]))
    assert titles == ("春到河边", "花开时节", "散步的人")
    assert summary == SUMMARY
    assert asks[1].messages[: len(asks[0].messages)] == asks[0].messages
    assert TEXT in asks[0].messages[1].text
    assert asks[0].grammar
    assert asks[0].free


def test_titles_are_cleaned_and_each_stands_once() -> None:
    answer = '["1. 《春到河边》","“春到河边”","标题三：花开时节。"]'
    assert different(read_titles(answer, "zh")) == ("春到河边", "花开时节")
    assert read_titles('["A Spring Day","春天"]', "zh") == ("春天",)
    assert different(["A Spring Day", "a spring day!"]) == ("A Spring Day",)


@pytest.mark.parametrize(
    "answer", ["", "[", '["', '["\\q"]', "null", '["","《》","。"]', json.dumps(["长" * 31], ensure_ascii=False)]
)
def test_titles_that_are_none_are_asked_for_once_more(answer: str) -> None:
    (titles, _), asks = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([answer, answer, SUMMARY]))
    assert titles == ()
    assert len(asks) == 3


def test_missing_titles_are_filled_from_the_second_answer() -> None:
    first = '["春到河边","春到河边","《春到河边》"]'
    (titles, summary), asks = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([first, TITLES, SUMMARY]))
    assert (titles, summary) == (("春到河边", "花开时节", "散步的人"), SUMMARY)
    assert asks[0].sampling.seed != asks[1].sampling.seed
    assert [turn.role for turn in asks[2].messages] == ["system", "user", "assistant", "user", "assistant", "user"]


def test_a_summary_that_ended_too_early_is_opened_again() -> None:
    start, rest = "文章写了春天的河边。", SUMMARY.removeprefix("文章写了春天的河边。")
    (_, summary), asks = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([TITLES, start, rest]))
    assert summary == SUMMARY
    assert (asks[2].opening, asks[2].more) == (start, True)


@pytest.mark.parametrize(
    "answer",
    [
        f"摘要：{SUMMARY}",
        f"好的，以下是摘要：\n\n{SUMMARY}",
        SUMMARY.replace("。花", "。\n\n花"),
        SUMMARY + "没有写完",
        f"“{SUMMARY}”",
    ],
)
def test_a_summary_is_one_paragraph_without_wrapping_and_half_sentences(answer: str) -> None:
    (_, summary), _ = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([TITLES, Answer(answer, "length")]))
    assert summary == SUMMARY


def test_a_summary_is_cut_at_a_sentence_where_it_is_too_long() -> None:
    (_, summary), _ = drive(titles_and_summary(TEXT, "zh", 5), one_by_one([TITLES, "这是第几句话呢我们都不知道。" * 20]))
    assert 60 <= count_words(summary) <= 150
    assert ends_sentence(summary)
    assert at_most("没有句号的一段话", 150) == ""


@pytest.mark.parametrize(
    ("lang", "sentence"), [("zh", "这一段的第{}句话说了些不同的事情。"), ("en", "Sentence number {} tells of something else. ")]
)
def test_a_long_text_is_shown_by_the_first_sentences_of_its_paragraphs(lang: Language, sentence: str) -> None:
    for paragraphs in (10, 60, 500):
        text = "\n\n".join("".join(sentence.format(f"{p}-{i}") for i in range(30)) for p in range(paragraphs))
        short = shown(text)
        assert estimate_tokens(short) <= ROOM_TOKENS
        assert sentence.format("0-0").strip() in short
        assert short == shown(text)
        assert len(short) > 1000
    assert shown(TEXT) == TEXT


def test_one_endless_line_is_cut() -> None:
    assert 0 < estimate_tokens(shown("字" * 50_000)) <= ROOM_TOKENS


@given(st.text(max_size=200), st.lists(st.text(max_size=120), min_size=1, max_size=4), st.sampled_from(["zh", "en"]))
def test_the_same_answers_make_the_same_requests(text: str, answers: list[str], lang: Language) -> None:
    runs = [drive(titles_and_summary(text, lang, 5), one_by_one(list(answers))) for _ in range(2)]
    assert runs[0] == runs[1]
    titles, summary = runs[0][0]
    assert len(set(titles)) == len(titles) <= 3
    assert not summary or ends_sentence(summary)
