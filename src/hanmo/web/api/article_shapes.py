"""The wire shapes of articles and of the jobs that work on them. Offsets count code points of a section's text; times are Unix seconds."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from typing_extensions import TypedDict

from hanmo.core.articles import (
    Article,
    ArticleState,
    EditKind,
    EditState,
    Format,
    RevisionKind,
    SectionState,
    article_text,
)
from hanmo.core.text import Language, count_words
from hanmo.core.values import FinishReason, GenerationStatus, JsonValue
from hanmo.i18n import Language as UiLanguage
from hanmo.web.api.finding_shapes import FindingJson, finding_json
from hanmo.web.api.shapes import ProblemJson, TimingsJson, problem_json
from hanmo.work.article_flows import file_of
from hanmo.work.article_ports import JobKind, JobRecord, SectionCost
from hanmo.work.article_views import ArticleView, SectionView
from hanmo.work.jobs import Job, JobState
from hanmo.work.ports import PromptRead


class BriefJson(TypedDict):
    """`preset` and `sampling` are what was chosen; null and empty where nothing was."""

    text: str
    words: int
    lang: Language
    seed: int
    format: Format
    style: str
    glossary: str
    characters: str
    facts: str
    preset: str | None
    sampling: dict[str, int | float]


class PlanSectionJson(TypedDict):
    id: str
    heading: str
    points: list[str]
    words: int
    note: str
    skipped: bool


class PlanJson(TypedDict):
    title: str
    headed: bool
    sections: list[PlanSectionJson]


class SectionJson(TypedDict):
    """`length` and `words` are the same count; `version` is 0 while there is no finished text; a `file` of code is changed as a whole."""

    id: str
    heading: str
    target: int
    length: int
    words: int
    state: SectionState
    text: str
    version: int
    file: bool


class EditJson(TypedDict):
    id: str
    section: str
    start: int
    end: int
    before: str
    after: str
    kind: EditKind
    state: EditState
    reason: str


class RevisionJson(TypedDict):
    number: int
    kind: RevisionKind
    section: str | None
    words: int
    created_at: float


class LiveJobJson(TypedDict):
    """A job that runs. `done` is its share, 0 to 1."""

    id: str
    kind: JobKind
    status: GenerationStatus
    queue_place: int | None
    section: str | None
    done: float


class CostJson(TypedDict):
    """What work on a section (null: on the plan, titles and summary) has cost; `generated_tokens` with those that were taken back."""

    section: str | None
    seconds: float
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int


class ArticleJson(TypedDict):
    """`title` is the writer's own name for it, else the plan's title, else the brief's first line; `text` is the whole Markdown so far, which has
    the plan's. `job_id` is the running job's, if one runs. `costs` are those of all jobs, one for each section."""

    id: str
    title: str
    state: ArticleState
    brief: BriefJson
    plan: PlanJson | None
    sections: list[SectionJson]
    text: str
    words: int
    target: int
    findings: list[FindingJson]
    edits: list[EditJson]
    titles: list[str]
    summary: str
    revision: int
    revisions: list[RevisionJson]
    job: LiveJobJson | None
    job_id: str | None
    seconds_left: float | None
    problem: ProblemJson | None
    costs: list[CostJson]
    created_at: float
    updated_at: float
    pinned: bool


class ArticleSummaryJson(TypedDict):
    id: str
    title: str
    state: ArticleState
    words: int
    target: int
    created_at: float
    updated_at: float
    pinned: bool


class RevisionTextJson(TypedDict):
    number: int
    kind: RevisionKind
    created_at: float
    title: str
    text: str
    words: int
    sections: list[dict[str, str]]


class JobJson(TypedDict):
    """A job as a generation is shown; `text` is what the section in work has, or the whole article once it is over. `costs` are those of this
    job alone."""

    id: str
    article_id: str
    kind: JobKind
    status: GenerationStatus
    text: str
    finish_reason: FinishReason | None
    problem: ProblemJson | None
    timings: TimingsJson
    costs: list[CostJson]
    created_at: float


def article_json(view: ArticleView, lang: UiLanguage) -> ArticleJson:
    article, job = view.article, view.job
    ids = [section.id for section in article.plan.sections] if article.plan else []
    return ArticleJson(
        id=article.id,
        title=article.title,
        state=view.state,
        brief=brief_json(article),
        plan=plan_json(article),
        sections=[_section_json(section, article) for section in view.sections],
        text=view.text,
        words=view.words,
        target=view.target,
        findings=[finding_json(finding, lang, ids) for finding in view.findings],
        edits=[_edit_json(article, edit.id) for edit in article.edits],
        titles=list(article.titles),
        summary=article.summary,
        revision=article.revision,
        revisions=[
            RevisionJson(number=r.number, kind=r.kind, section=r.section_id, words=r.words, created_at=r.created_at)
            for r in view.revisions
        ],
        job=None if job is None else _live_job_json(job),
        job_id=None if job is None else job.id,
        seconds_left=None if job is None else job.state.seconds_left,
        problem=problem_json(view.problem, lang),
        costs=_costs_json(view.costs),
        created_at=article.created_at,
        updated_at=article.updated_at,
        pinned=article.pinned,
    )


def brief_json(article: Article) -> BriefJson:
    values: dict[str, Any] = asdict(article.assignment)
    values["text"] = values.pop("brief")
    values["preset"] = values["preset"] or None
    return cast("BriefJson", values)


def plan_json(article: Article) -> PlanJson | None:
    if article.plan is None:
        return None
    return PlanJson(
        title=article.plan.title,
        headed=article.plan.headed,
        sections=[
            PlanSectionJson(id=s.id, heading=s.heading, points=list(s.points), words=s.words, note=s.note, skipped=s.skipped)
            for s in article.plan.sections
        ],
    )


def _section_json(view: SectionView, article: Article) -> SectionJson:
    length = count_words(view.text)
    return SectionJson(
        id=view.section.id,
        heading=view.section.heading,
        target=view.section.words,
        length=length,
        words=length,
        state=view.state,
        text=view.text,
        version=view.version,
        file=file_of(article, view.section.id) is not None,
    )


def _edit_json(article: Article, edit_id: str) -> EditJson:
    edit = next(edit for edit in article.edits if edit.id == edit_id)
    return EditJson(
        id=edit.id,
        section=edit.section_id,
        start=edit.start,
        end=edit.end,
        before=edit.before,
        after=edit.after,
        kind=edit.kind,
        state=edit.state,
        reason=edit.reason,
    )


def _live_job_json(job: Job) -> LiveJobJson:
    state = job.state
    return LiveJobJson(
        id=job.id,
        kind=job.row.kind,
        status=state.status,
        queue_place=state.queue_place,
        section=state.section_id,
        done=round(state.done, 3),
    )


def job_json(row: JobRecord, live: Job | None, text: str, lang: UiLanguage) -> JobJson:
    return JobJson(
        id=row.id,
        article_id=row.article_id,
        kind=row.kind,
        status="finished" if live is None or row.finish_reason else live.state.status,
        text=text,
        finish_reason=row.finish_reason,
        problem=problem_json(row.problem, lang),
        timings=_timings_json(live.costs if live else row.costs),
        costs=_costs_json(live.costs if live else row.costs),
        created_at=row.created_at,
    )


def _costs_json(costs: Sequence[SectionCost]) -> list[CostJson]:
    return [
        CostJson(
            section=cost.section_id,
            seconds=round(cost.seconds, 2),
            prompt_tokens=cost.read_tokens + cost.cached_tokens,
            cached_tokens=cost.cached_tokens,
            generated_tokens=cost.written_tokens,
        )
        for cost in costs
    ]


def _timings_json(costs: Sequence[SectionCost]) -> TimingsJson:
    """All costs together. The cached tokens of a long prompt are counted once for each run that found them."""
    seconds, written = sum(cost.seconds for cost in costs), sum(cost.written_tokens for cost in costs)
    cached = sum(cost.cached_tokens for cost in costs)
    return TimingsJson(
        prompt_tokens=cached + sum(cost.read_tokens for cost in costs),
        cached_tokens=cached,
        generated_tokens=written,
        queue_ms=None,
        ttft_ms=None,
        prompt_tokens_per_second=None,
        tokens_per_second=round(written / seconds, 2) if seconds else None,
    )


def revision_json(article: Article, kind: RevisionKind) -> RevisionTextJson:
    text = article_text(article)
    sections = article.plan.sections if article.plan else ()
    return RevisionTextJson(
        number=article.revision,
        kind=kind,
        created_at=article.updated_at,
        title=article.title,
        text=text,
        words=count_words(text),
        sections=[{"id": s.id, "heading": s.heading, "text": article.texts[s.id].text} for s in sections if s.id in article.texts],
    )


def state_json(state: JobState) -> dict[str, JsonValue]:
    return {
        "status": state.status,
        "queue_place": state.queue_place,
        "section": state.section_id,
        "words": state.words,
        "target": state.target,
        "seconds_left": state.seconds_left,
        "done": round(state.done, 3),
        "prompt_progress": progress_json(state.prompt_progress),
    }


def progress_json(read: PromptRead | None) -> dict[str, JsonValue] | None:
    """How far a prompt is read; `seconds_left` to the first token."""
    if read is None:
        return None
    return {"done": read.done, "total": read.total, "cached": read.cached, "seconds_left": read.seconds_left}
