"""Second contacts: what is read again, and how long the first word takes, against the same prompt read cold."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.report import Row
from tests.running import RunningHanmo, whole_answer

ROUNDS = 3
EXTRA_TOKENS, SHARE = 16, 0.1
LINE = "清晨的渡口还浸在雾里，卖菜的船从芦苇后面摇出来，撑船的人把蓑衣搭在舱口，回头看了一眼。"
LONG, TYPED = 66, 20
"""Lines: about 2,000 and 600 tokens."""
NEXT = "接着写一段，写到太阳出来。"
SHORT = {"max_new_tokens": 24}
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Contact:
    """`over` are tokens read beyond the new ones; seconds to the first token, and those of a cold prompt of that size."""

    over: int
    first_s: float
    cold_s: float


async def second_contacts(directory: Path, model: Path) -> list[Row]:
    """Next turn, after typing, after a restart, after another work: each against its own cold prompt, in one run."""
    return await asyncio.to_thread(_contacts, directory, model)


def _contacts(directory: Path, model: Path) -> list[Row]:
    found: dict[str, list[Contact]] = {
        name: [] for name in ("next turn of 2,000 tokens", "after typing 600 tokens", "after another work", "after a restart")
    }
    turned, typed, another, restarted = found.values()
    for i in range(ROUNDS):
        data = directory / f"data{i}"
        with RunningHanmo(data, model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
            first = _send(hanmo, client, f"{i}{LINE * LONG}")
            second = _send(hanmo, client, NEXT, first["conversation"])
            turned.append(_contact(first, second, first))
            cold = _send(hanmo, client, f"冷{i}{LINE * TYPED}")
            typed.append(_typed(hanmo, client, f"热{i}{LINE * TYPED}", cold))
            third = _send(hanmo, client, NEXT, first["conversation"])
            another.append(_contact(second, third, first))
        with RunningHanmo(data, model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
            _open(client, first["conversation"], data)
            restarted.append(_contact(third, _send(hanmo, client, NEXT, first["conversation"]), first))
    return [row for name, contacts in found.items() for row in _rows(name, contacts)]


def _rows(name: str, contacts: Sequence[Contact]) -> list[Row]:
    share = statistics.median(contact.first_s / contact.cold_s for contact in contacts)
    over = max(contact.over for contact in contacts)
    return [
        Row(f"{name}: tokens read beyond the new ones, most", over, "tokens", f"≤ {EXTRA_TOKENS}", lambda v: v <= EXTRA_TOKENS),
        Row(f"{name}: first token ÷ cold, median", share, "", f"≤ {SHARE}", lambda v: v <= SHARE),
    ]


def _send(hanmo: RunningHanmo, client: httpx2.Client, text: str, conversation: str | None = None) -> dict[str, Any]:
    """A finished turn, with its conversation."""
    turn = hanmo.send(client, text, conversation, sampling=SHORT)
    return whole_answer(client, turn["generation_id"]) | {"conversation": turn["conversation"]}


def _contact(before: dict[str, Any], now: dict[str, Any], cold: dict[str, Any]) -> Contact:
    was, is_ = before["timings"], now["timings"]
    new = is_["prompt_tokens"] - was["prompt_tokens"] - was["generated_tokens"]
    read = is_["prompt_tokens"] - is_["cached_tokens"]
    return Contact(read - new, is_["ttft_ms"] / 1e3, cold["timings"]["ttft_ms"] / 1e3)


def _typed(hanmo: RunningHanmo, client: httpx2.Client, text: str, cold: dict[str, Any]) -> Contact:
    """As a page tells a draft that grows, and then sends it. The new tokens are those behind the draft: nothing of it is left to read."""
    conversation = client.post("/api/conversations", json={}).raise_for_status().json()["id"]
    for end in (len(text) // 3, 2 * len(text) // 3, len(text)):
        client.post("/api/prompt/warm", json={"conversation_id": conversation, "text": text[:end]}).raise_for_status()
        time.sleep(0.7)
    until_read(client, {"conversation_id": conversation, "text": text})
    timings = _send(hanmo, client, text, conversation)["timings"]
    read = timings["prompt_tokens"] - timings["cached_tokens"]
    return Contact(read, timings["ttft_ms"] / 1e3, cold["timings"]["ttft_ms"] / 1e3)


def until_read(client: httpx2.Client, draft: dict[str, str], look_s: float = 0.2) -> None:
    """Until all but the last tokens of a draft stand in the cache and the engine rests. Only for a draft that begins a conversation: of another one
    a file on the disk may be counted in, which nobody has read yet. `ValueError` for such a one."""
    if client.get(f"/api/conversations/{draft['conversation_id']}").raise_for_status().json()["messages"]:
        raise ValueError("this conversation may have a file of its own")

    def read() -> bool:
        shown = client.post("/api/prompt/preview", json=draft).raise_for_status().json()
        state = client.get("/api/status").raise_for_status().json()["engine"]["state"]
        return bool(state == "ready" and shown["tokens"] - shown["cached_tokens"] <= EXTRA_TOKENS)

    _until(read, "the draft was not read ahead", look_s)


def _open(client: httpx2.Client, conversation: str, data: Path) -> None:
    """Looks at a conversation, until its cache is brought back."""
    before = _used_at(data)
    client.post(f"/api/conversations/{conversation}/open", json={}).raise_for_status()
    _until(lambda: _used_at(data) > before, "what was kept was not brought back")


def _used_at(data: Path) -> int:
    """When a kept cache was last brought back: its file is marked only after its restore."""
    return max((path.stat().st_mtime_ns for path in (data / "slots").glob("*.slot")), default=0)


def _until(true: Callable[[], bool], failing: str, look_s: float = 0.2) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise RuntimeError(failing)
        time.sleep(look_s)
