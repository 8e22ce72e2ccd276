"""What the use cases of articles need from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hanmo.core.articles import Article, ArticleSummary, Assignment, Edit, EditState, MadeBy, Plan, Revision, RevisionKind
from hanmo.core.flows.asks import Answer
from hanmo.core.values import FinishReason, Problem


@dataclass(frozen=True, slots=True)
class NewText:
    """A section's text to be stored as its next version."""

    section_id: str
    text: str
    target: int
    points: tuple[str, ...]
    made_by: MadeBy
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The text that a section in work has so far, shown until it is finished."""

    section_id: str
    text: str


JobKind = Literal["plan", "write", "polish", "proofread", "rewrite", "title"]


@dataclass(frozen=True, slots=True)
class SectionCost:
    """What work on a section (None: on the plan, or on all of them) has cost: seconds, tokens read beyond the KV cache, tokens found in it, tokens
    written (those taken back, too)."""

    section_id: str | None
    seconds: float
    read_tokens: int
    cached_tokens: int
    written_tokens: int


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A piece of work on an article. `finish_reason` is None while it is not finished."""

    id: str
    article_id: str
    kind: JobKind
    finish_reason: FinishReason | None
    problem: Problem | None
    created_at: float
    costs: tuple[SectionCost, ...] = ()


class Articles(Protocol):
    """Articles, their revisions, and the steps of their flows. A method that returns has committed: what it wrote outlives `kill -9`.
    Ids that are unknown, and those of articles that are deleted, raise `NotFound("article_not_found" | "revision_not_found" |
    "edit_not_found" | "job_not_found", id=…)`."""

    async def create(self, assignment: Assignment, *, plan: Plan | None = None, texts: Sequence[NewText] = ()) -> Article:
        """A new article; with a plan, one that has a first revision ("edited") with these texts already."""
        ...

    async def summaries(self) -> list[ArticleSummary]:
        """The pinned ones first, then newest first by `updated_at`."""
        ...

    async def get(self, article_id: str) -> Article:
        """As of its newest revision (0 while there is none), with all its edits."""
        ...

    async def find(self, assignment: Assignment) -> str | None:
        """The newest article of exactly this assignment."""
        ...

    async def rename(self, article_id: str, name: str) -> None:
        """The writer's own name for it; "" for none."""
        ...

    async def pin(self, article_id: str, pinned: bool) -> None: ...

    async def delete(self, article_id: str) -> None:
        """Hides it from everything but `undelete`; its jobs can still end, and be read by their ids. What was deleted is removed for good at
        a start some days later."""
        ...

    async def undelete(self, article_id: str) -> None:
        """Brings it back as it was. One that is not deleted stays as it is."""
        ...

    async def revise(
        self,
        article_id: str,
        kind: RevisionKind,
        *,
        plan: Plan | None = None,
        texts: Sequence[NewText] = (),
        section_id: str | None = None,
    ) -> Article:
        """A new revision: the plan (None: as it is) and new versions of texts; the other sections keep theirs, and the texts of sections that
        the plan no longer has stay in older revisions. Proposed edits of a section that gets a new version or goes become "stale".
        `NotFound("section_not_found", id=…)` for a text that the plan has no place for."""
        ...

    async def revisions(self, article_id: str) -> list[Revision]:
        """Newest first."""
        ...

    async def at(self, article_id: str, number: int) -> Article:
        """As of an older revision, without edits."""
        ...

    async def restore(self, article_id: str, number: int) -> Article:
        """A new revision ("restored") with the plan and the versions of an older one. Proposed edits become "stale"."""
        ...

    async def propose(self, article_id: str, edits: Sequence[Edit]) -> None:
        """Adds edits, in the state they have; but a proposed one whose `before` is not what stands in its place now is "stale". Ids are the
        caller's: one that is there already stays as it is."""
        ...

    async def accept_edit(self, article_id: str, edit_id: str) -> Article:
        """One transaction: a new version of the section's text with the edit in it (its `made_by` from the edit's kind, `target` and `points`
        as before), the revision for it, and the other edits of the section moved to it by `core.articles.accept`. `Conflict("edit_settled")`
        where the edit is not "proposed"."""
        ...

    async def settle_edits(self, article_id: str, edit_ids: Sequence[str], state: EditState) -> None:
        """Sets the state of proposed edits; those that are not proposed stay as they are."""
        ...

    async def set_titles(self, article_id: str, titles: Sequence[str], summary: str) -> None: ...

    async def steps(self, article_id: str) -> dict[str, Answer]:
        """The finished steps by key."""
        ...

    async def partial(self, article_id: str, key: str) -> Answer | None:
        """What an unfinished step has so far (its `end` is "length" and means nothing yet); None where nothing was kept."""
        ...

    async def keep_partial(self, article_id: str, key: str, answer: Answer, *, begun: Begun | None = None) -> None:
        """`begun` is kept beside it as the article's `begun` text of that section, until `revise` gives the section a version or the plan
        loses it."""
        ...

    async def finish_step(self, article_id: str, key: str, answer: Answer) -> None:
        """Stores the answer in place of the partial one. A step that is finished already stays as it is."""
        ...

    async def add_job(self, article_id: str, kind: JobKind) -> JobRecord: ...

    async def job(self, job_id: str) -> JobRecord: ...

    async def keep_costs(self, job_id: str, costs: Sequence[SectionCost]) -> None:
        """All that an unfinished job has cost so far. A finished one stays as it is."""
        ...

    async def finish_job(self, job_id: str, reason: FinishReason, problem: Problem | None = None) -> JobRecord:
        """A job that is finished already stays as it is."""
        ...

    async def last_job(self, article_id: str) -> JobRecord | None: ...

    async def costs(self, article_id: str) -> list[SectionCost]:
        """Of all jobs, in the order they were begun."""
        ...

    async def interrupt_jobs(self) -> int:
        """At start: jobs that the last process left unfinished become "interrupted". Returns how many."""
        ...
