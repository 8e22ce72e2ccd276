"""A process to be killed. For each database path on stdin it forks a child that writes into that database for ever, and says on stdout
what it has been told is safe: one JSON line for each acknowledged call. When the child is dead it says so, and reads the next path.

The parent imports everything once, so that a round costs a fork and not a start of Python."""

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from hanmo.store import Store
from tests.store.examples import IDENTITY, SAMPLING, TEXTS, TIMINGS


def say(**words: Any) -> None:
    """One write of less than PIPE_BUF bytes is whole or not there."""
    os.write(1, json.dumps(words).encode() + b"\n")


async def write_for_ever(path: Path, chance: random.Random) -> None:
    async with Store(path) as store:
        say(interrupted=await store.generations.interrupt_unfinished())
        conversation = await store.conversations.create()
        while True:
            turn = await store.conversations.add_turn(conversation.id, "问", SAMPLING)
            await write_chain(store, turn.generation_id, chance)


async def write_chain(store: Store, generation_id: str, chance: random.Random) -> None:
    while True:
        say(generation=generation_id)
        await store.generations.begin(generation_id, IDENTITY, range(chance.randrange(3000)), 0)
        for _ in range(chance.randrange(12)):
            text, ids = (
                chance.choice(TEXTS) * chance.choice([1, 1, 50]),
                [chance.randrange(150_000) for _ in range(chance.randrange(6))],
            )
            seq = await store.generations.append(generation_id, text, ids)
            say(generation=generation_id, seq=seq, text=text, ids=ids)
        await store.generations.finish(generation_id, "length", timings=TIMINGS)
        say(generation=generation_id, finished=True)
        if chance.random() < 0.5:
            return
        generation_id = await store.generations.add_continuation(generation_id)


def main() -> None:
    Store("imports everything")
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            say(pid=os.getpid())
            asyncio.run(write_for_ever(Path(job["path"]), random.Random(job["seed"])))
        os.waitpid(child, 0)
        say(dead=True)


if __name__ == "__main__":
    main()
