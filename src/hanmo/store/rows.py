"""From rows to values: the one place that knows both. Nothing here writes."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from itertools import accumulate, groupby
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Row, select

from hanmo.core.articles import Assignment, Section
from hanmo.core.brief_fields import BriefFields
from hanmo.core.values import (
    EngineIdentity,
    FinishReason,
    Generation,
    GenerationStatus,
    JsonValue,
    Message,
    Problem,
    Role,
    Sampling,
    Timings,
)
from hanmo.store.tables import ChunkRow, GenerationRow, MessageRow
from hanmo.work.article_ports import SectionCost

G = GenerationRow
LEDGER = (G.prompt_ids, G.output_ids)
_IDENTITY = (G.model_id, G.model_sha256, G.engine_build, G.n_ctx)
_OUTLINE = (
    G.id,
    G.message_id,
    G.status,
    G.continues,
    G.finish_reason,
    G.problem,
    G.created_at,
    G.dropped_messages,
    G.left_out_messages,
)
_LIGHT = (*_OUTLINE, *_IDENTITY, G.sampling, G.timings, G.text, G.ends)

AnyRow = Row[*tuple[Any, ...]]
T = TypeVar("T", Sampling, Timings, Assignment, Section, BriefFields, SectionCost)


def to_json(value: Sampling | Timings | Problem | BriefFields) -> dict[str, JsonValue]:
    return asdict(value)


def from_json(kind: type[T], stored: dict[str, Any]) -> T:
    """Fields that a later version stored and this one does not know are left out."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in stored.items() if name in known})


def load_messages(connection: Connection, chosen: ColumnElement[bool], *, ledgers: bool) -> tuple[Message, ...]:
    """The messages that `chosen` picks, oldest first, with their generations; three statements, however many they are."""
    generations: dict[str, list[Generation]] = {}
    for generation in load_generations(connection, G.message_id.in_(select(MessageRow.id).where(chosen)), ledgers=ledgers):
        generations.setdefault(generation.message_id, []).append(generation)
    columns = (
        MessageRow.id,
        MessageRow.parent_id,
        MessageRow.role,
        MessageRow.text,
        MessageRow.created_at,
        MessageRow.cleared,
        MessageRow.brief,
    )
    rows = connection.execute(select(*columns).where(chosen).order_by(MessageRow.position))
    return tuple(_message(row, generations.get(row.id, ())) for row in rows)


def _message(row: AnyRow, generations: Sequence[Generation]) -> Message:
    return Message(
        id=row.id,
        parent_id=row.parent_id,
        role=cast("Role", row.role),
        text=row.text or "".join(generation.text for generation in generations),
        generations=tuple(generations),
        created_at=row.created_at,
        cleared=row.cleared,
        brief=from_json(BriefFields, row.brief) if row.brief else None,
    )


def load_generations(connection: Connection, chosen: ColumnElement[bool], *, ledgers: bool) -> list[Generation]:
    """The generations that `chosen` picks, those of one message in order. The running ones are joined from their chunks."""
    columns = (*_LIGHT, *LEDGER) if ledgers else _LIGHT
    rows = connection.execute(select(*columns).where(chosen).order_by(G.message_id, G.position)).all()
    running = [row.id for row in rows if row.status != "finished"]
    chunks = dict(load_chunks(connection, ChunkRow.generation_id.in_(running))) if running else {}
    return [_generation(row, chunks.get(row.id), ledgers=ledgers) for row in rows]


class Chunks:
    """A running generation's chunks, joined."""

    __slots__ = ("ends", "output_ids", "text")

    def __init__(self, rows: Iterable[AnyRow] = ()) -> None:
        kept = list(rows)
        self.text = "".join(row.text for row in kept)
        self.ends = tuple(accumulate(len(row.text) for row in kept))
        self.output_ids = tuple(token for row in kept for token in row.ids)


def load_chunks(connection: Connection, chosen: ColumnElement[bool]) -> list[tuple[str, Chunks]]:
    statement = (
        select(ChunkRow.generation_id, ChunkRow.text, ChunkRow.ids).where(chosen).order_by(ChunkRow.generation_id, ChunkRow.seq)
    )
    return [(key, Chunks(rows)) for key, rows in groupby(connection.execute(statement), key=lambda row: str(row.generation_id))]


def _generation(row: AnyRow, chunks: Chunks | None, *, ledgers: bool) -> Generation:
    return Generation(
        id=row.id,
        message_id=row.message_id,
        status=cast("GenerationStatus", row.status),
        sampling=from_json(Sampling, row.sampling),
        text=chunks.text if chunks else row.text,
        ends=chunks.ends if chunks else row.ends,
        continues=row.continues,
        finish_reason=cast("FinishReason | None", row.finish_reason),
        problem=Problem(**row.problem) if row.problem else None,
        timings=from_json(Timings, row.timings),
        identity=_identity(row),
        prompt_ids=row.prompt_ids if ledgers else (),
        output_ids=(chunks.output_ids if chunks else row.output_ids) if ledgers else (),
        dropped_messages=row.dropped_messages,
        left_out_messages=row.left_out_messages,
        created_at=row.created_at,
    )


def _identity(row: AnyRow) -> EngineIdentity | None:
    if row.model_id is None:
        return None
    return EngineIdentity(model_id=row.model_id, model_sha256=row.model_sha256, build=row.engine_build, n_ctx=row.n_ctx)
