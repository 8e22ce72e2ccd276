"""One ranged GET with redirects followed by hand.

Rules. http and https only, never from https down to http, no user name in a URL, at most five redirects, and none from a public
host to an address of this computer or its network. Nothing of ours is sent but the range: no credentials, no cookies. The size and
hash that a hub names on its own redirect (`X-Linked-Size`, `X-Linked-Etag`) are kept. The ETag of the store behind it may be 64 hex
digits too and mean something else (a Xet hash): an ETag is taken for a SHA-256 only where the hub itself gave the bytes.
"""

import ipaddress
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

__all__ = ["Answer", "SourceFailed", "new_client", "open_url"]

_MAX_REDIRECTS = 5
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "hanmo"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class SourceFailed(Exception):
    """This source did not give what was asked. `lasting`: asking again would not help."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 or 206 whose body has not been read. `offset` is where the body starts in the file."""

    response: httpx2.Response
    offset: int
    total_bytes: int | None
    sha256: str | None
    etag: str

    async def pieces(self) -> AsyncGenerator[bytes]:
        try:
            async for piece in self.response.aiter_raw():
                yield piece
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as err:
            raise SourceFailed(_reason(err)) from err


def new_client(*, connect_s: float, stall_s: float) -> httpx2.AsyncClient:
    """Honours the user's proxy settings. `stall_s` without a byte is a failure."""
    timeout = httpx2.Timeout(connect=connect_s, read=stall_s, write=connect_s, pool=connect_s)
    return httpx2.AsyncClient(timeout=timeout, follow_redirects=False)


@asynccontextmanager
async def open_url(client: httpx2.AsyncClient, url: str, headers: Mapping[str, str]) -> AsyncIterator[Answer]:
    """Raises `SourceFailed`."""
    here = _checked(None, url)
    hints: dict[str, str] = {}
    for _ in range(_MAX_REDIRECTS + 1):
        response = await _send(client, here, headers)
        try:
            for name in ("x-linked-etag", "x-linked-size"):
                if name in response.headers:
                    hints.setdefault(name, response.headers[name])
            if not response.has_redirect_location:
                yield _answer(response, hints, direct=here == url)
                return
            here = _checked(here, response.headers["location"])
        finally:
            await response.aclose()
    raise SourceFailed("too_many_redirects", lasting=True)


async def _send(client: httpx2.AsyncClient, url: httpx2.URL, headers: Mapping[str, str]) -> httpx2.Response:
    client.cookies.clear()
    try:
        return await client.send(client.build_request("GET", url, headers={**_HEADERS, **headers}), stream=True)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as err:
        raise SourceFailed(_reason(err)) from err


def _answer(response: httpx2.Response, hints: Mapping[str, str], *, direct: bool) -> Answer:
    status = response.status_code
    if status in (429, 500, 502, 503, 504):
        raise SourceFailed(f"http_{status}")
    if status not in (200, 206):
        raise SourceFailed(f"http_{status}", lasting=True)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise SourceFailed("encoded", lasting=True)
    offset, total = 0, _maybe_int(response.headers.get("content-length", ""))
    if status == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        if match is None:
            raise SourceFailed("wrong_range", lasting=True)
        offset, total = int(match[1]), int(match[2])
    etag = response.headers.get("etag", "")
    sha256 = _maybe_sha256(hints.get("x-linked-etag", "")) or (_maybe_sha256(etag) if direct else None)
    return Answer(response, offset, _maybe_int(hints.get("x-linked-size", "")) or total, sha256, etag)


def _checked(before: httpx2.URL | None, location: str) -> httpx2.URL:
    """The URL to go to, or `SourceFailed` where it must not be gone to."""
    try:
        url = before.join(location) if before else httpx2.URL(location)
    except (httpx2.InvalidURL, ValueError) as err:
        raise SourceFailed("bad_url", lasting=True) from err
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or not 0 < (url.port or 80) < 1 << 16:
        raise SourceFailed("bad_url", lasting=True)
    if before is not None:
        if before.scheme == "https" and url.scheme == "http":
            raise SourceFailed("downgrade", lasting=True)
        if _is_inside(url.host) and not _is_inside(before.host):
            raise SourceFailed("redirect_inside", lasting=True)
    return url


def _is_inside(host: str) -> bool:
    """Whether the host is written as this computer or as an address that the public network does not have."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _maybe_int(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _maybe_sha256(etag: str) -> str | None:
    text = etag.strip().removeprefix("W/").strip('"').lower()
    return text if _SHA256.fullmatch(text) else None


def _reason(err: Exception) -> str:
    if isinstance(err, httpx2.TimeoutException):
        return "timeout"
    if isinstance(err, httpx2.ConnectError):
        return "no_connection"
    return "connection_lost"
