"""`python -m tests.llama SETTINGS`: a llama-server as somebody else would run it, in a process of its own; and what starts it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[1]
DEFAULTS: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "key": "", "n_ctx": 4096, "n_parallel": 2, "prefix": "", "alias": ""}


class LlamaServer:
    """With two slots of 2048 tokens each, unless told otherwise. Leaving kills it; `start` starts it again at the same address."""

    def __init__(self, model_file: Path, **settings: Any) -> None:
        self._settings = DEFAULTS | {"model": str(model_file)} | settings
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> "LlamaServer":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def start(self, **changed: Any) -> None:
        self._settings |= changed
        command = [sys.executable, "-m", "tests.llama", json.dumps(self._settings)]
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": path})
        self._process = process
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), "llama-server did not start"
        self._settings["port"] = int(address.rpartition(":")[2])
        self.url = address + self._settings["prefix"]

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def freeze(self) -> None:
        """Its connections stay, and nothing comes any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)


def main() -> None:
    import xllamacpp as x

    from hanmo.engine.worker import _die_with_parent

    settings = json.loads(sys.argv[1])
    _die_with_parent(os.getppid())
    p = x.CommonParams()
    p.model.path = settings["model"]
    p.hostnames, p.port = [settings["host"]], settings["port"]
    p.api_keys = [settings["key"]] if settings["key"] else []
    p.api_prefix = settings["prefix"]
    p.model_alias = {settings["alias"]} if settings["alias"] else p.model_alias
    p.n_ctx, p.n_parallel, p.n_gpu_layers = settings["n_ctx"], settings["n_parallel"], 0
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 2
    p.fit_params, p.offline, p.ui, p.verbosity = False, True, False, 1
    server = x.Server(p)
    sys.stdout.write(server.listening_address + "\n")
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
