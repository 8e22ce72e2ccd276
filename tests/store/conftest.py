"""Fixtures of the store's tests: the contract's stores, a clock that ticks, and a path."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from hanmo.store import MemoryStore, Store


@pytest.fixture
def clock() -> Callable[[], float]:
    """One second a call, from 1000.0."""
    ticks = count(1000)
    return lambda: float(next(ticks))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hanmo.db"


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, path: Path, clock: Callable[[], float]) -> AsyncIterator[Store | MemoryStore]:
    """The fake and the real thing: a test that uses this fixture is part of their contract."""
    kinds: dict[str, Callable[[], Store | MemoryStore]] = {
        "memory": lambda: MemoryStore(clock=clock),
        "sqlite": lambda: Store(path, clock=clock),
    }
    async with kinds[request.param]() as opened:
        yield opened
