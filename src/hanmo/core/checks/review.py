"""Reviewing an article: every check over it, and what they found in the order of the plan.

Rules
  * A check is data: a name, the kinds of finding it may make, and a function. Its examples stand in the tests, of both sorts.
  * A false alarm is worse than a miss: the checks tell of what they are sure of, and leave the rest to the reader.
"""

from hanmo.core.articles import Article, Finding
from hanmo.core.checks.endings import early_end, unfinished
from hanmo.core.checks.leftovers import assistant_talk, heading_repeated, prompt_leftovers
from hanmo.core.checks.length import PROBLEMS, article_length, section_problems
from hanmo.core.checks.markup import broken_table, open_bold, open_code, open_formula, open_pair
from hanmo.core.checks.names import names_spelled_two_ways
from hanmo.core.checks.numbers import number_changed
from hanmo.core.checks.repeats import repeats
from hanmo.core.checks.scripts import broken_characters, wrong_language
from hanmo.core.checks.terms import glossary_terms, points_missing
from hanmo.core.checks.view import Check, view_of

CHECKS = (
    Check("article_length", ("article_too_short", "article_too_long"), article_length),
    Check(
        "section_problems",
        tuple(f"section_{problem}" for problem in PROBLEMS),
        section_problems,
        for_code=True,
    ),
    Check("repeats", ("repeated_sentence", "near_repeat"), repeats),
    Check("unfinished", ("unfinished",), unfinished),
    Check("early_end", ("early_end",), early_end),
    Check("open_code", ("open_code",), open_code, for_code=True),
    Check("open_bold", ("open_bold",), open_bold),
    Check("open_formula", ("open_formula",), open_formula),
    Check("broken_table", ("uneven_table", "table_without_separator"), broken_table),
    Check("open_pair", ("open_pair",), open_pair),
    Check("prompt_leftovers", ("prompt_leftover",), prompt_leftovers),
    Check("assistant_talk", ("assistant_talk",), assistant_talk),
    Check("heading_repeated", ("heading_repeated",), heading_repeated),
    Check("wrong_language", ("wrong_language",), wrong_language),
    Check("broken_characters", ("broken_characters",), broken_characters, for_code=True),
    Check("names", ("name_spelled_two_ways",), names_spelled_two_ways),
    Check("numbers", ("number_changed",), number_changed),
    Check("glossary_terms", ("glossary_term",), glossary_terms),
    Check("points_missing", ("points_missing",), points_missing),
)


def review(article: Article) -> tuple[Finding, ...]:
    """What the checks find: of the whole first, then section by section, from the beginning of each text to its end."""
    view = view_of(article)
    places = {section.id: i for i, section in enumerate(article.plan.sections)} if article.plan else {}
    is_code = article.assignment.format == "code"
    found = [finding for check in CHECKS if check.for_code or not is_code for finding in check.find(view)]
    return tuple(sorted(found, key=lambda finding: (places.get(finding.section_id or "", -1), finding.start)))
