"""What a brief wants in the text word for word: the phrases it names, and in letters and notices the dates it states.

Theory
  A small model forgets them, and to ask once more is no help. So where one is missing, Python begins a paragraph with it, before the end of the
  last section, and the model goes on from there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hanmo.core.articles import Assignment
from hanmo.core.checks.asked import stands_in, terms_to_include
from hanmo.core.flows.asks import Flow
from hanmo.core.flows.plan import LETTER
from hanmo.core.flows.prose import Place, Prose, new_paragraph, split_end, write_prose
from hanmo.core.text import count_words, ends_sentence

DATED = re.compile(LETTER.pattern + r"|通知|公告|启事|邀请|请柬|\b(?:notice|invitation)\b", re.IGNORECASE)
DATE = (
    r"(?:\d{4}\s*年\s*)?(?P<day>\d{1,2}\s*月\s*\d{1,2})\s*[日号]"
    r"|(?P<month_day>(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2})(?:, \d{4})?"
)
STATED = re.compile(
    rf"(?:(?<=[，。；、,.;\n])|^)\s*(?P<clause>[^，。；、,.;\n]{{2,40}}?(?:是|为|定于|\bis|\bon)\s*(?:{DATE}))", re.IGNORECASE
)
"""最后一个工作日是2026年12月31日; my last working day is December 31, 2026."""
FULL = 0.8
"""Of its length a text may have before a paragraph is added, its end included."""


@dataclass(frozen=True, slots=True)
class Must:
    """What has to stand in the text, and how a paragraph begins that says it."""

    words: str
    opening: str


def musts_of(assignment: Assignment) -> tuple[Must, ...]:
    """In the order of the brief."""
    brief = assignment.brief
    dates = STATED.finditer(brief) if DATED.search(brief) else ()
    return (
        *(Must(term, term) for term in terms_to_include(brief)),
        *(Must(found["day"] or found["month_day"], found["clause"].strip()) for found in dates),
    )


def add_musts(place: Place, done: Prose, musts: Iterable[Must]) -> Flow[Prose]:
    """`done` with what it lacks of `musts`, still at about its length. Each is asked for in a way of its own: where writing goes back to the place
    where another one began, it must not come to the same requests."""
    for i, must in enumerate(musts, start=1):
        if done.problem != "skipped" and not stands_in(must.words, (done.text, *place.against)):
            body, end = split_end(done.text)
            text = new_paragraph(_with_room(body, end, done.words)) + must.opening
            done = yield from write_prose(replace(place, seed=place.seed + 1013 * i), done.words, text, end)
    return done


def _with_room(body: str, end: str, words: int) -> str:
    """`body` without the last paragraphs for which there is no room; what is no prose, and its beginning, stay."""
    while count_words(body) + count_words(end) > FULL * words:
        before, _, last = body.rpartition("\n\n")
        if not before or not ends_sentence(last):
            break
        body = before
    return body
