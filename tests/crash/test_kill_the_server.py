"""The whole server is killed with SIGKILL at random points of real answers: every byte that a reader saw is there afterwards.

`HANMO_KILLS` sets how often (12 in CI; `make test-crash` does 100).
"""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.models.real import real_model
from tests.running import RunningHanmo, follow, whole_answer

KILLS = int(os.environ.get("HANMO_KILLS", "12"))
SEED = int(os.environ.get("HANMO_KILL_SEED", "1"))
ASKED = "请写一篇很长的文章，讲讲茶、雨和一座小城，带上一些表情🍵🌧️。"


@pytest.fixture(scope="module", autouse=True)
def model() -> Path:
    return real_model("qwen2.5-coder-0.5b")


def read_until_killed(hanmo: RunningHanmo, client: httpx2.Client, generation_id: str, num_events: int) -> str:
    """What a reader saw before the server died after `num_events` text events."""
    seen = ""
    try:
        for kind, number, data in follow(client, generation_id):
            if kind == "text":
                seen += data["text"]
                if number >= num_events:
                    hanmo.kill()
            elif kind == "end":
                hanmo.kill()
    except httpx2.TransportError:
        pass
    return seen


def check_what_is_left(client: httpx2.Client, generation_id: str, seen: str) -> dict[str, Any]:
    """Every byte that was seen stands at the start of what is kept."""
    left: dict[str, Any] = client.get(f"/api/generations/{generation_id}").raise_for_status().json()
    assert left["text"].startswith(seen)
    assert left["finish_reason"] in ("interrupted", "stop", "length")
    replayed = "".join(data["text"] for kind, _, data in follow(client, generation_id) if kind == "text")
    assert replayed == left["text"]
    return left


def test_every_acknowledged_byte_outlives_the_server(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    data_dir = tmp_path / "data"
    lost: dict[str, str] = {}
    for kill in range(KILLS):
        hanmo = RunningHanmo(data_dir, "--ctx", "2048")
        with hanmo, hanmo.client() as client:
            for generation_id, seen in lost.items():
                check_what_is_left(client, generation_id, seen)
            lost.clear()
            turn = hanmo.send(client, f"{kill}：{ASKED}", sampling={"max_new_tokens": 200})
            at = rng.choice([0, rng.randint(1, 6), rng.randint(1, 40)])
            if at == 0:
                hanmo.kill()  # while it is read, or while the model loads
                seen = ""
            else:
                seen = read_until_killed(hanmo, client, turn["generation_id"], at)
            lost[turn["generation_id"]] = seen
    with RunningHanmo(data_dir, "--ctx", "2048") as hanmo, hanmo.client() as client:
        for generation_id, seen in lost.items():
            left = check_what_is_left(client, generation_id, seen)
            if left["finish_reason"] == "interrupted":
                more = client.post(f"/api/generations/{generation_id}/continue", json={}).raise_for_status().json()
                assert whole_answer(client, more["generation_id"])["continues"] == generation_id
    with closing(sqlite3.connect(data_dir / "hanmo.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("SELECT count(*) FROM generations").fetchone()[0] >= KILLS
