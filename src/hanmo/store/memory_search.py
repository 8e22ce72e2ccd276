"""Finding texts as a fake: the port `SearchIndex` in memory, which reads everything each time."""

from collections.abc import Iterator
from typing import Literal

from hanmo.core.search import find, pieces, snippet
from hanmo.store.memory_articles import MemoryArticles
from hanmo.store.memory_state import State
from hanmo.work.ports import Hit

Kind = Literal["conversation", "article", "message", "brief", "heading", "section"]
Doc = tuple[Kind, str, str, str, float, int, str]
"""Kind, owner, part, title, time, place, text."""
TITLES = ("conversation", "article")


class MemorySearch:
    """The port `SearchIndex`."""

    def __init__(self, state: State, articles: MemoryArticles) -> None:
        self._state = state
        self._articles = articles

    async def find(self, query: str, limit: int) -> list[Hit]:
        asked = pieces(query)
        docs = sorted(
            (*self._of_conversations(), *self._of_articles()), key=lambda doc: (doc[0] not in TITLES, -doc[4], doc[5], doc[0])
        )
        hits = []
        for kind, owner, part, title, at, _, text in docs if asked else ():
            if places := find(text, asked):
                hits.append(Hit(kind, owner, part, title, at, *places[0], snippet(text, places)))
        return hits[:limit]

    def _of_conversations(self) -> Iterator[Doc]:
        for one in self._state.conversations.values():
            if one.id not in self._state.deleted:
                yield "conversation", one.id, "", one.title, one.updated_at, 0, one.title
                for message in self._state.visible(one.id):
                    mine = (g for g in self._state.generations.values() if g.message_id == message.id)
                    text = message.text or "".join(g.text for g in mine if g.status == "finished")
                    yield "message", one.id, message.id, one.title, message.created_at, self._state.place(message.id), text

    def _of_articles(self) -> Iterator[Doc]:
        for article in self._articles.all():
            title, at = article.title, article.updated_at
            yield "article", article.id, "", title, at, 0, title
            yield "brief", article.id, "", title, at, 0, article.assignment.brief
            for place, section in enumerate(article.plan.sections if article.plan else (), start=1):
                yield "heading", article.id, section.id, title, at, place, section.heading
                if section.id in article.texts:
                    yield "section", article.id, section.id, title, at, place, article.texts[section.id].text
