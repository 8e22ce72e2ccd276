"""The command line. `hanmo` alone serves and opens the browser.

Exit codes: 0 done, 1 it failed, 2 it was asked wrongly or this machine is not set up for it. Errors go to stderr with a next step.
"""

import sys

import typer

from hanmo.cli import backup, bench, chat, check, doctor, export, models, password, serve, write
from hanmo.cli.output import fail, hear
from hanmo.core.errors import HanmoError

app = typer.Typer(
    name="hanmo",
    help=hear("cli.hanmo"),
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(serve.default)
app.command("serve", help=hear("cli.serve"))(serve.serve)
app.command("write", help=hear("cli.write"))(write.write)
app.command("chat", help=hear("cli.chat"))(chat.chat)
app.command("check", help=hear("cli.check"))(check.check)
app.command("export", help=hear("cli.export"))(export.export)
app.add_typer(models.app, name="models", help=hear("cli.models"))
app.command("doctor", help=hear("cli.doctor"))(doctor.doctor)
app.command("bench", help=hear("cli.bench"))(bench.bench)
app.command("backup", help=hear("cli.backup"))(backup.backup)
app.command("restore", help=hear("cli.restore"))(backup.restore)
app.command("password", help=hear("cli.password"))(password.set_password)
app.add_typer(password.keys, name="key", help=hear("cli.key"))


def main() -> None:
    """Flags without a command are those of `serve`."""
    words = sys.argv[1:]
    if words and words[0].startswith("-") and words[0] not in ("-h", "--help"):
        words = ["serve", *words]
    try:
        app(words)
    except HanmoError as error:
        sys.exit(fail(error))
    except KeyboardInterrupt:
        sys.exit(130)
