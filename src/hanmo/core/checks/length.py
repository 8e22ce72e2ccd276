"""Whether the text is as long as it should be, and what the writing itself found wrong with a section."""

from collections.abc import Iterator

from hanmo.core.articles import Finding, words_of
from hanmo.core.checks.view import View
from hanmo.core.text import count_words

TOLERANCE = 0.10
MISSING = ("missing_table", "missing_quote", "missing_formula", "missing_code", "missing_answer")
PROBLEMS = ("too_short", "too_long", "repeats", "does_not_parse", *MISSING)


def article_length(view: View) -> Iterator[Finding]:
    """Of the whole, headings included, once every section is written."""
    words, target = words_of(view.article), view.article.target
    if view.finished and view.parts and abs(words - target) > TOLERANCE * target:
        yield Finding("article_too_short" if words < target else "article_too_long", params=_measure(words, target))


def section_problems(view: View) -> Iterator[Finding]:
    for section in view.article.plan.sections if view.article.plan else ():
        version = view.article.texts.get(section.id)
        if section.skipped or version is None or version.problem not in PROBLEMS:
            continue
        words = count_words(version.text)
        if (version.problem == "too_short" and words >= version.target) or (
            version.problem == "too_long" and words <= version.target
        ):
            continue
        yield Finding(f"section_{version.problem}", section.id, params=_measure(words, version.target))


def _measure(words: int, target: int) -> dict[str, str | int]:
    difference = abs(words - target)
    return {"words": words, "target": target, "difference": difference, "percent": round(100 * difference / max(1, target))}
