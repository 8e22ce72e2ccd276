"""Conversations, messages, generations with their running chunks, and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("active_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("parent_id", ID),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent_id"], ["messages.id"], name="fk_messages_parent_id"),
        sa.UniqueConstraint("conversation_id", "position", name="uq_messages_conversation_id_position"),
    )
    op.create_index("ix_messages_parent_id", "messages", ["parent_id"])
    # Conversations point to messages and messages to conversations: the second arrow can only be drawn once both tables stand.
    with op.batch_alter_table("conversations") as conversations:
        conversations.create_foreign_key("fk_conversations_active_id", "messages", ["active_id"], ["id"])
    _create_generations()
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _create_generations() -> None:
    op.create_table(
        "generations",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("continues", ID),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("finish_reason", sa.String(16)),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("model_id", sa.Text),
        sa.Column("model_sha256", sa.String(64)),
        sa.Column("engine_build", sa.Text),
        sa.Column("n_ctx", sa.Integer),
        sa.Column("dropped_messages", sa.Integer, nullable=False),
        sa.Column("sampling", sa.JSON, nullable=False),
        sa.Column("timings", sa.JSON, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("ends", sa.LargeBinary, nullable=False),
        sa.Column("prompt_ids", sa.LargeBinary, nullable=False),
        sa.Column("output_ids", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_generations_message_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["continues"], ["generations.id"], name="fk_generations_continues"),
        sa.UniqueConstraint("message_id", "position", name="uq_generations_message_id_position"),
        sa.UniqueConstraint("continues", name="uq_generations_continues"),
    )
    op.create_index("ix_generations_status", "generations", ["status"])
    op.create_table(
        "generation_chunks",
        sa.Column("generation_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "seq", name="pk_generation_chunks"),
        sa.ForeignKeyConstraint(
            ["generation_id"], ["generations.id"], name="fk_generation_chunks_generation_id", ondelete="CASCADE"
        ),
    )
