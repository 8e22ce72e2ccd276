"""`hanmo doctor`: what this machine has and lacks, each line with a next step where one is needed."""

import asyncio
import json
import os
import platform
import shutil
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.markup import escape

from hanmo.cli.lines import Line
from hanmo.cli.output import hear, language, out
from hanmo.cli.places import engine_line, graphics, standing
from hanmo.cli.serve import DataDirOption, EngineUrl, Model
from hanmo.config import Settings, load_settings, one_engine
from hanmo.core.errors import HanmoError, StoreDamaged
from hanmo.core.values import Problem
from hanmo.engine import RemoteOptions, list_devices, list_instructions, remote_face
from hanmo.engine.worker import WORKER_COMMAND
from hanmo.i18n import problem_words
from hanmo.instance import DataDir, running_at
from hanmo.models import ModelShelf, available_memory, missing_cpu_flags
from hanmo.store import Store

MARKS = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "bad": "[red]✗[/]"}
LEAST_DISK_BYTES = 3_000_000_000
LEAST_MEMORY_BYTES = 2_000_000_000
HUB_WAIT_S = 10.0
OLDEST_SQLITE = (3, 35, 0)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help=hear("cli.json"))] = False,
    model: Model = None,
    engine_url: EngineUrl = None,
    data_dir: DataDirOption = None,
) -> None:
    settings = one_engine(load_settings(model=model, engine_url=engine_url, data_dir=data_dir), model=model)
    lines = asyncio.run(examine(settings))
    if as_json:
        out.print_json(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    else:
        for line in lines:
            out.print(f"{MARKS[line.verdict]} {hear('doctor.' + line.name)}{hear('doctor.colon')}{escape(line.text)}")
            if line.next_step:
                out.print(f"   → {line.next_step}", markup=False)
    if any(line.verdict == "bad" for line in lines):
        raise typer.Exit(1)


async def examine(settings: Settings) -> list[Line]:
    """All lines, in the order in which they matter. Where the engine is elsewhere, what our own would need does not."""
    from hanmo.app import model_shelf, remote_options, tuned_here  # the whole house: not for every command

    if remote := remote_options(settings):
        disk, database = _disk("data", settings.data_dir), await _told("database", lambda: _database(settings))
        return [disk, database, await _told("engine", lambda: _remote(remote)), _port(settings)]
    shelf = model_shelf(settings, tuned=tuned_here(settings))
    return [
        _processor(),
        _memory(),
        standing(settings),
        await asyncio.to_thread(graphics),
        _disk("data", settings.data_dir),
        _disk("models", settings.models_dir),
        await _told("database", lambda: _database(settings)),
        await _engine(),
        await _model(settings, shelf),
        await _hub(settings, shelf),
        _port(settings),
    ]


def _processor() -> Line:
    text = hear(
        "doctor.processor.text", machine=platform.machine(), cores=psutil.cpu_count(logical=False) or 1, threads=os.cpu_count() or 1
    )
    missing = missing_cpu_flags()
    if missing:
        return Line(
            "processor",
            "bad",
            text + hear("doctor.join") + hear("doctor.processor.lacks", flags=", ".join(missing)),
            hear("doctor.processor.next"),
        )
    return Line("processor", "ok", text)


def _memory() -> Line:
    available = available_memory()
    text = hear("doctor.memory.text", total_bytes=psutil.virtual_memory().total, free_bytes=available)
    if available < LEAST_MEMORY_BYTES:
        return Line("memory", "note", text, hear("doctor.memory.next"))
    return Line("memory", "ok", text)


def _disk(name: str, path: Path) -> Line:
    here = next(p for p in (path, *path.parents) if p.exists())
    free = shutil.disk_usage(here).free
    text = hear("doctor.disk.text", path=str(path), free_bytes=free)
    if not here.is_dir() or not os.access(here, os.W_OK):
        return Line(name, "bad", text, hear("doctor.disk.not_writable"))
    if free < LEAST_DISK_BYTES:
        return Line(name, "note", text, hear("doctor.disk.next"))
    return Line(name, "ok", text)


async def _database(settings: Settings) -> Line:
    """SQLite's version, and the whole database read once, unless a running server has it."""
    version = hear("doctor.database.text", sqlite=sqlite3.sqlite_version, python=platform.python_version())
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return Line("database", "bad", version, hear("doctor.database.next"))
    path = settings.database
    if running_at(settings.data_dir):
        found = hear("doctor.database.in_use")
    elif not path.exists():
        found = hear("doctor.database.new")
    else:
        with DataDir(settings.data_dir):
            async with Store(path) as store:
                integrity = await store.integrity()
        if integrity.findings:
            raise StoreDamaged("database_damaged", path=str(path), reason=integrity.findings[0])
        found = hear("doctor.database.whole", path=str(path), size_bytes=integrity.size_bytes)
    return Line("database", "ok", version + hear("doctor.join") + found)


async def _engine() -> Line:
    """Whether the wheel loads here, and what it can compute with. Asked of a child process: it is the one that may die."""
    process = await asyncio.create_subprocess_exec(
        *WORKER_COMMAND,
        "--abilities",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if code := await process.wait():
        return Line("engine", "bad", hear("doctor.engine.broken", code=code), hear("doctor.engine.next"))
    devices = await asyncio.to_thread(list_devices)
    return engine_line([device.name for device in devices], list_instructions())


async def _remote(options: RemoteOptions) -> Line:
    face = await remote_face(options)
    said = [
        hear(
            "doctor.remote.text",
            host=options.host,
            name=face.model_name,
            build=face.build,
            n_ctx=face.n_ctx,
            slots=face.num_slots,
        )
    ]
    if options.leaves:
        said.append(hear("doctor.remote.leaves"))
        said += [] if options.encrypted else [hear("doctor.remote.unencrypted")]
    return Line("engine", "ok", hear("doctor.join").join(said))


async def _model(settings: Settings, shelf: ModelShelf) -> Line:
    return await _told("model", lambda: _model_text(settings, shelf))


async def _model_text(settings: Settings, shelf: ModelShelf) -> Line:
    entry = shelf.resolve(settings.model)
    if entry.path is None:
        here = ", ".join(m.name for m in shelf.list() if m.path) or "—"
        return Line(
            "model", "note", hear("doctor.model.absent", name=entry.name, here=here), hear("doctor.model.next", id=entry.id)
        )
    plan = await shelf.plan(settings.model, n_ctx=settings.ctx)
    text = hear("doctor.model.text", name=entry.name, n_ctx=plan.n_ctx, kv_type=plan.kv_type, memory_bytes=plan.memory_bytes)
    return Line("model", "ok", text)


async def _hub(settings: Settings, shelf: ModelShelf) -> Line:
    async def ask() -> Line:
        entry = shelf.resolve(settings.model)
        if entry.id.endswith(".gguf") or await shelf.hub_answers(entry.id, HUB_WAIT_S):
            return Line("hub", "ok", hear("doctor.hub.yes"))
        return Line("hub", "note", hear("doctor.hub.no"), hear("doctor.hub.next"))

    return await _told("hub", ask)


def _port(settings: Settings) -> Line:
    if running := running_at(settings.data_dir):
        return Line("port", "ok", hear("doctor.port.running", url=running.url))
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", settings.port)) == 0
    text = hear("doctor.port.taken" if taken else "doctor.port.free", port=settings.port)
    return Line("port", "note" if taken else "ok", text, hear("doctor.port.next", port=settings.port + 1) if taken else "")


async def _told(name: str, ask: Callable[[], Awaitable[Line]]) -> Line:
    """A line, or the error that stands in its way as one."""
    try:
        return await ask()
    except HanmoError as error:
        return problem_line(name, error.problem)


def problem_line(name: str, problem: Problem) -> Line:
    title, detail, next_step = problem_words(problem.code, problem.params, language())
    return Line(name, "bad", title + hear("doctor.stop") + detail, next_step)
