"""One streamed answer of the engine.

Theory
  The engine says something with each token, while it has every core: what it costs to hear it is taken from the writing. h11 over asyncio's own
  streams takes half of what a client with pools, timeouts and layers does (docs/decisions/0001-engine-in-a-child-process.md).
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import h11

Data = TypeVar("Data", bytes, bytearray)

READ_BYTES = 1 << 16
MOST_BYTES = 1 << 24
"""Of an answer that comes whole, or of a line: what is longer is no answer of an engine, and may have no end."""
PORTS = {"http": 80, "https": 443}
KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPALIVE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 4}
"""Seconds, and times: a connection that something on the way forgot is found out, however long an engine is silent. By system, as far as it knows
them."""


class StreamedAnswer:
    """Its `status`, and what comes behind it: `whole`, or line by line. `OSError` or `h11.RemoteProtocolError` where the process is gone before the
    end, or there is none."""

    def __init__(self, http: h11.Connection, reader: asyncio.StreamReader) -> None:
        self._http, self._reader = http, reader
        self._lines: deque[bytes] = deque()
        self._begun = b""
        self.status = 0

    async def head(self) -> None:
        while isinstance(event := await self._next(), h11.InformationalResponse):
            pass  # of a proxy on the way, perhaps
        if not isinstance(event, h11.Response):
            raise h11.RemoteProtocolError("no answer")
        self.status = event.status_code

    async def whole(self) -> bytes:
        whole = bytearray()
        while part := await self._part():
            whole += part
            _bounded(whole)
        return bytes(whole)

    async def line(self) -> bytes | None:
        """Without its end; None when nothing comes any more."""
        while not self._lines:
            if not (part := await self._part()):
                return None
            *lines, self._begun = (_bounded(self._begun) + part).split(b"\n")
            self._lines.extend(lines)
        return self._lines.popleft()

    async def _part(self) -> bytes:
        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def _next(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(await self._reader.read(READ_BYTES))


def _bounded(data: Data) -> Data:
    if len(data) > MOST_BYTES:
        raise h11.RemoteProtocolError("an answer without end")
    return data


@asynccontextmanager
async def post(address: str, path: str, headers: Mapping[str, str], body: bytes) -> AsyncGenerator[StreamedAnswer]:
    """`address` is `unix://` and a path, or `http(s)://host:port`, with a path in front of all others if there is one. Leaving it closes the
    connection, by which the engine knows that nobody listens."""
    reader, writer = await _connect(address)
    try:
        http = h11.Connection(h11.CLIENT)
        host, base = ("engine", "") if address.startswith("unix://") else urlsplit(address)[1:3]
        fields = {"Host": host, "Connection": "close", "Content-Length": str(len(body)), **headers}
        target = base.rstrip("/") + path
        for event in (h11.Request(method="POST", target=target, headers=list(fields.items())), h11.Data(body), h11.EndOfMessage()):
            writer.write(http.send(event) or b"")
        await writer.drain()
        answer = StreamedAnswer(http, reader)
        await answer.head()
        yield answer
    finally:
        writer.transport.abort()
        with suppress(OSError):  # that of which the connection broke, if it did, was met by who read
            await writer.wait_closed()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix://"):
        return await asyncio.open_unix_connection(address.removeprefix("unix://"))
    url = urlsplit(address)
    tls = trusted() if url.scheme == "https" else None
    reader, writer = await asyncio.open_connection(url.hostname, url.port or PORTS[url.scheme], ssl=tls)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return reader, writer


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates are believed: those of the system, or of `SSL_CERT_FILE`."""
    return ssl.create_default_context()
