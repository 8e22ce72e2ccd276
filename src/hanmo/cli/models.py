"""`hanmo models list|pull|verify|rm`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from hanmo.cli.output import err, hear, out
from hanmo.config import load_settings
from hanmo.core.errors import InvalidRequest
from hanmo.models import ModelShelf
from hanmo.work.model_ports import DownloadProgress, ModelEntry

app = typer.Typer(no_args_is_help=True)
ModelArgument = Annotated[str, typer.Argument(help=hear("cli.models.model"))]


def _shelf(model: str = "", source: str | None = None) -> ModelShelf:
    """With a URL or a file as a further source of `model`."""
    directory = load_settings().models_dir
    if source is None:
        return ModelShelf(directory)
    if source.startswith(("http://", "https://")):
        return ModelShelf(directory, urls={model: [source]})
    path = Path(source).expanduser()
    if not path.exists():
        raise InvalidRequest("source_missing", source=source)
    return ModelShelf(directory, near=[path])


def _catalogued(shelf: ModelShelf, model: str) -> ModelEntry:
    """A model of the catalog: a file of the user's own is neither downloaded nor deleted by us."""
    entry = shelf.resolve(model)
    if entry.id != model:
        raise InvalidRequest("not_in_catalog", model=model)
    return entry


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
    )


@app.command("list", help=hear("cli.models.list"))
def list_models(as_json: Annotated[bool, typer.Option("--json", help=hear("cli.json"))] = False) -> None:
    entries = _shelf().list()
    if as_json:
        rows = [
            {"id": m.id, "name": m.name, "size_bytes": m.size_bytes, "path": m.path, "starter": m.starter, "default": m.default}
            for m in entries
        ]
        out.print_json(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("id", hear("cli.models.name"), hear("cli.models.size"), hear("cli.models.here"), hear("cli.models.licence"))
    for m in entries:
        mark = hear("cli.models.default") if m.default else hear("cli.models.starter") if m.starter else ""
        table.add_row(m.id, f"{m.name} {mark}".strip(), f"{m.size_bytes / 1e9:.2f} GB", "✓" if m.path else "—", m.licence)
    out.print(table)


@app.command("pull", help=hear("cli.models.pull"))
def pull(
    model: ModelArgument,
    source: Annotated[str | None, typer.Option("--from", help=hear("cli.models.from"))] = None,
) -> None:
    shelf = _shelf(model, source)
    entry = _catalogued(shelf, model)

    async def run() -> None:
        with _bar() as bar:
            task = bar.add_task(entry.name, total=entry.size_bytes)
            async for progress in shelf.pull(entry.id):
                bar.update(
                    task,
                    completed=progress.received_bytes,
                    total=progress.total_bytes or None,
                    description=_words(entry.name, progress),
                )

    asyncio.run(run())
    out.print(hear("cli.models.pulled", name=entry.name, path=shelf.resolve(entry.id).path))


@app.command("verify", help=hear("cli.models.verify"))
def verify(model: ModelArgument) -> None:
    shelf = _shelf()
    entry = shelf.resolve(model)

    async def run() -> None:
        with _bar() as bar:
            task = bar.add_task(entry.name, total=entry.size_bytes)
            async for progress in shelf.verify(entry.id):
                bar.update(task, completed=progress.received_bytes, total=progress.total_bytes or None)

    asyncio.run(run())
    out.print(hear("cli.models.verified" if entry.id == model else "cli.models.readable", name=entry.name))


@app.command("rm", help=hear("cli.models.rm"))
def remove(model: ModelArgument) -> None:
    shelf = _shelf()
    entry = _catalogued(shelf, model)
    out.print(hear("cli.models.removed", name=entry.name, freed_bytes=shelf.remove(entry.id)))


def _words(name: str, progress: DownloadProgress) -> str:
    return f"{name} · {hear(f'cli.models.state.{progress.state}')} {progress.source}".strip()
