"""`kill -9` at random points: what was acknowledged is there, and nothing else is. HANMO_KILL_POINTS asks for more points."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from hanmo.store import Store

KILL_POINTS = int(os.environ.get("HANMO_KILL_POINTS", "40"))
REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the process to be killed forks")


@pytest.fixture
def appender() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.appender"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def killed_after(appender: "subprocess.Popen[str]", path: Path, seed: int, chance: random.Random) -> list[dict[str, Any]]:
    """Runs a child on `path`, kills it at some point, and returns all that it was told is safe."""
    commands, answers = pipes(appender)
    commands.write(json.dumps({"path": str(path), "seed": seed}) + "\n")
    commands.flush()
    pid = json.loads(answers.readline())["pid"]
    told = [json.loads(answers.readline()) for _ in range(chance.randrange(60))]
    spin_until = time.perf_counter() + chance.uniform(0, 0.004)  # into the middle of the next transaction, wherever that is
    while time.perf_counter() < spin_until:
        pass
    os.kill(pid, signal.SIGKILL)
    while "dead" not in (answer := json.loads(answers.readline())):
        told.append(answer)
    return told


def pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("started without pipes")
    return process.stdin, process.stdout


async def test_every_acknowledged_byte_outlives_kill_9(appender: "subprocess.Popen[str]", path: Path) -> None:
    chance = random.Random()
    num_acknowledged = num_caught_writing = 0
    for seed in range(KILL_POINTS):
        told = killed_after(appender, path, seed, chance)
        check_soundness(path)
        async with Store(path) as store:
            num_unfinished = await store.generations.interrupt_unfinished()
            assert num_unfinished <= 1
            num_caught_writing += num_unfinished
            for generation_id in {each["generation"] for each in told if "generation" in each}:
                num_acknowledged += await check_generation(
                    store, generation_id, [e for e in told if e.get("generation") == generation_id]
                )
    assert num_acknowledged > KILL_POINTS
    assert num_caught_writing > KILL_POINTS // 4


async def check_generation(store: Store, generation_id: str, told: list[dict[str, Any]]) -> int:
    """At most one more append than was told may be there: the one that was committed and never acknowledged."""
    pieces = [each for each in told if "seq" in each]
    assert [piece["seq"] for piece in pieces] == list(range(1, len(pieces) + 1))
    generation = await store.generations.get(generation_id)
    ids = tuple(token for piece in pieces for token in piece["ids"])
    assert generation.text.startswith("".join(piece["text"] for piece in pieces))
    assert generation.output_ids[: len(ids)] == ids
    assert [generation.text[a:b] for a, b in zip((0, *generation.ends), generation.ends, strict=False)][: len(pieces)] == [
        piece["text"] for piece in pieces
    ]
    assert generation.status == "finished"
    if any("finished" in each for each in told):
        assert (generation.finish_reason, len(generation.ends)) == ("length", len(pieces))
    else:
        assert generation.finish_reason in ("interrupted", "length")
        assert len(pieces) <= len(generation.ends) <= len(pieces) + 1
    return len(pieces)


def check_soundness(path: Path) -> None:
    """A child killed while it made the database leaves none."""
    if not path.exists():
        return
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()
