"""`hanmo backup FILE` and `hanmo restore FILE`: all texts in one file, and back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hanmo.cli.output import hear, out
from hanmo.config import load_settings
from hanmo.core.errors import SetupError
from hanmo.instance import DataDir, running_at

if TYPE_CHECKING:
    from hanmo.store.backup import Copied


def backup(
    file: Annotated[Path, typer.Argument(help=hear("cli.backup.file"), show_default=False)],
    force: Annotated[bool, typer.Option("--force", help=hear("cli.backup.force"))] = False,
) -> None:
    from hanmo.store.backup import back_up  # with SQLAlchemy: not for every command

    target = file / f"hanmo-{_now()}.db" if file.is_dir() else file
    copied = back_up(load_settings().database, target, overwrite=force)
    out.print(hear("cli.backup.done", **_told(copied, copied.path)), markup=False)


def restore(file: Annotated[Path, typer.Argument(help=hear("cli.restore.file"), show_default=False)]) -> None:
    from hanmo.store.backup import restore as put_back

    settings = load_settings()
    if running := running_at(settings.data_dir):
        raise SetupError("restore_while_running", url=running.url)
    with DataDir(settings.data_dir):
        kept = settings.database.with_name(f"hanmo-before-restore-{_now()}.db")
        done = put_back(file, settings.database, kept)
    out.print(hear("cli.restore.done", **_told(done.copied, file)), markup=False)
    if done.kept:
        out.print(hear("cli.restore.kept", path=str(done.kept)), markup=False)


def _told(copied: "Copied", path: Path) -> dict[str, str | int]:
    counts = {"conversations": copied.conversations, "articles": copied.articles, "size_bytes": copied.size_bytes}
    return {"path": str(path), **counts}


def _now() -> str:
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
