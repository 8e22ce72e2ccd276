"""A streamed answer arrives line by line however it is cut on its way, and one that breaks off is told from one that ends."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.errors import EngineLost
from hanmo.engine.stream import post, trusted
from hanmo.engine.wire import Wire

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


LOCALHOST = Path(__file__).with_name("localhost.pem")
"""A certificate for this computer that signs itself, and its key: for these tests alone."""


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@asynccontextmanager
async def answering(*parts: bytes, socket: Path | None = None) -> AsyncGenerator[tuple[str, list[bytes], asyncio.Event]]:
    """An address that gives these parts to whoever asks; what it was asked; and whether the one who asked has gone."""
    heard: list[bytes] = []
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        heard.append(head + await reader.readexactly(size))
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if parts[-1] != HEAD:
            writer.write_eof()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        gone.set()

    server = await (asyncio.start_unix_server(answer, socket) if socket else asyncio.start_server(answer, "127.0.0.1", 0))
    async with server:
        yield (f"unix://{socket}" if socket else f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), heard, gone
        async with asyncio.timeout(5):
            await gone.wait()


async def lines_of(address: str) -> list[bytes]:
    lines = []
    async with post(address, "/completion", {"Authorization": "Bearer key"}, b"{}") as answer:
        while (line := await answer.line()) is not None:
            lines.append(line)
    return lines


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({min(place, len(data)) for place in places} | {len(data)} - {0})
    return [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]


TEXT = "data: 春天\n\ndata: 😀 b\n".encode()


@given(chunks=st.lists(st.integers(1, len(TEXT)), max_size=6), packets=st.lists(st.integers(1, 90), max_size=8))
def test_lines_are_whole_however_they_are_cut(chunks: list[int], packets: list[int]) -> None:
    sent = HEAD + b"".join(chunk(part) for part in cut(TEXT, chunks)) + LAST

    async def read() -> list[bytes]:
        async with answering(*cut(sent, packets)) as (address, _, _):
            return await lines_of(address)

    assert asyncio.run(read()) == TEXT.split(b"\n")[:-1]


async def test_what_is_asked_arrives_through_a_socket_file(tmp_path: Path) -> None:
    body = json.dumps({"prompt": "春"}).encode()
    async with answering(HEAD, chunk(b"no"), LAST, socket=tmp_path / "s") as (address, heard, _):
        async with post(address, "/completion", {"Authorization": "Bearer key"}, body) as answer:
            assert (answer.status, await answer.whole()) == (200, b"no")
        assert heard[0].startswith(b"POST /completion HTTP/1.1\r\n") and b"Bearer key" in heard[0] and heard[0].endswith(body)


@pytest.mark.parametrize("sent", [b"", HEAD[:20], HEAD, HEAD + chunk(b"data: 1\n"), HEAD + b"9\r\ndata"], ids=range(5))
async def test_an_answer_that_breaks_off_is_no_answer(sent: bytes) -> None:
    async with answering(sent, b"") as (address, _, _):
        with pytest.raises((h11.RemoteProtocolError, OSError)):
            await lines_of(address)


async def test_where_nobody_listens_it_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await lines_of(f"unix://{tmp_path / 'nobody'}")


async def test_who_leaves_is_seen_to_go() -> None:
    async with answering(HEAD) as (address, _, gone), post(address, "/completion", {}, b"{}") as answer:
        reading = asyncio.create_task(answer.line())
        await asyncio.sleep(0.05)
        assert not gone.is_set()
        reading.cancel()


async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """With the first line of what was asked."""
    with suppress(asyncio.IncompleteReadError, OSError):
        asked = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
        body = json.dumps(asked.decode()).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
    writer.close()


async def test_over_tls_a_certificate_is_believed_only_if_it_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret.load_cert_chain(LOCALHOST)
    async with await asyncio.start_server(answer_once, "127.0.0.1", 0, ssl=secret) as server:
        address = f"https://localhost:{server.sockets[0].getsockname()[1]}/llm"
        trusted.cache_clear()
        with pytest.raises(ssl.SSLCertVerificationError):
            async with post(address, "/completion", {}, b"{}"):
                pass
        for written in (address, address.replace("https", "HTTPS")):
            async with Wire(written, "", 0, None) as wire:
                with pytest.raises(EngineLost):
                    await wire.look("/props")
        monkeypatch.setenv("SSL_CERT_FILE", str(LOCALHOST))
        trusted.cache_clear()
        async with post(address, "/completion", {}, b"{}") as answer:
            assert json.loads(await answer.whole()) == "POST /llm/completion HTTP/1.1"
        async with Wire(address, "", 0, None) as wire:
            assert await wire.look("/props") == (200, "GET /llm/props HTTP/1.1")
        trusted.cache_clear()
