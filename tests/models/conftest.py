"""A shelf over loopback hubs, with little patience."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hanmo.models.catalog import parse_catalog
from hanmo.models.download import Patience
from hanmo.models.shelf import ModelShelf
from hanmo.work.model_ports import DownloadProgress
from tests.models.hub import Hub, running_hub
from tests.models.tiny import model_bytes

HUB_PATH = "/owner/tiny/resolve/main/tiny.gguf"
MODELSCOPE_PATH = "/models/owner/tiny/resolve/master/tiny.gguf"
HASTY = Patience(
    connect_s=5,
    stall_s=1.0,
    race_s=1.5,
    wheel_stall_s=5,
    tries=4,
    first_tries=2,
    backoff_s=0.01,
    most_backoff_s=0.05,
    slow_after_s=0.3,
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever the machine's settings."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with running_hub() as hub:
        yield hub


@pytest.fixture
async def second_hub() -> AsyncIterator[Hub]:
    async with running_hub() as hub:
        yield hub


@pytest.fixture(scope="session")
def body() -> bytes:
    """A sound model file of 3 MB."""
    return model_bytes(3 * 4096)


@dataclass
class Bench:
    """A shelf whose only model is `tiny`, and its directory."""

    shelf: ModelShelf
    directory: Path

    @property
    def file(self) -> Path:
        return self.directory / "tiny" / "tiny.gguf"

    @property
    def part(self) -> Path:
        return self.directory / "tiny" / "tiny.gguf.part"

    async def pull(self) -> list[DownloadProgress]:
        return [progress async for progress in self.shelf.pull("tiny")]


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: Path, body: bytes) -> MakeBench:
    def make(hub: Hub | None = None, second: Hub | None = None, *, pinned: bool = True, wheels: str = "", **options: Any) -> Bench:
        size = f'size_bytes = {len(body)}\nsha256 = "{hashlib.sha256(body).hexdigest()}"\nsha256_checked = "joined"'
        toml = f"""
            default = "tiny"
            [models.tiny]
            name = "Tiny"
            licence = "MIT"
            file = "tiny.gguf"
            n_ctx_train = 4096
            starter = true
            {size if pinned else f"about_bytes = {len(body)}"}
            {'hub = { repo = "owner/tiny", revisions = ["main"] }' if hub else ""}
            {'modelscope = { repo = "owner/tiny", revisions = ["master"] }' if second else ""}
            {wheels}
        """
        environ = {"HF_ENDPOINT": hub.url if hub else "", "HANMO_MODELSCOPE_ENDPOINT": second.url if second else ""}
        directory = tmp_path / "models"
        options.setdefault("patience", HASTY)
        return Bench(ModelShelf(directory, catalog=parse_catalog(toml), environ=environ, **options), directory)

    return make
