"""What jobs do: plan an article, write what is missing of it, propose edits and titles. Each is safe to be cut off at any point and run again."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from hanmo.core.articles import Article, Edit, EditKind, Plan, Section, SectionText, with_ids
from hanmo.core.errors import Conflict, EngineError, InvalidRequest
from hanmo.core.flows.asks import Ask, Flow, T, Turn
from hanmo.core.flows.expand import Written, section_heading
from hanmo.core.flows.front import material
from hanmo.core.flows.rehearse import first_ask
from hanmo.core.flows.rewrite import RewriteKind, begun_with, wanted_words
from hanmo.core.flows.room import Room, longest_section
from hanmo.core.speeds import Speeds
from hanmo.core.text import count_words
from hanmo.work.article_flows import (
    check_front,
    file_of,
    plan_flow,
    plan_tokens,
    rewrite_flow,
    section_flow,
    texts_in_order,
    titles_flow,
)
from hanmo.work.article_ports import Articles, Begun, NewText, SectionCost
from hanmo.work.driver import FlowDriver, Steer
from hanmo.work.jobs import Job, Pace
from hanmo.work.lanes import Lanes
from hanmo.work.looking_over import LookOver
from hanmo.work.ports import Engine

TELLS_FROM = 0.05
"""The share of a job that has to be done before its own pace tells how long the rest takes."""


class Writing:
    """`pace` is what this machine was measured to write, over all articles, `speeds` what the engine does; `steers` hears what the user says, by
    the article that is being written."""

    def __init__(self, engine: Engine, store: Articles, lanes: Lanes, speeds: Callable[[], Speeds] = Speeds) -> None:
        self._engine = engine
        self._store = store
        self._lanes = lanes
        self._speeds = speeds
        self._editing: dict[str, asyncio.Lock] = {}
        self.pace = Pace()
        self.steers: dict[str, Steer] = {}

    def editing(self, article_id: str) -> asyncio.Lock:
        """Held while an article is read, changed and written back."""
        return self._editing.setdefault(article_id, asyncio.Lock())

    # ------------------------------------------------------------------------------------------------------------- plan, write

    async def plan(self, job: Job, *, again: int = 0) -> Article:
        article = await self._store.get(job.row.article_id)
        await self._check_room(article)
        driver = self._driver(job, article)
        self._follow_plan(job, driver, article)
        async with self._counted(job, driver, None):
            plan = await driver.run(plan_flow(article.assignment, again))
        async with self.editing(article.id):
            article = await self._store.get(article.id)
            if article.plan and (article.texts or article.begun):
                plan = _apart_from(article.plan, plan)
                if left := left_behind(article, plan):
                    await self._store.revise(article.id, "written", texts=left)
            return await self._store.revise(article.id, "planned", plan=plan)

    async def write(self, job: Job) -> None:
        """The sections that are missing, in order. The article is looked at anew before each, with the engine there to write it: until
        then it may be changed."""
        article = await self._store.get(job.row.article_id)
        await self._check_room(article)
        article = await self._store.get(article.id)
        if article.plan is None:
            article = await self.plan(job)
        driver = self._driver(job, article)
        self.steers[article.id] = driver.steer
        try:
            while article.next_section():
                room = await self._room()
                async with self.editing(article.id):
                    article = await self._store.get(article.id)
                    section = article.next_section()
                    if article.plan is None or section is None:
                        break
                    self._follow_section(job, driver, article, article.plan, section)
                _check_section(article, article.plan, section, room)
                try:
                    async with self._counted(job, driver, section.id):
                        written = await driver.run(await _going_on(driver, article, article.plan, section, room))
                except EngineError:
                    if (await self._engine.identity()).n_ctx == room.n_ctx:
                        raise
                    continue  # another model came meanwhile: what fits its context is looked at anew
                job.write(written.text)
                article = await self._keep(article.id, section, written)
        finally:
            self.steers.pop(article.id, None)
            self.pace.rest()

    def _follow_plan(self, job: Job, driver: FlowDriver, article: Article) -> None:
        """Tells how long the plan takes, and the text behind it where that is written at once."""
        words = article.assignment.words if job.row.kind == "write" else 0

        def rest(before: int) -> float | None:
            tokens = max(0, plan_tokens(article.assignment) - driver.spent.written_tokens)
            plan_s = self._speeds().seconds_to_write(tokens, before, locked=True)
            text_s = self._seconds_for(words, before, article)
            return None if plan_s is None or text_s is None else plan_s + text_s

        job.rest = rest
        driver.on_text = lambda _ask, _text: job.change(status="writing", prompt_progress=None, seconds_left=rest(0))

    def _seconds_for(self, words: int, before: int, article: Article) -> float | None:
        """By the pace of writing articles, once there is one."""
        if words <= 0:
            return 0.0
        paced = self.pace.seconds_for(words)
        return self._speeds().seconds_for_words(words, before, article.assignment.lang) if paced is None else paced

    def _follow_section(self, job: Job, driver: FlowDriver, article: Article, plan: Plan, section: Section) -> None:
        """Points the driver's ears at a section: what it writes is shown as that section's text, and counted."""
        heading = section_heading(plan, section)
        others = sum(count_words(v.text) for key, v in article.texts.items() if key != section.id and plan.find(key))
        target = article.target
        driver.steer.forget()
        job.begin_section(section.id)
        job.rest = lambda before: self._seconds_for(target - others - count_words(job.section_text), before, article)

        def on_text(_: Ask, text: str) -> None:
            own = text.removeprefix(heading)
            job.write(own)
            here = count_words(own)
            self.pace.saw(here)
            words = others + here
            job.change(
                status="writing",
                words=words,
                target=target,
                seconds_left=self._seconds_for(target - words, 0, article),
                done=min(1.0, words / target),
            )

        driver.on_text = on_text
        driver.begun = lambda whole: Begun(section.id, whole.removeprefix(heading))

    async def _keep(self, article_id: str, section: Section, written: Written) -> Article:
        """The section as a new version, in the plan as it is now."""
        async with self.editing(article_id):
            article = await self._store.get(article_id)
            if article.plan is None or article.plan.find(section.id) is None:
                return article
            changed = replace(section, skipped=written.problem == "skipped", words=written.words, asked=written.asked)
            plan = _with_section(article.plan, changed) if changed != section else None
            if changed.skipped:
                return await self._store.revise(article_id, "plan_edited", plan=plan, section_id=section.id)
            text = NewText(section.id, written.text, changed.words, section.points, "written", written.problem)
            return await self._store.revise(article_id, "written", plan=plan, texts=[text], section_id=section.id)

    # ------------------------------------------------------------------------------------------------------- edits and titles

    async def suggest(self, job: Job, kind: Literal["polish", "proofread"], section_id: str | None) -> None:
        """Polish or proofread: edits proposed section by section. A section that is changed meanwhile gets none."""
        room = await self._room()
        article = await self._store.get(job.row.article_id)
        versions, look = texts_in_order(article, section_id), LookOver.of(article, kind, room)
        driver = self._driver(job, article, part=kind)
        now = await look.next_round(driver, article, versions)
        refused = {(e.section_id, e.before, e.after) for e in article.edits if e.state == "rejected" and look.is_of(e, now.run)}
        left, step = {ask.messages for ask in now.left}, _steps(job, len(now.asks), len(now.left))
        for version in versions:
            job.begin_section(version.section_id)
            async with self._counted(job, driver, version.section_id):
                edits = await driver.run(_told(look.flow(version, now.run), left, step))
            new = [replace(e, id=f"{now.run}-{e.id}") for e in edits if (e.section_id, e.before, e.after) not in refused]
            await self._propose(article.id, version, new)

    async def rewrite(self, job: Job, version: SectionText, kind: RewriteKind, instruction: str, start: int, end: int) -> None:
        """One proposed edit over a selection of a section's text. `Conflict("section_changed")` where that is not its text any more."""
        room, section_id = await self._room(), version.section_id
        article = await self._store.get(job.row.article_id)
        run, lang, file = len(article.edits), article.assignment.lang, file_of(article, section_id)
        flow = rewrite_flow(article, version, kind, instruction, start, end, run, room)
        begun = begun_with(version.text[start:end], kind, (version.text[:start], version.text[end:]))
        driver = self._driver(job, article, part=f"rewrite {section_id}")
        if article.plan and file:
            start, end, begun = 0, len(version.text), section_heading(article.plan, file)
            driver.work = _work(article)  # it goes on behind the conversation in which the file was written
        selected = version.text[start:end]
        job.begin_section(section_id)
        wanted = wanted_words(selected, kind, "" if file else instruction)

        def on_text(_: Ask, text: str) -> None:
            own = text.removeprefix(begun)
            job.write(own)
            left = max(0, wanted - count_words(own))
            job.change(status="writing", seconds_left=self._speeds().seconds_for_words(left, 0, lang))

        job.rest = lambda before: self._speeds().seconds_for_words(wanted, before, lang)
        driver.on_text = on_text
        async with self._counted(job, driver, section_id):
            done = await driver.run(flow)
        if done.problem in ("unchanged", "broken"):
            raise Conflict(f"rewrite_{done.problem}")
        reason = "、".join(done.lost)
        edit = Edit(
            f"{run}-{kind}-{section_id}-{start}",
            section_id,
            version.number,
            start,
            end,
            selected,
            done.text,
            "rewrite",
            reason=reason,
        )
        job.write(done.text)
        if not await self._propose(article.id, version, (edit,)):
            raise Conflict("section_changed")

    async def title(self, job: Job) -> None:
        room = await self._room()
        article = await self._store.get(job.row.article_id)
        seed = article.assignment.seed + sum(map(ord, "".join(article.titles)))
        driver = self._driver(job, article, part="title")
        async with self._counted(job, driver, None):
            titles, summary = await driver.run(titles_flow(article, seed, room))
        await self._store.set_titles(article.id, titles, summary)

    async def _propose(self, article_id: str, version: SectionText, edits: Sequence[Edit]) -> bool:
        """In place of what is proposed of the same kind for the same passage or a part of it; one that stands there already stays. False where
        the section was changed meanwhile: the edits do not fit it any more."""
        async with self.editing(article_id):
            article = await self._store.get(article_id)
            current = article.texts.get(version.section_id)
            if current is None or current.number != version.number:
                return False
            there = [e for e in article.edits if e.state == "proposed"]
            known = {(_place(e), e.after) for e in there}
            new = [e for e in edits if (_place(e), e.after) not in known]
            old = [e.id for e in there if any(_meet(e, each) for each in new)]
            await self._store.settle_edits(article_id, old, "stale")
            await self._store.propose(article_id, new)
            return True

    # ------------------------------------------------------------------------------------------------------------------- parts

    def _driver(self, job: Job, article: Article, part: str = "") -> FlowDriver:
        """A driver in the job's lane. The article's KV cache is its own; edits have theirs, so that it stays."""

        long = part in ("", "polish", "proofread")
        return FlowDriver(
            self._engine,
            self._store,
            article.id,
            None if part else _work(article),
            on_read=job.read,
            somebody_waits=self._lanes.somebody_waits if long else lambda: False,
            let_pass=self._pass if long else _go_on,
        )

    @asynccontextmanager
    async def _counted(self, job: Job, driver: FlowDriver, section_id: str | None) -> AsyncGenerator[None]:
        """Adds what happens inside to the job's costs, and keeps them. What was cut off is kept with the job's end."""
        before, began = replace(driver.spent), time.monotonic()
        try:
            yield
        finally:
            after = driver.spent
            cost = SectionCost(
                section_id,
                round(time.monotonic() - began, 3),
                after.read_tokens - before.read_tokens,
                after.cached_tokens - before.cached_tokens,
                after.written_tokens - before.written_tokens,
            )
            if after.runs > before.runs:  # what is stored already costs nothing
                job.costs.append(cost)
        await self._store.keep_costs(job.id, job.costs)

    async def _pass(self) -> None:
        self.pace.rest()
        await self._lanes.let_pass()

    async def _room(self) -> Room:
        """Waits for the engine."""
        return Room((await self._engine.identity()).n_ctx)

    async def _check_room(self, article: Article) -> None:
        check_front(article.assignment, await self._room())


def _check_section(article: Article, plan: Plan, section: Section, room: Room) -> None:
    """A section is written in one conversation: `InvalidRequest("section_too_long")` (number from 1, words, limit) where that cannot hold it."""
    limit = longest_section(material(article.assignment), room)
    if section.words > limit:
        raise InvalidRequest("section_too_long", number=plan.sections.index(section) + 1, words=section.words, limit=limit)


async def _going_on(driver: FlowDriver, article: Article, plan: Plan, section: Section, room: Room) -> Flow[Written]:
    """The section as it was asked for; where that request is another now, from its text so far on."""
    begun, flow = article.begun.get(section.id, ""), section_flow(article, plan, section, room)
    first = first_ask(section_flow(article, plan, section, room)) if begun else None
    return flow if first is None or await driver.was_asked(first) else section_flow(article, plan, section, room, begun)


def left_behind(article: Article, plan: Plan) -> list[NewText]:
    """What is begun of sections that go, or are asked for with other points now, as versions: so it stays in the revisions."""
    before = [s for s in article.plan.sections if s.id in article.begun] if article.plan else []
    gone = [s for s in before if (now := plan.find(s.id)) is None or now.points != s.points]
    return [NewText(s.id, article.begun[s.id], s.words, s.points, "written", "too_short") for s in gone]


def _apart_from(old: Plan, new: Plan) -> Plan:
    """A plan whose sections are all other ones than the old plan's: no text of these stands under its headings."""
    return with_ids(old, replace(new, sections=tuple(replace(section, id="") for section in new.sections)))


def _work(article: Article) -> str:
    """The name of its KV cache."""
    return f"article:{article.id}"


async def _go_on() -> None:
    """Short work lets nobody pass."""


def _place(edit: Edit) -> tuple[str, EditKind, int, int]:
    return edit.section_id, edit.kind, edit.start, edit.end


def _meet(one: Edit, other: Edit) -> bool:
    """Whether only one of two edits of a kind can be taken."""
    same = (one.section_id, one.kind) == (other.section_id, other.kind)
    return same and ((one.start < other.end and other.start < one.end) or _place(one) == _place(other))


def _with_section(plan: Plan, changed: Section) -> Plan:
    return replace(plan, sections=tuple(changed if s.id == changed.id else s for s in plan.sections))


def _told(flow: Flow[T], known: Set[tuple[Turn, ...]], on_ask: Callable[[], None]) -> Flow[T]:
    """The flow, that tells of each of these requests before it is asked."""
    try:
        ask = next(flow)
        while True:
            if ask.messages in known:
                on_ask()
            ask = flow.send((yield ask))
    except StopIteration as end:
        result: T = end.value
        return result


def _steps(job: Job, total: int, left: int) -> Callable[[], None]:
    """To be called at the beginning of each step that is run, `left` of `total`: shows the share that is done, and the time left at the pace so
    far."""
    began, num = time.monotonic(), 0

    def step() -> None:
        nonlocal num
        share = num / left
        seconds = (time.monotonic() - began) * (1 - share) / share if share >= TELLS_FROM else None
        job.change(status="writing", done=(total - left + num) / total, seconds_left=seconds)
        num += 1

    return step
