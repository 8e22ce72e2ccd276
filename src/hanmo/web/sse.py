"""Server-sent events: numbered events out of an async generator, a heartbeat while it is silent, and an end that is always clean.

The generator is pulled only when the last event has gone out, so a slow reader costs one event of memory; one that takes nothing for
`stall_s` is let go, and resumes with `Last-Event-ID` when it is back. Whichever comes first ends a stream: the generator's end, the
reader's leaving, the server's closing. The generator is closed in each case, before the response returns.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hanmo.core.errors import InvalidRequest
from hanmo.core.values import JsonValue

__all__ = ["Event", "EventStream", "encode", "last_event_id"]

HEARTBEAT_S = 10.0
STALL_S = 60.0
_LAST_WORD_S = 1.0
_OPENING = b"retry: 1000\n\n"
_HEARTBEAT = b": heartbeat\n\n"
_MAX_EVENT_ID = 2**53


@dataclass(frozen=True, slots=True)
class Event:
    """One event; one without `id` is not resumed after."""

    event: str
    data: JsonValue
    id: int | None = None


def encode(event: Event) -> bytes:
    """As the HTML standard writes it. JSON escapes line breaks, so its data is always one line."""
    number = "" if event.id is None else f"id: {event.id}\n"
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"{number}event: {event.event}\ndata: {data}\n\n".encode()


def last_event_id(request: Request) -> int:
    """Where to go on: `Last-Event-ID` (the browser's own, and the newer of the two), else `?after=N`, else 0."""
    text = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= _MAX_EVENT_ID):
        raise InvalidRequest("bad_event_id")
    return int(text)


class EventStream(Response):
    """`closing` is set when the server shuts down. Raise what can go wrong before making one: its status is 200 from then on."""

    media_type = "text/event-stream"

    def __init__(
        self,
        source: AsyncGenerator[Event],
        *,
        closing: asyncio.Event,
        heartbeat_s: float = HEARTBEAT_S,
        stall_s: float = STALL_S,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.source = source
        self.closing = closing
        self.heartbeat_s = heartbeat_s
        self.stall_s = stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (the shape of every ASGI app)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        pump = asyncio.create_task(self._pump(send))
        gone = asyncio.create_task(_until_disconnect(receive))
        closing = asyncio.create_task(self.closing.wait())
        tasks: tuple[asyncio.Task[object], ...] = (pump, gone, closing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            here = not gone.done()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.source.aclose()
        if not pump.cancelled() and (error := pump.exception()) is not None:
            raise error
        if here:
            with suppress(TimeoutError):  # whoever stalled before stalls now
                async with asyncio.timeout(_LAST_WORD_S):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, send: Send) -> None:
        await self._send(send, _OPENING)
        upcoming: asyncio.Task[Event] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.create_task(_next(self.source))
                done, _ = await asyncio.wait({upcoming}, timeout=self.heartbeat_s)
                if not done:
                    await self._send(send, _HEARTBEAT)
                    continue
                try:
                    event = upcoming.result()
                except StopAsyncIteration:
                    return
                upcoming = None
                await self._send(send, encode(event))
        except Stalled:
            return
        finally:
            if upcoming:
                upcoming.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await upcoming

    async def _send(self, send: Send, body: bytes) -> None:
        try:
            async with asyncio.timeout(self.stall_s):
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            raise Stalled from None


class Stalled(Exception):
    """The reader took nothing for too long."""


async def _next(source: AsyncGenerator[Event]) -> Event:
    return await anext(source)


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
