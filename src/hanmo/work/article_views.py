"""An article and its sections as they are shown, with what happens to them now."""

from dataclasses import dataclass, replace

from hanmo.core.articles import Article, ArticleState, Finding, Revision, Section, SectionState
from hanmo.core.values import Problem
from hanmo.work.article_ports import SectionCost
from hanmo.work.jobs import Job


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as it is shown: `text` is live while it is written."""

    section: Section
    state: SectionState
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with what happens to it now. `text` and `words` hold what is there so far; `problem` is the last job's, if it failed;
    `revisions` are those worth showing, newest first; `costs` are those of all jobs, section by section."""

    article: Article
    state: ArticleState
    sections: tuple[SectionView, ...]
    text: str
    words: int
    findings: tuple[Finding, ...]
    job: Job | None
    problem: Problem | None
    revisions: tuple[Revision, ...]
    costs: tuple[SectionCost, ...]

    @property
    def target(self) -> int:
        """With the length that was asked for while the section in flight is written."""
        return sum(each.section.words for each in self.sections if not each.section.skipped) or self.article.target


def section_view(article: Article, section: Section, job: Job | None, wished: int | None) -> SectionView:
    """`wished`: the length that was asked for while it is written."""
    version = article.kept(section)
    old = article.texts.get(section.id)
    number = old.number if old else 0
    if section.skipped:
        return SectionView(section, "skipped", "", number)
    if job is not None and job.row.kind == "write" and job.state.section_id == section.id:
        section = replace(section, words=wished or section.words)
        return SectionView(section, "writing", job.section_text or article.begun.get(section.id, ""), number)
    if version is None:
        return SectionView(section, "waiting", article.begun.get(section.id) or (old.text if old else ""), number)
    return SectionView(section, "attention" if version.problem else "written", version.text, number)
