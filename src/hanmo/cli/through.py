"""Commands that work through a server: the one that has the data directory, or one that is started for as long as the command lasts."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2
import typer
from rich.markup import escape

from hanmo.cli.output import err, fail, hear
from hanmo.config import Settings
from hanmo.core.errors import EngineUnavailable, HanmoError, InvalidRequest
from hanmo.instance import Address, running_at


async def wait_ready(client: httpx2.AsyncClient) -> None:
    """Shows what the machine is doing until it can write."""
    with err.status("") as status:
        while True:
            now = await call(client, "GET", "/api/status")
            if now["engine"]["state"] in ("ready", "busy", "asleep"):
                break
            problem = now["bringup"]["problem"] or now["engine"]["problem"]
            if now["engine"]["state"] == "failed" and problem:
                raise EngineUnavailable(problem["code"], **problem["params"])
            status.update(escape(_doing(now)))
            await asyncio.sleep(0.3)
    if now["engine"]["leaves"]:
        err.print(hear("cli.texts_go_to", host=now["engine"]["remote"]), markup=False)
    for notice in now["notices"]:
        err.print(notice["text"], style="dim", markup=False)


def _doing(now: dict[str, Any]) -> str:
    moving = [d for d in now["downloads"] if d["state"] in ("racing", "downloading", "verifying")]
    if moving and moving[0]["total_bytes"]:
        share = 100 * moving[0]["received_bytes"] / moving[0]["total_bytes"]
        return f"{moving[0]['name']} · {hear('cli.models.state.' + moving[0]['state'])} {share:.0f} %"
    if now["engine"]["remote"]:
        return hear("cli.chat.step.remote", host=now["engine"]["remote"])
    return hear(f"cli.chat.step.{now['bringup']['step']}")


@contextlib.asynccontextmanager
async def any_server(settings: Settings) -> AsyncIterator[Address]:
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


def take_ctrl_c() -> None:
    """Ctrl-C stops what is being said, each time; the handler of a server in this process would end the server under it."""
    conversation = asyncio.current_task()
    if conversation is not None:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, conversation.cancel)


def http_client(address: Address) -> httpx2.AsyncClient:
    key = os.environ.get("HANMO_API_KEY") or address.key
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": hear("language.tag")}
    return httpx2.AsyncClient(base_url=address.url, headers=headers, timeout=None, trust_env=False)


async def call(client: httpx2.AsyncClient, method: str, path: str, body: object = None) -> dict[str, Any]:
    """One call; a problem of the server becomes our exit: 2 where it is in what was asked."""
    response = await call_raw(client, method, path, body)
    answer: dict[str, Any] = response.json() if response.content else {}
    return answer


async def call_raw(client: httpx2.AsyncClient, method: str, path: str, body: object = None) -> httpx2.Response:
    """The same for an answer that is no JSON."""
    response = await client.request(method, path, json=body)
    if response.status_code >= 400:
        answer = response.json()
        kind = InvalidRequest if response.status_code in (400, 413, 422) else HanmoError
        raise typer.Exit(fail(kind(answer["code"], **answer["params"])))
    return response


async def events(client: httpx2.AsyncClient, path: str) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """The events of a generation or a job under `path`, as (event, data), to its end."""
    kind = ""
    async with client.stream("GET", path + "/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield kind, json.loads(line.removeprefix("data: "))
