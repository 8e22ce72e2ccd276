"""Browser sessions, kept in the database by the hash of their token."""

from sqlalchemy import Connection, delete, insert, select

from hanmo.store.database import Database
from hanmo.store.tables import SessionRow


class StoredSessions:
    """The port `Sessions` over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token_sha256: str, stamp: str, expires_at: float) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(SessionRow).where(SessionRow.token_sha256 == token_sha256))
            connection.execute(insert(SessionRow).values(token_sha256=token_sha256, stamp=stamp, expires_at=expires_at))

        await self._database.write(work)

    async def is_open(self, token_sha256: str, stamp: str, now: float) -> bool:
        row = SessionRow
        wanted = select(row.token_sha256).where(row.token_sha256 == token_sha256, row.stamp == stamp, row.expires_at > now)
        return await self._database.read(lambda connection: connection.scalar(wanted) is not None)

    async def remove(self, token_sha256: str) -> None:
        statement = delete(SessionRow).where(SessionRow.token_sha256 == token_sha256)
        await self._database.write(lambda connection: connection.execute(statement).close())

    async def remove_expired(self, now: float) -> None:
        statement = delete(SessionRow).where(SessionRow.expires_at <= now)
        await self._database.write(lambda connection: connection.execute(statement).close())
