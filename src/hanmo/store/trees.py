"""The messages of conversations, kept in the database: turns, other versions of them, and what is deleted with what."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.trees import active_after, below, newest_leaf
from hanmo.core.values import Message, Role, Sampling, Timings
from hanmo.store import search
from hanmo.store.database import Database
from hanmo.store.rows import AnyRow, to_json
from hanmo.store.rules import checked_text, new_id, title_of_turn
from hanmo.store.tables import ConversationRow, GenerationRow, MessageRow
from hanmo.store.tree_rules import check_answer, find_message, parent_of_turn, question_of
from hanmo.work.ports import NewTurn

C, M = ConversationRow, MessageRow


class StoredTrees:
    """The part `Trees` of the port `Conversations` over a `Database`. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def add_turn(
        self,
        conversation_id: str,
        text: str,
        sampling: Sampling,
        *,
        parent_id: str | None = None,
        beside_id: str | None = None,
        brief: BriefFields | None = None,
    ) -> NewTurn:
        checked_text(text)
        now = self._clock()

        def work(connection: Connection) -> NewTurn:
            head = find_conversation(connection, conversation_id)
            if _is_elsewhere(connection, conversation_id, parent_id):
                raise InvalidRequest("parent_not_answer", id=str(parent_id))
            parent = parent_of_turn(_visible(connection, conversation_id), head.active_id, parent_id, beside_id)
            asked = _add_message(connection, conversation_id, parent, "user", text, now, brief)
            turn = _add_answer(connection, conversation_id, asked, sampling, now)
            if not head.title:
                _change(connection, conversation_id, title=title_of_turn(text, brief))
                search.put(connection, "conversation", conversation_id, title_of_turn(text, brief))
            return turn

        return await self._database.write(work)

    async def add_answer(self, conversation_id: str, message_id: str, sampling: Sampling) -> NewTurn:
        now = self._clock()

        def work(connection: Connection) -> NewTurn:
            find_conversation(connection, conversation_id)
            question = question_of(_visible(connection, conversation_id), message_id)
            return _add_answer(connection, conversation_id, question, sampling, now)

        return await self._database.write(work)

    async def choose(self, conversation_id: str, message_id: str) -> None:
        def work(connection: Connection) -> None:
            find_conversation(connection, conversation_id)
            visible = _visible(connection, conversation_id)
            _change(connection, conversation_id, active_id=newest_leaf(visible, find_message(visible, message_id).id))

        await self._database.write(work)

    async def clear(self, conversation_id: str, message_id: str, cleared: bool) -> None:
        def work(connection: Connection) -> None:
            find_conversation(connection, conversation_id)
            check_answer(_visible(connection, conversation_id), message_id)
            connection.execute(update(M).where(M.id == message_id).values(cleared=cleared))

        await self._database.write(work)

    async def delete_message(self, conversation_id: str, message_id: str) -> None:
        now = self._clock()
        await self._database.write(lambda connection: _delete(connection, conversation_id, message_id, now))

    async def restore_message(self, conversation_id: str, message_id: str) -> None:
        await self._database.write(lambda connection: _restore(connection, conversation_id, message_id))


def find_conversation(connection: Connection, conversation_id: str) -> AnyRow:
    """The row of one that is not deleted."""
    columns = select(C.id, C.title, C.created_at, C.updated_at, C.active_id, C.pinned, C.rounds)
    found = connection.execute(columns.where(C.id == conversation_id, C.deleted_at.is_(None))).first()
    if found is None:
        raise NotFound("conversation_not_found", id=conversation_id)
    return found


def _visible(connection: Connection, conversation_id: str) -> list[Message]:
    """The messages that are not deleted, oldest first, without texts."""
    columns = select(M.id, M.parent_id, M.role).where(M.conversation_id == conversation_id, M.deleted_at.is_(None))
    return [Message(row.id, row.parent_id, row.role, "") for row in connection.execute(columns.order_by(M.position))]


def _is_elsewhere(connection: Connection, conversation_id: str, message_id: str | None) -> bool:
    home = connection.scalar(select(M.conversation_id).where(M.id == message_id))
    return home not in (None, conversation_id)


def _change(connection: Connection, conversation_id: str, **values: Any) -> None:
    connection.execute(update(C).where(C.id == conversation_id).values(**values))


def _add_message(
    connection: Connection,
    conversation_id: str,
    parent_id: str | None,
    role: Role,
    text: str,
    now: float,
    brief: BriefFields | None = None,
) -> str:
    last = connection.scalar(select(func.max(M.position)).where(M.conversation_id == conversation_id)) or 0
    message_id = new_id()
    values = {"id": message_id, "conversation_id": conversation_id, "parent_id": parent_id, "position": last + 1, "role": role}
    connection.execute(
        insert(M).values(**values, created_at=now, cleared=False, text=text, brief=to_json(brief) if brief else None)
    )
    search.put(connection, "message", conversation_id, text, part=message_id, place=last + 1)
    return message_id


def _add_answer(connection: Connection, conversation_id: str, question_id: str, sampling: Sampling, now: float) -> NewTurn:
    turn = NewTurn(question_id, _add_message(connection, conversation_id, question_id, "assistant", "", now), new_id())
    add_generation(connection, turn.generation_id, turn.message_id, 1, sampling, now)
    _change(connection, conversation_id, active_id=turn.message_id, updated_at=now)
    return turn


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
            left_out_messages=0,
            sampling=to_json(sampling),
            timings=to_json(Timings()),
            text="",
            ends=(),
            prompt_ids=(),
            output_ids=(),
        )
    )


def _delete(connection: Connection, conversation_id: str, message_id: str, now: float) -> None:
    head = find_conversation(connection, conversation_id)
    visible = _visible(connection, conversation_id)
    gone = below(visible, find_message(visible, message_id).id)
    _mark(connection, gone, deleted_at=now, deleted_with=message_id)
    if head.active_id in gone:
        connection.execute(update(M).where(M.id == message_id).values(deleted_leaf=head.active_id))
        _change(connection, conversation_id, active_id=active_after(visible, gone, head.active_id))


def _restore(connection: Connection, conversation_id: str, message_id: str) -> None:
    find_conversation(connection, conversation_id)
    columns = select(M.parent_id, M.deleted_with, M.deleted_leaf, M.conversation_id).where(M.id == message_id)
    found = connection.execute(columns).first()
    if found is None or found.conversation_id != conversation_id or found.deleted_with not in (None, message_id):
        raise NotFound("message_not_found", id=message_id)
    if found.deleted_with is None:
        return
    if connection.scalar(select(M.deleted_with).where(M.id == found.parent_id)) is not None:
        raise Conflict("message_above_deleted", id=message_id)
    back = connection.scalars(select(M.id).where(M.deleted_with == message_id)).all()
    _mark(connection, back, deleted_at=None, deleted_with=None, deleted_leaf=None)
    if found.deleted_leaf is not None:
        _change(connection, conversation_id, active_id=found.deleted_leaf)


def _mark(connection: Connection, message_ids: Sequence[str], **values: Any) -> None:
    """One statement a message: a conversation may have more of them than a statement may have variables."""
    for message_id in message_ids:
        connection.execute(update(M).where(M.id == message_id).values(**values))
