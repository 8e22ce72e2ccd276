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


SENTENCE = re.compile(r"[^。！？!?…\n]*?(?:[。！？!?…]+|\.(?=\s|$))[”’」』）)】\"'*_]*|[^\n]+?(?=\n|$)")
"""A sentence with the closing quotes and marks behind it, or what is left of a line."""
ENDS = "。！？!?…."
CLOSERS = "”’」』）)】\"'*_`~"


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, in order, without the white space around them. A line break ends a sentence."""
    spans = []
    for found in SENTENCE.finditer(text):
        body = found.group()
        start = found.start() + len(body) - len(body.lstrip())
        if end := len(body.strip()):
            spans.append((start, start + end))
    return spans


def ends_sentence(text: str) -> bool:
    """Whether the text stops where a sentence does."""
    bare = text.rstrip().rstrip(CLOSERS)
    return bool(bare) and bare[-1] in ENDS


def units(text: str) -> list[str]:
    """What repetition is counted in: single Han characters and Latin words, in lower case."""
    return [word.lower() for word in re.findall(rf"{HAN.pattern}|{LATIN_WORD.pattern}", text)]
