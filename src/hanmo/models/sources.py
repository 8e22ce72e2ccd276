"""Where the bytes of a model can come from, told in one way: a source begins somewhere, then gives bytes until the end of the file.

Hugging Face (or the mirror that `HF_ENDPOINT` names), ModelScope, plain URLs, a file on this computer; wheels are in `wheels`. Every
revision of a repository is a source of its own: size and hash decide which of them is right.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import quote

import httpx2

from hanmo.models.catalog import CatalogModel, Repository
from hanmo.models.fetch import Answer, SourceFailed, open_url

__all__ = ["Ahead", "Begin", "FileSource", "HttpSource", "Mark", "Piece", "Source", "http_sources"]

SourceName = Literal["hub", "mirror", "modelscope", "url", "file", "wheels"]
_HUB = "https://huggingface.co"
_MODELSCOPE = "https://modelscope.cn"
_FILE_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Begin:
    """The first thing a source says: where its bytes start, and what it claims of the whole file."""

    offset: int
    total_bytes: int | None = None
    sha256: str | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Ahead:
    """`num_bytes` more are on this computer already, but not yet in the part."""

    num_bytes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Here the source could begin again: what came before is made durable before it goes on."""


Piece = Begin | Ahead | Mark | bytes


class Source(Protocol):
    """`key` names it in the notes of a part; `room_bytes` is what it needs on the disk beside the file itself; `vouches` where
    its word for a hash may stand in for the catalogue's."""

    @property
    def name(self) -> SourceName: ...

    @property
    def key(self) -> str: ...

    @property
    def room_bytes(self) -> int: ...

    @property
    def vouches(self) -> bool: ...

    def read(self, offset: int, etag: str) -> AsyncGenerator[Piece]:
        """From `offset`, or from before it. `etag` is what it said when it gave the bytes before. Raises `SourceFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class HttpSource:
    """One URL. `client` decides the time-outs: no bytes for as long as its read time-out is a failure."""

    name: SourceName
    url: str
    client: httpx2.AsyncClient
    vouches: bool = False
    room_bytes: int = 0

    @property
    def key(self) -> str:
        return self.url

    async def probe(self, num_bytes: int) -> Begin:
        """Asks for the first bytes and waits for them."""
        received = bytearray()
        async with open_url(self.client, self.url, {"Range": f"bytes=0-{num_bytes - 1}"}) as answer:
            begin = _begin(answer)
            async for piece in answer.pieces():
                received += piece
                if len(received) >= num_bytes:
                    break
        if not received.startswith(b"GGUF"):
            raise SourceFailed("not_a_model", lasting=True)
        return begin

    async def read(self, offset: int, etag: str) -> AsyncGenerator[Piece]:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        if offset and etag and not etag.startswith("W/"):
            headers["If-Range"] = etag
        async with open_url(self.client, self.url, headers) as answer:
            begin = _begin(answer)
            if begin.offset not in (0, offset):
                raise SourceFailed("wrong_range", lasting=True)
            if begin.offset and etag and begin.etag and begin.etag != etag:
                raise SourceFailed("changed")
            yield begin
            async for piece in answer.pieces():
                yield piece


@dataclass(frozen=True, slots=True)
class FileSource:
    """A copy on this computer, or on a drive that is mounted."""

    path: Path
    name: SourceName = "file"
    vouches: bool = False
    room_bytes: int = 0

    @property
    def key(self) -> str:
        return str(self.path)

    async def read(self, offset: int, etag: str) -> AsyncGenerator[Piece]:
        try:
            with self.path.open("rb") as file:
                total = file.seek(0, 2)
                file.seek(offset)
                yield Begin(offset, total, etag=etag)
                while block := await asyncio.to_thread(file.read, _FILE_BLOCK_BYTES):
                    yield block
        except OSError as err:
            raise SourceFailed("unreadable", lasting=True) from err


def http_sources(
    model: CatalogModel, client: httpx2.AsyncClient, environ: Mapping[str, str], urls: Sequence[str] = ()
) -> list[HttpSource]:
    """All places on the network where the model lies, in the order in which a tie is decided. An empty `HF_ENDPOINT` or
    `HANMO_MODELSCOPE_ENDPOINT` counts as not set."""
    found = [HttpSource("url", url, client) for url in urls]
    mirror = environ.get("HF_ENDPOINT", "").rstrip("/")
    found += [
        HttpSource("mirror" if mirror else "hub", url, client, vouches=True)
        for url in _resolve_urls(mirror or _HUB, model.hub, model.file)
    ]
    modelscope = environ.get("HANMO_MODELSCOPE_ENDPOINT", "").rstrip("/") or _MODELSCOPE
    found += [
        HttpSource("modelscope", url, client, vouches=True)
        for url in _resolve_urls(f"{modelscope}/models", model.modelscope, model.file)
    ]
    return found


def _resolve_urls(endpoint: str, repository: Repository | None, file: str) -> list[str]:
    if repository is None:
        return []
    return [f"{endpoint}/{repository.repo}/resolve/{quote(revision)}/{quote(file)}" for revision in repository.revisions]


def _begin(answer: Answer) -> Begin:
    return Begin(answer.offset, answer.total_bytes, answer.sha256, answer.etag)
