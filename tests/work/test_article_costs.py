"""The price before the click is that of the click on an article: the same tokens, the same cache, for every job there is."""

from dataclasses import replace
from typing import Literal

import pytest

from hanmo.core.articles import Assignment
from hanmo.core.flows.rewrite import RewriteKind
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.work.article_costs import ArticleCosts, of_order
from hanmo.work.costs import FREE
from hanmo.work.jobs import Job
from tests.fakes.studio import studio as says
from tests.work.studio import Pen, Studio, studio
from tests.work.test_costs import SPEEDS, TALE


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
