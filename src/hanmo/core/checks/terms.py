"""The user's terms, and the points of the plan: what was asked for in words."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.blocks import FILLER, NUMBERING
from hanmo.core.checks.view import View
from hanmo.core.text import HAN, count_words, language_of

ARROW = re.compile(r"^(?P<wrong>.+?)\s*(?:->|→|=>)\s*(?P<right>.+)$")
AVOID = re.compile(
    r"^(?P<right>[^：:（(]+?)\s*[：:（(].*?(?:不(?:要|能|可)?(?:写作|写成|写为|写|用作|用|译作|译成|译为|叫)|勿用|\bnot\b|\bnever\b|\bavoid\b)\s*[：:]?\s*(?P<wrong>[^）)。]+)"
)
SEPARATORS = re.compile(r"[、,，/;；]|\s或\s?|或者| or ")
QUOTES = " \t　“”「」\"'‘’《》"
MOST_OF_ONE = 20

SHORTEST_TEXT = 80
STOP = set("的了和与及或在是为有对中于以将之其个一不也而等各上下从到由")
STOP_WORDS = {
    "with",
    "that",
    "this",
    "from",
    "into",
    "what",
    "when",
    "where",
    "which",
    "their",
    "there",
    "these",
    "those",
    "have",
    "about",
    "your",
    "they",
    "will",
    "more",
}


def glossary_terms(view: View) -> Iterator[Finding]:
    pairs = list(glossary_pairs(view.article.assignment.glossary))
    for part in view.parts:
        for right, wrong in pairs:
            text = part.plain.replace(right, FILLER * len(right)) if wrong in right else part.plain
            pattern = re.escape(wrong)
            if wrong[0].isascii() and wrong[-1].isascii():
                pattern = rf"(?<![A-Za-z0-9_]){pattern}(?![A-Za-z0-9_])"
            for found in list(re.finditer(pattern, text))[:MOST_OF_ONE]:
                yield part.finding("glossary_term", found.start(), found.end(), right=right, wrong=wrong)


def glossary_pairs(glossary: str) -> Iterator[tuple[str, str]]:
    """(right, wrong) of the lines "错 -> 对", "对: 不写 错、误" and "对（不写：错）"."""
    for line in glossary.splitlines():
        bare = NUMBERING.sub("", line, count=1).strip()
        found = ARROW.match(bare) or AVOID.match(bare)
        if not found:
            continue
        right = found["right"].strip(QUOTES)
        for word in SEPARATORS.split(found["wrong"]):
            wrong = word.strip(QUOTES)
            if wrong and wrong != right and len(wrong) <= 40 and (len(wrong) > 1 or HAN.match(wrong)):
                yield right, wrong


def points_missing(view: View) -> Iterator[Finding]:
    """A section that has not one word of any of its points."""
    for part in view.parts:
        points = part.version.points
        text = part.text.lower()
        if not points or count_words(text) < SHORTEST_TEXT or language_of(" ".join(points)) != language_of(text):
            continue
        words = {word for point in points for word in _content(point)}
        if words and not any(word in text for word in words):
            yield part.finding("points_missing", 0, 0, points="；".join(points) if language_of(text) == "zh" else "; ".join(points))


def _content(point: str) -> Iterator[str]:
    """Pairs of Han characters, and the beginnings of longer words."""
    for run in re.findall(rf"{HAN.pattern}+", point):
        yield from (run[i : i + 2] for i in range(len(run) - 1) if not STOP & set(run[i : i + 2]))
    for word in re.findall(r"[a-z]{4,}|\d+", point.lower()):
        if word not in STOP_WORDS:
            yield word[:5]
