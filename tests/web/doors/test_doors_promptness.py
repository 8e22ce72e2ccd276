"""Answers go out at once: nothing waits for the reader's machine to say that it has the bytes before."""

import asyncio
import socket

from hanmo.web.server import bind


async def test_what_is_written_is_sent_without_nagles_delay() -> None:
    """In two writes, as a head and a body are; with the delay the second waits until the first is acknowledged, for 40 ms or more."""
    at_once = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        at_once.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bind("127.0.0.1", 0) as listening:
        host, port = listening.getsockname()
        async with await asyncio.start_server(answer, sock=listening):
            _, writer = await asyncio.open_connection(host, port)
            assert await at_once
            writer.close()
