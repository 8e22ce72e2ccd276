"""What of an article fits the context."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.room import FOR_WORDS, FULL, KEEP, Room, estimate_tokens, kept_from

ROOM = Room(8192)
sizes = st.lists(st.integers(0, 900), max_size=24)


def texts_of(lengths: list[int]) -> list[str]:
    return ["字" * length for length in lengths]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("春天来了，花开了。", 7),
        ("The tea is hot.", 7),
        ("| 茶 | 80 |\n| --- | --- |\n", 11),
        ("print(total, count)", 6),
    ],
)
def test_tokens_are_estimated_by_script(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_text_has_more_tokens(a: str, b: str) -> None:
    assert estimate_tokens(a + "\n" + b) >= estimate_tokens(a) >= 0


@given(sizes, st.integers(30, 900), st.integers(0, 3000))
def test_nothing_is_left_out_before_three_quarters_are_full(lengths: list[int], words: int, front: int) -> None:
    texts = texts_of(lengths)
    used = estimate_tokens("字" * front) + sum(map(estimate_tokens, texts)) + words * FOR_WORDS
    if used <= FULL * ROOM.n_ctx:
        assert kept_from("字" * front, texts, [words] * (len(texts) + 1), ROOM) == 0


@given(sizes, st.integers(30, 900), st.integers(0, 2000))
def test_what_was_left_out_stays_out_and_the_rest_is_there_whole(lengths: list[int], words: int, front: int) -> None:
    texts = texts_of(lengths)
    asked = [words] * (len(texts) + 1)
    firsts = [kept_from("字" * front, texts[:k], asked[: k + 1], ROOM) for k in range(len(texts) + 1)]
    assert firsts == sorted(firsts)
    assert all(first <= k for k, first in enumerate(firsts))


@given(sizes, st.integers(30, 900), st.integers(0, 2000))
def test_what_is_kept_fits_and_each_time_makes_room_for_several_more(lengths: list[int], words: int, front: int) -> None:
    texts = texts_of(lengths)
    fixed = estimate_tokens("字" * front)
    before = 0
    for k in range(len(texts) + 1):
        first = kept_from("字" * front, texts[:k], [words] * (k + 1), ROOM)
        kept = fixed + sum(map(estimate_tokens, texts[first:k]))
        assert kept + words * FOR_WORDS <= FULL * ROOM.n_ctx or first == k
        if first != before:
            assert kept <= KEEP * ROOM.n_ctx or first == k
        before = first


def test_five_thousand_characters_are_compacted_once_at_most_in_the_default_context() -> None:
    texts = texts_of([390] * 13)
    firsts = [kept_from("字" * 600, texts[:k], [385] * (k + 1), ROOM) for k in range(13)]
    assert len(set(firsts)) <= 2
    assert firsts[9] == 0


def test_a_small_context_keeps_nothing_rather_than_overflow() -> None:
    assert kept_from("字" * 900, texts_of([400, 400]), [400] * 3, Room(1024)) == 2
