"""Nobody holds a connection by sending slowly (row 13)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from hanmo.web.deadlines import DeadlineProtocol
from hanmo.web.server import Server
from tests.web.doors.house import Served, build, serving


@asynccontextmanager
async def knock(served: Served, opening: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(opening)
    try:
        yield reader, writer
    finally:
        writer.close()


async def trickled_until_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Sends a byte every now and then, and returns what came back when the server had enough."""

    async def trickle() -> None:
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""
    finally:
        trickling.cancel()


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeadlineProtocol, "head_s", 0.3)
    monkeypatch.setattr(DeadlineProtocol, "body_s", 0.3)


async def test_a_head_that_trickles_is_cut(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        for opening in (b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "):
            async with knock(served, opening) as (reader, writer):
                assert await trickled_until_cut(reader, writer) == b""


async def test_a_silent_connection_is_cut(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served, knock(served, b"") as (reader, _):
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_body_that_trickles_is_cut_and_so_is_one_after_the_answer(tmp_path: Path) -> None:
    head = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    async with serving(build(tmp_path)) as served:
        async with knock(served, head.format("/api/things", 10_000).encode()) as (reader, writer):
            assert await trickled_until_cut(reader, writer) == b""
        async with knock(served, head.format("/api/things", 99_999_999).encode()) as (reader, writer):
            assert b" 413 " in await reader.readuntil(b"\r\n")
            await trickled_until_cut(reader, writer)
    assert served.house.things == []


async def test_a_stream_is_not_cut(tmp_path: Path) -> None:
    async with serving(build(tmp_path, heartbeat_s=0.1)) as served, served.http.stream("GET", "/api/stream") as answer:
        lines = answer.aiter_lines()
        beats = 0
        while beats < 6:  # twice the deadline
            beats += (await anext(lines)).startswith(":")


async def test_the_next_request_on_a_connection_has_a_deadline_of_its_own(tmp_path: Path) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with serving(build(tmp_path)) as served, knock(served, whole) as (reader, writer):
        for _ in range(3):
            assert b"true" in await reader.readuntil(b"}")
            await asyncio.sleep(0.15)
            writer.write(whole)
        assert b"true" in await reader.readuntil(b"}")
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        assert await trickled_until_cut(reader, writer) == b""


async def test_the_page_stays_quick_beside_many_that_send_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeadlineProtocol, "head_s", 60.0)
    monkeypatch.setattr(DeadlineProtocol, "max_waiting", 50)
    async with serving(build(tmp_path)) as served, AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(knock(served, b"GET / HTTP/1.1\r\n")) for _ in range(80)]
        for _ in range(20):
            assert (await asyncio.wait_for(served.http.get("/healthz"), 1)).status_code == 200
        cut = await asyncio.gather(*(trickled_until_cut(*connection) for connection in slow[:29]))
        assert cut == [b""] * 29
        assert len(DeadlineProtocol.waiting[served.server.server_state]) <= 50


async def test_the_server_of_the_application_keeps_these_deadlines() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    assert Server(app, asyncio.Event()).config.http is DeadlineProtocol


async def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served, knock(served, b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000) as (reader, _):
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            answer = b""
    assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0]
