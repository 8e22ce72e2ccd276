"""Phrases that stand already: where in a sentence the old words begin, and how far back another way is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.blocks import read_lines
from hanmo.core.phrases import Phrases, turning_point

OLD = "清晨的阳光照进老城区的每一条小巷，卖早点的人已经支起了炉子。"
OLD_EN = "The old harbour lies two miles east of the town, behind a wall of grey stone."


def first_old(text: str, *settled: str) -> str | None:
    """What stands from the old phrase on."""
    phrases = Phrases()
    for each in settled:
        phrases.add(each)
    found = phrases.find(text)
    return None if found is None else text[found:]


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("到了春天，清晨的阳光照进老城区的屋顶。", "清晨的阳光照进老城区的屋顶。"),
        ("他说卖早点的人已经支起了炉子", "卖早点的人已经支起了炉子"),
        ("新的一句。还有清晨的阳光照进老城区的墙。", "清晨的阳光照进老城区的墙。"),
        (OLD, OLD),
        ("We knew that the old harbour lies two miles east of it.", "the old harbour lies two miles east of it."),
    ],
)
def test_an_old_phrase_is_found_where_it_begins(text: str, old: str) -> None:
    assert first_old(text, OLD, OLD_EN) == old


@pytest.mark.parametrize(
    "text",
    [
        "清晨的阳光照进老屋的窗。",
        "傍晚的阳光照进老城区。清晨的阳光照进屋里。",
        "The old harbour lies far away.",
        "| 清晨的阳光照进老城区的每一条小巷 |",
        "- 清晨的阳光照进老城区的每一条小巷",
        "> 清晨的阳光照进老城区的每一条小巷",
        "## 清晨的阳光照进老城区的每一条小巷",
        "```\n清晨的阳光照进老城区的每一条小巷\n```",
        "他念道：“清晨的阳光照进老城区的每一条小巷。”",
        "灯还亮着，\n清晨的阳光照进老城区的每一条小巷，\n人还等着。",
        "",
    ],
)
def test_new_words_short_runs_and_what_is_no_prose_are_left(text: str) -> None:
    assert first_old(text, OLD, OLD_EN) is None


def test_a_text_is_held_against_its_own_sentences_too_but_not_against_the_one_in_flight() -> None:
    assert first_old("孩子们在树下数着过往的白云。下午，孩子们在树下数着过往的汽车。") == "孩子们在树下数着过往的汽车。"
    assert first_old("他把孩子们在树下数着过往的白云，画成孩子们在树下数着过往的汽车") is None


def test_what_stands_before_a_place_is_let_through_with_the_phrase_that_begins_there() -> None:
    phrases = Phrases()
    phrases.add(OLD)
    text = "他想起" + OLD
    phrases.leave(len("他想起清晨"))
    assert phrases.find(text[:-8]) is None
    again = text + "他又想起卖早点的人已经支起了炉子。"
    found = phrases.find(again)
    assert found is not None
    assert again[found:] == "卖早点的人已经支起了炉子。"


@given(
    st.lists(
        st.sampled_from(
            ["清晨的阳光照进老城区的", "每一条小巷", "花开了", "。", "，", "\n", "- ", "The old ", "harbour lies two miles "]
        ),
        max_size=14,
    )
)
def test_a_found_phrase_stands_in_prose_and_stays_found(bits: list[str]) -> None:
    text = "".join(bits)
    phrases = Phrases()
    phrases.add(OLD)
    found = phrases.find(text)
    assert phrases.find(text) == found
    if found is not None:
        assert any(line.start <= found < line.end for line in read_lines(text) if line.kind == "prose")


@pytest.mark.parametrize(
    ("text", "old", "there"),
    [
        ("花开了，清晨的阳光", "阳光", "清晨的阳光"),
        ("花开了。清晨的阳光", "清晨", "清晨的阳光"),
        ("他说：“清晨的阳光", "阳光", "清晨的阳光"),
        ("清晨的阳光", "阳光", "清晨的阳光"),
        ("He left, and the old harbour", "old", " and the old harbour"),
        ("He left. The old harbour", "old", " The old harbour"),
        ("He said the old harbour", "old", "He said the old harbour"),
    ],
)
def test_another_way_is_taken_at_the_clause(text: str, old: str, there: str) -> None:
    assert text[turning_point(text, text.index(old)) :] == there
