"""The store: one database behind the ports that `work` owns."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from hanmo.core.errors import StoreError
from hanmo.store.integrity import Integrity
from hanmo.work.article_ports import Articles
from hanmo.work.ports import Conversations, Generations, SearchIndex, Sessions
from hanmo.work.template_ports import Templates


class Store:
    """`url_or_path` is a file or a `sqlite:///` URL; its folder exists. Enter it before its ports are used; entering raises
    `StoreDamaged`, `StoreNewer`, `StoreBusy`, `StoreReadOnly` or `StoreFull`. `clock` gives Unix seconds."""

    conversations: Conversations
    generations: Generations
    articles: Articles
    search: SearchIndex
    templates: Templates
    sessions: Sessions

    def __init__(self, url_or_path: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        # Imported here: SQLAlchemy takes a quarter of a second, which a command that opens no store should not wait for.
        from hanmo.store.articles import StoredArticles
        from hanmo.store.conversations import StoredConversations
        from hanmo.store.database import Database
        from hanmo.store.generations import StoredGenerations
        from hanmo.store.search import StoredSearch
        from hanmo.store.sessions import StoredSessions
        from hanmo.store.templates import StoredTemplates

        self.database = Database(url_or_path)
        self.conversations = StoredConversations(self.database, clock)
        self.generations = StoredGenerations(self.database, clock)
        self.articles = StoredArticles(self.database, clock)
        self.search = StoredSearch(self.database)
        self.templates = StoredTemplates(self.database, clock)
        self.sessions = self._sessions = StoredSessions(self.database)
        self._clock = clock

    async def __aenter__(self) -> Self:
        await self.database.__aenter__()
        # On a full disk there is still much to read; whoever writes first hears of it.
        with contextlib.suppress(StoreError):
            await self._sessions.remove_expired(self._clock())
            await self._purge()
        return self

    async def _purge(self) -> None:
        from hanmo.store.purge import KEPT_S, purge

        before = self._clock() - KEPT_S
        await self.database.write(lambda connection: purge(connection, before))

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.database.close()

    async def integrity(self) -> Integrity:
        """Reads the whole database: about a second for each gigabyte."""
        from hanmo.store.sqlite import examine

        return await self.database.read(lambda connection: examine(connection, self.database.path))
