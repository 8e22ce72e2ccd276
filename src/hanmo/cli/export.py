"""`hanmo export`: an article or a conversation as a file. Through the server that has the data directory, else from the directory itself: no
engine is needed for it, and none is started."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import unquote

import httpx2
import typer

from hanmo.cli.files import write_bytes
from hanmo.cli.output import err, hear, out, tell
from hanmo.cli.serve import DataDirOption
from hanmo.cli.through import call, call_raw, http_client
from hanmo.config import Settings, load_settings
from hanmo.core.errors import CallerError, EngineUnavailable, SetupError
from hanmo.core.exports import EXPORT_FORMATS, KINDS, ExportFormat
from hanmo.instance import running_at
from hanmo.work.exports import ExportFile, Exports, Head

SHORT_ID, SHORTEST_ID = 8, 4
MOST_NAMED = 5


class Shelf(Protocol):
    """Where texts are had from."""

    async def heads(self) -> Sequence[Head]: ...

    async def file(self, head: Head, form: ExportFormat, indent: bool) -> ExportFile: ...


def _option(*names: str, key: str) -> Any:
    return typer.Option(*names, help=hear(f"cli.export.{key}"), show_default=False)


def export(
    text: Annotated[str | None, typer.Argument(help=hear("cli.export.text"), metavar="ID", show_default=False)] = None,
    form: Annotated[str | None, _option("-f", "--format", key="format")] = None,
    output: Annotated[Path | None, _option("-o", "--output", key="output")] = None,
    force: Annotated[bool, _option("--force", key="force")] = False,
    indent: Annotated[bool, _option("--indent", key="indent")] = False,
    show: Annotated[bool, _option("--list", key="list")] = False,
    data_dir: DataDirOption = None,
) -> None:
    if text is None and not show:
        raise SetupError("export_nothing_named")
    chosen = format_of(form, output)
    if output is not None and not show:
        check_output(output, force=force)
    settings = load_settings(data_dir=data_dir)
    try:
        asyncio.run(_export(settings, text if not show else None, chosen, output, force=force, indent=indent))
    except httpx2.TransportError as error:
        raise EngineUnavailable("server_gone") from error


def format_of(form: str | None, output: Path | None) -> ExportFormat:
    """What was asked for, else what the ending of the file says, else Markdown."""
    if form is None:
        by_suffix = {kind.suffix: name for name, kind in KINDS.items() if name != "obsidian"}
        return by_suffix.get(output.suffix.lower() if output else "", "md")
    found = next((name for name in EXPORT_FORMATS if name == form.lower()), None)
    if found is None:
        raise SetupError("export_format_unknown", format=form[:20], known=", ".join(EXPORT_FORMATS))
    return found


def check_output(output: Path, *, force: bool) -> None:
    """Before anything is converted: can the file be written there?"""
    if str(output) == "-":
        return
    try:
        if output.is_dir():
            raise SetupError("output_is_directory", path=str(output)[:200])
        if output.is_file() and not force:
            raise SetupError("export_file_exists", path=str(output)[:200])
        with tempfile.TemporaryFile(dir=output.parent):
            pass
    except (OSError, ValueError) as error:
        raise _not_writable(output, error) from error


async def _export(
    settings: Settings, text: str | None, form: ExportFormat, output: Path | None, *, force: bool, indent: bool
) -> None:
    async with _shelf(settings) as shelf:
        heads = await shelf.heads()
        if text is None:
            _list(heads)
            return
        head = find(heads, text)
        try:
            file = await shelf.file(head, form, indent)
        except CallerError as error:  # as through a server: it was asked rightly, and cannot be done now
            tell(error.problem)
            raise typer.Exit(1) from None
    target = output or Path(Path(file.name).name)
    if output is None:
        check_output(target, force=force)
    _write(target, file.content)


def find(heads: Sequence[Head], text: str) -> Head:
    """The one that is meant: by its id, its title, the beginning of its id, or a part of its title."""
    low = text.strip().lower()
    ways = (
        [head for head in heads if head.id == low],
        [head for head in heads if head.title.strip().lower() == low],
        [head for head in heads if len(low) >= SHORTEST_ID and head.id.startswith(low)],
        [head for head in heads if low in head.title.lower()],
    )
    found = next((way for way in ways if way), []) if low else []
    if not found:
        raise SetupError("export_not_found", text=text[:80])
    if len(found) > 1:
        named = "; ".join(f"{head.id[:SHORT_ID]} {head.title[:30]}" for head in found[:MOST_NAMED])
        raise SetupError("export_ambiguous", text=text[:80], count=len(found), named=" ".join(named.split()))
    return found[0]


def _list(heads: Sequence[Head]) -> None:
    for head in heads:
        day = datetime.fromtimestamp(head.updated_at).astimezone().strftime("%Y-%m-%d %H:%M")
        title = " ".join(head.title.split()) or hear("cli.export.untitled")
        out.print(f"{head.id[:SHORT_ID]}  {hear('cli.export.kind.' + head.kind)}  {day}  {title}", markup=False)
    if not heads:
        err.print(hear("cli.export.empty"))


def _write(target: Path, content: bytes) -> None:
    if str(target) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        write_bytes(target, content)
    except OSError as error:
        raise _not_writable(target, error) from error
    err.print(hear("cli.export.done", path=str(target)), markup=False)


def _not_writable(path: Path, error: Exception) -> SetupError:
    reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else type(error).__name__
    return SetupError("output_not_writable", path=str(path)[:200], reason=reason)


@contextlib.asynccontextmanager
async def _shelf(settings: Settings) -> AsyncIterator[Shelf]:
    if address := running_at(settings.data_dir):
        async with http_client(address) as client:
            yield _Served(client)
        return
    from hanmo.app import open_exports  # the whole house: not where a server has it open

    async with open_exports(settings) as exports:
        yield _Own(exports)


class _Own:
    """The data directory itself."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    async def heads(self) -> Sequence[Head]:
        return await self._exports.heads()

    async def file(self, head: Head, form: ExportFormat, indent: bool) -> ExportFile:
        make = self._exports.article if head.kind == "article" else self._exports.conversation
        return await make(head.id, form, indent=indent)


class _Served:
    """A server that runs."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def heads(self) -> Sequence[Head]:
        articles = (await call(self._client, "GET", "/api/articles"))["articles"]
        talks = (await call(self._client, "GET", "/api/conversations"))["conversations"]
        heads = [Head("article", each["id"], each["title"], each["updated_at"]) for each in articles]
        heads += [Head("conversation", each["id"], each["title"], each["updated_at"]) for each in talks]
        return sorted(heads, key=lambda head: head.updated_at, reverse=True)

    async def file(self, head: Head, form: ExportFormat, indent: bool) -> ExportFile:
        path = f"/api/{head.kind}s/{head.id}/export?format={form}" + ("&indent=true" if indent else "")
        response = await call_raw(self._client, "GET", path)
        name = unquote(response.headers["content-disposition"].partition("filename*=UTF-8''")[2])
        return ExportFile(name, response.headers["content-type"], response.content)
