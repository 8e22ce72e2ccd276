"""The tables. Large columns stand last in their rows: SQLite stops reading a row at the last column that was asked for, so a list of
generations without ledgers never follows a ledger's overflow pages. Running text is in `generation_chunks` alone, one row an append,
so that an append writes one small row and not the whole generation again; ending a generation folds its chunks into it.

An article's state is its newest revision: a plan, and which version of each section's text. Both are never changed, only added to."""

import sys
from array import array
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Double,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hanmo.core.values import JsonValue


class DamagedValue(ValueError):
    """A stored value that nobody could have stored."""


class Ints(TypeDecorator[tuple[int, ...]]):
    """A tuple of integers as a blob of 32-bit little-endian words: `code` "i" is signed (token ids), "I" unsigned (text lengths)."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, code: Literal["i", "I"]) -> None:
        super().__init__()
        self.code = code

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else _little_endian(array(self.code, value)).tobytes()

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[int, ...]:  # noqa: ARG002
        words = array(self.code)
        try:
            words.frombytes(value)
        except (TypeError, ValueError) as error:
            raise DamagedValue(str(error)) from error
        return tuple(_little_endian(words))


def _little_endian(words: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        words.byteswap()
    return words


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, JsonValue]: JSON, list[JsonValue]: JSON, float: Double, str: Text}  # noqa: RUF012


Id = String(32)


class ConversationRow(Base):
    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str]
    created_at: Mapped[float]
    updated_at: Mapped[float] = mapped_column(index=True)
    active_id: Mapped[str | None] = mapped_column(Id, ForeignKey("messages.id", use_alter=True))
    pinned: Mapped[bool]
    rounds: Mapped[int | None]
    deleted_at: Mapped[float | None]


class MessageRow(Base):
    """`position` counts a conversation's messages in the order they were made; an assistant's `text` is empty, its generations have it.
    `deleted_with` is the message whose deletion took this one; that message's `deleted_leaf` is the active leaf that went with it.
    `brief` holds the fields that a user's text was made of."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversations.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("messages.id"), index=True)
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[float]
    cleared: Mapped[bool]
    deleted_at: Mapped[float | None]
    deleted_with: Mapped[str | None] = mapped_column(Id)
    deleted_leaf: Mapped[str | None] = mapped_column(Id)
    text: Mapped[str]
    brief: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))


class GenerationRow(Base):
    """`position` counts a message's generations; of several, each continues the one before it."""

    __tablename__ = "generations"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    continues: Mapped[str | None] = mapped_column(Id, ForeignKey("generations.id"), unique=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    finish_reason: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    model_id: Mapped[str | None]
    model_sha256: Mapped[str | None] = mapped_column(String(64))
    engine_build: Mapped[str | None]
    n_ctx: Mapped[int | None]
    dropped_messages: Mapped[int]
    left_out_messages: Mapped[int]
    sampling: Mapped[dict[str, JsonValue]]
    timings: Mapped[dict[str, JsonValue]]
    problem: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))
    text: Mapped[str]
    ends: Mapped[tuple[int, ...]] = mapped_column(Ints("I"))
    prompt_ids: Mapped[tuple[int, ...]] = mapped_column(Ints("i"))
    output_ids: Mapped[tuple[int, ...]] = mapped_column(Ints("i"))


class ChunkRow(Base):
    """What a running generation has added so far; `seq` is 1, 2, …"""

    __tablename__ = "generation_chunks"

    generation_id: Mapped[str] = mapped_column(Id, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text: Mapped[str]
    ids: Mapped[tuple[int, ...]] = mapped_column(Ints("i"))


class SearchDocRow(Base):
    """A text that can be found, as it was indexed: the row of this id in `search_index` (FTS5, see `search.py`) holds its terms. `part` is the
    message's or the section's id, "" for the rest; `place` orders the parts of one owner."""

    __tablename__ = "search_docs"
    __table_args__ = (UniqueConstraint("owner_id", "kind", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(16))
    part: Mapped[str]
    place: Mapped[int]
    text: Mapped[str]


class SessionRow(Base):
    __tablename__ = "sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    stamp: Mapped[str]
    expires_at: Mapped[float] = mapped_column(index=True)


class ArticleRow(Base):
    """What is asked, its SHA-256, and what is proposed for the whole; the plan and the text are in the revisions. `title` is the writer's own
    name for it."""

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    assignment_sha256: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[float]
    updated_at: Mapped[float] = mapped_column(index=True)
    title: Mapped[str | None]
    pinned: Mapped[bool]
    deleted_at: Mapped[float | None]
    titles: Mapped[list[JsonValue]]
    summary: Mapped[str]
    assignment: Mapped[dict[str, JsonValue]]


class RevisionRow(Base):
    """`versions` names the version of each section's text by the section's id; `words` counts the whole text of this revision."""

    __tablename__ = "revisions"

    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    section_id: Mapped[str | None]
    words: Mapped[int]
    created_at: Mapped[float]
    versions: Mapped[dict[str, JsonValue]]
    plan: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))


class SectionTextRow(Base):
    __tablename__ = "section_texts"

    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(16))
    problem: Mapped[str]
    created_at: Mapped[float]
    points: Mapped[list[JsonValue]]
    text: Mapped[str]


class BegunRow(Base):
    """What a section that was left in the middle has so far."""

    __tablename__ = "begun"

    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


class EditRow(Base):
    """`position` counts an article's edits in the order they were proposed."""

    __tablename__ = "edits"
    __table_args__ = (UniqueConstraint("article_id", "position"),)

    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    section_id: Mapped[str]
    number: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


class StepRow(Base):
    """One step of an article's flow by the hash of what was asked. `end` is null while it is unfinished; `text` is what it has so far."""

    __tablename__ = "steps"

    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    end: Mapped[str | None] = mapped_column(String(16))
    words: Mapped[int | None]
    repeated: Mapped[str]
    text: Mapped[str]


class JobRow(Base):
    """`position` counts an article's jobs in the order they were begun; `finish_reason` is null while a job is not finished. `costs` holds what
    its sections have cost."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("article_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    finish_reason: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[float]
    problem: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))
    costs: Mapped[list[JsonValue]]


class TemplateRow(Base):
    """`position` counts templates as they were kept; `removed_at` is null while a template is not removed."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("id"),)

    position: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[float]
    updated_at: Mapped[float]
    removed_at: Mapped[float | None]
    template: Mapped[dict[str, JsonValue]]
