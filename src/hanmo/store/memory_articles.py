"""Articles as a fake: the port in memory, for tests of the use cases. One contract suite holds over it and the real store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hanmo.core.articles import (
    Article,
    ArticleSummary,
    Assignment,
    Edit,
    EditState,
    Plan,
    Revision,
    RevisionKind,
    SectionText,
    words_of,
)
from hanmo.core.errors import NotFound
from hanmo.core.flows.asks import Answer
from hanmo.core.values import FinishReason, Problem
from hanmo.store.article_rules import (
    MADE_BY,
    accepted,
    checked,
    fitting,
    in_order,
    numbered,
    restored,
    revised,
    settled,
    summary_of,
)
from hanmo.store.rules import new_id
from hanmo.work.article_ports import Begun, JobKind, JobRecord, NewText, SectionCost


@dataclass(slots=True)
class _Kept:
    """An article as it is and as it was after each revision; `last` holds the highest number that each section's text ever had."""

    article: Article
    revisions: list[Revision] = field(default_factory=list)
    past: list[Article] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    steps: dict[str, Answer] = field(default_factory=dict)
    partials: dict[str, Answer] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    deleted: bool = False

    def older(self, number: int) -> Article:
        if not 0 < number <= len(self.past):
            raise NotFound("revision_not_found", id=number)
        then, now = self.past[number - 1], self.article
        shelved = {
            "titles": now.titles,
            "summary": now.summary,
            "updated_at": now.updated_at,
            "name": now.name,
            "pinned": now.pinned,
        }
        return replace(then, begun={}, edits=(), **shelved)  # type: ignore[arg-type]

    def keep(self, after: Article, made: Sequence[SectionText], kind: RevisionKind, section_id: str | None) -> Article:
        self.last |= {text.section_id: text.number for text in made}
        self.revisions.append(Revision(after.revision, kind, section_id, words_of(after), after.updated_at))
        self.past.append(after)
        self.article = after
        return after


class MemoryArticles:
    """The port `Articles`. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._articles: dict[str, _Kept] = {}
        self._jobs: dict[str, JobRecord] = {}

    def _kept(self, article_id: str) -> _Kept:
        """One that is not deleted."""
        if article_id not in self._articles or self._articles[article_id].deleted:
            raise NotFound("article_not_found", id=article_id)
        return self._articles[article_id]

    def all(self) -> list[Article]:
        """Those that are not deleted."""
        return [kept.article for kept in self._articles.values() if not kept.deleted]

    async def create(self, assignment: Assignment, *, plan: Plan | None = None, texts: Sequence[NewText] = ()) -> Article:
        checked((assignment, plan, texts))
        now = self._clock()
        article = Article(new_id(), assignment, None, {}, created_at=now, updated_at=now)
        kept, made = _Kept(article), numbered(texts, {})
        if plan is not None:
            kept.keep(revised(article, plan, made, now), made, "edited", None)
        self._articles[article.id] = kept
        return kept.article

    async def summaries(self) -> list[ArticleSummary]:
        found = sorted(self.all(), key=lambda each: (not each.pinned, -each.updated_at, -each.created_at, each.id))
        return [summary_of(article, words_of(article)) for article in found]

    async def get(self, article_id: str) -> Article:
        return self._kept(article_id).article

    async def find(self, assignment: Assignment) -> str | None:
        alike = (article for article in self.all() if article.assignment == assignment)
        return min(((-each.created_at, each.id) for each in alike), default=(0.0, None))[1]

    async def rename(self, article_id: str, name: str) -> None:
        checked(name)
        kept = self._kept(article_id)
        kept.article = replace(kept.article, name=name)

    async def pin(self, article_id: str, pinned: bool) -> None:
        kept = self._kept(article_id)
        kept.article = replace(kept.article, pinned=pinned)

    async def delete(self, article_id: str) -> None:
        self._kept(article_id).deleted = True

    async def undelete(self, article_id: str) -> None:
        if article_id not in self._articles:
            raise NotFound("article_not_found", id=article_id)
        self._articles[article_id].deleted = False

    async def revise(
        self,
        article_id: str,
        kind: RevisionKind,
        *,
        plan: Plan | None = None,
        texts: Sequence[NewText] = (),
        section_id: str | None = None,
    ) -> Article:
        checked((plan, texts, section_id))
        kept, now = self._kept(article_id), self._clock()
        made = numbered(texts, kept.last)
        return kept.keep(revised(kept.article, plan, made, now), made, kind, section_id)

    async def revisions(self, article_id: str) -> list[Revision]:
        return self._kept(article_id).revisions[::-1]

    async def at(self, article_id: str, number: int) -> Article:
        return self._kept(article_id).older(number)

    async def restore(self, article_id: str, number: int) -> Article:
        kept, now = self._kept(article_id), self._clock()
        return kept.keep(restored(kept.article, kept.older(number), now), (), "restored", None)

    async def propose(self, article_id: str, edits: Sequence[Edit]) -> None:
        checked(edits)
        kept, now = self._kept(article_id), self._clock()
        kept.article = replace(kept.article, edits=kept.article.edits + fitting(kept.article, edits), updated_at=now)

    async def accept_edit(self, article_id: str, edit_id: str) -> Article:
        kept, now = self._kept(article_id), self._clock()
        after, edit, made = accepted(kept.article, edit_id, kept.last, now)
        return kept.keep(after, (made,), MADE_BY[edit.kind], edit.section_id)

    async def settle_edits(self, article_id: str, edit_ids: Sequence[str], state: EditState) -> None:
        kept, now = self._kept(article_id), self._clock()
        kept.article = replace(kept.article, edits=settled(kept.article.edits, edit_ids, state), updated_at=now)

    async def set_titles(self, article_id: str, titles: Sequence[str], summary: str) -> None:
        checked((titles, summary))
        kept, now = self._kept(article_id), self._clock()
        kept.article = replace(kept.article, titles=tuple(titles), summary=summary, updated_at=now)

    async def steps(self, article_id: str) -> dict[str, Answer]:
        return dict(sorted(self._kept(article_id).steps.items()))

    async def partial(self, article_id: str, key: str) -> Answer | None:
        return self._kept(article_id).partials.get(key)

    async def keep_partial(self, article_id: str, key: str, answer: Answer, *, begun: Begun | None = None) -> None:
        checked((key, answer, begun))
        kept = self._kept(article_id)
        if key not in kept.steps:
            kept.partials[key] = replace(answer, end="length")
        if begun is not None:
            texts = {**kept.article.begun, begun.section_id: begun.text}
            kept.article = replace(kept.article, begun=in_order(kept.article.plan, texts))

    async def finish_step(self, article_id: str, key: str, answer: Answer) -> None:
        checked((key, answer))
        kept = self._kept(article_id)
        kept.partials.pop(key, None)
        kept.steps.setdefault(key, answer)

    async def add_job(self, article_id: str, kind: JobKind) -> JobRecord:
        kept = self._kept(article_id)
        job = JobRecord(new_id(), article_id, kind, None, None, self._clock())
        self._jobs[job.id] = job
        kept.jobs.append(job.id)
        return job

    async def job(self, job_id: str) -> JobRecord:
        if job_id not in self._jobs:
            raise NotFound("job_not_found", id=job_id)
        return self._jobs[job_id]

    async def keep_costs(self, job_id: str, costs: Sequence[SectionCost]) -> None:
        checked(costs)
        job = await self.job(job_id)
        if job.finish_reason is None:
            self._jobs[job_id] = replace(job, costs=tuple(costs))

    async def finish_job(self, job_id: str, reason: FinishReason, problem: Problem | None = None) -> JobRecord:
        checked(problem)
        job = await self.job(job_id)
        if job.finish_reason is None:
            self._jobs[job_id] = replace(job, finish_reason=reason, problem=problem)
        return self._jobs[job_id]

    async def last_job(self, article_id: str) -> JobRecord | None:
        jobs = self._kept(article_id).jobs
        return self._jobs[jobs[-1]] if jobs else None

    async def costs(self, article_id: str) -> list[SectionCost]:
        return [cost for job_id in self._kept(article_id).jobs for cost in self._jobs[job_id].costs]

    async def interrupt_jobs(self) -> int:
        unfinished = [job for job in self._jobs.values() if job.finish_reason is None]
        for job in unfinished:
            self._jobs[job.id] = replace(job, finish_reason="interrupted")
        return len(unfinished)
