"""What the work on an article will cost: the very first prompt it would send, counted against the cache, and what follows it by its lengths.

Theory
  Python knows the lengths: the sections that are missing, the sentences to be looked over, what a rewrite should come to. A plan and titles are
  JSON, whose tokens are reckoned by the piece; those of a list of edits are counted, as it is known but for a few words.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from hanmo.core.articles import Article, Assignment, MadeBy, Plan, SectionText, bare, with_ids
from hanmo.core.flows.asks import Ask, Flow, T
from hanmo.core.flows.edits import copied
from hanmo.core.flows.rehearse import first_ask, unasked
from hanmo.core.flows.rewrite import RewriteKind, wanted_words
from hanmo.core.flows.room import Room, estimate_tokens
from hanmo.core.flows.titles import SUMMARY
from hanmo.core.speeds import Speeds
from hanmo.core.text import count_words
from hanmo.work.article_flows import (
    file_of,
    plan_flow,
    plan_tokens,
    rewrite_flow,
    section_flow,
    texts_in_order,
    titles_flow,
)
from hanmo.work.article_ports import Articles
from hanmo.work.costs import ANSWERING, FREE, Cost, cost_of, summed
from hanmo.work.driver import FlowDriver
from hanmo.work.looking_over import LookOver
from hanmo.work.ports import Engine

TITLES_TOKENS = 45
ASK_TOKENS = 60
"""Of the line that asks for one more section."""
SLACK = 1.12
"""Tokens written for each that stays: beginnings kept away, repetitions taken back."""


class ArticleCosts:
    """All return None where no model can count now, and where there is nothing to do."""

    def __init__(self, engine: Engine, articles: Articles, speeds: Callable[[], Speeds]) -> None:
        self._engine = engine
        self._articles = articles
        self._speeds = speeds

    async def article(self, article_id: str) -> Article:
        return await self._articles.get(article_id)

    @staticmethod
    def with_plan(article: Article, plan: Plan) -> Article:
        """As if the user had given it this plan. Sections that are new to it have no text."""
        return replace(article, plan=with_ids(article.plan or Plan("", (), plan.headed), plan))

    @staticmethod
    def with_text(article: Article, section_id: str, text: str, made_by: MadeBy = "edited") -> Article:
        """As if a section had this text, from the user if nothing else is said."""
        section = article.plan.find(section_id) if article.plan else None
        if section is None:
            return article
        new = SectionText(section_id, 0, bare(text), section.words, section.points, made_by)
        return replace(article, texts={**article.texts, section_id: new})

    async def plan(self, article: Article) -> Cost | None:
        first = await self._first(article, plan_flow(article.assignment))
        if first is None or first is FREE:
            return first
        seconds = self._speeds().seconds_to_write(plan_tokens(article.assignment), first.tokens, locked=True)
        return summed(first, [first.seconds_to_first_token, seconds], None)

    async def write(self, article: Article) -> Cost | None:
        """The sections that are missing, with the plan where there is none."""
        if article.plan is None:
            article = replace(article, plan=unasked(plan_flow(article.assignment)))
        if article.plan is None:
            planned = await self.plan(article)
            if planned is None:
                return None
            tokens = max(planned.tokens, estimate_tokens(article.assignment.brief))
            words, rest = article.assignment.words, self._sections([article.assignment.words], tokens, article)
            return summed(planned, [planned.seconds_to_end, *rest], words)
        section = article.next_section()
        if section is None or self._engine.status().state not in ANSWERING:
            return None
        room, begun, stands = Room((await self._engine.identity()).n_ctx), article.begun.get(section.id, ""), ""
        ask = first_ask(section_flow(article, article.plan, section, room))
        if ask and begun:
            if await FlowDriver(self._engine, self._articles, article.id, None).was_asked(ask):
                stands = begun
            elif done := unasked(section_flow(article, article.plan, section, room, begun)):  # long enough as it is
                return await self.write(self.with_text(article, section.id, done.text, "written"))
            else:
                ask = first_ask(section_flow(article, article.plan, section, room, begun))
        first = FREE if ask is None else await self._price(article, ask, "article", stands)
        if first is None:
            return None
        missing = [s.words for s in article.plan.sections if not s.skipped and article.kept(s) is None]
        missing[0] = max(1, missing[0] - count_words(begun))
        rest = self._sections(missing, first.tokens, article)
        return summed(first, [first.seconds_to_first_token, *rest[1:]], sum(missing))

    def _sections(self, words: Sequence[int], before: int, article: Article) -> list[float | None]:
        """Seconds for asking for and for writing each section, one after the other."""
        speeds, seconds = self._speeds(), list[float | None]()
        per_token = speeds.words_per_token(article.assignment.lang)
        for count in words:
            tokens = round(SLACK * count / per_token) if per_token else 0
            seconds += [
                speeds.seconds_to_first_token(ASK_TOKENS, before),
                speeds.seconds_to_write(tokens, before) if tokens else None,
            ]
            before += tokens + ASK_TOKENS
        return seconds

    async def suggest(self, article: Article, kind: Literal["polish", "proofread"], section_id: str | None = None) -> Cost | None:
        """Of all texts, or one: of what was not answered before. Most sentences come back as they were, but they come back. The front of the
        requests is read with the first of them, and stands there for the others."""
        if self._engine.status().state not in ANSWERING:
            return None
        look, driver = LookOver.of(article, kind, self._room()), FlowDriver(self._engine, self._articles, article.id, None)
        left = (await look.next_round(driver, article, texts_in_order(article, section_id))).left
        if not left:
            return FREE
        begun = await driver.begun_with(left[0])
        first = await self._price(article, left[0], None, begun)
        if first is None:
            return None
        front = len(await driver.prompt(replace(left[0], messages=left[0].messages[:-1]), ""))
        speeds, seconds = self._speeds(), list[float | None]()
        answers = [copied(ask) for ask in left]
        answers[0] = answers[0][len(begun) :]
        per_letter = len(await self._engine.tokenize("".join(answers))) / max(1, sum(map(len, answers)))
        asked = len(await driver.prompt(left[0], "")) - front
        for i, (ask, answer) in enumerate(zip(left, answers, strict=True)):
            said = round(asked + per_letter * (len(ask.messages[-1].text) - len(left[0].messages[-1].text)))
            seconds.append(speeds.seconds_to_first_token(said, front + said) if i else first.seconds_to_first_token)
            seconds.append(speeds.seconds_to_write(per_letter * len(answer), front + said, locked=True))
        return summed(first, seconds, None)

    async def rewrite(
        self, article: Article, version: SectionText, kind: RewriteKind, instruction: str, start: int, end: int
    ) -> Cost | None:
        flow = rewrite_flow(article, version, kind, instruction, start, end, 0, self._room())
        file = file_of(article, version.section_id)
        first = await self._first(article, flow, work="article" if file else None)
        if first is None or first is FREE:
            return first
        words = count_words(version.text) if file else wanted_words(version.text[start:end], kind, instruction)
        whole = self._speeds().seconds_for_words(words, first.tokens, article.assignment.lang)
        return summed(first, [first.seconds_to_first_token, whole], words)

    async def title(self, article: Article) -> Cost | None:
        lang = article.assignment.lang
        first = await self._first(article, titles_flow(article, 0, self._room()), work=None)
        if first is None:
            return None
        speeds, before = self._speeds(), first.tokens
        summary = speeds.seconds_for_words(sum(SUMMARY[lang]) / 2, before, lang)
        titles = speeds.seconds_to_write(TITLES_TOKENS, before, locked=True)
        asked = speeds.seconds_to_first_token(ASK_TOKENS, before)
        return summed(first, [first.seconds_to_first_token, titles, asked, summary], None)

    def _room(self) -> Room:
        return Room(self._engine.status().n_ctx or 0)

    async def _first(self, article: Article, flow: Flow[T], work: str | None = "article") -> Cost | None:
        ask = first_ask(flow)
        return FREE if ask is None else await self._price(article, ask, work)

    async def _price(self, article: Article, ask: Ask, work: str | None, begun: str = "") -> Cost | None:
        """`begun` is text that stands behind the opening."""
        if self._engine.status().state not in ANSWERING:
            return None
        name = f"article:{article.id}" if work and article.id else None
        ids = await FlowDriver(self._engine, self._articles, article.id, name).prompt(ask, ask.opening + begun)
        return cost_of(self._speeds(), len(ids), await self._engine.standing(name, ids), article.assignment.lang)


def of_order(assignment: Assignment) -> Article:
    """An article that is not made yet."""
    return Article("", assignment, None, {})
