"""Articles have a name of the writer's own, are pinned, and their deletion can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written anew, because its large columns have to stay the last ones.
    with op.batch_alter_table("articles", recreate="always") as articles:
        articles.add_column(sa.Column("title", sa.Text), insert_before="titles")
        articles.add_column(sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()), insert_before="titles")
        articles.add_column(sa.Column("deleted_at", sa.Double), insert_before="titles")
