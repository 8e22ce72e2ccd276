"""`hanmo password` and `hanmo key new|list|rm`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from hanmo.cli.output import hear, out
from hanmo.config import load_settings
from hanmo.web.credentials import Credentials

keys = typer.Typer(no_args_is_help=True)


def _credentials() -> Credentials:
    return Credentials(load_settings().data_dir / "credentials.json")


def set_password(
    from_stdin: Annotated[bool, typer.Option("--stdin", help=hear("cli.password.stdin"))] = False,
) -> None:
    if from_stdin:
        password = typer.get_text_stream("stdin").readline().rstrip("\r\n")
    else:
        password = typer.prompt(hear("cli.password.ask"), hide_input=True, confirmation_prompt=hear("cli.password.again"))
    _credentials().set_password(password)
    out.print(hear("cli.password.set"))


@keys.command("new", help=hear("cli.key.new"))
def new(name: Annotated[str, typer.Argument(help=hear("cli.key.name"))] = "") -> None:
    out.print(_credentials().new_key(name), markup=False)


@keys.command("list", help=hear("cli.key.list"))
def list_keys() -> None:
    for key in _credentials().list_keys():
        out.print(f"{key.id}  {datetime.fromtimestamp(key.created_at, UTC):%Y-%m-%d}  {key.name}", markup=False)


@keys.command("rm", help=hear("cli.key.rm"))
def remove(key_id: Annotated[str, typer.Argument(help=hear("cli.key.id"))]) -> None:
    _credentials().remove_key(key_id)
    out.print(hear("cli.key.removed", id=key_id))
