"""The price before the click is that of the click: the same tokens, the same cache, for every action there is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from hanmo.core.articles import Assignment
from hanmo.core.errors import HanmoError
from hanmo.core.flows.rewrite import RewriteKind
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.text import count_words
from hanmo.core.values import Generation, Sampling
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work.article_costs import ArticleCosts, of_order
from hanmo.work.conversations import Talk
from hanmo.work.costs import FREE, ConversationCosts, Cost
from hanmo.work.drafts import Drafts
from hanmo.work.generations import Runner
from hanmo.work.jobs import Job
from hanmo.work.live import EndEvent, StateEvent
from hanmo.work.ports import EngineState, EngineStatus
from tests.fakes.studio import studio as says
from tests.work.studio import Pen, Studio, studio

SPEEDS = Speeds((Reading(500, 500, 0, 5.0),), (Writing(100, 500, 10.0),), zh_words_per_token=1.0)
ROOM = Sampling(max_new_tokens=40)
TALE = "从前有座山，山里有座庙，庙里有个老和尚在讲故事。" * 4


class Sleepy(FakeEngine):
    """One whose state can be set."""

    state: EngineState | None = None

    def status(self) -> EngineStatus:
        return replace(super().status(), state=self.state) if self.state else super().status()


@dataclass
class Desk:
    engine: Sleepy
    store: MemoryStore
    runner: Runner
    talk: Talk
    costs: ConversationCosts

    async def new(self) -> str:
        return (await self.store.conversations.create()).id

    async def end(self, generation_id: str) -> Generation:
        async for event in self.runner.follow(generation_id):
            if isinstance(event, EndEvent):
                return await self.store.generations.get(generation_id)
        raise AssertionError("no end")

    async def send(self, conversation: str, text: str, beside: str | None = None) -> Generation:
        turn = await self.talk.send(conversation, text, sampling={"max_new_tokens": 40}, beside_id=beside)
        return await self.end(turn.generation_id)

    async def questions(self, conversation: str) -> list[str]:
        return [m.id for m in (await self.store.conversations.get(conversation)).messages if m.role == "user"]


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    engine, store = Sleepy(lambda _: TALE), MemoryStore()
    async with Runner(engine, store.generations, queue_limit=4) as runner:
        talk = Talk(store.conversations, store.generations, runner)
        yield Desk(
            engine, store, runner, talk, ConversationCosts(engine, Drafts(store.conversations, store.generations), lambda: SPEEDS)
        )


def agrees(cost: Cost | None, generation: Generation) -> bool:
    """Whether what was said before is what it came to."""
    timings = generation.timings
    assert cost is not None
    assert cost.seconds_to_first_token == SPEEDS.seconds_to_first_token(cost.tokens - cost.cached_tokens, cost.tokens)
    assert cost.seconds_per_100_words == SPEEDS.seconds_for_words(100, cost.tokens, "zh")
    return (cost.tokens, cost.cached_tokens) == (timings.prompt_tokens, timings.cached_tokens)


# --------------------------------------------------------------------------------------------------------------- conversations


async def test_a_message_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        for text in ("讲个故事" * 20, "再讲一个"):
            cost = await d.costs.send(text, ROOM, conversation)
            assert agrees(cost, await d.send(conversation, text))


async def test_a_length_that_is_asked_for_is_reckoned_to_its_end() -> None:
    async with desk() as d:
        cost = await d.costs.send("写一篇关于茶的文章，800 字。", Sampling(), None)
        assert cost is not None
        assert cost.words == 800
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_for_words(800, cost.tokens, "zh")  # type: ignore[operator]
        )
        open_end = await d.costs.send("讲个故事", ROOM, None)
        assert open_end is not None
        assert (open_end.words, open_end.seconds_to_end) == (None, None)
        beside = await d.costs.send("讲个故事", Sampling(), None, words=300)
        assert beside is not None
        assert beside.words == 300


async def test_an_answer_is_priced_no_longer_than_it_may_become() -> None:
    async with desk() as d:
        cost = await d.costs.send("写一篇关于茶的文章，3000 字。", Sampling(max_new_tokens=1024), None)
        assert cost is not None
        assert cost.words == 1024, "a word to a token"
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_to_write(1024, cost.tokens)  # type: ignore[operator]
        )


async def test_another_answer_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 20)
        first = await d.send(conversation, "再讲一个")
        cost = await d.costs.again(conversation, first.message_id, ROOM)
        turn = await d.talk.answer_again(conversation, first.message_id)
        again = await d.end(turn.generation_id)
        assert agrees(cost, again)
        assert again.timings.cached_tokens == again.timings.prompt_tokens - 1, "the question is read already"


async def test_going_on_costs_what_was_said() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "讲个故事" * 20)
        cost = await d.costs.go_on(conversation, first.id)
        assert agrees(cost, await d.end((await d.talk.go_on(first.id)).generation_id))


async def test_going_on_is_priced_for_what_is_missing_with_the_sampling_it_began_with() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "写一篇关于茶的文章，60 字。")
        left = 60 - count_words(first.text)
        assert 0 < left < 40
        cost = await d.costs.go_on(conversation, first.id)
        assert cost is not None
        assert cost.words == left
        assert cost.seconds_to_end == pytest.approx(
            cost.seconds_to_first_token + SPEEDS.seconds_for_words(left, cost.tokens, "zh")  # type: ignore[operator]
        )
        much = await d.send(await d.new(), "写一篇关于茶的文章，800 字。")
        capped = await d.costs.go_on(conversation, much.id)
        assert capped is not None
        assert capped.words == 40
        enough = await d.send(await d.new(), "写一句关于茶的话，20 字。")
        done = await d.costs.go_on(conversation, enough.id)
        assert done is not None
        assert (done.words, done.seconds_to_end) == (None, None), "how much longer it gets nobody knows"


async def test_changing_an_early_question_costs_what_stands_behind_it() -> None:
    async with desk() as d:
        conversation = await d.new()
        for i in range(3):
            await d.send(conversation, f"{i}讲个故事" * 20)
        early, _, last = await d.questions(conversation)
        costs = [await d.costs.send("换个讲法", ROOM, conversation, beside_id=question) for question in (early, last)]
        assert all(cost is not None for cost in costs)
        shared = [cost.cached_tokens for cost in costs if cost is not None]
        assert shared[0] <= 100 < 200 < shared[1], "of the first question only the rules are left"
        assert agrees(costs[0], await d.send(conversation, "换个讲法", beside=early))


async def test_a_clean_start_costs_the_question_alone() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 50)
        kept, cleared = await d.costs.limited(conversation, 5, ROOM), await d.costs.cleared(conversation, ROOM)
        assert kept is not None and cleared is not None
        assert cleared.tokens < kept.tokens
        last = (await d.store.conversations.get(conversation)).active_id
        await d.store.conversations.clear(conversation, last or "", True)
        sent = await d.send(conversation, "末")
        assert (sent.timings.prompt_tokens, sent.timings.cached_tokens) == (cleared.tokens, cleared.cached_tokens)


async def test_another_limit_costs_the_history_again() -> None:
    async with desk() as d:
        conversation = await d.new()
        for i in range(4):
            await d.send(conversation, f"{i}讲个故事" * 20)
        same, fewer = [await d.costs.limited(conversation, rounds, ROOM) for rounds in (5, 1)]
        assert same is not None
        assert fewer is not None
        assert same.tokens - same.cached_tokens < 16
        assert fewer.tokens < same.tokens
        assert fewer.tokens - fewer.cached_tokens > 100
        await d.store.conversations.set_rounds(conversation, 1)
        sent = await d.send(conversation, "末")
        assert sent.timings.cached_tokens == fewer.cached_tokens
        assert sent.timings.prompt_tokens == fewer.tokens + len("末")


async def test_another_model_has_read_nothing() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(conversation, "讲个故事" * 20)
        cost = await d.costs.send("", ROOM, conversation)
        assert cost is not None
        other = d.costs.unread(cost, Speeds())
        assert (other.tokens, other.cached_tokens, other.seconds_to_first_token) == (cost.tokens, 0, None)
        assert d.costs.unread(cost, SPEEDS).seconds_to_first_token == SPEEDS.seconds_to_first_token(cost.tokens, cost.tokens)


@pytest.mark.parametrize("state", ["asleep", "starting", "failed"])
async def test_without_a_model_no_cost_is_told_and_none_is_woken(state: EngineState) -> None:
    async with desk() as d:
        conversation = await d.new()
        d.engine.state = state
        assert await d.costs.send("讲个故事", ROOM, conversation) is None
        assert d.engine.requests == []


async def test_what_could_not_be_done_has_no_price() -> None:
    async with desk() as d:
        conversation = await d.new()
        first = await d.send(conversation, "讲个故事")
        for price, code in (
            (d.costs.send("x", ROOM, conversation, beside_id=first.message_id), "message_not_question"),
            (d.costs.send("x", ROOM, conversation, beside_id="0" * 32), "message_not_found"),
            (d.costs.again(conversation, "0" * 32, ROOM), "message_not_found"),
            (d.costs.go_on(conversation, "0" * 32), "generation_not_found"),
            (d.costs.limited("0" * 32, 5, ROOM), "conversation_not_found"),
        ):
            with pytest.raises(HanmoError) as refused:
                await price
            assert refused.value.code == code


async def test_the_length_that_was_asked_for_goes_along_while_it_is_written() -> None:
    async with desk() as d:
        turn = await d.talk.send(await d.new(), "写一篇关于茶的文章，80 字。")
        states = [event async for event in d.runner.follow(turn.generation_id) if isinstance(event, StateEvent)]
        assert {state.target for state in states if state.status in ("reading", "writing")} == {80}


# ------------------------------------------------------------------------------------------------------------------- articles


def priced(s: Studio, speeds: Speeds = SPEEDS) -> ArticleCosts:
    return ArticleCosts(s.engine, s.articles, lambda: speeds)


async def first_of(s: Studio, job: Job) -> tuple[int, int]:
    """Tokens, and tokens that were cached, of the first prompt that a job sent; the job is run to its end."""
    before = len(s.engine.first_reads)
    assert (await s.end(job)).finish_reason == "stop"
    return s.engine.first_reads[before]


class Reader(Pen):
    """Notes how each prompt found the cache."""

    def __init__(self) -> None:
        super().__init__(says)


async def test_a_plan_and_a_text_cost_what_was_said() -> None:
    async with studio(Reader()) as s:
        article_id = await s.new(1200)
        article = await s.get(article_id)
        plan, whole = await priced(s).plan(article), await priced(s).write(article)
        assert plan is not None
        assert whole is not None
        assert (plan.tokens, plan.cached_tokens) == await first_of(s, await s.desk.plan(article_id))
        assert plan.seconds_to_end is not None
        assert whole.seconds_to_end is not None
        assert whole.words == 1200
        assert whole.seconds_to_end > plan.seconds_to_end + SPEEDS.seconds_for_words(1200, 0, "zh")  # type: ignore[operator]
        write = await priced(s).write(await s.get(article_id))
        assert write is not None
        assert (write.tokens, write.cached_tokens) == await first_of(s, await s.desk.write(article_id))
        assert await priced(s).write(await s.get(article_id)) is None, "nothing is missing"


async def test_what_is_written_under_a_grammar_is_priced_by_such_runs() -> None:
    slower = SPEEDS.after_writing(Writing(100, 500, 40.0), locked=True)
    async with studio(Reader()) as s:
        new = await s.get(await s.new(1200))
        text = await s.get(await s.written(100, 100))
        plan, dear = await priced(s).plan(new), await priced(s, slower).plan(new)
        edits, dear_edits = await priced(s).suggest(text, "polish"), await priced(s, slower).suggest(text, "polish")
        longer, same = [await priced(s, known).rewrite(text, text.texts["s1"], "expand", "", 0, 20) for known in (SPEEDS, slower)]
    for free, locked in ((plan, dear), (edits, dear_edits)):
        assert free and locked and free.seconds_to_first_token is not None
        assert free.seconds_to_first_token == locked.seconds_to_first_token
        assert locked.seconds_to_end > 2 * free.seconds_to_end  # type: ignore[operator]
    assert longer == same, "a text is none of theirs"


async def test_a_text_that_was_left_in_the_middle_costs_only_the_rest() -> None:
    async with studio(Reader()) as s:
        article_id = await s.planned(200, 200)
        whole = await priced(s).write(await s.get(article_id))
        await s.held(article_id, 120)
        await s.desk.pause(article_id)
        s.engine.go_on()
        rest = await priced(s).write(await s.get(article_id))
        assert whole is not None
        assert rest is not None
        assert whole.words == 400
        assert rest.words is not None
        assert 250 < rest.words < 320
        assert rest.seconds_to_end < whole.seconds_to_end  # type: ignore[operator]
        assert (rest.tokens, rest.cached_tokens) == await first_of(s, await s.desk.write(article_id))
        assert rest.tokens - rest.cached_tokens < 40, "the sentence in flight at most"


async def test_another_plan_costs_reading_all_behind_it_again() -> None:
    async with studio(Reader()) as s:
        article_id = await s.written(100, 100)
        article = await s.get(article_id)
        assert article.plan is not None
        first, second = article.plan.sections
        costs = priced(s)
        longer = replace(article.plan, sections=(first, replace(second, words=200)))
        pointed = replace(article.plan, sections=(replace(first, points=("山",)), second))
        last = await costs.write(costs.with_plan(article, longer))
        early = await costs.write(costs.with_plan(article, pointed))
        assert last is not None
        assert early is not None
        assert (last.words, early.words) == (200, 100)
        assert early.tokens - early.cached_tokens > 0
        await s.desk.set_plan(article_id, "", False, pointed.sections)
        assert (early.tokens, early.cached_tokens) == await first_of(s, await s.desk.write(article_id))


@pytest.mark.parametrize("pieces", [170, 250], ids=["a section is begun", "a section is all but written"])
async def test_another_early_text_costs_reading_all_behind_it_again(pieces: int) -> None:
    async with studio(Reader()) as s:
        article_id = await s.planned(100, 100, 100)
        await s.held(article_id, pieces)
        await s.desk.pause(article_id)
        s.engine.go_on()
        article, costs, text = await s.get(article_id), priced(s), f"我自己写的。{TALE}\n"
        as_it_is, changed = await costs.write(article), await costs.write(costs.with_text(article, "s1", text))
        assert as_it_is is not None
        assert changed is not None
        assert as_it_is.tokens - as_it_is.cached_tokens < 40
        assert list(article.texts) == ["s1"]
        assert article.begun
        assert changed.tokens - changed.cached_tokens > 100
        await s.desk.set_text(article_id, "s1", text)
        assert (changed.tokens, changed.cached_tokens) == await first_of(s, await s.desk.write(article_id))


@pytest.mark.parametrize("kind", ["polish", "proofread"])
async def test_looking_a_text_over_costs_what_was_said(kind: Literal["polish", "proofread"]) -> None:
    async with studio(Reader()) as s:
        article_id = await s.written(100, 100)
        article = await s.get(article_id)
        one, both = await priced(s).suggest(article, kind, "s1"), await priced(s).suggest(article, kind)
        assert one is not None
        assert both is not None
        assert one.seconds_to_end is not None
        assert both.seconds_to_end == pytest.approx(2 * one.seconds_to_end, rel=0.2)
        assert (both.tokens, both.cached_tokens) == await first_of(s, await s.desk.suggest(article_id, kind, None))


@pytest.mark.parametrize("kind", ["polish", "proofread"])
async def test_what_is_given_along_is_read_once_for_all_that_is_looked_over(kind: Literal["polish", "proofread"]) -> None:
    reading_alone = replace(SPEEDS, writings=(Writing(100, 500, 0.001),))
    async with studio(Reader()) as s:
        article_id = await s.written(300, 300, facts="龙井产自杭州，明前茶在清明以前采摘。" * 40)
        cost = await priced(s, reading_alone).suggest(await s.get(article_id), kind)
        before = len(s.engine.first_reads)
        assert (await s.end(await s.desk.suggest(article_id, kind, None))).finish_reason == "stop"
        reads = s.engine.first_reads[before:]
    assert cost is not None
    assert len(reads) > 1
    came_to = sum(reading_alone.seconds_to_first_token(total - cached, total) or 0.0 for total, cached in reads)
    assert cost.seconds_to_end == pytest.approx(came_to, rel=0.05)


@pytest.mark.parametrize("kind", ["polish", "proofread"])
@pytest.mark.parametrize("lengths", [(100,), (300, 300)], ids=["a short text", "a long one"])
async def test_what_is_looked_over_takes_as_long_to_write_as_was_said(
    lengths: tuple[int, ...], kind: Literal["polish", "proofread"]
) -> None:
    """With each sentence in a JSON of its own, as many as come back in one answer."""
    writing_alone = Speeds((Reading(500, 500, 0, 1e-6),), (Writing(100, 500, 10.0),), zh_words_per_token=1.0)
    async with studio(Reader()) as s:
        article_id = await s.written(*lengths)
        cost = await priced(s, writing_alone).suggest(await s.get(article_id), kind)
        before = len(s.engine.log)
        assert (await s.end(await s.desk.suggest(article_id, kind, None))).finish_reason == "stop"
        written = len(s.engine.log) - before
    assert cost is not None
    assert cost.seconds_to_end == pytest.approx(writing_alone.seconds_to_write(written, 300), rel=0.15)


@pytest.mark.parametrize("kind", ["polish", "proofread"])
async def test_what_was_looked_over_before_costs_nothing_again(kind: Literal["polish", "proofread"]) -> None:
    async with studio(Reader()) as s:
        article_id = await s.written(300, 300)
        whole = await priced(s).suggest(await s.get(article_id), kind)
        s.engine.hold_after(400)
        await s.desk.suggest(article_id, kind, None)
        await s.engine.held.wait()
        await s.desk.pause(article_id)
        s.engine.go_on()
        rest = await priced(s).suggest(await s.get(article_id), kind)
        assert whole is not None
        assert rest is not None
        assert rest.seconds_to_end < 0.75 * whole.seconds_to_end  # type: ignore[operator]
        assert (rest.tokens, rest.cached_tokens) == await first_of(s, await s.desk.suggest(article_id, kind, None))
        assert await priced(s).suggest(await s.get(article_id), kind) == FREE
        runs = len(s.engine.requests)
        assert (await s.end(await s.desk.suggest(article_id, kind, None))).finish_reason == "stop"
        assert len(s.engine.requests) == runs


async def test_titles_cost_what_was_said() -> None:
    async with studio(Reader()) as s:
        article_id = await s.written(100)
        cost = await priced(s).title(await s.get(article_id))
        assert cost is not None
        assert cost.seconds_to_end is not None
        assert (cost.tokens, cost.cached_tokens) == await first_of(s, await s.desk.title(article_id))


@pytest.mark.parametrize(
    ("kind", "said", "factor"),
    [
        ("expand", "", 1.6),
        ("shorten", "", 0.5),
        ("translate", "", 1.0),
        ("continue", "", 1.0),
        ("anew", "", 1.0),
        ("rephrase", "", 1.0),
        ("own", "补上：没有提到水温", 1.0),
    ],
)
async def test_a_rewrite_costs_what_was_said(kind: RewriteKind, said: str, factor: float) -> None:
    async with studio(Reader()) as s:
        article_id = await s.written(200)
        article = await s.get(article_id)
        version = article.texts["s1"]
        cost = await priced(s).rewrite(article, version, kind, said, 0, len(version.text))
        assert cost is not None
        assert cost.words == pytest.approx(factor * 200, rel=0.2)
        assert cost.seconds_to_end is not None
        before = len(s.engine.first_reads)
        s.engine.hold_after(1)
        job = await s.desk.rewrite(article_id, "s1", kind, said, None, None)
        await s.engine.held.wait()
        await s.desk.jobs.stop(job.id)
        assert (cost.tokens, cost.cached_tokens) == s.engine.first_reads[before]


async def test_what_is_only_ordered_has_a_price_and_one_piece_needs_no_plan() -> None:
    async with studio(Reader()) as s:
        order = of_order(Assignment("写一篇游记，写山水。", 1200, "zh", 1))
        cost = await priced(s).write(order)
        assert cost is not None
        assert (cost.words, cost.cached_tokens) == (1200, 0)
        assert await priced(s).plan(of_order(Assignment("写一篇游记，写山水。", 200, "zh", 1))) == FREE
        short = await priced(s).write(of_order(Assignment("写一篇游记，写山水。", 200, "zh", 1)))
        assert short is not None
        assert short.seconds_to_end is not None
        assert (short.words, short.tokens > 0) == (200, True)
