"""Reviewing a text: every check over it, and what they found in the order of the text.

Rules
  * A check is data: a name, the kinds of finding it may make, a function, and what it looks at: articles, free texts, the user's own input.
    Its examples stand in the tests, of both sorts.
  * A false alarm is worse than a miss: the checks tell of what they are sure of, and leave the rest to the reader.
  * A fix is certain, or it is none. What would help instead is named by `ACTIONS`; where only the writer can tell, nothing is.
"""

from collections.abc import Sequence
from dataclasses import replace

from hanmo.core.articles import Article, Finding
from hanmo.core.checks.asked import FORMS, UNWANTED_FORMS, form_asked, terms_asked
from hanmo.core.checks.broken import broken_characters
from hanmo.core.checks.code_blocks import code_that_does_not_parse
from hanmo.core.checks.endings import early_end, unfinished
from hanmo.core.checks.filler import filler, not_but
from hanmo.core.checks.grids import broken_table
from hanmo.core.checks.leftovers import assistant_talk, heading_repeated, prompt_leftovers, title_repeated
from hanmo.core.checks.length import MISSING, PROBLEMS, article_length, section_problems
from hanmo.core.checks.markup import open_bold, open_code, open_formula, open_pair
from hanmo.core.checks.names import names_spelled_two_ways
from hanmo.core.checks.numbers import number_changed
from hanmo.core.checks.plans import plan_without_names
from hanmo.core.checks.privacy import PRIVATE, private_data
from hanmo.core.checks.quotes import straight_quotes
from hanmo.core.checks.repeats import repeats
from hanmo.core.checks.scripts import wrong_language
from hanmo.core.checks.slips import slips, wrong_marks
from hanmo.core.checks.structure import heading_jumps, marks_without_space, wrong_numbers
from hanmo.core.checks.terms import glossary_terms, points_missing
from hanmo.core.checks.unwanted import marks_unwanted
from hanmo.core.checks.view import ARTICLE, EVERYWHERE, INPUT, TEXT, Check, View, view_of, view_of_text
from hanmo.core.values import FinishReason

OF_FORM = tuple(f"form_{form}" for form in (*FORMS, *UNWANTED_FORMS, "paragraphs", "points"))
CHECKS = (
    Check("plan_without_names", ("plan_unnamed",), plan_without_names, ARTICLE),
    Check("article_length", ("article_too_short", "article_too_long"), article_length),
    Check("section_problems", tuple(f"section_{problem}" for problem in PROBLEMS), section_problems, ARTICLE, for_code=True),
    Check("terms_asked", ("term_missing", "term_unwanted"), terms_asked),
    Check("form_asked", OF_FORM, form_asked, TEXT),
    Check("marks_unwanted", ("mark_unwanted",), marks_unwanted),
    Check("repeats", ("repeated_sentence", "near_repeat"), repeats),
    Check("filler", ("filler",), filler),
    Check("not_but", ("not_but",), not_but),
    Check("unfinished", ("unfinished", "may_be_unfinished", "cut_off"), unfinished),
    Check("early_end", ("early_end",), early_end, ARTICLE),
    Check("open_code", ("open_code",), open_code, EVERYWHERE, for_code=True),
    Check("code_blocks", ("code_does_not_parse",), code_that_does_not_parse, for_code=True),
    Check("open_bold", ("open_bold",), open_bold),
    Check("open_formula", ("open_formula",), open_formula),
    Check("broken_table", ("uneven_table", "table_without_separator"), broken_table),
    Check("open_pair", ("open_pair",), open_pair, EVERYWHERE),
    Check("heading_jumps", ("heading_jump",), heading_jumps),
    Check("marks_without_space", ("mark_without_space",), marks_without_space),
    Check("wrong_numbers", ("wrong_number",), wrong_numbers),
    Check("slips", ("slip",), slips),
    Check("wrong_marks", ("wrong_mark",), wrong_marks),
    Check("straight_quotes", ("straight_quotes",), straight_quotes),
    Check("prompt_leftovers", ("prompt_leftover",), prompt_leftovers),
    Check("assistant_talk", ("assistant_talk",), assistant_talk),
    Check("heading_repeated", ("heading_repeated",), heading_repeated, ARTICLE),
    Check("title_repeated", ("title_repeated",), title_repeated),
    Check("wrong_language", ("wrong_language",), wrong_language),
    Check("broken_characters", ("broken_characters",), broken_characters, EVERYWHERE, for_code=True),
    Check("names", ("name_spelled_two_ways",), names_spelled_two_ways),
    Check("numbers", ("number_changed",), number_changed),
    Check("glossary_terms", ("glossary_term",), glossary_terms, ARTICLE),
    Check("points_missing", ("points_missing",), points_missing, ARTICLE),
    Check("private_data", PRIVATE, private_data, INPUT),
)

_BY_ACTION = {
    "continue": ("unfinished", "may_be_unfinished", "cut_off", "article_too_short", "section_too_short"),
    "shorten": ("article_too_long", "section_too_long"),
    "again": (
        *("open_code", "open_formula", "uneven_table", "table_without_separator", "code_does_not_parse", "section_does_not_parse"),
        *("broken_characters", "wrong_language", *(f"section_{problem}" for problem in MISSING)),
        *OF_FORM,
    ),
    "rephrase": (
        "repeated_sentence",
        "near_repeat",
        "section_repeats",
        "early_end",
        "filler",
        "not_but",
        "term_unwanted",
        "mark_unwanted",
    ),
    "add": ("term_missing", "points_missing"),
    "remove": ("prompt_leftover", "assistant_talk", "heading_repeated"),
    "hide": PRIVATE,
}
ACTIONS = {kind: action for action, kinds in _BY_ACTION.items() for kind in kinds}
"""By kind: let the model go on, let it do this block again, say it in other words, put in what is missing, cut it out, hide it."""


def review(article: Article) -> tuple[Finding, ...]:
    """What the checks find: of the whole first, then section by section, from the beginning of each text to its end."""
    return _review(view_of(article))


def review_text(text: str, brief: str = "", finish_reason: FinishReason | None = None, language: str = "") -> tuple[Finding, ...]:
    """Of a free text. `brief` is what it was asked for with, `finish_reason` how its generation ended, `language` that of a program that
    is the whole text; each as far as it is known."""
    return _review(view_of_text(text, brief, finish_reason, language))


def review_input(text: str) -> tuple[Finding, ...]:
    """Of what the user is about to send."""
    return _review(view_of_text(text, source="input"))


def _review(view: View) -> tuple[Finding, ...]:
    plan = view.article.plan
    places = {section.id or None: i for i, section in enumerate(plan.sections)} if plan else {}
    is_code = view.article.assignment.format == "code"
    found = [
        finding if finding.fix else replace(finding, action=ACTIONS.get(finding.kind, ""))
        for check in CHECKS
        if view.source in check.over and (check.for_code or not is_code)
        for finding in check.find(view)
    ]
    return tuple(sorted(found, key=lambda finding: (places.get(finding.section_id, -1), finding.start)))


def mended(text: str, findings: Sequence[Finding]) -> str:
    """A free text with every fix in it; of two that overlap, the first. Windows' line ends stay."""
    ends = "\r\n" if "\r\n" in text else "\n"
    parts, done = list[str](), 0
    for fix in sorted((finding.fix for finding in findings if finding.fix), key=lambda fix: (fix.start, fix.end)):
        if fix.start >= done:
            parts += [text[done : fix.start], fix.text.replace("\n", ends)]
            done = fix.end
    return "".join([*parts, text[done:]])
