"""What reading ahead costs others: telling a draft and asking something else while it is read, and the wait for the engine against one piece."""

import asyncio
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2

from benchmarks.contacts import LINE, LONG, PATIENCE_S, until_read
from benchmarks.report import Row
from hanmo.work.warmup import PIECE_TOKENS
from tests.running import RunningHanmo, whole_answer

T = TypeVar("T")

ROUNDS = 6
ASKED = "江南在哪里？"
SHORT = {"max_new_tokens": 4}
AT_ONCE_S, MOST_PIECES = 0.05, 1.5
"""A piece behind a long text takes longer than the mean one."""


async def giving_way(directory: Path, model: Path) -> list[Row]:
    """A draft of 2,000 tokens is read ahead; in the middle of it something unrelated is asked, in another conversation."""
    return await asyncio.to_thread(_giving_way, directory, model)


def _giving_way(directory: Path, model: Path) -> list[Row]:
    told, asked, waited = [], [], []
    with RunningHanmo(directory / "data", model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        other = hanmo.send(client, ASKED, sampling=SHORT)
        whole_answer(client, other["generation_id"])
        piece_s = _piece(client)
        for i in range(ROUNDS):
            draft = _draft(client, f"{i}{LINE * LONG}")
            seconds, _ = _timed(partial(_tell, client, draft))
            told.append(seconds)
            _until_busy(client)
            time.sleep(i / ROUNDS * piece_s)  # at other moments of a piece each time
            seconds, turn = _timed(lambda: hanmo.send(client, ASKED, other["conversation"], sampling=SHORT))
            asked.append(seconds)
            waited.append(whole_answer(client, turn["generation_id"])["timings"]["queue_ms"] / 1e3)
    pieces = max(waited) / piece_s
    return [
        Row("telling a draft, slowest", 1e3 * max(told), "ms", "≤ 50", lambda v: v <= 1e3 * AT_ONCE_S),
        Row("asking while a draft is read ahead, slowest", 1e3 * max(asked), "ms", "≤ 50", lambda v: v <= 1e3 * AT_ONCE_S),
        Row("reading one piece of 32 tokens ahead, mean", 1e3 * piece_s, "ms"),
        Row("its wait for the engine, median", 1e3 * statistics.median(waited), "ms"),
        Row("its wait for the engine ÷ one piece, most", pieces, "", f"≤ {MOST_PIECES}", lambda v: v <= MOST_PIECES),
    ]


def _piece(client: httpx2.Client) -> float:
    """Seconds, the mean of a whole draft that nobody disturbs."""
    draft = _draft(client, LINE * LONG)
    before: dict[str, int] = client.post("/api/prompt/preview", json=draft).raise_for_status().json()
    began = time.monotonic()
    _tell(client, draft)
    until_read(client, draft, look_s=0.02)
    return (time.monotonic() - began) * PIECE_TOKENS / (before["tokens"] - before["cached_tokens"])


def _draft(client: httpx2.Client, text: str) -> dict[str, str]:
    return {"conversation_id": client.post("/api/conversations", json={}).raise_for_status().json()["id"], "text": text}


def _tell(client: httpx2.Client, draft: dict[str, str]) -> None:
    client.post("/api/prompt/warm", json=draft).raise_for_status()


def _until_busy(client: httpx2.Client) -> None:
    end = time.monotonic() + PATIENCE_S
    while client.get("/api/status").raise_for_status().json()["engine"]["state"] != "busy":
        if time.monotonic() > end:
            raise RuntimeError("the draft was not read ahead")
        time.sleep(0.005)


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    began = time.monotonic()
    done = do()
    return time.monotonic() - began, done
