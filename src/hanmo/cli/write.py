"""`hanmo write`: the whole long form from the command line, over the same HTTP interface as the page. The same call goes on where it stopped."""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.progress import BarColumn, Progress, TextColumn

from hanmo.cli.files import read_text, text_or_file, write_whole
from hanmo.cli.output import err, hear, out, tell
from hanmo.cli.serve import Ctx, DataDirOption, EngineUrl, Model
from hanmo.cli.through import any_server, call, events, http_client, take_ctrl_c, wait_ready
from hanmo.config import Settings, load_settings, one_engine
from hanmo.core.errors import EngineUnavailable, HanmoError, SetupError
from hanmo.core.values import Problem

LONG_TOKENS = 128
"""A shorter prompt is read before anybody could read that it is."""


def _option(*names: str, key: str) -> Any:
    return typer.Option(*names, help=hear(f"cli.write.{key}"), show_default=False)


def write(
    brief: Annotated[str, typer.Argument(help=hear("cli.write.brief"), metavar="BRIEF")],
    output: Annotated[Path | None, _option("-o", "--output", key="output")] = None,
    words: Annotated[int | None, _option("--words", key="words")] = None,
    lang: Annotated[str | None, _option("--lang", key="lang")] = None,
    model: Model = None,
    engine_url: EngineUrl = None,
    seed: Annotated[int | None, _option("--seed", key="seed")] = None,
    form: Annotated[str, _option("--format", key="format")] = "prose",
    style: Annotated[Path | None, _option("--style", key="style")] = None,
    glossary: Annotated[Path | None, _option("--glossary", key="glossary")] = None,
    characters: Annotated[Path | None, _option("--characters", key="characters")] = None,
    facts: Annotated[Path | None, _option("--facts", key="facts")] = None,
    fresh: Annotated[bool, _option("--fresh", key="fresh")] = False,
    as_json: Annotated[bool, _option("--json", key="json")] = False,
    ctx: Ctx = None,
    data_dir: DataDirOption = None,
) -> None:
    text = text_or_file(brief)
    if lang not in (None, "zh", "en"):
        raise SetupError("unknown_language", lang=str(lang)[:20])
    if form not in ("prose", "code"):
        raise SetupError("unknown_format", format=form[:20])
    _check_output(output)
    order: dict[str, Any] = {"text": text, "words": words, "lang": lang, "format": form, "resume": not fresh}
    order["seed"] = _seed_of(text) if seed is None else seed
    order |= {
        "style": read_text(style),
        "glossary": read_text(glossary),
        "characters": read_text(characters),
        "facts": read_text(facts),
    }
    settings = load_settings(model=model, engine_url=engine_url, data_dir=data_dir, ctx=ctx, host="127.0.0.1", port=0)
    one_engine(settings, model=model, ctx=ctx)
    try:
        asyncio.run(_write(settings, order, output, as_json))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except httpx2.TransportError as error:
        raise EngineUnavailable("server_gone") from error


async def _write(settings: Settings, order: dict[str, Any], output: Path | None, as_json: bool) -> None:
    began = time.monotonic()
    async with any_server(settings) as address, http_client(address) as client:
        take_ctrl_c()
        created = await call(client, "POST", "/api/articles", {name: value for name, value in order.items() if value is not None})
        path = f"/api/articles/{created['id']}"
        article = await call(client, "GET", path)
        done = article["state"] == "done"
        if created["resumed"]:
            err.print(f"[dim]{hear('cli.write.already' if done else 'cli.write.resumed')}[/]")
        end = (
            {"article": article, "finish_reason": "stop", "problem": None} if done else await _write_missing(client, path, article)
        )
    _finish(end, output, as_json, time.monotonic() - began)


async def _write_missing(client: httpx2.AsyncClient, path: str, article: dict[str, Any]) -> dict[str, Any]:
    """The end of the job that writes it. Ctrl-C pauses it."""
    try:
        await wait_ready(client)
        running = article["job"]
        if running is None or running["kind"] != "write":
            running = {"id": (await call(client, "POST", f"{path}/write", {}))["job_id"]}
        return await _follow(client, f"/api/generations/{running['id']}")
    except asyncio.CancelledError:
        with contextlib.suppress(httpx2.HTTPError):
            await asyncio.shield(call(client, "POST", f"{path}/pause", {}))
        err.print(hear("cli.write.paused"))
        raise


async def _follow(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    """Shows how far it is until it ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task(hear("cli.write.planning"), total=1.0, left="")
        async for kind, data in events(client, path):
            if kind == "end":
                return data
            if kind == "state":
                progress.update(bar, completed=data["done"], description=_doing(data), left=_left(data["seconds_left"]))
    raise EngineUnavailable("server_gone")


def _doing(state: dict[str, Any]) -> str:
    if state["queue_place"]:
        return hear("cli.write.waiting", place=state["queue_place"])
    read = state["prompt_progress"]
    if read and read["done"] < read["total"] and read["total"] - read["cached"] >= LONG_TOKENS:
        return hear("cli.write.reading", done=read["done"], total=read["total"])
    if not state["target"]:
        return hear("cli.write.planning")
    return hear("cli.write.writing", words=state["words"], target=state["target"])


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return hear("cli.write.minutes_left", minutes=minutes) if minutes else hear("cli.write.seconds_left", seconds=round(seconds))


def _finish(end: dict[str, Any], output: Path | None, as_json: bool, seconds: float) -> None:
    """The text to its place, what was found to stderr, and the exit code. `HanmoError("article_not_found")` where it was deleted meanwhile."""
    if end["article"] is None:
        raise HanmoError("article_not_found", id=end["article_id"])
    article, whole = end["article"], end["finish_reason"] == "stop"
    if output is not None and whole:
        write_whole(output, article["text"])
    if as_json:
        out.print(json.dumps(_report(end, output if whole else None, seconds), ensure_ascii=False, indent=2), markup=False)
    elif output is None and article["text"]:
        sys.stdout.write(article["text"])
        sys.stdout.flush()
    for finding in article["findings"]:
        err.print(f"· {finding['text']}", markup=False)
    if not whole:
        if end["problem"]:
            tell(Problem(end["problem"]["code"], end["problem"]["params"]))
        err.print(hear("cli.write.unfinished"))
        raise typer.Exit(1)
    if output is not None and not as_json:
        err.print(hear("cli.write.done", path=str(output), words=article["words"], target=article["target"]), markup=False)


def _report(end: dict[str, Any], output: Path | None, seconds: float) -> dict[str, Any]:
    article = end["article"]
    costs = {cost["section"]: cost for cost in article["costs"]}
    sections = [
        {key: section[key] for key in ("id", "heading", "target", "length", "state")}
        | {key: costs.get(section["id"], {}).get(key) for key in ("seconds", "prompt_tokens", "cached_tokens", "generated_tokens")}
        for section in article["sections"]
    ]
    findings = [
        {key: finding[key] for key in ("code", "section", "text", "start", "end", "other")} for finding in article["findings"]
    ]
    timings = dict(end.get("timings") or {}) | {"seconds": round(seconds, 2)}
    return {
        "id": article["id"],
        "title": article["title"],
        "state": article["state"],
        "words": article["words"],
        "target": article["target"],
        "sections": sections,
        "findings": findings,
        "timings": timings,
        "path": None if output is None else str(output),
        "text": article["text"] if output is None else None,
    }


def _seed_of(text: str) -> int:
    """The same brief, the same seed: so the same call finds its unfinished article."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def _check_output(output: Path | None) -> None:
    """Before an hour of writing: can the file be written there?"""
    if output is None:
        return
    try:
        if output.is_dir():
            raise SetupError("output_is_directory", path=str(output)[:200])
        with tempfile.TemporaryFile(dir=output.parent):
            pass
    except OSError as error:
        raise SetupError("output_not_writable", path=str(output)[:200], reason=os.strerror(error.errno or 0)) from error
