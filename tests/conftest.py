"""Fixtures that every ring of tests shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
