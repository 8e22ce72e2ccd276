"""`hanmo …` as a user types it: a process of its own, with a clean environment and no network but loopback."""

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

NOBODY = "http://127.0.0.1:9"
"""A place where nobody answers, in the stead of the model hubs: the tests hold with and without a network."""
SILENT_HUBS = {"HF_ENDPOINT": NOBODY, "HANMO_MODELSCOPE_ENDPOINT": NOBODY}
TEST_MODEL = "qwen2.5-coder-0.5b"
LIMIT_S = 300.0

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ANYIO_RACE = re.compile(r"Exception in callback Future\.set_result\(None\)\n.*?InvalidStateError: invalid state\n", re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def next_step(self) -> str:
        """What stands behind the arrow on stderr; empty where there is none."""
        return next((line.removeprefix("→ ") for line in self.err.splitlines() if line.startswith("→ ")), "")


def environment(data_dir: Path | None = None, **more: str) -> dict[str, str]:
    """Ours without the tester's own settings, except for where the models lie."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANMO_") or name == "HANMO_MODELS_DIR"}
    own = {"HANMO_DATA_DIR": str(data_dir)} if data_dir else {}
    return kept | {"HANMO_LANG": "en", "COLUMNS": "200", "NO_COLOR": "1"} | SILENT_HUBS | own | more


def hanmo(
    *arguments: str,
    data_dir: Path | None = None,
    stdin: str | bytes = "",
    timeout_s: float = LIMIT_S,
    module: str = "hanmo",
    **options: Any,
) -> Said:
    """Runs a command to its end. Upper-case `options` are environment variables, the others go to `subprocess.run`."""
    variables = {name: options.pop(name) for name in tuple(options) if name.isupper()}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        env=environment(data_dir, **variables),
        **options,
    )
    return said_by(done.returncode, done.stdout, done.stderr)


def said_by(code: int, out: bytes, err: bytes) -> Said:
    return Said(code, _text(out), _text(err))


def assert_refused(said: Said, code: int) -> None:
    """It ended with `code` and one clear error on stderr: a title, a detail, a next step; no traceback, no key of a catalogue."""
    assert said.code == code, f"{said.out}\n{said.err}"
    assert "Traceback" not in said.err + said.out
    assert "error." not in said.err
    assert said.next_step, said.err
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert 3 <= len(lines) <= 5, said.err


def has_han(text: str) -> bool:
    return bool(_HAN.search(text))


def processes_of(data_dir: Path) -> list[int]:
    """The ids of all processes that were started with this data directory in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("HANMO_DATA_DIR") == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def tracebacks(log: str) -> str:
    """`log` where it holds a traceback, else nothing. One is known and harmless, some hundred cancelled generations apart: anyio calls
    `set_result` on a future that was cancelled in the same turn of the loop (`_RawSocketMixin._wait_until_readable`, UNIX sockets)."""
    rest = _ANYIO_RACE.sub("", log)
    return rest if "Traceback" in rest else ""


def free_of_rights() -> None:
    """For `preexec_fn`: takes from root what lets it write where no mode allows it (CAP_DAC_OVERRIDE). Nothing for other users."""
    import ctypes

    if os.getuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP


def _text(said: bytes) -> str:
    return _COLOUR.sub("", said.decode("utf-8"))
