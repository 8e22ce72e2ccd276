"""Removing for good what was deleted some days ago. Runs at a start, so that nothing disappears while somebody may still want it back."""

from sqlalchemy import Connection, Select, delete, select, update

from hanmo.store import search
from hanmo.store.tables import ArticleRow, ConversationRow, MessageRow, SearchDocRow

KEPT_S = 7 * 24 * 3600.0
"""How long what was deleted can still be brought back."""
C, M, A, D = ConversationRow, MessageRow, ArticleRow, SearchDocRow


def purge(connection: Connection, before: float) -> int:
    """Removes conversations, messages and articles that were deleted before this time, with all that is of them and all that finds them; how
    many rows of the three."""
    conversations = select(C.id).where(C.deleted_at < before)
    messages = select(M.id).where(M.deleted_at < before)
    articles = select(A.id).where(A.deleted_at < before)
    search.take_out(connection, D.owner_id.in_(conversations.union(articles)))
    search.take_out(connection, D.kind == "message", D.part.in_(messages))
    connection.execute(update(C).where(C.deleted_at < before).values(active_id=None))
    return _remove(connection, C, conversations) + _remove(connection, M, messages) + _remove(connection, A, articles)


def _remove(connection: Connection, table: type[ConversationRow | MessageRow | ArticleRow], chosen: Select[str]) -> int:
    return connection.execute(delete(table).where(table.id.in_(chosen))).rowcount
