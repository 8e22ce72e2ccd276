"""What the outside tests share: a look at an error as a stranger sees it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.cli.commands import tracebacks
from tests.running import RunningHanmo

BLANK = re.compile(r"\{[a-z_]+\}")
HAN = re.compile(r"[\u4e00-\u9fff]")


def check_problem(body: dict[str, Any], code: str, lang: str) -> None:
    """One clear error: title, detail and next step in the language asked for, no blank unfilled, no key of a catalogue."""
    assert body["code"] == code, body
    for part in ("title", "detail", "next_step"):
        said = body[part]
        assert said.strip(), f"{part} is empty"
        assert not BLANK.search(said), said
        assert not said.startswith("error."), said
        assert bool(HAN.search(said)) == (lang == "zh") or (lang == "en" and part != "title"), said
    assert "\n" not in body["title"]


def check_refused(response: httpx2.Response, status: int, code: str, lang: str) -> dict[str, Any]:
    """A refusal as RFC 9457 has it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.headers["content-language"] == lang
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"] == "/problems/" + code.replace("_", "-")
    check_problem(body, code, lang)
    return body


@contextmanager
def staying_up(data_dir: Path, *flags: str, model: str | None = "qwen2.5-coder-0.5b", **environment: str) -> Iterator[RunningHanmo]:
    """A server that must still be there in the end, and whose log must not hold a traceback."""
    with RunningHanmo(data_dir, *flags, model=model, **environment) as server:
        yield server
        assert server.process is not None
        assert server.process.poll() is None, f"it ended with {server.process.returncode}:\n{server.log}"
        assert not tracebacks(server.log)


def no_model() -> str:
    """A model id that nobody knows, for servers that need no engine."""
    return "no-such-model"
