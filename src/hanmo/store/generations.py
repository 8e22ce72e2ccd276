"""Durable generations: what `append` returned for has been synced, and is joined into one text when the generation ends."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from hanmo.core.errors import NotFound
from hanmo.core.values import EngineIdentity, FinishReason, Generation, Message, Problem, Sampling, Timings
from hanmo.store import search
from hanmo.store.database import Database
from hanmo.store.rows import AnyRow, Chunks, from_json, load_chunks, load_generations, load_messages, to_json
from hanmo.store.rules import ANSWERS_WITH_LEDGERS, check_continuable, checked_ids, checked_text, new_id, next_status
from hanmo.store.tables import ChunkRow, ConversationRow, GenerationRow, MessageRow
from hanmo.store.trees import add_generation

G = GenerationRow


class StoredGenerations:
    """The port `Generations` over a `Database`. `clock` gives Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def get(self, generation_id: str) -> Generation:
        return await self._database.read(lambda connection: _load(connection, generation_id))

    async def conversation_of(self, generation_id: str) -> str:
        return await self._database.read(lambda connection: _conversation_id(connection, generation_id))

    async def rounds(self, generation_id: str) -> int | None:
        def work(connection: Connection) -> int | None:
            conversation_id = _conversation_id(connection, generation_id)
            return connection.scalar(select(ConversationRow.rounds).where(ConversationRow.id == conversation_id))

        return await self._database.read(work)

    async def path(self, generation_id: str) -> list[Message]:
        return await self._database.read(lambda connection: _path(connection, generation_id))

    async def add_continuation(self, generation_id: str) -> str:
        now = self._clock()
        return await self._database.write(lambda connection: _add_continuation(connection, generation_id, now))

    async def begin(
        self,
        generation_id: str,
        identity: EngineIdentity,
        prompt_ids: Sequence[int],
        dropped_messages: int,
        left_out_messages: int = 0,
    ) -> None:
        changes = {
            "model_id": identity.model_id,
            "model_sha256": identity.model_sha256,
            "engine_build": identity.build,
            "n_ctx": identity.n_ctx,
            "dropped_messages": dropped_messages,
            "left_out_messages": left_out_messages,
            "prompt_ids": checked_ids(prompt_ids),
            "started_at": self._clock(),
        }
        await self._database.write(lambda connection: _begin(connection, generation_id, changes))

    async def append(self, generation_id: str, text: str, ids: Sequence[int]) -> int:
        checked_text(text)
        kept = checked_ids(ids)
        return await self._database.write(lambda connection: _append(connection, generation_id, text, kept))

    async def finish(
        self, generation_id: str, finish_reason: FinishReason, *, timings: Timings, problem: Problem | None = None
    ) -> Generation:
        changes = _end(finish_reason, self._clock()) | {
            "timings": to_json(timings),
            "problem": None if problem is None else to_json(problem),
        }
        return await self._database.write(lambda connection: _finish(connection, generation_id, changes))

    async def interrupt_unfinished(self) -> int:
        changes = _end("interrupted", self._clock())
        return await self._database.write(lambda connection: _interrupt_unfinished(connection, changes))


def _end(finish_reason: FinishReason, now: float) -> dict[str, Any]:
    return {"status": "finished", "finish_reason": finish_reason, "finished_at": now}


def _find(connection: Connection, generation_id: str) -> AnyRow:
    columns = select(G.message_id, G.position, G.status, G.finish_reason, G.sampling)
    found = connection.execute(columns.where(G.id == generation_id)).first()
    if found is None:
        raise NotFound("generation_not_found", id=generation_id)
    return found


def _load(connection: Connection, generation_id: str) -> Generation:
    found = load_generations(connection, G.id == generation_id, ledgers=True)
    if not found:
        raise NotFound("generation_not_found", id=generation_id)
    return found[0]


def _conversation_id(connection: Connection, generation_id: str) -> str:
    message = select(G.message_id).where(G.id == generation_id).scalar_subquery()
    found = connection.scalar(select(MessageRow.conversation_id).where(MessageRow.id == message))
    if found is None:
        raise NotFound("generation_not_found", id=generation_id)
    return found


def _path(connection: Connection, generation_id: str) -> list[Message]:
    """Walks up by `parent_id`; `position` puts the way in order, because a parent is older than its children."""
    leaf = _find(connection, generation_id).message_id
    way = select(MessageRow.id, MessageRow.parent_id).where(MessageRow.id == leaf).cte("way", recursive=True)
    way = way.union_all(select(MessageRow.id, MessageRow.parent_id).join(way, MessageRow.id == way.c.parent_id))
    messages = load_messages(connection, MessageRow.id.in_(select(way.c.id)), ledgers=False)
    begun = [message.id for message in messages if any(each.identity for each in message.generations)]
    newest = {m.id: m for m in load_messages(connection, MessageRow.id.in_(begun[-ANSWERS_WITH_LEDGERS:]), ledgers=True)}
    return [newest.get(message.id, message) for message in messages]


def _add_continuation(connection: Connection, generation_id: str, now: float) -> str:
    found = _find(connection, generation_id)
    if _is_deleted(connection, found.message_id):
        raise NotFound("generation_not_found", id=generation_id)
    continued = connection.scalar(select(G.id).where(G.continues == generation_id)) is not None
    check_continuable(generation_id, found.finish_reason, _answer(connection, found.message_id), continued=continued)
    sampling = from_json(Sampling, found.sampling)
    made = new_id()
    add_generation(connection, made, found.message_id, found.position + 1, sampling, now, continues=generation_id)
    _touch(connection, found.message_id, now)
    return made


def _is_deleted(connection: Connection, message_id: str) -> bool:
    """By itself or with its conversation."""
    both = select(MessageRow.deleted_at, ConversationRow.deleted_at).join(
        ConversationRow, ConversationRow.id == MessageRow.conversation_id
    )
    return any(at is not None for at in connection.execute(both.where(MessageRow.id == message_id)).one())


def _begin(connection: Connection, generation_id: str, changes: dict[str, Any]) -> None:
    status = next_status(_find(connection, generation_id).status, "begin", generation_id)
    connection.execute(update(G).where(G.id == generation_id).values(**changes, status=status))


def _append(connection: Connection, generation_id: str, text: str, ids: tuple[int, ...]) -> int:
    before = _find(connection, generation_id).status
    status = next_status(before, "append", generation_id)
    if status != before:
        connection.execute(update(G).where(G.id == generation_id).values(status=status))
    last = connection.scalar(select(func.max(ChunkRow.seq)).where(ChunkRow.generation_id == generation_id)) or 0
    connection.execute(insert(ChunkRow).values(generation_id=generation_id, seq=last + 1, text=text, ids=ids))
    return last + 1


def _finish(connection: Connection, generation_id: str, changes: dict[str, Any]) -> Generation:
    found = _find(connection, generation_id)
    next_status(found.status, "finish", generation_id)
    _fold(connection, generation_id, changes)
    _touch(connection, found.message_id, changes["finished_at"])
    return _load(connection, generation_id)


def _interrupt_unfinished(connection: Connection, changes: dict[str, Any]) -> int:
    unfinished = connection.scalars(select(G.id).where(G.status.in_(("queued", "reading", "writing")))).all()
    for generation_id in unfinished:
        _fold(connection, generation_id, changes)
    return len(unfinished)


def _fold(connection: Connection, generation_id: str, changes: dict[str, Any]) -> None:
    mine = ChunkRow.generation_id == generation_id
    chunks = dict(load_chunks(connection, mine)).get(generation_id, Chunks())
    whole = {"text": chunks.text, "ends": chunks.ends, "output_ids": chunks.output_ids}
    connection.execute(update(G).where(G.id == generation_id).values(**whole, **changes))
    connection.execute(delete(ChunkRow).where(mine))
    _index_answer(connection, generation_id)


def _index_answer(connection: Connection, generation_id: str) -> None:
    """The answer can be found as far as it is finished."""
    of = select(MessageRow.id, MessageRow.conversation_id, MessageRow.position).join(G, G.message_id == MessageRow.id)
    message = connection.execute(of.where(G.id == generation_id)).one()
    whole = _answer(connection, message.id)
    search.put(connection, "message", message.conversation_id, whole, part=message.id, place=message.position)


def _answer(connection: Connection, message_id: str) -> str:
    """As far as it is finished."""
    finished = select(G.text).where(G.message_id == message_id, G.status == "finished").order_by(G.position)
    return "".join(connection.scalars(finished))


def _touch(connection: Connection, message_id: str, now: float) -> None:
    conversation = select(MessageRow.conversation_id).where(MessageRow.id == message_id).scalar_subquery()
    connection.execute(update(ConversationRow).where(ConversationRow.id == conversation).values(updated_at=now))
