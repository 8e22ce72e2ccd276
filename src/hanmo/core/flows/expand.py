"""Expanding a plan section by section, in an append-only conversation, with the length in a closed loop.

Theory
  What is written stands in the conversation as the answers to "write section k", so each request only adds one line to what the engine has
  read. The words still missing are shared among the sections still to come before each of them, so an error in one is made up for in the
  next; a section ends at the first sentence end after its share, and one that the model ends too early is opened again where it stopped.
  Each request stays as it was asked, whatever the user changes afterwards: nothing before it is read twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.checks.endings import MAY_CONCLUDE
from hanmo.core.flows.asks import Flow, Turn
from hanmo.core.flows.elements import ElementKind, add_element, elements_of, missing, problem_of
from hanmo.core.flows.exercises import asked_exercises, share_of_exercises, write_exercises
from hanmo.core.flows.front import MARKS, material, plan_text, rules
from hanmo.core.flows.further import go_further
from hanmo.core.flows.musts import add_musts, musts_of
from hanmo.core.flows.openers import Voice
from hanmo.core.flows.plan import is_letter
from hanmo.core.flows.prose import PROSE, TOO_SHORT, Place, Prose, judged, new_paragraph, write_prose
from hanmo.core.flows.room import Room, kept_from
from hanmo.core.flows.tables import mend_tables
from hanmo.core.flows.tidy import tidy, without_heading, without_lines_of_title, without_title_label
from hanmo.core.kinds import kind_of
from hanmo.core.presets import choose_for_article
from hanmo.core.text import Language, count_words, language_of

BEFORE_ELEMENTS = 0.5
"""Of a section's prose stands before its tables, quotations, formulas and code."""
SHORTEST = 30
DIGEST_SHARE, DIGEST_CHARACTERS = 0.15, 120
"""What the sections that do not fit may take in short: of the context all together, and each."""

DIARY = re.compile(r"日记|游记|\bdiary\b|\bjournal entr", re.IGNORECASE)
"""Told in the order of time, as a story is."""

SECTION_ASK: dict[Language, str] = {
    "zh": "写第 {k} 节「{heading}」的正文，约 {words} 字。{note}",
    "en": 'Write the text of section {k}, "{heading}", about {words} words. {note}',
}
RUNNING_ASK: dict[Language, tuple[str, str, str]] = {
    "zh": (
        "写开头，约 {words} 字。{points}{note}",
        "接着往下写，约 {words} 字。{points}{note}",
        "接着写到结尾，约 {words} 字。{points}{note}",
    ),
    "en": (
        "Write the beginning, about {words} words. {points}{note}",
        "Go on, about {words} words. {points}{note}",
        "Go on to the end, about {words} words. {points}{note}",
    ),
}
"""Beginning, middle and end of a text without headings: a model that is told of parts writes of parts."""
POINTS_ASK: dict[Language, str] = {"zh": "要写到：{points}。", "en": "Cover: {points}. "}
NOTE_ASK: dict[Language, str] = {"zh": "从这里起还要照此写：{note}。", "en": "From here on, also do this: {note}. "}
WHOLE_ASK: dict[Language, str] = {
    "zh": "现在直接写出全文，约 {words} 字。{note}",
    "en": "Now write the whole text, about {words} words. {note}",
}
LANGUAGE_ASK: dict[Language, str] = {"zh": "用中文写。", "en": "Write in English."}
"""Said where the brief is in the other language, which a small model falls into."""
EARLIER: dict[Language, str] = {"zh": "前面已写好的部分（摘要）：\n{}", "en": "Parts written before (in short):\n{}"}


@dataclass(frozen=True, slots=True)
class Written:
    """One section's text without its heading, the code of what is wrong with it ("" where nothing is), and the length that was asked for in
    the end: the plan's, or what the user said while it was written. `asked` is the one that its request named."""

    text: str
    problem: str
    words: int
    asked: int | None = None


def write_section(
    assignment: Assignment, plan: Plan, section: Section, texts: Mapping[str, str], room: Room, begun: str = ""
) -> Flow[Written]:
    """Section `section` of `plan`, after the texts of those before it, and behind what is `begun` of it. `texts` holds texts by section id."""
    sections = [s for s in plan.sections if not s.skipped]
    k = sections.index(section)
    wanted = share_left(plan, sections, k, texts)
    messages = _conversation(assignment, plan, sections, k, texts, room)
    opening = section_heading(plan, section)
    against = tuple(texts[s.id] for i, s in enumerate(sections) if i != k and s.id in texts)
    place = Place(
        messages,
        opening,
        assignment.seed + k,
        assignment.lang,
        against,
        _no_heading(section),
        terms=(assignment.brief, plan.title),
        goes_on=k < len(sections) - 1 and not MAY_CONCLUDE.search(section.heading),
        voice=_voice(assignment),
        sampling=choose_for_article(PROSE, assignment.preset, assignment.sampling),
    )
    elements = elements_of(assignment, sections, k)
    if total := asked_exercises(assignment.brief):
        done = yield from write_exercises(place, wanted, share_of_exercises(total, sections, k), assignment.lang, begun)
    elif elements:
        done = yield from _with_elements(place, wanted, elements, assignment, begun)
    elif count_words(begun) >= TOO_SHORT * wanted:
        done = judged(tidy(begun), wanted)
    else:
        done = yield from write_prose(place, wanted, begun)
    if not total:
        done = yield from go_further(place, done, section.points, lambda point, size: _point_ask(assignment, section, point, size))
    if k == len(sections) - 1 and not total:
        done = yield from add_musts(place, done, musts_of(assignment))
    problem = done.problem or ("" if total else problem_of(elements, done.text))
    text = without_title_label(done.text, plan.title) if k == 0 else done.text
    text = without_lines_of_title(without_heading(text, section.heading), plan.title, section.heading)
    return Written(mend_tables(text), problem, section.words if done.words == wanted else done.words, wanted)


def _voice(assignment: Assignment) -> Voice:
    if is_letter(assignment):
        return "letter"
    return "story" if kind_of(assignment.brief) == "story" or DIARY.search(assignment.brief) else "plain"


def _no_heading(section: Section) -> tuple[str, ...]:
    """How a model begins that writes the heading once more."""
    return ("#", "##", "###", "**", section.heading) if section.heading else ()


def _with_elements(place: Place, words: int, elements: tuple[ElementKind, ...], assignment: Assignment, begun: str) -> Flow[Prose]:
    """Prose with its elements in the middle: so that it neither begins nor ends with one."""
    first = Prose(begun, "", round(words * BEFORE_ELEMENTS))
    if count_words(begun) < first.words:
        first = yield from write_prose(replace(place, goes_on=True), first.words, begun)
    text, steered = first.text, first.words != round(words * BEFORE_ELEMENTS)
    wanted = missing(elements, text) if first.problem != "skipped" else []
    for i, kind in enumerate(wanted):
        again = wanted[:i].count(kind)  # a second one of a kind is asked for in another way, if the first did not come
        text = yield from add_element(replace(place, seed=place.seed + 1009 * again), text, kind, assignment)
    if first.problem == "skipped" or steered or count_words(text) >= words:
        return Prose(text, first.problem, first.words if steered else words)
    return (yield from write_prose(place, words, new_paragraph(text)))


def num_in_short(assignment: Assignment, plan: Plan, section: Section, texts: Mapping[str, str], room: Room) -> int:
    """How many of the sections before `section` are given to the model in short only, because the context is too small for all."""
    sections = [s for s in plan.sections if not s.skipped]
    k = sections.index(section)
    return _first_whole(assignment, plan, sections, k, texts, room)


def _front(assignment: Assignment, plan: Plan) -> str:
    return material(assignment) + (f"\n\n{plan_text(plan, assignment.lang)}" if len(plan.told) > 1 else "")


def _first_whole(assignment: Assignment, plan: Plan, sections: list[Section], k: int, texts: Mapping[str, str], room: Room) -> int:
    asks = [_section_ask(assignment, plan, section, section.words) for section in sections[: k + 1]]
    said = [ask + section_heading(plan, s) + texts.get(s.id, "") for ask, s in zip(asks[:k], sections[:k], strict=True)]
    front = rules(assignment.lang).text + _front(assignment, plan) + max(asks, key=len)
    return kept_from(front, said, [section.words for section in sections[: k + 1]], room, round(DIGEST_SHARE * room.n_ctx))


def section_heading(plan: Plan, section: Section) -> str:
    """What stands before a section's text; the answer that writes it begins with it."""
    return f"## {section.heading}\n\n" if plan.headed and section.heading else ""


def share_left(plan: Plan, sections: list[Section], k: int, texts: Mapping[str, str]) -> int:
    """The words of section `k`: its part of what is still missing, by the weights of the plan. Headings and title count."""
    total = sum(section.words for section in sections)
    headings = [count_words(section_heading(plan, section)) for section in sections]
    done = count_words(plan.title) + sum(headings[i] + count_words(texts.get(s.id, "")) for i, s in enumerate(sections[:k]))
    left = total - done - sum(headings[k:])
    return max(SHORTEST, round(left * sections[k].words / sum(s.words for s in sections[k:])))


def _conversation(
    assignment: Assignment, plan: Plan, sections: list[Section], k: int, texts: Mapping[str, str], room: Room
) -> tuple[Turn, ...]:
    """Everything up to the request for section `k`. What does not fit the room is there in short."""
    front = _front(assignment, plan)
    first = _first_whole(assignment, plan, sections, k, texts, room)
    if first:
        size = min(DIGEST_CHARACTERS, round(DIGEST_SHARE * room.n_ctx / first))
        colon, semicolon = MARKS[assignment.lang]
        shorts = [in_short(texts.get(section.id, ""), size, semicolon) for section in sections[:first]]
        digest = "\n".join(f"{i + 1}. {sections[i].heading}{colon}{short}" for i, short in enumerate(shorts))
        front += "\n\n" + EARLIER[assignment.lang].format(digest)
    turns = [rules(assignment.lang)]
    for i in range(first, k + 1):
        asked = sections[i].asked if i < k else None
        ask = _section_ask(assignment, plan, sections[i], share_left(plan, sections, i, texts) if asked is None else asked)
        turns.append(Turn("user", f"{front}\n\n{ask}" if i == first else ask))
        if i < k:
            turns.append(Turn("assistant", section_heading(plan, sections[i]) + texts.get(sections[i].id, "")))
    return tuple(turns)


def in_short(text: str, characters: int, semicolon: str = "；") -> str:
    """The first sentence of each paragraph, as far as they fit."""
    firsts = [
        line.split("。")[0].split(". ")[0].strip() for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "|`#>"
    ]
    return semicolon.join(firsts)[:characters]


def _point_ask(assignment: Assignment, section: Section, point: str, words: int) -> str:
    lang = assignment.lang
    return (
        RUNNING_ASK[lang][1]
        .format(words=words, points=POINTS_ASK[lang].format(points=point), note=_note(assignment, section))
        .strip()
    )


def _note(assignment: Assignment, section: Section) -> str:
    """What is said with each request: the user's note, and the language where the brief is in the other one."""
    lang = assignment.lang
    note = NOTE_ASK[lang].format(note=section.note.rstrip("。. ")) if section.note else ""
    return note + (LANGUAGE_ASK[lang] if language_of(assignment.brief) != lang else "")


def _section_ask(assignment: Assignment, plan: Plan, section: Section, words: int) -> str:
    lang, k = assignment.lang, plan.told.index(section)
    note = _note(assignment, section)
    if len(plan.told) == 1 and not section.points:
        return WHOLE_ASK[lang].format(words=words, note=note)
    if plan.headed:
        return SECTION_ASK[lang].format(k=k + 1, heading=section.heading, words=words, note=note)
    named = section.heading or MARKS[lang][1].join(section.points)
    points = POINTS_ASK[lang].format(points=named) if named else ""
    place = 0 if k == 0 else 2 if k == len(plan.told) - 1 else 1
    return RUNNING_ASK[lang][place].format(words=words, points=points, note=note)
