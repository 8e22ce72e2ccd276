"""Answers that no llama-server gives, as a proxy or another program might: each ends as an error of the engine, none as a fault of ours."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest

from hanmo.core.errors import EngineError, EngineLost
from hanmo.engine import stream, wire
from hanmo.engine.wire import Wire
from hanmo.work.ports import EngineRequest
from tests.engine.runs import GREEDY
from tests.engine.test_remote import answering

REQUEST = EngineRequest((1, 2, 3), GREEDY)


async def said(address: str) -> EngineError:
    """How a run that is answered so ends."""
    async with Wire(address, "", 2048, None) as client:
        with pytest.raises(EngineError) as ended:
            async with aclosing(client.complete(REQUEST)) as events:
                async for _ in events:
                    pass
    return ended.value


@asynccontextmanager
async def without_end(head: bytes, piece: bytes) -> AsyncGenerator[str]:
    """The address of a server that says one thing and then another, for ever."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(head)
            while True:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    "message",
    [[1], "text", {"content": "春"}, {"content": "春", "tokens": 3, "tokens_predicted": 1, "stop": False}, {"prompt_progress": [1]},
     {"content": "", "tokens_predicted": 1, "stop": True, "timings": []}, {"content": "", "tokens_predicted": 1, "stop": True}],
)  # fmt: skip
async def test_a_stream_that_says_something_else_is_no_engine(message: object) -> None:
    async with answering("200 OK", b"data: " + json.dumps(message).encode() + b"\n\n") as (url, _):
        assert isinstance(await said(url), EngineLost)


@pytest.mark.parametrize("body", [["no"], {"error": "rate limited"}, {"error": None}, "no"])
async def test_a_no_in_another_form_is_a_no(body: object) -> None:
    async with answering("429 Too Many Requests", body) as (url, _):
        assert (await said(url)).code == "engine_refused"
        async with Wire(url, "", 2048, None) as client:
            with pytest.raises(EngineError, match="engine_refused"):
                await client.tokenize("春")


@pytest.mark.parametrize(("body", "headers"), [(b"plain", {"Content-Encoding": "gzip"}), (b'{"tokens": "\xff"}', {})])
async def test_what_cannot_be_read_is_no_answer(body: bytes, headers: dict[str, str]) -> None:
    async with answering("200 OK", body, **headers) as (url, _), Wire(url, "", 2048, None) as client:
        with pytest.raises(EngineLost):
            await client.tokenize("春")


async def test_who_has_left_is_not_asked() -> None:
    client = Wire("http://127.0.0.1:9", "", 2048, None)
    await client.aclose()
    with pytest.raises(EngineLost):
        await client.look("/health")


async def test_what_has_no_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(wire, "MOST_BYTES", 1 << 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    async with asyncio.timeout(20), without_end(head, b"data: " + b" " * 4096) as url:
        assert isinstance(await said(url), EngineLost)
        async with Wire(url, "", 2048, None) as client:
            with pytest.raises(EngineLost):
                await client.look("/props")


async def test_what_a_proxy_says_before_the_answer_is_passed_over() -> None:
    early = "103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found"
    async with answering(early, {"error": {"message": "behind it"}}) as (url, _):
        assert (await said(url)).params == {"reason": "behind it"}
