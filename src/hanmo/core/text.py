"""Counting as writers count (字数: Han characters plus Latin words), and telling which language a text is in."""

import re
from typing import Literal

Language = Literal["zh", "en"]

HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
LATIN_WORD = re.compile(r"[A-Za-z0-9À-ɏ]+(?:['’\-][A-Za-z0-9À-ɏ]+)*")


def count_words(text: str) -> int:
    """字数: each Han character and each Latin word (a number is a word) counts one; punctuation and marks count nothing."""
    return len(HAN.findall(text)) + len(LATIN_WORD.findall(text))


def language_of(text: str) -> Language:
    """The language a reply should be in: Chinese as soon as Han characters are not a mere quotation in a Latin text."""
    han = len(HAN.findall(text))
    return "zh" if han and han * 3 >= len(LATIN_WORD.findall(text)) else "en"
