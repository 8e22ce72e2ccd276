"""A pulling process that is killed at any moment loses nothing that matters: the next one goes on and the file is right."""

import asyncio
import hashlib
import random
import signal
import sys
from pathlib import Path

import pytest

from tests.models.conftest import HUB_PATH, MakeBench
from tests.models.hub import Hub, Plan

ROOT = Path(__file__).resolve().parents[2]


async def pull_and_kill(directory: Path, hub: Hub, body: bytes, kill_at: int) -> None:
    """Starts a pull and sends SIGKILL as soon as it says that it has received `kill_at` bytes."""
    arguments = [str(directory), hub.url, str(len(body)), hashlib.sha256(body).hexdigest()]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.puller", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async for line in child.stdout:
        state, received = line.decode().split()
        if state == "downloading" and int(received) >= kill_at:
            child.send_signal(signal.SIGKILL)
            break
    assert await child.wait() == -signal.SIGKILL


@pytest.mark.parametrize("seed", range(4))
async def test_a_killed_pull_is_resumed_to_the_same_file(bench: MakeBench, hub: Hub, body: bytes, seed: int) -> None:
    hub.serve(HUB_PATH, Plan(body, drip=(64 << 10, 0.04)))
    there = bench(hub)
    chance = random.Random(seed)
    for kill_at in sorted(chance.randrange(len(body) // 2) for _ in range(2)):
        await pull_and_kill(there.directory, hub, body, kill_at)
        assert not there.file.exists()
        kept = there.part.read_bytes()
        assert kept == body[: len(kept)]
    hub.serve(HUB_PATH, Plan(body))
    await there.pull()
    assert there.file.read_bytes() == body
    assert hub.reads[-1].offset == len(kept)
