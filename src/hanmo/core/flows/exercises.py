"""Exercises with answers: Python counts and numbers them and sees that each has its answer; the model fills in questions and answers."""

import re
from dataclasses import replace

from hanmo.core.articles import Section
from hanmo.core.briefs import read_number
from hanmo.core.flows.asks import Answer, Ask, Flow
from hanmo.core.flows.prose import Place, Prose
from hanmo.core.text import Language, count_words, sentences, units

PER_SECTION = 5
MOST = 60
TRIES = 5
LONG = 8
SHARE_OF_ANSWER = 0.5
COUNTED = re.compile(
    r"(\d+|[一二两三四五六七八九十]+)\s*(?:道|个)[^，。；\n]{0,16}(?<![问话主标专课难议])题|(\d+|two|three|four|five|six|ten)\s+(?:\w+\s+){0,3}(?:exercises|questions|problems|quizzes)\b",
    re.IGNORECASE,
)
PARTS = re.compile(r"\n\n(?=\*\*(?:\d+\.|答案：|Answer:)\*\*)")
"""Between a question and an answer."""
ANSWERED = re.compile(r"答案|解析|解答|\banswers?\b|\bsolutions?\b", re.IGNORECASE)
WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
ANSWER: dict[Language, str] = {"zh": "**答案：**", "en": "**Answer:** "}


def asked_exercises(brief: str) -> int:
    """How many exercises with answers a brief asks for; 0 where it asks for none."""
    if not ANSWERED.search(brief):
        return 0
    counts = [WORDS.get((m[1] or m[2]).lower()) or read_number(m[1] or m[2]) for m in COUNTED.finditer(brief)]
    return min(MOST, max(counts, default=0))


def share_of_exercises(total: int, sections: list[Section], k: int) -> range:
    """The numbers of the exercises in section `k`, from 1."""
    n = len(sections)
    return range(total * k // n + 1, total * (k + 1) // n + 1)


def write_exercises(place: Place, words: int, numbers: range, lang: Language, begun: str = "") -> Flow[Prose]:
    """The numbered exercises, each with its answer, no question like another; "missing_answer" where one came to nothing. Goes on from what is
    `begun` of them, the last question or answer of it included."""
    text, problem = "", ""
    parts = PARTS.split(begun) if begun else []
    said = set(_long_sentences(begun))
    for number in numbers:
        left = max(40, (words - count_words(text)) // (numbers.stop - number))
        for opening, share in ((f"**{number}.** ", 1 - SHARE_OF_ANSWER), (ANSWER[lang], SHARE_OF_ANSWER)):
            before = (text + "\n\n" if text else "") + (parts.pop(0) if parts else opening)
            if parts:
                text = before
                continue
            answer = yield from _paragraph(place, before, max(40, round(left * share * 3)), said)
            if answer.end == "skipped":
                return Prose("", "skipped", words)
            text = before + answer.text.strip()
            problem = problem or ("" if answer.text.strip() else "missing_answer")
    return Prose(text, problem, words)


def _paragraph(place: Place, before: str, tokens: int, said: set[str]) -> Flow[Answer]:
    """What follows `before`, up to a blank line; asked again where it is empty or holds a sentence that was `said`, which it learns."""
    avoid: tuple[str, ...] = ()
    for attempt in range(TRIES):
        warmer = place.sampling.temperature + 0.15 * attempt
        sampling = replace(place.sampling, max_new_tokens=tokens, temperature=warmer, seed=place.seed + 101 * attempt)
        answer = yield Ask(
            place.messages, sampling, place.opening + before, avoid=avoid, block="paragraph", more=True, attempt=attempt, free=True
        )
        new = _long_sentences(answer.text)
        if answer.end == "skipped" or (answer.text.strip() and len(new) == len(set(new) - said)):
            break
        avoid = (*avoid, answer.text[:12]) if answer.text.strip() else avoid
    said.update(new)
    return answer


def _long_sentences(text: str) -> list[str]:
    """The sentences that should come once, by their words."""
    found = (units(text[start:end]) for start, end in sentences(text))
    return [" ".join(words) for words in found if len(words) >= LONG]
