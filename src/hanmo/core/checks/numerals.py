"""Numbers as they are written in Chinese and English texts, read as numbers."""

import re

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}

NUMBER = r"(?:\d[\d,，]*(?:\.\d+)?\s*(?:[百千]?[万亿])?|[零〇一二两三四五六七八九十百千万亿]+)"
"""Digits, with 万 or 亿 behind them, or Chinese numerals."""


def read_number(text: str) -> float | None:
    """The number `text` says; None where it says none ("十百")."""
    text = re.sub(r"[\s,，]", "", text)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([百千]?)([万亿]?)", text)
    if found:
        return float(found[1]) * SMALL.get(found[2], 1) * LARGE.get(found[3], 1)
    if text and all(c in DIGITS for c in text):
        return float("".join(str(DIGITS[c]) for c in text)) if len(text) != 2 or "零" in text or "〇" in text else None
    return _spoken(text)


def _spoken(text: str) -> float | None:
    total = part = digit = 0
    smallest = 10**9
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in SMALL:
            if SMALL[character] >= smallest or (not digit and character != "十"):
                return None
            smallest = SMALL[character]
            part += (digit or 1) * smallest
            digit = 0
        elif character in LARGE and (part or digit or total):
            whole = total if character == "亿" else 0
            total = total - whole + (whole + part + digit) * LARGE[character]
            part, digit, smallest = 0, 0, 10**9
        else:
            return None
    if digit and smallest < 10**9 and smallest > 10 and "零" not in text and "〇" not in text:
        digit *= smallest // 10
    elif digit and smallest == 10**9 and total and "零" not in text and text[-2:-1] in LARGE:
        digit *= LARGE[text[-2]] // 10
    return float(total + part + digit)


_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ENGLISH = {word: n for n, word in enumerate([*_ONES, "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"])}
TENS = {word: 20 + 10 * n for n, word in enumerate(_TENS)}
ENGLISH_NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
)


def read_english(text: str) -> float | None:
    """Digits, or a number word below one hundred."""
    bare = text.replace(",", "").strip().lower()
    if bare[:1].isdigit():
        return float(bare)
    tens, _, ones = bare.replace(" ", "-").partition("-")
    if tens in TENS:
        return float(TENS[tens] + (ENGLISH.get(ones, 0) if ones else 0))
    return float(ENGLISH[bare]) if bare in ENGLISH else None
