"""A model hub on loopback that behaves as badly as it is told to.

`hub.plans[path]` is a list of what happens to the requests for that path, one after the other; the last one stays. Every answer closes
the connection. `hub.requests` keeps what was asked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_REASONS = {200: "OK", 206: "Partial Content", 302: "Found"}


@dataclass
class Plan:
    """`cut_after` and `stall_after` count bytes of the body: then the connection ends (`reset`: with what is on the way lost) or hangs.
    `drip` is (bytes, seconds) a piece; `silent` never answers at all."""

    body: bytes = b""
    status: int = 200
    etag: str = '"one"'
    ranges: bool = True
    cut_after: int | None = None
    reset: bool = False
    stall_after: int | None = None
    drip: tuple[int, float] | None = None
    redirect: str | None = None
    silent: bool = False
    lie_about_range: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    path: str
    headers: dict[str, str]

    @property
    def offset(self) -> int:
        return int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")[0])

    @property
    def is_probe(self) -> bool:
        return not self.headers.get("range", "-").endswith("-")


class Hub:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.plans: dict[str, list[Plan]] = {}
        self.requests: list[Request] = []

    @property
    def reads(self) -> list[Request]:
        """What was asked but for the short ranged requests of the race."""
        return [request for request in self.requests if not request.is_probe]

    def serve(self, path: str, *plans: Plan, probe: Plan | None = None) -> None:
        """What happens to `path`. The race's own requests see `probe`, or the last plan without its faults."""
        self.plans[path] = list(plans)
        last = plans[-1]
        self.plans["probe:" + path] = [probe or Plan(last.body, etag=last.etag, ranges=last.ranges, headers=last.headers)]

    def next_plan(self, request: Request) -> Plan:
        name = f"probe:{request.path}" if request.is_probe and f"probe:{request.path}" in self.plans else request.path
        plans = self.plans.get(name, [Plan(status=404)])
        return plans.pop(0) if len(plans) > 1 else plans[0]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
            request = Request(head[0].split(" ")[1], headers)
            self.requests.append(request)
            await self.answer(self.next_plan(request), request, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def answer(self, plan: Plan, request: Request, writer: asyncio.StreamWriter) -> None:
        if plan.silent:
            await asyncio.Event().wait()
        status, headers, body = _answer(plan, request)
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'No')}", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write(("\r\n".join([*lines, "Connection: close", "", ""])).encode("latin-1"))
        step, pause = plan.drip or (64 << 10, 0.0)
        sent = 0
        while sent < len(body):
            if plan.cut_after is not None and sent >= plan.cut_after:
                if plan.reset:
                    writer.transport.abort()
                return
            if plan.stall_after is not None and sent >= plan.stall_after:
                await asyncio.Event().wait()
            stops = [stop for stop in (plan.cut_after, plan.stall_after) if stop is not None]
            piece = body[sent : min([sent + step, *stops])]
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
            await asyncio.sleep(pause)


def _answer(plan: Plan, request: Request) -> tuple[int, dict[str, str], bytes]:
    headers = dict(plan.headers)
    if plan.redirect is not None:
        return 302, {"Location": plan.redirect, "Content-Length": "0", **headers}, b""
    if plan.status != 200:
        return plan.status, {"Content-Length": "0", **headers}, b""
    headers["ETag"] = plan.etag
    asked = plan.ranges and "range" in request.headers and request.headers.get("if-range", plan.etag) == plan.etag
    if not asked:
        return 200, {**headers, "Content-Length": str(len(plan.body))}, plan.body
    last = request.headers["range"].split("-")[1]
    end = min(int(last) + 1, len(plan.body)) if last else len(plan.body)
    start = request.offset + plan.lie_about_range
    if start >= len(plan.body):
        return 416, {**headers, "Content-Length": "0", "Content-Range": f"bytes */{len(plan.body)}"}, b""
    body = plan.body[start:end]
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(plan.body)}"
    return 206, {**headers, "Content-Length": str(len(body))}, body


@asynccontextmanager
async def running_hub() -> AsyncIterator[Hub]:
    tasks: set[asyncio.Task[None]] = set()
    hub: Hub | None = None

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None and hub is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await hub.handle(reader, writer)
        writer.transport.abort()
        tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    hub = Hub(server.sockets[0].getsockname()[1])
    try:
        yield hub
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*list(tasks), return_exceptions=True)
        await server.wait_closed()


def flipped(body: bytes, at: int) -> bytes:
    """The same with one bit of the byte at `at` turned."""
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
