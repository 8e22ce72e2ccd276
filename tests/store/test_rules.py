import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.errors import Conflict
from hanmo.store.rules import TITLE_MAX_CHARACTERS, new_id, next_status, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("写一篇关于春天的散文", "写一篇关于春天的散文"),
        ("\n\n# 标题 #1\n正文", "标题 #1"),
        ("> - [x] **Buy** `milk` and _bread_", "Buy milk and bread"),
        ("1. first\n2. second", "first"),
        ("```python\nprint(snake_case_name)\n```", "print(snake_case_name)"),
        ("---\n***\nafter the rules", "after the rules"),
        ("see [the page](https://example.org/a_b) ![图](x.png)", "see the page 图"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("~~old~~ new", "old new"),
        ("#hashtag stays", "#hashtag stays"),
        ("tabs\tand\x00controls\x1b[0m", "tabs andcontrols[0m"),
        ("# \nreal line", "real line"),
        ("a" * 60, "a" * 60),
        ("字" * 61, "字" * 59 + "…"),
        ("x" * 58 + "👨‍👩‍👧‍👦 tail", "x" * 58 + "…"),
        ("x" * 58 + "e\u0301e\u0301e", "x" * 58 + "…"),
    ],
)
def test_a_title_is_the_first_line_without_marks(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_of(text)
    assert len(title) <= TITLE_MAX_CHARACTERS
    assert title.splitlines() in ([], [title])
    assert title == title.strip()


@pytest.mark.parametrize("text", ["*a " * 100_000, "[" * 300_000, "_a" * 100_000, "> " * 100_000, "`" * 300_000])
def test_a_hostile_line_costs_little(text: str) -> None:
    began = time.process_time()
    title_of(text)
    assert time.process_time() - began < 0.5


def test_ids_are_128_bits_in_hex_and_differ() -> None:
    made = {new_id() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {32}


@pytest.mark.parametrize(
    ("status", "move", "outcome"),
    [
        ("queued", "begin", "reading"),
        ("queued", "append", "writing"),
        ("queued", "finish", "finished"),
        ("reading", "begin", "reading"),
        ("reading", "append", "writing"),
        ("reading", "finish", "finished"),
        ("writing", "begin", "generation_running"),
        ("writing", "append", "writing"),
        ("writing", "finish", "finished"),
        ("finished", "begin", "generation_finished"),
        ("finished", "append", "generation_finished"),
        ("finished", "finish", "generation_finished"),
    ],
)
def test_a_generation_moves_by_the_table(status: str, move: str, outcome: str) -> None:
    try:
        reached: str = next_status(status, move, "id")  # type: ignore[arg-type]
    except Conflict as error:
        reached = error.code
    assert reached == outcome
