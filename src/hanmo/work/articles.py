"""Articles from brief to finished text: the use cases. What is refused is refused before anything is stored."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from hanmo.core.articles import (
    Article,
    ArticleState,
    ArticleSummary,
    Assignment,
    Finding,
    Plan,
    Revision,
    Section,
    article_state,
    bare,
    told_apart,
    whole_text,
    with_ids,
)
from hanmo.core.briefs import LONGEST
from hanmo.core.checks.review import review
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.flows.expand import SHORTEST
from hanmo.core.flows.rewrite import RewriteKind
from hanmo.core.flows.room import Room
from hanmo.core.manuscript import MOST_SECTIONS, Manuscript, joined, opened, shown_texts, split
from hanmo.core.speeds import Speeds
from hanmo.core.text import count_words, one_line
from hanmo.work.article_flows import file_of, given_in_short
from hanmo.work.article_ports import Articles, JobRecord, NewText
from hanmo.work.article_views import ArticleView, section_view
from hanmo.work.job_runner import JobRunner
from hanmo.work.jobs import Job, by_section
from hanmo.work.lanes import Lanes
from hanmo.work.ports import Engine
from hanmo.work.writing import Writing, left_behind

MOST_REVIEWS = 8
"""Articles whose findings are kept at hand; a long text takes most of a second."""
SHORTER, LONGER = 0.7, 1.4
SteerAction = Literal["skip", "shorter", "longer", "enough", "note"]


class ArticleDesk:
    """Use as an async context manager; leaving it interrupts what runs and keeps all but the sentence in flight."""

    def __init__(self, engine: Engine, store: Articles, lanes: Lanes, speeds: Callable[[], Speeds] = Speeds) -> None:
        self._engine = engine
        self._store = store
        self._writing = Writing(engine, store, lanes, speeds)
        self._reviews: dict[str, tuple[int, tuple[Finding, ...]]] = {}
        self._leaving: set[str] = set()
        self.jobs = JobRunner(store, lanes)

    async def __aenter__(self) -> "ArticleDesk":
        await self.jobs.__aenter__()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.jobs.__aexit__(*problem)

    # ------------------------------------------------------------------------------------------------------------------ look

    async def view(self, article_id: str) -> ArticleView:
        if article_id in self._leaving:
            raise NotFound("article_not_found", id=article_id)
        article, found = await self._reviewed(article_id)
        job = self.jobs.of(article_id)
        last = await self._store.last_job(article_id)
        wished = steer.words if (steer := self._writing.steers.get(article_id)) else None
        sections = tuple(section_view(article, section, job, wished) for section in (article.plan.sections if article.plan else ()))
        texts = {each.section.id: each.text for each in sections if each.text or each.version}
        text = whole_text(article.plan, texts) if article.plan else ""
        state = article_state(article, writing=self._is_written(article_id))
        problem = last.problem if last and job is None else None
        revisions, costs = told_apart(await self._store.revisions(article_id)), by_section(await self._store.costs(article_id))
        findings = self._with_compacted(article, found)
        return ArticleView(article, state, sections, text, count_words(text), findings, job, problem, revisions, costs)

    async def _reviewed(self, article_id: str) -> tuple[Article, tuple[Finding, ...]]:
        """The article as it is, with what the review finds in it: each revision is looked over once, and in a thread."""
        article = await self._store.get(article_id)
        while (known := self._reviews.pop(article_id, None)) is None or known[0] != article.revision:
            self._reviews[article_id] = article.revision, await asyncio.to_thread(review, article)
            article = await self._store.get(article_id)
        self._reviews[article_id] = known
        while len(self._reviews) > MOST_REVIEWS:
            del self._reviews[next(iter(self._reviews))]
        return article, known[1]

    def _with_compacted(self, article: Article, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """With what of the article the model no longer sees whole."""
        n_ctx = self._engine.status().n_ctx
        in_short = 0 if n_ctx is None else given_in_short(article, Room(n_ctx))
        return (*found, Finding("compacted", params={"sections": in_short})) if in_short else found

    async def summaries(self) -> list[tuple[ArticleSummary, ArticleState]]:
        """The pinned ones first, then newest first, with where each stands."""
        return [(row, self._state(row)) for row in await self._store.summaries()]

    def _state(self, row: ArticleSummary) -> ArticleState:
        if self._is_written(row.id):
            return "writing"
        if row.done:
            return "done"
        return "paused" if row.begun else "planned" if row.planned else "new"

    def _is_written(self, article_id: str) -> bool:
        """While a finished text is looked over, or a passage is put in other words, the article stands where it stood."""
        job = self.jobs.of(article_id, long=True)
        return job is not None and job.row.kind in ("plan", "write")

    async def at(self, article_id: str, number: int) -> tuple[Article, Revision]:
        """An older revision."""
        article = await self._store.at(article_id, number)
        return article, next(r for r in await self._store.revisions(article_id) if r.number == number)

    async def create(self, assignment: Assignment) -> str:
        return (await self._store.create(assignment)).id

    async def open(self, text: str, name: str, seed: int) -> str:
        """A text that is there already, as an article of its own. `name` is the file's, without its ending. A heading with nothing under it stands
        in the text, for no length: its section is still to be written."""
        assignment, manuscript = await asyncio.to_thread(opened, text, name, seed)
        sections = manuscript.plan.sections
        texts = [
            NewText(s.id, text, s.words if text else 0, s.points, "edited") for s in sections for text in [manuscript.texts[s.id]]
        ]
        return (await self._store.create(assignment, plan=manuscript.plan, texts=texts)).id

    async def find(self, assignment: Assignment) -> str | None:
        """The newest article of exactly this assignment."""
        return await self._store.find(assignment)

    # ------------------------------------------------------------------------------------------------------------- the library

    async def rename(self, article_id: str, title: str) -> None:
        """One line. A blank one gives the article back the title that its plan or its brief has."""
        await self._store.rename(article_id, one_line(title))

    async def pin(self, article_id: str, pinned: bool) -> None:
        await self._store.pin(article_id, pinned)

    async def delete(self, article_id: str) -> None:
        """What works on it is stopped first; `undelete` brings it back with the text so far. Who hears of the stopping finds no article any more."""
        self._leaving.add(article_id)
        try:
            await self.pause(article_id)
            await self._store.delete(article_id)
            await self.jobs.stop_all(article_id)  # what was begun in between
        finally:
            self._leaving.discard(article_id)
        self._reviews.pop(article_id, None)

    async def undelete(self, article_id: str) -> None:
        await self._store.undelete(article_id)

    # ------------------------------------------------------------------------------------------------------------------ jobs

    async def plan(self, article_id: str, *, anew: bool = False) -> Job:
        """Makes the plan. `Conflict("article_has_text")` where text would be left behind, unless `anew`."""
        article = await self._store.get(article_id)
        if article.texts and not anew:
            raise Conflict("article_has_text")
        again = sum(r.kind == "planned" for r in await self._store.revisions(article_id))

        async def body(job: Job) -> None:
            await self._writing.plan(job, again=again)

        return await self.jobs.start(article_id, "plan", body)

    async def write(self, article_id: str) -> Job:
        """Makes the plan if there is none, and writes what is missing."""
        await self._store.get(article_id)
        return await self.jobs.start(article_id, "write", self._writing.write)

    async def suggest(self, article_id: str, kind: Literal["polish", "proofread"], section_id: str | None) -> Job:
        """Proposes edits sentence by sentence, of one section or all."""
        article = await self._written(article_id)
        if section_id is not None:
            _text_of(article, section_id)

        async def body(job: Job) -> None:
            await self._writing.suggest(job, kind, section_id)

        return await self.jobs.start(article_id, kind, body)

    async def rewrite(
        self, article_id: str, section_id: str, kind: RewriteKind, instruction: str, start: int | None, end: int | None
    ) -> Job:
        """Proposes another text for a selection (code points) or a whole section. Gets in while the article is written."""
        article = await self._store.get(article_id)
        text = _text_of(article, section_id)
        first, last = start or 0, len(text) if end is None else end
        if kind == "own" and not instruction.strip():
            raise InvalidRequest("instruction_empty")
        if kind not in ("own", "anew") and file_of(article, section_id):
            raise Conflict("not_for_code")
        if not 0 <= first < last <= len(text) or not text[first:last].strip():
            raise InvalidRequest("selection_out_of_range", start=first, end=last, length=len(text))

        async def body(job: Job) -> None:
            await self._writing.rewrite(job, article.texts[section_id], kind, instruction, first, last)

        return await self.jobs.start(article_id, "rewrite", body)

    async def title(self, article_id: str) -> Job:
        await self._written(article_id)
        return await self.jobs.start(article_id, "title", self._writing.title)

    async def pause(self, article_id: str) -> None:
        """Stops whatever works on the article; all but the sentence in flight is kept."""
        await self._store.get(article_id)
        await self.jobs.stop_all(article_id)

    async def find_job(self, job_id: str) -> JobRecord | None:
        """None for one that nobody knows, and for one of a deleted article."""
        try:
            job = await self._store.job(job_id)
            await self._store.get(job.article_id)
        except NotFound:
            return None
        return job

    # ------------------------------------------------------------------------------------------------------------------ steer

    async def steer(self, article_id: str, action: SteerAction, text: str) -> None:
        """What the user says while it writes. `Conflict("nothing_in_flight")` where nothing is being written, but a note can be left for
        the next section at any time; `Conflict("nothing_after")` where there is none; `Conflict("not_for_code")` for a length of a file."""
        async with self._writing.editing(article_id):
            article = await self._store.get(article_id)
            steer = self._writing.steers.get(article_id)
            if action == "note":
                await self._note(article, text)
            elif steer is None or (section := self._in_flight(article)) is None:
                raise Conflict("nothing_in_flight")
            elif action != "skip" and file_of(article, section.id):
                raise Conflict("not_for_code")
            elif action in ("skip", "enough"):
                steer.end = "skipped" if action == "skip" else "enough"
            else:
                now = steer.words or section.words
                steer.words = max(SHORTEST, round(now * (SHORTER if action == "shorter" else LONGER)))

    async def _note(self, article: Article, text: str) -> None:
        if not text.strip():
            raise InvalidRequest("note_empty")
        in_flight = self._in_flight(article)
        waiting = [s for s in (article.plan.sections if article.plan else ()) if not s.skipped and article.kept(s) is None]
        after = next((s for s in waiting if s != in_flight), None)
        if article.plan is None or after is None:
            raise Conflict("nothing_after")
        noted = replace(after, note="；".join(filter(None, (after.note, text.strip()))))
        plan = replace(article.plan, sections=tuple(noted if s.id == after.id else s for s in article.plan.sections))
        await self._store.revise(article.id, "plan_edited", plan=plan, section_id=after.id)

    def _in_flight(self, article: Article) -> Section | None:
        job = self.jobs.of(article.id, long=True)
        if job is None or job.row.kind != "write" or job.state.section_id is None or article.plan is None:
            return None
        return article.plan.find(job.state.section_id)

    # ---------------------------------------------------------------------------------------------------------------- changes

    async def set_plan(self, article_id: str, title: str, headed: bool, sections: Sequence[Section]) -> None:
        """The user's own plan. A section without an id is new. A section keeps its text while its points and its length stay."""
        if not any(not section.skipped for section in sections):
            raise InvalidRequest("plan_empty")
        if len(sections) > MOST_SECTIONS:
            raise InvalidRequest("plan_too_long", sections=len(sections), limit=MOST_SECTIONS)
        async with self._writing.editing(article_id):
            article = await self._store.get(article_id)
            _check_lengths(article.plan or Plan("", (), headed), sections)
            if (plan_job := self.jobs.of(article_id, long=True)) and plan_job.row.kind == "plan":
                raise Conflict("article_writing")
            plan = with_ids(article.plan or Plan("", (), headed), Plan(title.strip(), tuple(sections), headed))
            if (section := self._in_flight(article)) and plan.find(section.id) != section:
                raise Conflict("section_in_flight")
            if left := left_behind(article, plan):
                await self._store.revise(article_id, "written", texts=left)
            await self._store.revise(article_id, "plan_edited", plan=plan)

    async def set_text(self, article_id: str, section_id: str, text: str) -> None:
        """The user's own text of a section, as a new version."""
        async with self._writing.editing(article_id):
            article = await self._store.get(article_id)
            section = _section_of(article, section_id)
            if self._in_flight(article) == section:
                raise Conflict("section_in_flight")
            new = NewText(section_id, bare(text), section.words, section.points, "edited")
            await self._store.revise(article_id, "edited", texts=[new], section_id=section_id)

    async def add_text(self, article_id: str, section_id: str, text: str) -> None:
        """Puts a passage at the end of a section, as a new version. A section that is begun or still to be written has its text so far before it,
        and counts as written by the user from then on."""
        if not text.strip():
            raise InvalidRequest("text_empty")
        async with self._writing.editing(article_id):
            article = await self._store.get(article_id)
            section = _section_of(article, section_id)
            if self._in_flight(article) == section:
                raise Conflict("section_in_flight")
            old = article.texts.get(section_id)
            before = old.text if old else article.begun.get(section_id, "")
            whole = "\n\n".join(filter(None, (bare(before), bare(text))))
            new = NewText(section_id, whole, section.words, section.points, "edited")
            await self._store.revise(article_id, "edited", texts=[new], section_id=section_id)

    async def set_manuscript(self, article_id: str, text: str, base_revision: int) -> None:
        """The whole text as the writer has it now, made from revision `base_revision`. A section that was left in the middle and is changed
        by hand is the writer's, and is not gone on with. `Conflict("article_changed")` (revision, text) where the text is another meanwhile,
        `Conflict("article_writing")` while the model writes."""
        async with self._writing.editing(article_id):
            article = await self._store.get(article_id)
            if self._is_written(article_id):
                raise Conflict("article_writing")
            plan = article.plan or Plan("", (), headed=article.assignment.format == "prose")
            old = Manuscript(plan, shown_texts(article))
            if text == (current := joined(old)):
                return
            if base_revision != article.revision:
                raise Conflict("article_changed", revision=article.revision, text=current)
            new = await asyncio.to_thread(split, text, old)
            if len(new.plan.sections) > MOST_SECTIONS:
                raise InvalidRequest("plan_too_long", sections=len(new.plan.sections), limit=MOST_SECTIONS)
            texts = [
                NewText(section.id, new.texts[section.id], section.words, section.points, "edited")
                for section in new.plan.sections
                if section.id in new.texts and new.texts[section.id] != _text_before(article, old, section.id)
            ]
            if texts or new.plan != plan:
                await self._store.revise(article_id, "edited", plan=new.plan, texts=texts)

    async def settle_edits(self, article_id: str, accept: Sequence[str], reject: Sequence[str]) -> None:
        """Takes each edit over, or leaves it; what another one of them was in the way of is stale. `NotFound("edit_not_found")`,
        `Conflict("edit_settled")`: the ones before stay settled."""
        async with self._writing.editing(article_id):
            edits = (await self._store.get(article_id)).edits
            stood, overtaken = {edit.id for edit in edits if edit.state == "proposed"}, set[str]()
            for edit_id in (*accept, *reject):
                if all(edit.id != edit_id for edit in edits):
                    raise NotFound("edit_not_found", id=edit_id[:80])
            for edit_id in accept:
                if edit_id not in overtaken:
                    after = (await self._store.accept_edit(article_id, edit_id)).edits
                    overtaken = {edit.id for edit in after if edit.state == "stale"} & stood
            await self._store.settle_edits(article_id, reject, "rejected")

    async def restore(self, article_id: str, number: int) -> None:
        if self.jobs.of(article_id):
            raise Conflict("article_writing")
        async with self._writing.editing(article_id):
            await self._store.restore(article_id, number)

    async def _written(self, article_id: str) -> Article:
        article = await self._store.get(article_id)
        if not any(version.text.strip() for version in article.texts.values()):
            raise Conflict("article_not_written")
        return article


def _section_of(article: Article, section_id: str) -> Section:
    section = article.plan.find(section_id) if article.plan else None
    if section is None:
        raise NotFound("section_not_found", id=section_id[:40])
    return section


def _check_lengths(old: Plan, sections: Sequence[Section]) -> None:
    """Of what is still to be written: a section that is there already is as long as it is."""
    known = {section.id: section.words for section in old.sections}
    new = [section.words for section in sections if known.get(section.id) != section.words]
    words = sum(section.words for section in sections if not section.skipped)
    if new and (words > LONGEST or min(new) < SHORTEST):
        raise InvalidRequest("words_out_of_range", words=words if words > LONGEST else min(new), low=SHORTEST, high=LONGEST)


def _text_before(article: Article, old: Manuscript, section_id: str) -> str | None:
    """What a section said: a skipped one comes back with the text that it has."""
    version = article.texts.get(section_id)
    return old.texts.get(section_id, bare(version.text) if version else None)


def _text_of(article: Article, section_id: str) -> str:
    _section_of(article, section_id)
    if section_id not in article.texts or not article.texts[section_id].text.strip():
        raise Conflict("article_not_written")
    return article.texts[section_id].text
