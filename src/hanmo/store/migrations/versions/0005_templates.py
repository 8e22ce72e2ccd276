"""The user's own templates."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "templates",
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("removed_at", sa.Double),
        sa.Column("template", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_templates"),
        sa.UniqueConstraint("id", name="uq_templates_id"),
    )
