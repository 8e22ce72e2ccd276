"""How long a search takes over 10,000 messages, through the store as the page's request takes it; and what finding them costs a write."""

import random
import time
from pathlib import Path

from sqlalchemy import Connection, insert

from benchmarks.report import Row
from hanmo.store import Store, search
from hanmo.store.tables import MessageRow

MESSAGES, CONVERSATIONS = 10_000, 100
CHARACTERS = 500
ROUNDS = 7
BOUND_S = 0.1
HAN = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)
WORDS = ["tea", "river", "umbrella", "writing", "night", "rain", "letter", "window", "story", "autumn"]


async def search_in_messages(directory: Path) -> list[Row]:
    """The best of some rounds of each kind of query, in wall time: readers, FTS and snippets together."""
    async with Store(directory / "hanmo.db") as store:
        ids = [(await store.conversations.create(f"会话 {number}")).id for number in range(CONVERSATIONS)]
        began = time.perf_counter()
        await store.database.write(lambda connection: _fill(connection, ids))
        write_s = (time.perf_counter() - began) / MESSAGES
        kinds = {
            "two characters, common": "的一",
            "one character": "的",
            "a word's beginning": "umb",
            "three pieces, rare": "经得民 tea 雨",
        }
        times = {kind: await _seconds(store, query) for kind, query in kinds.items()}
    return [
        Row("search in 10,000 messages, two characters, common", times["two characters, common"], "s", "≤ 0.1", _kept),
        Row("search in 10,000 messages, one character", times["one character"], "s", "≤ 0.1", _kept),
        Row("search in 10,000 messages, a word's beginning", times["a word's beginning"], "s", "≤ 0.1", _kept),
        Row("search in 10,000 messages, three pieces, rare", times["three pieces, rare"], "s", "≤ 0.1", _kept),
        Row("storing and indexing a message of 500 characters", 1000 * write_s, "ms"),
    ]


def _kept(seconds: float) -> bool:
    return seconds <= BOUND_S


def _fill(connection: Connection, ids: list[str]) -> None:
    chance = random.Random(1)
    for number in range(MESSAGES):
        owner, message_id = ids[number % CONVERSATIONS], f"{number:032x}"
        text = _text(chance)
        values = {"id": message_id, "conversation_id": owner, "position": number + 1, "role": "user", "created_at": float(number)}
        connection.execute(insert(MessageRow).values(**values, cleared=False, text=text))
        search.put(connection, "message", owner, text, part=message_id, place=number + 1)


def _text(chance: random.Random) -> str:
    return "".join(chance.choice(HAN) if chance.random() < 0.96 else f" {chance.choice(WORDS)} " for _ in range(CHARACTERS))


async def _seconds(store: Store, query: str) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await store.search.find(query, 51)
        times.append(time.perf_counter() - began)
    return min(times)
