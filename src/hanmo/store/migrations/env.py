"""Alembic runs this file for each upgrade; `upgrade` in this package calls it, there is no alembic.ini."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from hanmo.core.errors import StoreDamaged
from hanmo.store.tables import Base

connection: Connection = context.config.attributes["connection"]


def check_foreign_keys(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreDamaged(
            "database_damaged", path=str(connection.engine.url.database or ""), reason=f"foreign keys of {broken[0]}"
        )


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=True,
    on_version_apply=check_foreign_keys,
)
with context.begin_transaction():
    context.run_migrations()
