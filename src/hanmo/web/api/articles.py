"""Articles: from what is asked to the finished text. What takes long answers with a job, to be followed like a generation."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hanmo.core.articles import Assignment, Section
from hanmo.core.brief_fields import fields_language, to_text
from hanmo.core.briefs import make_assignment
from hanmo.core.errors import InvalidRequest
from hanmo.core.flows.rewrite import RewriteKind
from hanmo.core.text import Language
from hanmo.web.api.article_shapes import (
    ArticleJson,
    ArticleSummaryJson,
    RevisionTextJson,
    article_json,
    revision_json,
)
from hanmo.web.api.brief_shapes import BriefOrText
from hanmo.web.api.conversations import PresetName
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.work.articles import ArticleDesk, SteerAction

BRIEF_CHARACTERS = 100_000
TEXT_CHARACTERS = 150_000
MANUSCRIPT_CHARACTERS = 300_000
Line = Annotated[str, Field(max_length=200)]
Material = Annotated[str, Field(max_length=BRIEF_CHARACTERS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewArticle(_Body):
    """`text` (or `brief`, as a text or as fields) is what is to be written; without `words`, the length it names. `seed` makes a text
    repeatable. `preset` and single values of `sampling` say how its text is sampled, but for `max_new_tokens` and `seed`. `resume`: the newest
    article of exactly this order, if there is one, instead of a new one."""

    text: Material | None = None
    brief: BriefOrText | None = None
    words: int | None = None
    lang: Literal["zh", "en"] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None
    format: Literal["prose", "code"] = "prose"
    style: Material = ""
    glossary: Material = ""
    characters: Material = ""
    facts: Material = ""
    preset: PresetName | None = None
    sampling: dict[str, Any] | None = None
    resume: bool = False


class OpenedText(_Body):
    """A text that is there already. `name` is its file's, without the ending: the article is called so where the text has no title."""

    text: Annotated[str, Field(max_length=MANUSCRIPT_CHARACTERS)]
    name: Line = ""


class Changes(_Body):
    """What is left out stays. An empty `title` gives back the one that the plan or the brief has."""

    title: Line | None = None
    pinned: bool | None = None


class PlanSection(_Body):
    """One without an `id` is new."""

    id: Annotated[str, Field(max_length=40)] = ""
    heading: Line
    points: Annotated[list[Line], Field(max_length=20)] = []
    words: int
    note: Annotated[str, Field(max_length=2000)] = ""
    skipped: bool = False


class NewPlan(_Body):
    title: Line = ""
    headed: bool = True
    sections: Annotated[list[PlanSection], Field(max_length=500)]


class PlanOrder(_Body):
    """`anew`: although there is text already; it stays in the revisions."""

    anew: bool = False


class Steering(_Body):
    action: SteerAction
    text: Annotated[str, Field(max_length=2000)] = ""


class PolishOrder(_Body):
    """Without `section`, the whole article."""

    section: Annotated[str, Field(max_length=40)] | None = None


class RewriteOrder(_Body):
    """`start` and `end` select code points of the section's text; without them, all of it."""

    kind: RewriteKind
    instruction: Annotated[str, Field(max_length=2000)] = ""
    start: int | None = None
    end: int | None = None


class OwnText(_Body):
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)]


class OwnManuscript(_Body):
    """The whole Markdown. `base_revision` is the article's `revision` that it was made from."""

    text: Annotated[str, Field(max_length=MANUSCRIPT_CHARACTERS)]
    base_revision: Annotated[int, Field(ge=0)]


class Settling(_Body):
    accept: list[Annotated[str, Field(max_length=200)]] = []
    reject: list[Annotated[str, Field(max_length=200)]] = []


class Nothing(_Body):
    pass


class CreatedArticle(BaseModel):
    id: str
    resumed: bool


class JobStarted(BaseModel):
    job_id: str


class ArticlesAnswer(BaseModel):
    articles: list[ArticleSummaryJson]


Shown = Callable[[str, Request], Awaitable[ArticleJson]]
"""An article as it stands now, in the language of who asks."""


def articles_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/articles", tags=["articles"])

    async def shown(article_id: str, request: Request) -> ArticleJson:
        return article_json(await services.desk.view(article_id), language_of(request.scope))

    _add_library(router, services, shown)
    _add_work(router, services.desk, shown)
    _add_texts(router, services.desk, shown)
    return router


def _add_library(router: APIRouter, services: Services, shown: Shown) -> None:
    """Which articles there are, and each as a whole."""
    desk = services.desk

    @router.get("")
    async def list_articles() -> ArticlesAnswer:
        """All articles, the pinned ones first, then the newest first."""
        rows = [
            ArticleSummaryJson(
                id=row.id,
                title=row.title,
                state=state,
                words=row.words,
                target=row.target,
                created_at=row.created_at,
                updated_at=row.updated_at,
                pinned=row.pinned,
            )
            for row, state in await desk.summaries()
        ]
        return ArticlesAnswer(articles=rows)

    @router.post("", status_code=201)
    async def create_article(body: NewArticle) -> CreatedArticle:
        """Keeps what is asked. Nothing is written yet."""
        assignment = assignment_of(body)
        found = await desk.find(assignment) if body.resume else None
        services.warm_up.sent()
        return CreatedArticle(id=found or await desk.create(assignment), resumed=found is not None)

    @router.post("/open", status_code=201)
    async def open_text(body: OpenedText) -> CreatedArticle:
        """A text that is there already becomes an article of its own; its headings are the sections."""
        return CreatedArticle(id=await desk.open(body.text, body.name, secrets.randbelow(2**31)), resumed=False)

    @router.get("/{article_id}")
    async def get_article(article_id: str, request: Request) -> ArticleJson:
        """As it stands now, with the text that is being written."""
        return await shown(article_id, request)

    @router.post("/{article_id}/open", status_code=202)
    async def open_article(article_id: str, _: Nothing | None = None) -> None:
        """Somebody looks at it: what was kept of its cache is brought back while nobody else needs the engine. Answers at once."""
        services.warm_up.open(f"article:{(await services.article_costs.article(article_id)).id}")

    @router.patch("/{article_id}")
    async def change_article(article_id: str, body: Changes, request: Request) -> ArticleJson:
        """Renames it, pins it. No text and no revision changes with that."""
        if body.title is not None:
            await desk.rename(article_id, body.title)
        if body.pinned is not None:
            await desk.pin(article_id, body.pinned)
        return await shown(article_id, request)

    @router.delete("/{article_id}", status_code=204)
    async def delete_article(article_id: str) -> None:
        """Stops what works on it, and hides it. It can be restored for seven days; at a start after that it is removed for good."""
        await desk.delete(article_id)

    @router.post("/{article_id}/restore", status_code=200)
    async def restore_article(article_id: str, request: Request, _: Nothing | None = None) -> ArticleJson:
        """Brings a deleted one back as it was."""
        await desk.undelete(article_id)
        return await shown(article_id, request)


def _add_work(router: APIRouter, desk: ArticleDesk, shown: Shown) -> None:
    """What the model does, and how it is told to."""

    @router.post("/{article_id}/plan", status_code=202)
    async def make_plan(article_id: str, body: PlanOrder | None = None) -> JobStarted:
        """Makes the plan; again, if there is one."""
        return JobStarted(job_id=(await desk.plan(article_id, anew=body is not None and body.anew)).id)

    @router.post("/{article_id}/write", status_code=202)
    async def write_article(article_id: str, _: Nothing | None = None) -> JobStarted:
        """Makes the plan if there is none, and writes what is missing."""
        return JobStarted(job_id=(await desk.write(article_id)).id)

    @router.post("/{article_id}/pause", status_code=202)
    async def pause_article(article_id: str, request: Request, _: Nothing | None = None) -> ArticleJson:
        """Stops what works on it; all but the sentence in flight is kept."""
        await desk.pause(article_id)
        return await shown(article_id, request)

    @router.post("/{article_id}/steer")
    async def steer_article(article_id: str, body: Steering, request: Request) -> ArticleJson:
        """Says something while it is written: leave this section out, shorter, longer, good enough, a note for the sections after it."""
        await desk.steer(article_id, body.action, body.text)
        return await shown(article_id, request)

    @router.post("/{article_id}/polish", status_code=202)
    async def polish_article(article_id: str, body: PolishOrder | None = None) -> JobStarted:
        """Proposes better sentences; nothing changes until an edit is accepted."""
        return JobStarted(job_id=(await desk.suggest(article_id, "polish", body.section if body else None)).id)

    @router.post("/{article_id}/proofread", status_code=202)
    async def proofread_article(article_id: str, body: PolishOrder | None = None) -> JobStarted:
        """Proposes corrections of errors only."""
        return JobStarted(job_id=(await desk.suggest(article_id, "proofread", body.section if body else None)).id)

    @router.post("/{article_id}/title", status_code=202)
    async def find_titles(article_id: str, _: Nothing | None = None) -> JobStarted:
        """Proposes titles and a summary."""
        return JobStarted(job_id=(await desk.title(article_id)).id)

    @router.post("/{article_id}/sections/{section_id}/rewrite", status_code=202)
    async def rewrite_section(article_id: str, section_id: str, body: RewriteOrder) -> JobStarted:
        """Proposes another text for a selection or the section."""
        return JobStarted(job_id=(await desk.rewrite(article_id, section_id, body.kind, body.instruction, body.start, body.end)).id)


def _add_texts(router: APIRouter, desk: ArticleDesk, shown: Shown) -> None:
    """What the writer does: plan and texts of their own, edits, and how it was before."""

    @router.put("/{article_id}/plan")
    async def set_plan(article_id: str, body: NewPlan, request: Request) -> ArticleJson:
        """The user's own plan. A section keeps its text while its points and its length stay."""
        await desk.set_plan(article_id, body.title, body.headed, plan_sections(body))
        return await shown(article_id, request)

    @router.put("/{article_id}/sections/{section_id}")
    async def set_section_text(article_id: str, section_id: str, body: OwnText, request: Request) -> ArticleJson:
        """The user's own text, as a new version."""
        await desk.set_text(article_id, section_id, body.text)
        return await shown(article_id, request)

    @router.post("/{article_id}/sections/{section_id}/text")
    async def add_section_text(article_id: str, section_id: str, body: OwnText, request: Request) -> ArticleJson:
        """A passage at the end of the section's text, as a new version."""
        await desk.add_text(article_id, section_id, body.text)
        return await shown(article_id, request)

    @router.put("/{article_id}/text")
    async def set_article_text(article_id: str, body: OwnManuscript, request: Request) -> ArticleJson:
        """The user's own whole text. A section keeps its id by its heading, a renamed one by its place; one whose heading is gone is skipped.
        `409 article_changed`, with `params.text` and `params.revision` as they are now, where the text became another since `base_revision`."""
        await desk.set_manuscript(article_id, body.text, body.base_revision)
        return await shown(article_id, request)

    @router.post("/{article_id}/edits")
    async def settle_edits(article_id: str, body: Settling, request: Request) -> ArticleJson:
        """Takes edits over or leaves them."""
        await desk.settle_edits(article_id, body.accept, body.reject)
        return await shown(article_id, request)

    @router.get("/{article_id}/revisions/{number}")
    async def get_revision(article_id: str, number: int) -> RevisionTextJson:
        """The article as it was."""
        article, revision = await desk.at(article_id, number)
        return revision_json(article, revision.kind)

    @router.post("/{article_id}/revisions/{number}/restore")
    async def restore_revision(article_id: str, number: int, request: Request, _: Nothing | None = None) -> ArticleJson:
        """Makes it as it was, in a new revision; nothing is lost."""
        await desk.restore(article_id, number)
        return await shown(article_id, request)


def plan_sections(plan: NewPlan) -> tuple[Section, ...]:
    """The sections of a plan as they were given, without what is blank."""
    return tuple(
        Section(s.id, s.heading.strip(), tuple(filter(None, map(str.strip, s.points))), s.words, s.note.strip(), s.skipped)
        for s in plan.sections
    )


def assignment_of(body: NewArticle) -> Assignment:
    """What is asked, as it would be stored."""
    if (body.text is None) == (body.brief is None):
        raise InvalidRequest("text_or_brief")
    text, lang = _order(body)
    return make_assignment(
        text,
        words=body.words,
        lang=lang,
        seed=secrets.randbelow(2**31) if body.seed is None else body.seed,
        form=body.format,
        style=body.style,
        glossary=body.glossary,
        characters=body.characters,
        facts=body.facts,
        preset=body.preset or "",
        sampling=body.sampling,
    )


def _order(body: NewArticle) -> tuple[str, Language | None]:
    """The brief as one text, and its language where that is said."""
    if body.brief is None:
        return body.text or "", body.lang
    fields = body.brief.as_fields()
    named: dict[str, Language] = {"zh": "zh", "en": "en"}
    return to_text(fields, fields_language(fields)), body.lang or named.get(fields.language)
