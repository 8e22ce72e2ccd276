"""`hanmo chat`: a conversation in the terminal, over the same HTTP interface as the page.

Where a server has the data directory already, it is used; otherwise one is started on a free loopback port for as long as the chat lasts.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import typer

from hanmo.cli.output import err, fail, hear, out
from hanmo.cli.serve import DataDirOption, Model
from hanmo.config import Settings, load_settings
from hanmo.core.errors import EngineUnavailable, HanmoError
from hanmo.instance import Address, running_at


def chat(
    message: Annotated[str | None, typer.Argument(help=hear("cli.chat.message"))] = None,
    model: Model = None,
    data_dir: DataDirOption = None,
) -> None:
    try:
        asyncio.run(_chat(load_settings(model=model, data_dir=data_dir, host="127.0.0.1", port=0), message))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except httpx2.TransportError as error:
        raise EngineUnavailable("server_gone") from error


async def _chat(settings: Settings, message: str | None) -> None:
    async with _server(settings) as address, _client(address) as client:
        _take_ctrl_c()
        await _wait_ready(client)
        conversation = (await _json(client, "POST", "/api/conversations", {}))["id"]
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
    turn = await _json(client, "POST", f"/api/conversations/{conversation}/messages", {"text": text})
    path = f"/api/generations/{turn['generation_id']}"
    try:
        end = await _follow(client, path)
    except asyncio.CancelledError:
        end = await asyncio.shield(_json(client, "DELETE", path))
    out.print()
    if end["finish_reason"] != "stop":
        err.print(f"[dim]{hear('cli.chat.finish.' + end['finish_reason'])}[/]")
    if end["problem"]:
        err.print(f"{end['problem']['detail']}\n→ {end['problem']['next_step']}", markup=False)


async def _follow(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    kind = ""
    async with client.stream("GET", path + "/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if kind == "text":
                    sys.stdout.write(data["text"])
                    sys.stdout.flush()
                elif kind == "end":
                    return data
    return await _json(client, "GET", path)


async def _wait_ready(client: httpx2.AsyncClient) -> None:
    """Shows what the machine is doing until it can write."""
    with err.status("") as status:
        while True:
            now = await _json(client, "GET", "/api/status")
            if now["engine"]["state"] in ("ready", "busy", "asleep"):
                break
            problem = now["bringup"]["problem"] or now["engine"]["problem"]
            if now["engine"]["state"] == "failed" and problem:
                raise EngineUnavailable(problem["code"], **problem["params"])
            status.update(_doing(now))
            await asyncio.sleep(0.3)
    for notice in now["notices"]:
        err.print(f"[dim]{notice['text']}[/]")


def _doing(now: dict[str, Any]) -> str:
    moving = [d for d in now["downloads"] if d["state"] in ("racing", "downloading", "verifying")]
    if moving and moving[0]["total_bytes"]:
        share = 100 * moving[0]["received_bytes"] / moving[0]["total_bytes"]
        return f"{moving[0]['name']} · {hear('cli.models.state.' + moving[0]['state'])} {share:.0f} %"
    return hear(f"cli.chat.step.{now['bringup']['step']}")


@contextlib.asynccontextmanager
async def _server(settings: Settings) -> AsyncIterator[Address]:
    if running := running_at(settings.data_dir):
        yield running
        return
    from hanmo.app import serve

    started = asyncio.Event()
    task = asyncio.create_task(serve(settings, lambda _: started.set()))
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            task.result()
        address = running_at(settings.data_dir)
        if address is None:
            raise EngineUnavailable("server_gone")
        yield address
    finally:
        waiting.cancel()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _take_ctrl_c() -> None:
    """Ctrl-C stops what is being said, each time; the handler of a server in this process would end the server under it."""
    conversation = asyncio.current_task()
    if conversation is not None:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, conversation.cancel)


def _client(address: Address) -> httpx2.AsyncClient:
    key = os.environ.get("HANMO_API_KEY") or address.key
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": hear("language.tag")}
    return httpx2.AsyncClient(base_url=address.url, headers=headers, timeout=None, trust_env=False)


async def _json(client: httpx2.AsyncClient, method: str, path: str, body: object = None) -> dict[str, Any]:
    """One call; a problem of the server becomes our exit."""
    response = await client.request(method, path, json=body)
    answer: dict[str, Any] = response.json() if response.content else {}
    if response.status_code >= 400:
        raise typer.Exit(fail(HanmoError(answer["code"], **answer["params"])))
    return answer
