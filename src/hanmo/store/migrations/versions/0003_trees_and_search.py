"""Deletion that can be undone, pins, the limit of history, cleared context; and the index that finds texts, built for what is there."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from hanmo.core.search import index_terms

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(32)


def upgrade() -> None:
    op.add_column("conversations", sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("conversations", sa.Column("rounds", sa.Integer))
    op.add_column("conversations", sa.Column("deleted_at", sa.Double))
    op.execute("UPDATE conversations SET rounds = 5")
    # These two tables are written anew, because their large columns have to stay the last ones.
    with op.batch_alter_table("messages", recreate="always") as messages:
        messages.add_column(sa.Column("cleared", sa.Boolean, nullable=False, server_default=sa.false()), insert_before="text")
        messages.add_column(sa.Column("deleted_at", sa.Double), insert_before="text")
        messages.add_column(sa.Column("deleted_with", ID), insert_before="text")
        messages.add_column(sa.Column("deleted_leaf", ID), insert_before="text")
    with op.batch_alter_table("generations", recreate="always") as generations:
        generations.add_column(
            sa.Column("left_out_messages", sa.Integer, nullable=False, server_default="0"), insert_before="sampling"
        )
    op.create_table(
        "search_docs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_docs"),
        sa.UniqueConstraint("owner_id", "kind", "part", name="uq_search_docs_owner_id_kind_part"),
    )
    op.execute("CREATE VIRTUAL TABLE search_index USING fts5(terms, content='', tokenize='ascii', detail=none, columnsize=0)")
    index_conversations(op.get_bind())
    index_articles(op.get_bind())


def index_conversations(connection: sa.Connection) -> None:
    for conversation_id, title in connection.execute(sa.text("SELECT id, title FROM conversations")).all():
        put(connection, conversation_id, "conversation", "", 0, title)
    questions = "SELECT conversation_id, id, position, text FROM messages WHERE role = 'user'"
    for owner_id, message_id, position, text in connection.execute(sa.text(questions)).all():
        put(connection, owner_id, "message", message_id, position, text)
    answers = (
        "SELECT m.conversation_id, m.id, m.position, g.text FROM messages m JOIN generations g ON g.message_id = m.id "
        "WHERE g.status = 'finished' ORDER BY m.id, g.position"
    )
    joined: dict[tuple[str, str, int], str] = {}
    for owner_id, message_id, position, text in connection.execute(sa.text(answers)).all():
        joined[owner_id, message_id, position] = joined.get((owner_id, message_id, position), "") + text
    for (owner_id, message_id, position), text in joined.items():
        put(connection, owner_id, "message", message_id, position, text)


def index_articles(connection: sa.Connection) -> None:
    newest = (
        "SELECT a.id, a.assignment, r.plan, r.versions FROM articles a LEFT JOIN revisions r ON r.article_id = a.id "
        "AND r.number = (SELECT max(number) FROM revisions WHERE article_id = a.id)"
    )
    of_section = sa.text("SELECT text FROM section_texts WHERE article_id = :id AND section_id = :section AND number = :number")
    for article_id, assignment, stored_plan, stored_versions in connection.execute(sa.text(newest)).all():
        brief = json.loads(assignment)["brief"]
        plan: dict[str, Any] = json.loads(stored_plan or "null") or {"title": "", "sections": []}
        versions = json.loads(stored_versions or "{}")
        put(connection, article_id, "article", "", 0, plan["title"] or next(iter(brief.strip().splitlines()), "")[:60])
        put(connection, article_id, "brief", "", 0, brief)
        written = [section["id"] for section in plan["sections"] if section["id"] in versions]
        for place, section_id in enumerate(written, start=1):
            asked = {"id": article_id, "section": section_id, "number": versions[section_id]}
            put(connection, article_id, "section", section_id, place, connection.scalar(of_section, asked) or "")


def put(connection: sa.Connection, owner_id: str, kind: str, part: str, place: int, text: str) -> None:
    if not text.strip():
        return
    values = {"owner_id": owner_id, "kind": kind, "part": part, "place": place, "text": text}
    columns = "INSERT INTO search_docs (owner_id, kind, part, place, text) VALUES (:owner_id, :kind, :part, :place, :text)"
    made = connection.execute(sa.text(columns), values).lastrowid
    terms = " ".join(sorted(index_terms(text)))
    connection.execute(sa.text("INSERT INTO search_index (rowid, terms) VALUES (:id, :terms)"), {"id": made, "terms": terms})
