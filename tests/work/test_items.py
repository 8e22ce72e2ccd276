"""A plan, which a grammar locks, is left behind one of its sections, and goes on there under the grammar of the rest."""

import asyncio

import pytest

from hanmo.core.flows.items import whole_items
from hanmo.core.flows.plan import plan_grammar
from tests.work.studio import Pen, studio, visible


@pytest.mark.parametrize(("died_after", "items"), [(30, 0), (80, 1)])
async def test_a_plan_cut_short_by_a_dying_engine_goes_on_behind_its_last_whole_section(died_after: int, items: int) -> None:
    engine = Pen()
    engine.die_after = died_after
    async with studio(engine) as s:
        article_id = await s.new(600)
        assert (await s.write(article_id)).finish_reason == "stop"
        first, second = (request for request in engine.requests if request.grammar)
        assert second.prompt_ids[: len(first.prompt_ids)] == first.prompt_ids
        begun = visible(second.prompt_ids[len(first.prompt_ids) :])
        assert whole_items(begun) == (len(begun), items)
        assert second.grammar == plan_grammar(2, "zh", items)
        assert [section.heading for section in await s.plan_of(article_id)] == ["第山景", "第水景"]


async def test_a_plan_gives_way_behind_a_section_and_goes_on_there() -> None:
    async with studio() as s:
        article_id = await s.new(1500)
        job = await s.held(article_id, 100, plan=True)
        async with s.lanes.short():
            s.engine.go_on()
            while s.engine.status().state == "busy":
                await asyncio.sleep(0.01)
            assert len(s.engine.requests) == 1
        assert (await s.end(job)).finish_reason == "stop"
        assert [request.grammar for request in s.engine.requests] == [plan_grammar(4, "zh"), plan_grammar(4, "zh", 2)]
        assert len(await s.plan_of(article_id)) == 4


async def test_a_plan_that_was_stopped_goes_on_behind_its_last_whole_section() -> None:
    async with studio() as s:
        article_id = await s.new(1500)
        job = await s.held(article_id, 100, plan=True)
        await s.desk.jobs.stop(job.id)
        s.engine.go_on()
        assert (await s.end(await s.desk.plan(article_id))).finish_reason == "stop"
        assert s.engine.requests[-1].grammar == plan_grammar(4, "zh", 1)
        assert len(await s.plan_of(article_id)) == 4
