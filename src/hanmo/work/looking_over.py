"""Polishing and proofreading the texts of an article: what is asked about them, and what of that was answered before."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from hanmo.core.articles import Article, Assignment, Edit, SectionText
from hanmo.core.checks.names import known_names
from hanmo.core.flows.asks import Ask, Flow
from hanmo.core.flows.edits import suggest_edits
from hanmo.core.flows.refusal import Correcting
from hanmo.core.flows.rehearse import rehearsed
from hanmo.core.flows.room import Room
from hanmo.work.article_flows import given_front
from hanmo.work.driver import FlowDriver


@dataclass(frozen=True, slots=True)
class Round:
    """One time that texts are looked over, the `run`-th from 0: what is asked about them, second tries left aside, and what of that has no
    answer yet."""

    run: int
    asks: tuple[Ask, ...]
    left: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class LookOver:
    """`front` stands first in each request; `names` must stay."""

    kind: Correcting
    assignment: Assignment
    front: str
    names: Sequence[str]

    @classmethod
    def of(cls, article: Article, kind: Correcting, room: Room) -> "LookOver":
        return cls(kind, article.assignment, given_front(article.assignment, room), known_names(article))

    def flow(self, version: SectionText, run: int = 0) -> Flow[tuple[Edit, ...]]:
        """Proposes edits of one text, which is looked over for the time `run`."""
        seed = self.assignment.seed + run
        return suggest_edits(version, self.kind, self.assignment.lang, seed=seed, front=self.front, names=self.names)

    def is_of(self, edit: Edit, run: int) -> bool:
        """Whether an edit was proposed then."""
        return edit.id.startswith(f"{run}-{self.kind}-")

    async def next_round(self, driver: FlowDriver, article: Article, versions: Sequence[SectionText]) -> Round:
        """Of these texts. One that was left in the middle goes on; behind one that came to its end, and of which something was
        settled, comes another."""
        sections, run = {version.section_id for version in versions}, 0
        taken = [edit.after for edit in article.edits if edit.state == "accepted"]
        while True:
            asks = await asyncio.to_thread(self._asks, versions, run)
            left = tuple(await driver.unanswered(asks))
            settled = [e for e in article.edits if e.section_id in sections and e.state != "proposed" and self.is_of(e, run)]
            if not settled or any(not any(text in ask.messages[-1].text for text in taken) for ask in left):
                return Round(run, asks, left)
            run += 1

    def _asks(self, versions: Sequence[SectionText], run: int) -> tuple[Ask, ...]:
        return tuple(chain.from_iterable(rehearsed(self.flow(version, run)) for version in versions))
