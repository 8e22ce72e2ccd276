"""What the user wrote, kept: conversations, articles and sessions in one SQLite file, durable against `kill -9` and a full disk."""

from hanmo.store.integrity import Integrity
from hanmo.store.memory import MemoryStore
from hanmo.store.speed_notes import SpeedFile
from hanmo.store.store import Store

__all__ = ["Integrity", "MemoryStore", "SpeedFile", "Store"]
