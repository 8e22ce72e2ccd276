"""Conversations and their trees, kept in the database."""

from collections.abc import Callable

from sqlalchemy import Connection, func, insert, select, update

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.values import Conversation, ConversationSummary, Role, Sampling, Timings
from hanmo.store.database import Database
from hanmo.store.rows import load_messages, to_json
from hanmo.store.rules import checked_text, new_id, title_of_turn
from hanmo.store.tables import ConversationRow, GenerationRow, MessageRow
from hanmo.work.ports import NewTurn


class StoredConversations:
    """The port `Conversations` over a `Database`. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def create(self, title: str = "") -> Conversation:
        now = self._clock()
        conversation = Conversation(new_id(), checked_text(title), now, now, None, ())
        values = {"id": conversation.id, "title": title, "created_at": now, "updated_at": now}
        await self._database.write(lambda connection: connection.execute(insert(ConversationRow).values(**values)).close())
        return conversation

    async def get(self, conversation_id: str) -> Conversation:
        return await self._database.read(lambda connection: _load(connection, conversation_id))

    async def add_turn(
        self,
        conversation_id: str,
        text: str,
        sampling: Sampling,
        *,
        parent_id: str | None = None,
        brief: BriefFields | None = None,
    ) -> NewTurn:
        checked_text(text)
        now = self._clock()
        return await self._database.write(
            lambda connection: _add_turn(connection, conversation_id, text, sampling, parent_id, now, brief)
        )

    async def list(self) -> list[ConversationSummary]:
        return await self._database.read(_list)


def _list(connection: Connection) -> list[ConversationSummary]:
    row = ConversationRow
    columns = select(row.id, row.title, row.created_at, row.updated_at)
    found = connection.execute(columns.order_by(row.updated_at.desc(), row.created_at.desc(), row.id))
    return [ConversationSummary(*values) for values in found]


def _load(connection: Connection, conversation_id: str) -> Conversation:
    row = ConversationRow
    columns = select(row.id, row.title, row.created_at, row.updated_at, row.active_id)
    found = connection.execute(columns.where(row.id == conversation_id)).first()
    if found is None:
        raise NotFound("conversation_not_found", id=conversation_id)
    return Conversation(*found, load_messages(connection, MessageRow.conversation_id == conversation_id, ledgers=False))


def _add_turn(
    connection: Connection,
    conversation_id: str,
    text: str,
    sampling: Sampling,
    parent_id: str | None,
    now: float,
    brief: BriefFields | None,
) -> NewTurn:
    row = ConversationRow
    found = connection.execute(select(row.title, row.active_id).where(row.id == conversation_id)).first()
    if found is None:
        raise NotFound("conversation_not_found", id=conversation_id)
    if parent_id is None:
        parent_id = found.active_id
    else:
        _check_parent(connection, conversation_id, parent_id)
    last = connection.scalar(select(func.max(MessageRow.position)).where(MessageRow.conversation_id == conversation_id)) or 0
    turn = NewTurn(new_id(), new_id(), new_id())

    def add_message(message_id: str, parent: str | None, position: int, role: Role, content: str) -> None:
        values = {"id": message_id, "parent_id": parent, "position": position, "role": role, "text": content}
        fields = to_json(brief) if brief and role == "user" else None
        connection.execute(insert(MessageRow).values(**values, brief=fields, conversation_id=conversation_id, created_at=now))

    add_message(turn.user_message_id, parent_id, last + 1, "user", text)
    add_message(turn.message_id, turn.user_message_id, last + 2, "assistant", "")
    add_generation(connection, turn.generation_id, turn.message_id, 1, sampling, now)
    changes = {"active_id": turn.message_id, "updated_at": now, "title": found.title or title_of_turn(text, brief)}
    connection.execute(update(row).where(row.id == conversation_id).values(**changes))
    return turn


def _check_parent(connection: Connection, conversation_id: str, parent_id: str) -> None:
    parent = connection.execute(select(MessageRow.conversation_id, MessageRow.role).where(MessageRow.id == parent_id)).first()
    if parent is None:
        raise NotFound("message_not_found", id=parent_id)
    if parent.conversation_id != conversation_id or parent.role != "assistant":
        raise InvalidRequest("parent_not_answer", id=parent_id)


def add_generation(
    connection: Connection,
    generation_id: str,
    message_id: str,
    position: int,
    sampling: Sampling,
    now: float,
    continues: str | None = None,
) -> None:
    """A queued generation, the `position`th of its message."""
    connection.execute(
        insert(GenerationRow).values(
            id=generation_id,
            message_id=message_id,
            position=position,
            continues=continues,
            status="queued",
            created_at=now,
            dropped_messages=0,
            sampling=to_json(sampling),
            timings=to_json(Timings()),
            text="",
            ends=(),
            prompt_ids=(),
            output_ids=(),
        )
    )
