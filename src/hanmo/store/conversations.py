"""Conversations as the library lists them, kept in the database. What stands in them is in `trees.py`."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from hanmo.core.errors import NotFound
from hanmo.core.history import DEFAULT_ROUNDS
from hanmo.core.values import Conversation, ConversationSummary
from hanmo.store import search
from hanmo.store.rows import load_messages
from hanmo.store.rules import checked_text, new_id
from hanmo.store.tables import ConversationRow, MessageRow
from hanmo.store.trees import StoredTrees, find_conversation

C = ConversationRow


class StoredConversations(StoredTrees):
    """The port `Conversations` over a `Database`. `clock` gives Unix seconds."""

    async def create(self, title: str = "") -> Conversation:
        now = self._clock()
        conversation = Conversation(new_id(), checked_text(title), now, now, None, (), rounds=DEFAULT_ROUNDS)
        values = {"id": conversation.id, "title": title, "created_at": now, "updated_at": now, "pinned": False}

        def work(connection: Connection) -> None:
            connection.execute(insert(C).values(**values, rounds=DEFAULT_ROUNDS))
            search.put(connection, "conversation", conversation.id, title)

        await self._database.write(work)
        return conversation

    async def get(self, conversation_id: str) -> Conversation:
        return await self._database.read(lambda connection: _load(connection, conversation_id))

    async def list(self) -> list[ConversationSummary]:
        return await self._database.read(_list)

    async def rename(self, conversation_id: str, title: str) -> None:
        checked_text(title)

        def work(connection: Connection) -> None:
            _change(connection, conversation_id, title=title)
            search.put(connection, "conversation", conversation_id, title)

        await self._database.write(work)

    async def pin(self, conversation_id: str, pinned: bool) -> None:
        await self._database.write(lambda connection: _change(connection, conversation_id, pinned=pinned))

    async def set_rounds(self, conversation_id: str, rounds: int | None) -> None:
        await self._database.write(lambda connection: _change(connection, conversation_id, rounds=rounds))

    async def delete(self, conversation_id: str) -> None:
        now = self._clock()
        await self._database.write(lambda connection: _change(connection, conversation_id, deleted_at=now))

    async def restore(self, conversation_id: str) -> None:
        statement = update(C).where(C.id == conversation_id).values(deleted_at=None)

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount == 0:
                raise NotFound("conversation_not_found", id=conversation_id)

        await self._database.write(work)


def _list(connection: Connection) -> list[ConversationSummary]:
    columns = select(C.id, C.title, C.created_at, C.updated_at, C.pinned).where(C.deleted_at.is_(None))
    found = connection.execute(columns.order_by(C.pinned.desc(), C.updated_at.desc(), C.created_at.desc(), C.id))
    return [ConversationSummary(*values) for values in found]


def _load(connection: Connection, conversation_id: str) -> Conversation:
    row = find_conversation(connection, conversation_id)
    chosen = (MessageRow.conversation_id == conversation_id) & MessageRow.deleted_at.is_(None)
    messages = load_messages(connection, chosen, ledgers=False)
    return Conversation(row.id, row.title, row.created_at, row.updated_at, row.active_id, messages, row.pinned, row.rounds)


def _change(connection: Connection, conversation_id: str, **values: Any) -> None:
    statement = update(C).where(C.id == conversation_id, C.deleted_at.is_(None)).values(**values)
    if connection.execute(statement).rowcount == 0:
        raise NotFound("conversation_not_found", id=conversation_id)
