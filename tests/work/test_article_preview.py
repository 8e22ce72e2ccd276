"""The preview of an article is the first request of its flow, word for word; what it would be refused for is told, and nothing is kept."""

import re

import pytest

from hanmo.core.articles import Assignment
from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.briefs import make_assignment
from hanmo.core.errors import InvalidRequest
from hanmo.core.speeds import Speeds
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work.article_flows import plan_flow
from hanmo.work.article_preview import ArticlePreviewer
from hanmo.work.preview import Preview
from tests.work.test_preview import Sleepy

BRIEF = BriefFields(role="茶农", task="写一篇讲龙井茶的文章")


def order(fields: BriefFields = BRIEF, words: int = 1500) -> Assignment:
    return make_assignment(to_text(fields, "zh"), words=words, seed=1, facts="水温：八十度")


async def look(what: Assignment | InvalidRequest, engine: FakeEngine | None = None, fields: BriefFields = BRIEF) -> Preview:
    engine = engine or FakeEngine(lambda _: "")
    store = MemoryStore()
    shown = await ArticlePreviewer(engine, store.articles).preview(fields, what, Speeds())
    assert await store.articles.summaries() == []
    assert engine.requests == []
    return shown


async def test_it_is_what_the_plan_asks_for_first() -> None:
    first = next(plan_flow(order()))
    shown = await look(order())
    assert [(said.role, said.text) for said in shown.messages] == [(turn.role, turn.text) for turn in first.messages]
    assert shown.prompt is not None
    assert shown.cost is not None
    assert first.messages[-1].text in shown.prompt
    assert shown.cost.tokens == len(re.sub(r"<\|\d\|>", "|", shown.prompt)), "a character a token, and one for each mark"
    assert shown.review.cautions == () and shown.refusal is None


async def test_of_one_piece_it_is_what_the_text_asks_for() -> None:
    shown = await look(order(words=200))
    assert "水温：八十度" in shown.messages[1].text
    assert shown.prompt is not None
    assert shown.messages[-1].text in shown.prompt


async def test_without_a_model_there_are_no_counts_and_everything_else() -> None:
    engine = Sleepy(lambda _: "")
    engine.state = "starting"
    for words in (200, 1500):
        shown = await look(order(words=words), engine)
        assert (shown.cost, shown.prompt) == (None, None)
        assert len(shown.messages) >= 2
    engine.state, engine.lost = None, True
    assert (await look(order(), engine)).cost is None


async def test_what_it_would_be_refused_for_is_told_with_what_is_wrong_besides() -> None:
    vague = BriefFields(text="写一篇文章。")
    with pytest.raises(InvalidRequest) as refused:
        order(vague)
    shown = await look(refused.value, fields=vague)
    assert shown.refusal is not None
    assert shown.refusal.code == "brief_without_task"
    assert {each.kind for each in shown.review.cautions} == {"vague_task", "no_role"}
    shown = await look(order(), FakeEngine(lambda _: "", n_ctx=60))
    assert shown.refusal is not None
    assert (shown.refusal.code, shown.messages, shown.cost) == ("brief_too_long", (), None)
