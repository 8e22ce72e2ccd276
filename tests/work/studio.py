"""A desk for tests: articles on a fake engine that can be held at a piece, asked what it read, and made to relapse."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hanmo.core.articles import Article, Assignment, Section
from hanmo.core.errors import StoreFull
from hanmo.core.flows.asks import Answer
from hanmo.core.values import Sampling
from hanmo.engine import FakeEngine
from hanmo.engine.fake import MARK
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Articles, JobRecord
from hanmo.work.article_views import ArticleView
from hanmo.work.articles import ArticleDesk
from hanmo.work.jobs import Job, JobEnd, JobEvent
from hanmo.work.lanes import Lanes
from hanmo.work.ports import EngineEvent, EngineRequest, PromptRead, TextPiece
from tests.work.novelist import novelist, sentence

SENTENCE = 19
"""Code points of the novelist's sentences."""


class Pen(FakeEngine):
    """The fake engine, with a log: what each piece was written for, and how many tokens were read beyond the cache (of each prompt, all tokens
    and those that were cached: `first_reads`). `hold_at` stops it before the
    piece of that number (over all runs, from 1) until `go_on`."""

    def __init__(self, reply: Callable[[str], str] = novelist, **options: Any) -> None:
        super().__init__(reply, **options)
        self.log: list[tuple[str | None, str]] = []
        self.read = 0
        self.first_reads: list[tuple[int, int]] = []
        self.hold_at: int | None = None
        self.held = asyncio.Event()
        self._free = asyncio.Event()

    @property
    def written(self) -> int:
        return len(self.log)

    def num_sections_written(self) -> int:
        """Requests that write: those of one token only keep a beginning away."""
        return sum(request.sampling.max_new_tokens > 1 for request in self.requests)

    def prompts(self) -> list[str]:
        """What was asked, marks as line breaks."""
        return [visible(request.prompt_ids) for request in self.requests]

    def hold_after(self, pieces: int) -> None:
        """Holds it when so many pieces more are written."""
        self.hold_at = self.written + pieces + 1
        self.held.clear()
        self._free.clear()

    def go_on(self) -> None:
        self.hold_at = None
        self._free.set()

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        first = True
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                if isinstance(event, PromptRead) and first:
                    self.read += event.total - event.cached
                    self.first_reads.append((event.total, event.cached))
                    first = False
                if isinstance(event, TextPiece):
                    if self.written + 1 == self.hold_at:
                        self.held.set()
                        await self._free.wait()
                    self.log.append((request.work, event.text))
                yield event


class Relapsing(Pen):
    """Says the first sentence of each section again at its third, and goes another way only where it may not begin as it wants to."""

    def _rest(self, prompt: tuple[int, ...], sampling: Sampling, room: int) -> tuple[str, bool]:
        last_mark = max(i for i, token in enumerate(prompt) if token >= MARK)
        said = visible(prompt[last_mark + 1 :])
        seed = sum(prompt[:last_mark]) % 1000
        count = said.count("。")
        tail = said.rsplit("。", 1)[-1]
        wished = [sentence(seed * 1000 + (0 if i == 2 else i)) for i in range(count, count + 40)]
        if tail and not wished[0].startswith(tail):
            wished[0] = tail[0] + sentence(seed * 1000 + 500 + count)[1:]
        rest = "".join(wished)[len(tail) :]
        return rest[: min(sampling.max_new_tokens, room)], False


class Mortal:
    """The articles of a store as a process sees them that dies after `writes` writes: what it does later reaches no disk."""

    READS = frozenset({"get", "find", "summaries", "revisions", "at", "steps", "partial", "job", "last_job", "costs"})

    def __init__(self, articles: Articles, writes: int) -> None:
        self._articles = articles
        self.left = writes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._articles, name)
        if name in self.READS:
            return method

        async def write(*args: object, **kwargs: object) -> object:
            if self.left <= 0:
                raise StoreFull("disk_full")
            self.left -= 1
            return await method(*args, **kwargs)

        return write


@dataclass
class Studio:
    """`articles` is what the desk writes to."""

    engine: Pen
    articles: Articles
    lanes: Lanes
    desk: ArticleDesk
    jobs: list[Job] = field(default_factory=list)

    async def new(self, words: int, brief: str = "写一篇游记，写山水。", **given: Any) -> str:
        """An article without a plan."""
        return await self.desk.create(Assignment(brief, words, "zh", 1, **given))

    async def planned(self, *words: int, brief: str = "写一篇游记，写山水。", **given: Any) -> str:
        """An article with a plan of unheaded sections of these lengths."""
        article_id = await self.new(sum(words), brief, **given)
        await self.desk.set_plan(article_id, "", False, sections(*words))
        return article_id

    async def written(self, *words: int, **given: Any) -> str:
        article_id = await self.planned(*words, **given)
        assert (await self.write(article_id)).finish_reason == "stop"
        return article_id

    async def write(self, article_id: str) -> JobRecord:
        return await self.end(await self.desk.write(article_id))

    async def held(self, article_id: str, pieces: int, *, plan: bool = False) -> Job:
        """Writes, or makes the plan, up to so many pieces from now."""
        self.engine.hold_after(pieces)
        job = await (self.desk.plan if plan else self.desk.write)(article_id)
        await self.engine.held.wait()
        return job

    async def end(self, job: Job) -> JobRecord:
        last = (await self.events(job.id))[-1]
        assert isinstance(last, JobEnd)
        return last.job

    async def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        return [event async for event in self.desk.jobs.follow(job_id, after)]

    async def get(self, article_id: str) -> Article:
        return await self.articles.get(article_id)

    async def view(self, article_id: str) -> ArticleView:
        return await self.desk.view(article_id)

    async def texts(self, article_id: str) -> dict[str, str]:
        return {section_id: version.text for section_id, version in (await self.get(article_id)).texts.items()}

    async def steps(self, article_id: str) -> dict[str, Answer]:
        return await self.articles.steps(article_id)

    async def plan_of(self, article_id: str) -> tuple[Section, ...]:
        plan = (await self.get(article_id)).plan
        assert plan is not None
        return plan.sections

    async def change(self, article_id: str, changed: Sequence[Section]) -> None:
        await self.desk.set_plan(article_id, "", False, changed)


def sections(*words: int) -> list[Section]:
    return [Section("", f"第{name}节", (f"{name}之形",), count) for name, count in zip("甲乙丙丁戊己庚辛", words, strict=False)]


def visible(ids: Sequence[int]) -> str:
    return "".join(chr(token) if token < MARK else "\n" for token in ids)


@asynccontextmanager
async def studio(
    engine: Pen | None = None, store: MemoryStore | Store | None = None, *, chats_wait: Callable[[], bool] = lambda: False
) -> AsyncIterator[Studio]:
    async with at_desk(engine or Pen(), (store or MemoryStore()).articles, chats_wait=chats_wait) as s:
        yield s


@asynccontextmanager
async def at_desk(
    engine: Pen, articles: Articles, *, chats_wait: Callable[[], bool] = lambda: False, limit_s: float = 30
) -> AsyncIterator[Studio]:
    lanes = Lanes(chats_wait)
    async with asyncio.timeout(limit_s), ArticleDesk(engine, articles, lanes) as desk:
        yield Studio(engine, articles, lanes, desk)
