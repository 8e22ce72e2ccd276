"""Counting as writers count (字数: Han characters plus Latin words), and telling which language a text is in."""

import re
from typing import Literal

Language = Literal["zh", "en"]

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
LATIN_WORD = re.compile(r"[A-Za-z0-9À-ɏ]+(?:['’\-][A-Za-z0-9À-ɏ]+)*")


def count_words(text: str) -> int:
    """字数: each Han character and each Latin word (a number is a word) counts one; punctuation and marks count nothing."""
    return len(HAN.findall(text)) + len(LATIN_WORD.findall(text))


def one_line(text: str) -> str:
    """What was typed as a name: without line breaks, and one space where there were several."""
    return " ".join(text.split())


def language_of(text: str) -> Language:
    """The language a reply should be in: Chinese as soon as Han characters are not a mere quotation in a Latin text."""
    han = len(HAN.findall(text))
    return "zh" if han and han * 3 >= len(LATIN_WORD.findall(text)) else "en"


CLOSING = r"[”’」』）)】\"'*_]*"
NO_ABBREVIATION = "".join(rf"(?<!\b{short})" for short in ("Mr", "Ms", "Mrs", "Dr", "St", "Prof", "vs", r"e\.g", r"i\.e", "[A-Z]"))
SENTENCE = re.compile(
    rf"(?m:^[ \t]*\d{{1,3}}\.[ \t]+)?+[^。！？!?…\n]*?(?:[。！？!?…]+|{NO_ABBREVIATION}\.(?={CLOSING}(?:\s|$))){CLOSING}|[^\n]+?(?=\n|$)"
)
"""A sentence with its number in a list before it and the closing quotes and marks behind it, or what is left of a line."""
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


UNIT = re.compile(rf"{HAN.pattern}|{LATIN_WORD.pattern}")


def unit_spans(text: str) -> list[tuple[str, int]]:
    """What repetition is counted in, with offsets: single Han characters and Latin words, in lower case."""
    return [(found.group().lower(), found.start()) for found in UNIT.finditer(text)]


def units(text: str) -> list[str]:
    """Those words alone, in one pass and one call of `lower`: this is where checks spend their time."""
    return "\n".join(UNIT.findall(text)).lower().split("\n") if text and UNIT.search(text) else []


def whole_sentences(text: str) -> str:
    """Up to the end of its last whole sentence; nothing where there is none."""
    finished = [end for _, end in sentences(text) if text[end - 1] in ENDS + CLOSERS or end < len(text.rstrip())]
    return text[: finished[-1]] if finished else ""
