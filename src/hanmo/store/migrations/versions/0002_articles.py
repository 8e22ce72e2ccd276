"""Articles: their revisions, texts of sections, edits, steps and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", ID, nullable=False),
        sa.Column("assignment_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("titles", sa.JSON, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("assignment", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_assignment_sha256", "articles", ["assignment_sha256"])
    op.create_index("ix_articles_updated_at", "articles", ["updated_at"])
    create_texts()
    create_edits()
    create_work()


def create_texts() -> None:
    op.create_table(
        "revisions",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("section_id", sa.Text),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_revisions"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_revisions_article_id", ondelete="CASCADE"),
    )
    op.create_table(
        "section_texts",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("section_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("points", sa.JSON, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "section_id", "number", name="pk_section_texts"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_section_texts_article_id", ondelete="CASCADE"),
    )
    op.create_table(
        "begun",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("section_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "section_id", name="pk_begun"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_begun_article_id", ondelete="CASCADE"),
    )


def create_edits() -> None:
    op.create_table(
        "edits",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "id", name="pk_edits"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_edits_article_id", ondelete="CASCADE"),
        sa.UniqueConstraint("article_id", "position", name="uq_edits_article_id_position"),
    )


def create_work() -> None:
    op.create_table(
        "steps",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("end", sa.String(16)),
        sa.Column("words", sa.Integer),
        sa.Column("repeated", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "key", name="pk_steps"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_steps_article_id", ondelete="CASCADE"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("finish_reason", sa.String(16)),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_jobs_article_id", ondelete="CASCADE"),
        sa.UniqueConstraint("article_id", "position", name="uq_jobs_article_id_position"),
    )
    op.create_index("ix_jobs_finish_reason", "jobs", ["finish_reason"])
