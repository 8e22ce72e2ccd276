"""What work on an article has cost is kept with its jobs, and told of each section."""

from tests.work.studio import studio

LENGTHS = (45, 60)


async def test_what_was_spent_is_kept_with_the_job_and_told_of_the_article() -> None:
    async with studio() as s:
        article_id = await s.planned(*LENGTHS)
        held = await s.held(article_id, 50)
        await s.desk.pause(article_id)
        (cut,) = (await s.articles.job(held.id)).costs
        assert (cut.section_id, cut.written_tokens, cut.read_tokens > 0) == ("s1", 50, True), "what was cut off has its cost"
        s.engine.go_on()
        whole = await s.write(article_id)
        assert [cost.section_id for cost in whole.costs] == ["s1", "s2"]
        view = await s.view(article_id)
        assert [cost.section_id for cost in view.costs] == ["s1", "s2"], "each once"
        assert view.costs[0].written_tokens == cut.written_tokens + whole.costs[0].written_tokens
        assert sum(cost.written_tokens for cost in view.costs) == len(s.engine.log)


async def test_what_a_section_has_cost_is_kept_while_the_next_one_is_written() -> None:
    async with studio() as s:
        article_id = await s.planned(*LENGTHS)
        job = await s.held(article_id, LENGTHS[0] + 60)
        assert [cost.section_id for cost in (await s.articles.job(job.id)).costs] == ["s1"]
        await s.desk.pause(article_id)


async def test_edits_and_titles_have_their_cost_too() -> None:
    async with studio() as s:
        article_id = await s.written(*LENGTHS)
        title, polish = await s.end(await s.desk.title(article_id)), await s.end(await s.desk.suggest(article_id, "polish", None))
        assert [cost.section_id for cost in title.costs] == [None]
        assert {cost.section_id for cost in polish.costs} <= {"s1", "s2"}
        assert all(cost.read_tokens + cost.cached_tokens > 0 for cost in (*title.costs, *polish.costs))
        again = await s.end(await s.desk.suggest(article_id, "polish", None))
        assert again.costs == (), "what is stored already is not asked for again"
