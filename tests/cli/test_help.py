"""Every command explains itself in both languages, and says what is wrong with a command line."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import typer

from hanmo.cli import app
from tests.cli.commands import Said, assert_refused, hanmo, has_han


def paths(command: typer.core.TyperGroup | object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command and group, the program itself as the empty tuple."""
    below = getattr(command, "commands", {})
    return [path, *(found for name, child in below.items() for found in paths(child, (*path, name)))]


COMMANDS = paths(typer.main.get_command(app))


@pytest.fixture(scope="module")
def helps() -> dict[tuple[tuple[str, ...], str], Said]:
    """What each command says for --help, in each language; two processes at a time."""
    wanted = [(command, lang) for command in COMMANDS for lang in ("zh", "en")]
    with ThreadPoolExecutor(2) as pool:
        said = pool.map(lambda each: hanmo(*each[0], "--help", HANMO_LANG=each[1]), wanted)
        return dict(zip(wanted, said, strict=True))


def test_all_commands_of_the_contract_are_there() -> None:
    assert {" ".join(command) for command in COMMANDS} >= {
        *("", "serve", "chat", "doctor", "bench", "password"),
        *("models list", "models pull", "models verify", "models rm"),
        *("key new", "key list", "key rm"),
    }


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_ends_well_and_speaks_the_language_asked_for(
    command: tuple[str, ...], helps: dict[tuple[tuple[str, ...], str], Said]
) -> None:
    zh, en = helps[command, "zh"], helps[command, "en"]
    assert (zh.code, en.code, zh.err, en.err) == (0, 0, "", "")
    assert has_han(zh.out) and not has_han(en.out)
    assert "cli." not in zh.out + en.out, "a sentence is missing from a catalogue"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_names_every_option(command: tuple[str, ...], helps: dict[tuple[tuple[str, ...], str], Said]) -> None:
    found = typer.main.get_command(app)
    for word in command:
        found = found.commands[word]  # type: ignore[attr-defined]
    names = [name for parameter in found.params for name in parameter.opts if name.startswith("--")]
    assert [name for name in names if name not in helps[command, "en"].out] == []


def test_the_options_of_the_contract_are_there(helps: dict[tuple[tuple[str, ...], str], Said]) -> None:
    options = ["--host", "--port", "--allowed-host", "--root-path", "--model", "--data-dir", "--ctx", "--threads", "--no-browser"]
    assert [name for name in options if name not in helps[("serve",), "en"].out] == []


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("serve", "--prt", "1"),
        ("models", "pull"),
        ("models", "nonsense"),
        ("serve", "--port", "many"),
        ("key", "rm"),
    ],
)
def test_a_command_line_that_cannot_be_read_ends_with_2_and_names_the_help(words: tuple[str, ...], tmp_path: Path) -> None:
    said = hanmo(*words, data_dir=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "--help" in said.err or " -h" in said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"HANMO_PRT": "1"}, ["HANMO_PRT", "HANMO_PORT"]),
        ({"HANMO_PORT": "many"}, ["port", "65535"]),
        ({"HANMO_CTX": "1"}, ["ctx", "512"]),
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_wrong_setting_ends_any_command_with_2(variables: dict[str, Any], names: list[str], lang: str, tmp_path: Path) -> None:
    said = hanmo("key", "list", data_dir=tmp_path, HANMO_LANG=lang, **variables)
    assert_refused(said, 2)
    assert has_han(said.err) == (lang == "zh")
    assert [name for name in names if name not in said.err] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_malformed_settings_file_ends_any_command_with_2(lang: str, tmp_path: Path) -> None:
    (tmp_path / "hanmo.toml").write_text('port = "80')
    said = hanmo("doctor", data_dir=tmp_path, HANMO_LANG=lang)
    assert_refused(said, 2)
    assert str(tmp_path / "hanmo.toml") in said.err
    assert has_han(said.err) == (lang == "zh")


def test_a_list_in_the_environment_is_written_with_commas(tmp_path: Path) -> None:
    assert hanmo("key", "list", data_dir=tmp_path, HANMO_ALLOWED_HOSTS="a.example, b.example") == Said(0, "", "")
