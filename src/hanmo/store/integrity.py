"""What an examination of the database found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Integrity:
    """`findings` is empty where the database is sound. Sizes in bytes."""

    path: str
    sqlite_version: str
    revision: str
    size_bytes: int
    wal_bytes: int
    findings: tuple[str, ...]
