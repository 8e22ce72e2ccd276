"""What the documents say is so: what is generated is generated again, what is named exists."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from hanmo.config import OTHER_VARIABLES, Settings
from hanmo.core.text import HAN

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
URL = re.compile(r"https?://([^/\s:\"'`)<>]+)")
HOSTS_WE_NAME = {"127.0.0.1", "keepachangelog.com", "semver.org"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|tmp|Users)/")
TEST_NAME = re.compile(r"`((?:tests/[\w/]+\.py)?)::(test_\w+)`|`(tests/[\w/.]+|ui/tests/[\w/.]+)`")


@pytest.fixture(scope="module")
def tools() -> Iterator[ModuleType]:
    """`tools/make_docs.py`, as make runs it: its folder first on the path."""
    sys.path.insert(0, str(ROOT / "tools"))
    yield importlib.import_module("make_docs")
    sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def generated(tools: ModuleType) -> dict[str, str]:
    documents: dict[str, str] = tools.documents()
    return documents


@pytest.mark.parametrize("path", ["docs/cli.md", "docs/api.md", "docs/architecture.md", "README.md", "README.zh-CN.md"])
def test_what_is_generated_is_as_it_would_be_generated_now(path: str, generated: dict[str, str]) -> None:
    assert (ROOT / path).read_text("utf-8") == generated[path], "type: make docs"


def test_generating_twice_gives_the_same(tools: ModuleType, generated: dict[str, str]) -> None:
    assert tools.documents() == generated


def test_every_command_and_option_has_help_in_both_languages(tools: ModuleType) -> None:
    english, chinese = tools.commands("en"), tools.commands("zh")
    assert [command["path"] for command in english] == [command["path"] for command in chinese]
    assert len(english) > 10
    for words, speaks in ((english, lambda text: text and not HAN.search(text)), (chinese, HAN.search)):
        said = [(command["path"], command["help"]) for command in words]
        said += [(f"{command['path']} {param['name']}", param["help"]) for command in words for param in command["params"]]
        assert [name for name, text in said if not speaks(text)] == []


def test_every_command_stands_in_the_reference(tools: ModuleType) -> None:
    text = (ROOT / "docs/cli.md").read_text("utf-8")
    for command in tools.commands("en"):
        assert re.search(rf"^## `{re.escape(command['path'])}[ `]", text, re.MULTILINE), command["path"]


def application() -> Any:
    """The routes with nothing behind them."""
    from dataclasses import fields

    from hanmo.web.app import create_routes
    from hanmo.web.doors import Doors
    from hanmo.web.services import Services

    parts: dict[str, Any] = {field.name: MagicMock() for field in fields(Services)} | {"version": "1"}
    return create_routes(Services(**parts), Doors(host="127.0.0.1", entrance=MagicMock()))


def test_the_schema_that_the_server_hands_out_can_be_made() -> None:
    assert application().openapi()["paths"]


def test_every_route_stands_in_the_reference_and_says_what_it_does() -> None:
    from fastapi.routing import iter_route_contexts

    text = (ROOT / "docs/api.md").read_text("utf-8")
    routes = {
        (method, route.path or "")
        for route in iter_route_contexts(application().routes)
        for method in route.methods or ()
        if method != "HEAD" and route.path != "/api/openapi.json"
    }
    assert len(routes) > 15
    assert sorted(route for route in routes if f"### `{route[0]} {route[1]}`\n\n" not in text) == []
    assert re.findall(r"### `[^`]*`\n\n(?:None|\n|Answers)", text) == []


def test_every_setting_stands_in_both_readmes() -> None:
    wanted = {f"HANMO_{name.upper()}" for name in {*Settings.model_fields, *OTHER_VARIABLES}} | {"HF_ENDPOINT"}
    for path in ("README.md", "README.zh-CN.md"):
        text = (ROOT / path).read_text("utf-8")
        assert sorted(name for name in wanted if f"`{name}" not in text) == [], path
        assert set(re.findall(r"\bHANMO_[A-Z_]+", text)) <= wanted, path


def test_every_row_of_the_benchmarks_is_explained() -> None:
    text = (ROOT / "docs/performance.md").read_text("utf-8")
    rows = []
    for node in (node for file in (ROOT / "benchmarks").glob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))):
        match node:
            case ast.Call(func=ast.Name(id="Row"), args=[ast.Constant(value=str(what)), *_]):
                rows.append(what)
    assert rows
    assert [row for row in rows if f"| {row} |" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere_and_nothing_names_a_registry_or_a_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    links = [link.split("#")[0] for link in LINK.findall(text) if not link.startswith(("http://", "https://", "#"))]
    assert [link for link in links if not (path.parent / link).exists()] == []
    assert set(URL.findall(text)) <= HOSTS_WE_NAME
    assert MACHINE_PATH.findall(text) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_is_named_exists(path: Path) -> None:
    """`tests/…py::name`; a bare `::name` is in the file named last. Files and folders may be named alone."""
    last = ""
    missing = []
    for file, name, alone in TEST_NAME.findall(path.read_text("utf-8")):
        last = file or alone or last
        target = ROOT / last
        if not target.exists() or (name and not re.search(rf"^(?:async )?def {name}\(", target.read_text("utf-8"), re.MULTILINE)):
            missing.append(f"{last}::{name}" if name else last)
    assert missing == []


def test_every_decision_is_numbered_once_and_has_its_parts() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith(f"# {int(file.name[:4])}. "), file.name
