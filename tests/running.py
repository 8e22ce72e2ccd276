"""A real Hanmo in a process of its own, for tests and benchmarks that look at it from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from hanmo.instance import Address, running_at

START_LIMIT_S = 120.0


class RunningHanmo:
    """`hanmo serve` on a free loopback port with `data_dir`; with no `--model` where `model` is None. Leaving ends it with SIGTERM and checks that it
    ends well."""

    module = "hanmo"

    def __init__(self, data_dir: Path, *flags: str, model: str | None = "qwen2.5-coder-0.5b", **environment: str) -> None:
        self.data_dir = data_dir
        self._command = [sys.executable, "-m", self.module, "serve", "--port", "0", "--no-browser", "--data-dir", str(data_dir)]
        self._command += [*(["--model", model] if model else []), *flags]
        self._environment = os.environ | {"HANMO_LANG": "zh"} | environment
        self._log = data_dir.parent / f"{data_dir.name}.log"
        self.started_at = 0.0
        self._killed = False
        self.process: subprocess.Popen[bytes] | None = None
        self.address: Address | None = None

    def __enter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "hanmo.json").unlink(missing_ok=True)
        self.started_at = time.monotonic()
        self._killed = False
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._environment)
        self.address = self._until(lambda: self._own_address())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process is None or self._killed:
            return
        assert error is not None or self.process.poll() in (None, 0), (
            f"it ended by itself with {self.process.returncode}:\n{self.log}"
        )
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if error is None:
            assert code == 0, f"it ended with {code}:\n{self.log}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def url(self) -> str:
        assert self.address is not None
        return self.address.url

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        self._killed = True
        self.process.kill()
        self.process.wait()

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers={"Accept-Language": "zh"}, timeout=60, trust_env=False)

    def wait_ready(self) -> Self:
        with self.client() as client:
            self._until(lambda: client.get("/readyz").status_code == 200 or None)
        return self

    def send(self, client: httpx2.Client, text: str, conversation: str | None = None, **body: Any) -> dict[str, str]:
        """Sends a message, in a new conversation unless one is given; the answer's ids with the conversation's."""
        conversation = conversation or client.post("/api/conversations", json={}).raise_for_status().json()["id"]
        answer: dict[str, str] = (
            client.post(f"/api/conversations/{conversation}/messages", json={"text": text, **body}).raise_for_status().json()
        )
        return answer | {"conversation": conversation}

    def _own_address(self) -> Address | None:
        address = running_at(self.data_dir)
        return address if address and address.pid == self.pid else None

    def _until(self, look: Any) -> Any:
        assert self.process is not None
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end:
            found = look()
            if found is not None:
                return found
            if self.process.poll() is not None:
                raise RuntimeError(f"hanmo ended with {self.process.returncode}:\n{self.log}")
            time.sleep(0.02)
        raise RuntimeError(f"hanmo did not get ready in {START_LIMIT_S} s:\n{self.log}")


def follow(client: httpx2.Client, generation_id: str, after: int = 0) -> Any:
    """Yields (event, id, data) of a generation's stream."""
    with client.stream("GET", f"/api/generations/{generation_id}/events", headers={"Last-Event-ID": str(after)}) as response:
        response.raise_for_status()
        kind, number = "", None
        for line in response.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("id: "):
                number = int(line.removeprefix("id: "))
            elif line.startswith("data: "):
                yield kind, number, json.loads(line.removeprefix("data: "))
                kind, number = "", None


def whole_answer(client: httpx2.Client, generation_id: str) -> dict[str, Any]:
    """Follows a generation to its end and returns it."""
    for kind, _, data in follow(client, generation_id):
        if kind == "end":
            return dict(data)
    raise AssertionError("the stream ended without an end event")
