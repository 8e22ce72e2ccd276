"""Texts for the checks: an article's plan and texts in one call, free texts, and what a user is about to send."""

from dataclasses import dataclass, field

from hanmo.core.articles import Article, Assignment, Finding, Format, Plan, Section, SectionText
from hanmo.core.checks.review import review, review_input, review_text
from hanmo.core.checks.view import Source
from hanmo.core.text import Language, count_words
from hanmo.core.values import FinishReason


@dataclass(frozen=True, slots=True)
class Example:
    """An article by its texts, one for each section. Unless told otherwise each section is as long as it should be."""

    texts: tuple[str, ...]
    brief: str = "写一篇文章"
    lang: Language = "zh"
    headings: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    title: str = ""
    target: int | None = None
    problem: str = ""
    characters: str = ""
    glossary: str = ""
    facts: str = ""
    format: Format = "prose"
    skipped: frozenset[int] = field(default_factory=frozenset)
    unwritten: int = 0
    source: Source = "article"
    finish_reason: FinishReason | None = None
    language: str = ""

    def review(self) -> tuple[Finding, ...]:
        if self.source == "article":
            return review(self.article())
        text = self.texts[0]
        return review_input(text) if self.source == "input" else review_text(text, self.brief, self.finish_reason, self.language)

    def article(self) -> Article:
        count = len(self.texts) + self.unwritten
        headings = [*self.headings, *[f"小节{chr(0x7532 + i)}" for i in range(len(self.headings), count)]]
        words = [
            self.target if self.target is not None else max(1, count_words(text)) for text in (*self.texts, *[""] * self.unwritten)
        ]
        sections = [Section(f"s{i + 1}", headings[i], self.points, words[i], skipped=i in self.skipped) for i in range(count)]
        texts = {
            f"s{i + 1}": SectionText(f"s{i + 1}", 1, text, words[i], self.points, "written", self.problem)
            for i, text in enumerate(self.texts)
        }
        assignment = Assignment(self.brief, sum(words), self.lang, 1, self.format, "", self.glossary, self.characters, self.facts)
        return Article("a", assignment, Plan(self.title, tuple(sections), headed=False), texts)


def zh(*texts: str, **more: object) -> Example:
    return Example(texts, **more)  # type: ignore[arg-type]


def en(*texts: str, **more: object) -> Example:
    return Example(texts, lang="en", brief="Write an article", **more)  # type: ignore[arg-type]


def free(text: str, brief: str = "", end: FinishReason | None = None, language: str = "") -> Example:
    """A message or a file."""
    return Example((text,), brief, source="text", finish_reason=end, language=language)


def sent(text: str) -> Example:
    """What a user is about to send."""
    return Example((text,), source="input")
