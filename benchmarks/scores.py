"""Scores of a text that need no judge. The length score S_l is LongBench-Write's (THUDM, eval_length.py); length is counted as it counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean

from hanmo.core.text import HAN, ends_sentence, units

NOT_PROSE = re.compile(r"\s*(\||>|[-*+] |\d+[.、)] ?|#)")
SCAFFOLD = re.compile(
    r"<\|im_|写作要求[:：]|(?m:^(?:要点|字数|标题)[:：])|[（(]约?\s*\d+\s*字[)）]|现在写第|Now write part|(?m:^(?:Points|Word count):)"
    r"|^(?:好的|当然|Sure|Certainly|Here is)\b",
    re.IGNORECASE,
)
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """`ratio` is length over the asked length; `repetition` the share of n-grams of prose that stood before (8 Han characters, 4 words);
    `doubled` the share of prose sentences that did."""

    length_score: float
    ratio: float
    within: bool
    repetition: float
    doubled: float
    clean: bool
    scaffold: bool


def score(text: str, required: int) -> Score:
    length = len(re.findall(r"[\u4e00-\u9fff]", text)) + len(re.findall(r"\b[a-zA-Z]+\b", text))
    prose = prose_of(text)
    balanced = len(re.findall(r"(?m)^```", text)) % 2 == 0 and prose.count("**") % 2 == 0
    return Score(
        length_score(length, required),
        length / required,
        abs(length / required - 1) <= 0.10,
        repetition(prose),
        doubled(prose),
        balanced and ends_clean(text),
        bool(SCAFFOLD.search(text)),
    )


def length_score(length: int, required: int) -> float:
    """0 to 100; falls to 0 at four times the length and at a third of it."""
    if not length:
        return 0.0
    over = (length / required - 1) / 3 if length > required else (required / length - 1) / 2
    return 100 * max(0.0, 1 - over)


def prose_of(text: str) -> str:
    """Without fenced code, tables, lists, quotations and headings."""
    bare = re.sub(r"(?ms)^```.*?^```[^\n]*$", "", text)
    return "\n".join(line for line in bare.splitlines() if not NOT_PROSE.match(line))


def repetition(prose: str) -> float:
    words = units(prose)
    n = 8 if sum(1 for word in words if HAN.match(word)) * 2 > len(words) else 4
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def doubled(prose: str) -> float:
    sentences = [s.strip() for s in re.split(r"[。！？!?\n]|(?<=[a-z])\.\s", prose)]
    long = [s for s in sentences if len(units(s)) >= 8]
    return 1 - len(set(long)) / len(long) if long else 0.0


def ends_clean(text: str) -> bool:
    """With a finished sentence, a block that is closed, or a short last line such as a signature."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    last = lines[-1]
    if ends_sentence(last) or last.startswith(("```", "|")):
        return True
    return len(lines) > 1 and len(units(last)) <= 12 and last[-1] not in "，、,：:；;（("


def interval(values: Sequence[float], seed: int = 1) -> tuple[float, float, float]:
    """Mean, and the 95 % interval of the mean by resampling the prompts."""
    rng = Random(seed)
    means = sorted(mean(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return mean(values), means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]
