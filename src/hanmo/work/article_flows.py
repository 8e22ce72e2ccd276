"""Which flow does which piece of work on an article, and about how much it writes: jobs run them, costs look at them beforehand."""

from dataclasses import replace

from hanmo.core.articles import Article, Assignment, Plan, Section, SectionText, article_text
from hanmo.core.checks.names import known_names
from hanmo.core.errors import InvalidRequest
from hanmo.core.flows import code, expand
from hanmo.core.flows.asks import Flow
from hanmo.core.flows.code import file_language, plan_code, write_file
from hanmo.core.flows.code_change import change_file
from hanmo.core.flows.code_plan import num_files
from hanmo.core.flows.expand import Written, write_section
from hanmo.core.flows.front import given_along, material
from hanmo.core.flows.plan import make_plan, num_sections
from hanmo.core.flows.rewrite import RewriteKind, Rewritten, rewrite
from hanmo.core.flows.room import Room, estimate_tokens
from hanmo.core.flows.titles import titles_and_summary
from hanmo.core.text import count_words

PLAN_AGAIN = WRITE_AGAIN = 1009
"""Added to the seed for each plan, and each version of a section, that was there before: it is asked for anew, and not answered from the
stored steps."""
FRONT_SHARE = 0.5
"""Of the context, for the brief and what was given along with it."""
GIVEN_SHARE = 0.2
"""Of the context, for what was given along with the brief, where a text is looked over or put in other words."""
PLAN_TOKENS = 45
"""Of a section in a plan: a heading and its points."""


def plan_flow(assignment: Assignment, again: int = 0) -> Flow[Plan]:
    """`again`: how many plans there were before."""
    assignment = replace(assignment, seed=assignment.seed + PLAN_AGAIN * again)
    return plan_code(assignment) if assignment.format == "code" else make_plan(assignment)


def check_front(assignment: Assignment, room: Room) -> None:
    """`InvalidRequest("brief_too_long")` (tokens, limit) where what stands in front leaves the context no room to write."""
    tokens, limit = estimate_tokens(material(assignment)), FRONT_SHARE * room.n_ctx
    if tokens > limit:
        raise InvalidRequest("brief_too_long", tokens=tokens, limit=round(limit))


def plan_tokens(assignment: Assignment) -> int:
    """About how many tokens its plan has; 0 where it needs no model."""
    if assignment.format == "code":
        return PLAN_TOKENS * num_files(assignment)
    n = num_sections(assignment)
    return 0 if n == 1 else PLAN_TOKENS * n + PLAN_TOKENS // 2


def section_flow(article: Article, plan: Plan, section: Section, room: Room, begun: str = "") -> Flow[Written]:
    """Writes one section behind those that are there, and behind what is `begun` of it."""
    texts = {key: version.text for key, version in article.texts.items() if key != section.id}
    before = article.texts.get(section.id)
    seed = article.assignment.seed + WRITE_AGAIN * (before.number if before else 0)
    assignment = replace(article.assignment, seed=seed)
    if assignment.format == "code":
        return write_file(assignment, plan, section, texts, room, begun)
    return write_section(assignment, as_it_is(plan, article, section), section, texts, room, begun)


def as_it_is(plan: Plan, article: Article, section: Section) -> Plan:
    """The plan to write `section` to. What the user has put into the others, or taken out, is as long as it is: nothing of it is made up for in
    the rest."""

    def sized(other: Section) -> Section:
        version = article.kept(other)
        if version is None or version.made_by == "written" or other.id == section.id:
            return other
        return replace(other, words=count_words(version.text))

    return replace(plan, sections=tuple(map(sized, plan.sections)))


def given_in_short(article: Article, room: Room) -> int:
    """How many sections the model gets in short only, where it writes on."""
    written = texts_in_order(article)
    if article.plan is None or not written:
        return 0
    section = article.next_section() or article.plan.find(written[-1].section_id)
    if section is None:
        return 0
    texts = {key: version.text for key, version in article.texts.items()}
    if article.assignment.format == "code":
        return code.num_in_short(article.assignment, article.plan, section, texts, room)
    return expand.num_in_short(article.assignment, as_it_is(article.plan, article, section), section, texts, room)


def texts_in_order(article: Article, section_id: str | None = None) -> list[SectionText]:
    """The texts that are there, in the plan's order; or one."""
    sections = article.plan.sections if article.plan else ()
    there = [article.texts[s.id] for s in sections if s.id in article.texts and not s.skipped]
    return [version for version in there if section_id in (None, version.section_id)]


def rewrite_flow(
    article: Article, version: SectionText, kind: RewriteKind, instruction: str, start: int, end: int, run: int, room: Room
) -> Flow[Rewritten]:
    """Puts a selection of a section's text in other words, or changes a whole file of code. `run`: how many edits there were before."""
    if article.plan and (section := file_of(article, version.section_id)):
        texts = {key: each.text for key, each in article.texts.items()}
        selected = "" if (start, end) == (0, len(version.text)) else version.text[start:end]
        seed = article.assignment.seed + run
        return change_file(
            article.assignment, article.plan, section, texts, room, instruction=instruction, selected=selected, seed=seed
        )
    return rewrite(
        version.text[start:end],
        kind,
        article.assignment.lang,
        instruction=instruction,
        context=(version.text[:start], version.text[end:]),
        seed=article.assignment.seed + run,
        front=given_front(article.assignment, room),
        names=known_names(article),
    )


def file_of(article: Article, section_id: str) -> Section | None:
    """The section, where it is a file of code: that is changed as a whole."""
    section = article.plan.find(section_id) if article.plan and article.assignment.format == "code" else None
    return section if section and file_language(section) else None


def titles_flow(article: Article, seed: int, room: Room) -> Flow[tuple[tuple[str, ...], str]]:
    front = given_front(article.assignment, room)
    return titles_and_summary(article_text(article), article.assignment.lang, seed, front)


def given_front(assignment: Assignment, room: Room) -> str:
    """What the user gave along, as far as the requests about a text have room for it: without the sample of the style, or none of it, where
    that takes more than its share."""
    for given in (given_along(assignment), given_along(replace(assignment, style=""))):
        if given and estimate_tokens(given) <= GIVEN_SHARE * room.n_ctx:
            return given
    return ""
