"""The shape of the house: imports point down, the core is pure, files stay short."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SOURCE = REPOSITORY / "src" / "hanmo"
CORE = sorted((SOURCE / "core").rglob("*.py"))
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 400

WORLDLY = {"asyncio", "datetime", "http", "os", "pathlib", "random", "secrets", "shutil", "socket", "ssl", "subprocess", "tempfile"}
WORLDLY |= {"threading", "time", "urllib", "io", "sqlite3"}
"""Modules through which a clock, a file, chance or the network could come in. `tomllib` takes an open file, but opens none."""
PARSERS = {"code.py": {"tree_sitter", "importlib"}, "sql.py": {"sqlglot"}}
"""By file of `core/checks`: parsers from elsewhere, which get a text and give a tree, and what imports their grammars when first wanted."""
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(root: Path) -> "subprocess.CompletedProcess[str]":
    """import-linter over the package in `root`/src, by the contracts of this repository."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root / 'src')!r}); {LINT}"]
    options = ["--config", str(REPOSITORY / "pyproject.toml"), "--no-cache"]
    return subprocess.run([*command, *options], cwd=root, capture_output=True, text=True, check=False)


def imports_of(path: Path) -> set[str]:
    """The top-level names of all that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_imports_point_down_only() -> None:
    done = lint_imports(REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_that_points_up_is_found(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "src" / "hanmo", ignore=shutil.ignore_patterns("static", "__pycache__"))
    with (tmp_path / "src" / "hanmo" / "core" / "text.py").open("a") as file:
        file.write("\nfrom hanmo.store import Store\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "hanmo.core.text -> hanmo.store" in done.stdout


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_imports_nothing_that_touches_the_world(path: Path) -> None:
    parsers = PARSERS.get(path.name, set()) if path.parent.name == "checks" else set()
    assert not imports_of(path) & WORLDLY
    assert imports_of(path) <= {*sys.stdlib_module_names, "hanmo"} - {"importlib"} | parsers


def test_a_start_loads_no_parser() -> None:
    code = "import sys, hanmo.cli, hanmo.app; print([name for name in sys.modules if name.startswith(('tree_sitter', 'sqlglot'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_opens_no_file_and_waits_for_nothing(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"line {node.lineno}"
        assert not (isinstance(node, ast.Name) and node.id in {"open", "print", "input", "__import__", "exec", "eval"}), (
            f"line {node.lineno}"
        )


def test_there_is_a_core_to_look_at() -> None:
    assert {path.name for path in CORE} >= {"values.py", "errors.py"}
    assert len(MODULES) > 50


def test_no_source_file_is_longer_than_a_reader_holds_in_the_head() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_source_file_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in MODULES
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []
