"""Articles and the steps of their flows."""

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
        sa.Column("assignment", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_assignment_sha256", "articles", ["assignment_sha256"])
    op.create_index("ix_articles_updated_at", "articles", ["updated_at"])
    op.create_table(
        "steps",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("end", sa.String(16)),
        sa.Column("repeated", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "key", name="pk_steps"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_steps_article_id", ondelete="CASCADE"),
    )
