"""Articles (文稿) as values: what is asked, the plan, the text of each section, and the edits that are proposed.

Rules
  * A plan's sections have ids that stay when they are moved or renamed; a section's text is kept by that id, in numbered versions.
  * Nothing is overwritten: every change makes a revision, which names the plan and the version of each section's text.
  * Where an article stands is read off what is there. There are no stage flags.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from hanmo.core.text import Language, count_words
from hanmo.core.values import JsonValue

Format = Literal["prose", "code"]
MadeBy = Literal["written", "rewritten", "polished", "proofread", "edited"]
EditKind = Literal["polish", "proofread", "rewrite"]
EditState = Literal["proposed", "accepted", "rejected", "stale"]
SectionState = Literal["waiting", "writing", "written", "attention", "skipped"]
ArticleState = Literal["new", "planned", "writing", "paused", "done"]
RevisionKind = Literal["planned", "plan_edited", "written", "rewritten", "polished", "proofread", "edited", "restored"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be written. `words` counts as writers do; 0 where nobody asked: the text was there already, and `brief` is what it is called.
    `seed` makes it repeatable. `style` to `facts` are the user's own text, which stands in the fixed front of every prompt: a sample of the style
    to learn, and lines of terms, characters and facts ("name: what of it"). `preset` ("" for the usual one) and single values of `sampling` say
    how the text itself is sampled."""

    brief: str
    words: int
    lang: Language
    seed: int
    format: Format = "prose"
    style: str = ""
    glossary: str = ""
    characters: str = ""
    facts: str = ""
    preset: str = ""
    sampling: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """The brief, where it asks for something."""
        return self.brief if self.words else ""


@dataclass(frozen=True, slots=True)
class Section:
    """`note` is what the user said while the article was written: it holds from this section on. A skipped section is left out of the text.
    `asked` is the length that the request for it named, once it was written: whatever the user changes, what stands in the prompt of the
    sections to come stays as it was read."""

    id: str
    heading: str
    points: tuple[str, ...]
    words: int
    note: str = ""
    skipped: bool = False
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`headed`: whether the headings stand in the text."""

    title: str
    sections: tuple[Section, ...]
    headed: bool

    @property
    def told(self) -> tuple[Section, ...]:
        """The sections that the model hears of: one that was skipped while it was written, too."""
        return tuple(section for section in self.sections if not section.skipped or section.asked is not None)

    def find(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)

    def next_id(self) -> str:
        """An id for one more section: "s" and the first free number."""
        taken = {section.id for section in self.sections}
        return next(name for n in range(1, len(taken) + 2) if (name := f"s{n}") not in taken)


def with_ids(old: Plan, new: Plan) -> Plan:
    """Ids for the sections that have none, or one that is given twice or that nobody knows; the others keep the length that they were asked
    with."""
    plan = replace(new, sections=())
    for section in new.sections:
        known = None if plan.find(section.id) else old.find(section.id)
        taken = Plan("", (*old.sections, *plan.sections), new.headed)
        name, asked = (known.id, known.asked) if known else (taken.next_id(), None)
        plan = replace(plan, sections=(*plan.sections, replace(section, id=name, asked=asked)))
    return plan


@dataclass(frozen=True, slots=True)
class SectionText:
    """One version of a section's text, without its heading. `target` and `points` are what it was written for; `problem` is the code of what
    is wrong with it ("too_short", "repeats", "does_not_parse"), "" where nothing is."""

    section_id: str
    number: int
    text: str
    target: int
    points: tuple[str, ...]
    made_by: MadeBy
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A proposed change of one section: its text from `start` to `end` (code points of version `number`) is `before`, and would be `after`."""

    id: str
    section_id: str
    number: int
    start: int
    end: int
    before: str
    after: str
    kind: EditKind
    state: EditState = "proposed"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """The text from `start` to `end` should be `text`. Only where that is certain."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `kind` names a catalogue entry whose blanks `params` fill; `section_id` is None where it concerns the whole.
    `start` and `end` are code points of that section's text (both 0 where there is no span); `other` is the second place of a contradiction.
    `fix` mends it; where there is none, `action` is the code of what would ("continue", "again", …), "" where only the writer can tell."""

    kind: str
    section_id: str | None = None
    start: int = 0
    end: int = 0
    params: Mapping[str, str | int] = field(default_factory=dict)
    other: "Finding | None" = None
    fix: Fix | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """As of one revision. `texts` holds the current version of each section's text by its id; sections without one are still to be written,
    and `begun` has what is there of one that was left in the middle. `name` is what the writer calls it in the library; no text and no prompt
    has it."""

    id: str
    assignment: Assignment
    plan: Plan | None
    texts: Mapping[str, SectionText]
    begun: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    titles: tuple[str, ...] = ()
    summary: str = ""
    revision: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    name: str = ""
    pinned: bool = False

    @property
    def target(self) -> int:
        """The asked length in words: the plan's, once there is one."""
        return sum(s.words for s in self.plan.sections if not s.skipped) if self.plan else self.assignment.words

    @property
    def title(self) -> str:
        """The writer's own name for it, else the plan's title, else the first line of the brief."""
        return (
            self.name or (self.plan.title if self.plan else "") or next(iter(self.assignment.brief.strip().splitlines()), "")[:60]
        )

    def kept(self, section: Section) -> SectionText | None:
        """The section's text, if it was written for what the plan says now. A new heading keeps the text; other points or another length
        ask for a new one."""
        text = self.texts.get(section.id)
        return text if text and (text.points, text.target) == (section.points, section.words) else None

    def next_section(self) -> Section | None:
        """The first section that is still to be written."""
        sections = self.plan.sections if self.plan else ()
        return next((s for s in sections if not s.skipped and self.kept(s) is None), None)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """A row of the list. `words` counts the text that is there, `target` what was asked; `begun`: there is text of a section."""

    id: str
    title: str
    words: int
    target: int
    done: bool
    planned: bool
    begun: bool
    created_at: float
    updated_at: float
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an article, `number` 1, 2, …. `section_id` is None where it concerns the whole."""

    number: int
    kind: RevisionKind
    section_id: str | None
    words: int
    created_at: float


SITTING_S = 600
"""While somebody types, the whole text is saved every few seconds; the last save of so long a time is worth going back to."""


def told_apart(revisions: Sequence[Revision]) -> tuple[Revision, ...]:
    """Of revisions, newest first, those worth showing: of the saves of a sitting only the last, and the text as it was in the beginning, which may
    have been opened from a file. All of them can be read by number."""
    told: list[Revision] = []
    for revision in revisions:
        last = told[-1] if told else None
        if (
            last is None
            or revision is revisions[-1]
            or not (_is_save(revision) and _is_save(last) and last.created_at - revision.created_at <= SITTING_S)
        ):
            told.append(revision)
    return tuple(told)


def _is_save(revision: Revision) -> bool:
    return revision.kind == "edited" and revision.section_id is None


def bare(text: str) -> str:
    """Without white space around it; but the wide spaces that a Chinese paragraph begins with are the writer's."""
    return text.strip(" \t\n\r\f\v")


def whole_text(plan: Plan, texts: Mapping[str, str]) -> str:
    """The article as Markdown: title, headings and the texts that are there, by section id, in the plan's order. A section whose text is empty
    stands there with its heading."""
    parts = [f"# {plan.title}"] if plan.title else []
    for section in plan.sections:
        if section.skipped or section.id not in texts:
            continue
        heading = f"## {section.heading}" if plan.headed and section.heading else ""
        parts += filter(None, (heading, bare(texts[section.id])))
    return "\n\n".join(parts) + "\n" if parts else ""


def article_text(article: Article) -> str:
    texts = {section_id: version.text for section_id, version in article.texts.items()}
    return whole_text(article.plan, texts) if article.plan else ""


def article_state(article: Article, *, writing: bool) -> ArticleState:
    """`writing`: a job plans or writes it."""
    if writing:
        return "writing"
    if article.plan is None:
        return "new"
    if article.next_section() is None:
        return "done"
    return "paused" if article.texts or article.begun else "planned"


def accept(text: str, edits: tuple[Edit, ...], edit_id: str) -> tuple[str, tuple[Edit, ...]]:
    """The text with one proposed edit in it, and the edits with their places moved. The caller names the new version's number."""
    chosen = next(edit for edit in edits if edit.id == edit_id)
    grown = len(chosen.after) - (chosen.end - chosen.start)

    def moved(edit: Edit) -> Edit:
        if edit.id == edit_id:
            return replace(edit, state="accepted")
        if edit.state != "proposed" or edit.section_id != chosen.section_id or edit.end <= chosen.start:
            return edit
        if edit.start < chosen.end:
            return replace(edit, state="stale")
        return replace(edit, start=edit.start + grown, end=edit.end + grown)

    return text[: chosen.start] + chosen.after + text[chosen.end :], tuple(map(moved, edits))


def words_of(article: Article) -> int:
    return count_words(article_text(article))
