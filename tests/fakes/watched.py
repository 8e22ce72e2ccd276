"""`hanmo …` as a process that is listened to, so that it can be killed or interrupted at a known point: with the fake engine, or as it is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.cli.commands import Said, environment, said_by

ROOT = Path(__file__).parents[2]
FAKE, REAL = "tests.fakes.hanmo_with_fake", "tests.fakes.hanmo_told"
TOLD_FD = "TOLD_FD"


def tell(**said: Any) -> None:
    """In such a process: one JSON line to who listens, if anybody does."""
    if TOLD_FD in os.environ:
        os.write(int(os.environ[TOLD_FD]), json.dumps(said).encode() + b"\n")


def path_with(root: Path) -> str:
    """`PYTHONPATH` with the tests on it."""
    return os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))


class Watched:
    """Leaving ends it, if it still runs. `told` yields what the process tells, as it happens, and ends with it."""

    def __init__(self, *arguments: str, data_dir: Path, module: str = FAKE, **variables: str) -> None:
        reading, writing = os.pipe()
        self._told = os.fdopen(reading, "rb")
        variables = {"PYTHONPATH": path_with(ROOT), TOLD_FD: str(writing)} | variables
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment(data_dir, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
        )
        os.close(writing)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._told.close()

    def told(self) -> Iterator[dict[str, Any]]:
        for line in self._told:
            yield json.loads(line)

    def pieces(self, count: int) -> str:
        """Waits until the engine has written so many pieces; their text."""
        text = []
        for each in self.told():
            text += [each["piece"]] if "piece" in each else []
            if len(text) == count:
                return "".join(text)
        raise AssertionError(f"it ended after {len(text)} pieces: {self.process.communicate()[1].decode()}")

    def end(self, timeout_s: float = 60.0) -> Said:
        """Waits for its end; what it tells meanwhile is lost."""
        for _ in self._told:
            pass
        out, err = self.process.communicate(timeout=timeout_s)
        return said_by(self.process.returncode, out, err)
