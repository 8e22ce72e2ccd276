"""Event streams: encoding, heartbeat, resuming, and every way a stream ends with its source closed."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.web.credentials import Credentials
from hanmo.web.sse import Event, EventStream, encode
from tests.web.doors.house import PASSWORD, Served, build, serving


def test_an_event_is_written_as_the_standard_has_it() -> None:
    assert (
        encode(Event("text", {"text": "一\n二\r\u2028"}, id=7)).decode()
        == 'id: 7\nevent: text\ndata: {"text":"一\\n二\\r\u2028"}\n\n'
    )
    assert encode(Event("state", {})) == b"event: state\ndata: {}\n\n"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_stays_one_line_of_data(text: str) -> None:
    lines = encode(Event("text", {"text": text}, id=1)).decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert len(lines) == 5
    assert json.loads(lines[2].removeprefix("data: ")) == {"text": text}


async def lines_of(answer: httpx2.Response) -> AsyncGenerator[str]:
    async for line in answer.aiter_lines():
        if line:
            yield line


async def test_events_arrive_as_they_are_made_and_the_stream_ends_with_its_source(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served, served.http.stream("GET", "/api/stream") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store"
        assert "content-length" not in answer.headers
        async with aclosing(lines_of(answer)) as lines:
            assert await anext(lines) == "retry: 1000"
            for number in (1, 2):
                served.house.events.put_nowait(Event("text", {"text": "字"}, id=number))
                assert [await anext(lines) for _ in range(3)] == [f"id: {number}", "event: text", 'data: {"text":"字"}']
            served.house.events.put_nowait(None)
            assert [line async for line in lines] == []
        await asyncio.wait_for(served.house.stream_closed.wait(), 5)


async def test_a_silent_source_is_kept_alive_by_comments_and_loses_no_event(tmp_path: Path) -> None:
    async with serving(build(tmp_path, heartbeat_s=0.02)) as served, served.http.stream("GET", "/api/stream") as answer:
        lines = lines_of(answer)
        seen = [await anext(lines) for _ in range(4)]
        served.house.events.put_nowait(Event("text", {}, id=1))
        served.house.events.put_nowait(None)
        rest = [line async for line in lines if not line.startswith(":")]
    assert seen == ["retry: 1000", *[": heartbeat"] * 3]
    assert rest == ["id: 1", "event: text", "data: {}"]


@pytest.mark.parametrize(
    ("headers", "query", "after"),
    [
        ({}, "", 0),
        ({"Last-Event-ID": "7"}, "", 7),
        ({}, "?after=5", 5),
        ({"Last-Event-ID": "7"}, "?after=5", 7),
        ({"Last-Event-ID": ""}, "?after=5", 5),
    ],
)
async def test_a_reader_says_where_to_go_on(tmp_path: Path, headers: dict[str, str], query: str, after: int) -> None:
    house = build(tmp_path)
    house.events.put_nowait(None)
    async with serving(house) as served:
        assert (await served.http.get(f"/api/stream{query}", headers=headers)).status_code == 200
    assert house.resumed_after == [after]


@pytest.mark.parametrize("number", ["-1", "1.5", "x", "٣", "9" * 40, " ", "0x1"])
async def test_a_place_that_is_no_number_is_refused(tmp_path: Path, number: str) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.http.get("/api/stream", params={"after": number})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_event_id")


async def opened(served: Served, **headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream by hand, past its headers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode())
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    assert b"retry" in await reader.readuntil(b"retry: 1000\n\n")
    return reader, writer


async def test_a_reader_that_leaves_closes_the_source(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        _, writer = await opened(served)
        assert not served.house.stream_closed.is_set()
        writer.close()
        await asyncio.wait_for(served.house.stream_closed.wait(), 5)


async def test_the_servers_closing_ends_streams_cleanly(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        reader, writer = await opened(served)
        served.server.should_exit = True
        assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"0\r\n\r\n")
        assert served.house.stream_closed.is_set()
        writer.close()


async def test_a_source_that_fails_cuts_the_stream_instead_of_ending_it(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        reader, writer = await opened(served)
        served.house.events.put_nowait(Event("text", object(), id=1))  # type: ignore[arg-type]
        assert not (await asyncio.wait_for(reader.read(), 5)).endswith(b"0\r\n\r\n")
        await asyncio.wait_for(served.house.stream_closed.wait(), 5)
        writer.close()


async def test_logout_ends_the_streams_of_its_session_within_a_second(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        await served.login()
        cookie = "; ".join(f"{name}={value}" for name, value in served.http.cookies.items())
        reader, writer = await opened(served, Cookie=cookie)
        await served.http.post("/api/logout", headers=served.origin)
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 1)
        assert served.house.stream_closed.is_set()
        writer.close()


async def test_a_new_password_ends_open_streams_within_a_second(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        await served.login()
        cookie = "; ".join(f"{name}={value}" for name, value in served.http.cookies.items())
        reader, writer = await opened(served, Cookie=cookie)
        Credentials(tmp_path / "credentials.json").set_password("another long password")
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 1)
        writer.close()


async def test_a_reader_that_takes_nothing_is_let_go_and_the_source_waits_for_it_until_then() -> None:
    pulled: list[int] = []

    async def source() -> AsyncGenerator[Event]:
        for number in range(100):
            pulled.append(number)
            yield Event("text", {}, id=number)

    stuck = asyncio.Event()

    async def send(message: object) -> None:
        if "data:" in str(message) or stuck.is_set():
            stuck.set()
            await asyncio.Event().wait()

    stream = EventStream(source(), closing=asyncio.Event(), stall_s=0.05)
    await asyncio.wait_for(stream({"type": "http"}, asyncio.Event().wait, send), 5)  # type: ignore[arg-type]
    assert pulled == [0]
