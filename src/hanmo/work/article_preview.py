"""Looks at an article before it is made: what the model would be asked first, what reading that costs, and what may be wrong with the brief.

Rules
  * What is shown is what the flow itself asks first: for the plan, or for the text where that is one piece. There is no second way to ask it.
  * What the order would be refused for is part of the answer, not an error: the writer is still at it.
  * Nothing is stored, and the engine only takes text apart. Without a model there are no counts.
"""

import asyncio
from dataclasses import replace
from itertools import takewhile

from hanmo.core.articles import Assignment
from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import EngineError, InvalidRequest
from hanmo.core.flows.asks import Ask
from hanmo.core.flows.front import material
from hanmo.core.flows.rehearse import first_ask, unasked
from hanmo.core.flows.room import Room
from hanmo.core.knobs import suggest_for_article
from hanmo.core.lint import Setting, lint
from hanmo.core.speeds import Speeds
from hanmo.core.values import Sampling
from hanmo.work.article_costs import of_order
from hanmo.work.article_flows import check_front, plan_flow, section_flow
from hanmo.work.article_ports import Articles
from hanmo.work.costs import ANSWERING, Cost, cost_of
from hanmo.work.driver import FlowDriver
from hanmo.work.ports import Engine
from hanmo.work.preview import Preview, Said


class ArticlePreviewer:
    """The use case; it keeps nothing between two looks."""

    def __init__(self, engine: Engine, articles: Articles) -> None:
        self._engine = engine
        self._articles = articles

    async def preview(self, fields: BriefFields, order: Assignment | InvalidRequest, speeds: Speeds) -> Preview:
        """`order` is what was made of `fields`, or why it would be refused; `speeds` are those measured so far."""
        review = await asyncio.to_thread(lint, fields, Setting(Sampling(), article=True))
        if isinstance(order, InvalidRequest):
            return Preview((), (), None, None, review, None, order.problem)
        ask = _first_ask(order, self._engine.status().n_ctx)
        messages = tuple(Said(turn.role, turn.text) for turn in ask.messages) if ask else ()
        preset = await asyncio.to_thread(suggest_for_article, fields.task or fields.text, order.format)
        try:
            cost, prompt = await self._count(order, ask, speeds)
        except InvalidRequest as refusal:
            return Preview((), (), None, None, review, preset, refusal.problem)
        return Preview(messages, (), cost, prompt, review, preset)

    async def brief_ids(self, order: Assignment) -> tuple[int, ...]:
        """The prompt of the first request up to the end of what the writer gives: what stands behind it changes with every length that is tried.
        `InvalidRequest("brief_too_long")`."""
        identity = await self._engine.identity()
        check_front(order, Room(identity.n_ctx))
        ask = _first_ask(order, identity.n_ctx)
        if ask is None:
            return ()
        driver, given, *_, said = FlowDriver(self._engine, self._articles, "", None), material(order), *ask.messages
        told = replace(said, text=said.text[: said.text.index(given) + len(given)])
        pair = zip(
            await driver.prompt(replace(ask, messages=(*ask.messages[:-1], told)), ""), await driver.prompt(ask, ""), strict=False
        )
        return tuple(here for here, _ in takewhile(lambda each: each[0] == each[1], pair))

    async def _count(self, order: Assignment, ask: Ask | None, speeds: Speeds) -> tuple[Cost | None, str | None]:
        """What reading it costs, and it with its marks; None where no model can count now. `InvalidRequest("brief_too_long")`."""
        if ask is None or self._engine.status().state not in ANSWERING:
            return None, None
        try:
            check_front(order, Room((await self._engine.identity()).n_ctx))
            ids = await FlowDriver(self._engine, self._articles, "", None).prompt(ask, ask.opening)
            return cost_of(speeds, len(ids), await self._engine.standing(None, ids), order.lang), await self._engine.text_of(ids)
        except EngineError:
            return None, None  # it went away in between: the status line says so


def _first_ask(order: Assignment, n_ctx: int | None) -> Ask | None:
    plan = unasked(plan_flow(order))
    if plan is None:
        return first_ask(plan_flow(order))
    return first_ask(section_flow(of_order(order), plan, plan.sections[0], Room(n_ctx or 0)))
