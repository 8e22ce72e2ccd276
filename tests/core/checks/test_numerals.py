"""Numbers are read as they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.checks.numerals import read_english, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("五", 5), ("十", 10), ("十二", 12), ("二十八", 28), ("一百零五", 105), ("一百二", 120), ("三百二十", 320),
        ("两万五", 25_000), ("一千二", 1200),
        ("三万五千", 35_000), ("一九九八", 1998), ("二〇二四", 2024), ("一亿两千万", 120_000_000), ("1.2万", 12_000), ("3,000", 3000), ("5千万", 5e7),
        ("55", 55), ("十百", None), ("百", None), ("万", None), ("二三", None),
    ],
)  # fmt: skip
def test_chinese_numbers(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("28", 28), ("1,998", 1998), ("twenty-eight", 28), ("thirty two", 32), ("ninety", 90), ("twelve", 12), ("few", None)],
)
def test_english_numbers(text: str, number: float | None) -> None:
    assert read_english(text) == number


@given(st.text("零一二两三四五六七八九十百千万亿0123456789.,", max_size=12))
def test_no_numeral_raises(text: str) -> None:
    assert read_number(text) is None or read_number(text) >= 0  # type: ignore[operator]
