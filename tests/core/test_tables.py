"""Tables put right, and everything else left."""

from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.tables import mend_tables


def test_rows_get_the_width_of_the_header_and_lose_no_cell() -> None:
    assert (
        mend_tables("前\n\n| a | b |\n| 1 | 2 | 3 |\n| 4 |\n\n后") == "前\n\n| a | b |\n| --- | --- |\n| 1 | 2，3 |\n| 4 |  |\n\n后"
    )


def test_what_is_no_table_stays_as_it_is() -> None:
    for text in ("a | b", "| 只有一行 |", "```\n| a | b |\n| 1 |\n```", "| |\n| |", ""):
        assert mend_tables(text) == text


@given(st.lists(st.lists(st.sampled_from(["甲", "乙", "x y", ""]), min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_mended_table_is_mended(rows: list[list[str]]) -> None:
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    once = mend_tables(text)
    assert mend_tables(once) == once
    assert sum(once.count(cell) for cell in "甲乙") == sum(text.count(cell) for cell in "甲乙")
