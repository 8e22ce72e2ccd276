"""`hanmo chat`: a conversation in the terminal, over the same HTTP interface as the page.

Where a server has the data directory already, it is used; otherwise one is started on a free loopback port for as long as the chat lasts.
"""

import asyncio
import contextlib
import sys
from typing import Annotated, Any

import httpx2
import typer

from hanmo.cli.output import err, hear, out
from hanmo.cli.serve import DataDirOption, EngineUrl, Model
from hanmo.cli.through import any_server, call, events, http_client, take_ctrl_c, wait_ready
from hanmo.config import Settings, load_settings, one_engine
from hanmo.core.errors import EngineUnavailable


def chat(
    message: Annotated[str | None, typer.Argument(help=hear("cli.chat.message"))] = None,
    model: Model = None,
    engine_url: EngineUrl = None,
    data_dir: DataDirOption = None,
) -> None:
    settings = load_settings(model=model, engine_url=engine_url, data_dir=data_dir, host="127.0.0.1", port=0)
    try:
        asyncio.run(_chat(one_engine(settings, model=model), message))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except httpx2.TransportError as error:
        raise EngineUnavailable("server_gone") from error


async def _chat(settings: Settings, message: str | None) -> None:
    async with any_server(settings) as address, http_client(address) as client:
        take_ctrl_c()
        await wait_ready(client)
        conversation = (await call(client, "POST", "/api/conversations", {}))["id"]
        if message is not None:
            await _say(client, conversation, sys.stdin.read() if message == "-" else message)
            return
        err.print(hear("cli.chat.hint"))
        while text := await _ask():
            with contextlib.suppress(asyncio.CancelledError):
                await _say(client, conversation, text)


async def _ask() -> str:
    """The next line that holds something; empty at the end of input."""
    while True:
        sys.stdout.write("› ")
        sys.stdout.flush()
        line = await _line()
        if not line or line.strip():
            return line.strip()


async def _line() -> str:
    """One line. A terminal is waited for on the loop: a thread that waits in `readline` cannot be called off by Ctrl-C."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return await asyncio.to_thread(sys.stdin.readline)
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()


async def _say(client: httpx2.AsyncClient, conversation: str, text: str) -> None:
    turn = await call(client, "POST", f"/api/conversations/{conversation}/messages", {"text": text})
    path = f"/api/generations/{turn['generation_id']}"
    try:
        end = await _hear_out(client, path)
    except asyncio.CancelledError:
        end = await asyncio.shield(call(client, "DELETE", path))
    out.print()
    if end["finish_reason"] != "stop":
        err.print(f"[dim]{hear('cli.chat.finish.' + end['finish_reason'])}[/]")
    if end["problem"]:
        err.print(f"{end['problem']['detail']}\n→ {end['problem']['next_step']}", markup=False)


async def _hear_out(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    async for kind, data in events(client, path):
        if kind == "text":
            sys.stdout.write(data["text"])
            sys.stdout.flush()
        elif kind == "end":
            return data
    return await call(client, "GET", path)
