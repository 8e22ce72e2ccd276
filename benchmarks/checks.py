"""How long the checks take over 50,000 characters, in the clean texts of the tests: prose, code and tables in both languages."""

import time
from pathlib import Path

from benchmarks.report import Row
from hanmo.core.checks.review import review_input, review_text

CHARACTERS = 50_000
ROUNDS = 7
BOUND_S = 0.2
CLEAN = Path(__file__).parents[1] / "tests" / "core" / "checks" / "clean"


def checks() -> list[Row]:
    """The best of some rounds, as other processes only ever add to it. The first round loads the parsers and does not count."""
    chinese, english = _text("zh-*.md"), _text("en-*.md")
    chinese_s, english_s = _seconds(chinese), _seconds(english)
    began = time.process_time()
    review_input(chinese)
    input_s = time.process_time() - began
    return [
        Row("checks on 50,000 characters, Chinese", chinese_s, "s", "≤ 0.2", lambda v: v <= BOUND_S),
        Row("checks on 50,000 characters, English", english_s, "s", "≤ 0.2", lambda v: v <= BOUND_S),
        Row("checks of the user's own input, 50,000 characters", input_s, "s", "≤ 0.2", lambda v: v <= BOUND_S),
    ]


def _text(pattern: str) -> str:
    texts = "\n\n".join(path.read_text("utf-8") for path in sorted(CLEAN.glob(pattern)))
    return (texts * (CHARACTERS // len(texts) + 1))[:CHARACTERS]


def _seconds(text: str) -> float:
    review_text(text)
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        review_text(text)
        times.append(time.process_time() - began)
    return min(times)
