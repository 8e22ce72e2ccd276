"""Hanmo end to end, the engine alone, and `transformers` as users' guides have it: the same random-weight Qwen3-4B, one machine, one run.

What is the same by its nature is not measured twice: an engine that reads nothing ahead finds a typed prompt cold, and `transformers`, which keeps
nothing, reads a conversation anew after another work or a restart as in its second turn. Such figures are marked as reckoned, as is a long answer by
`transformers`, which would take an hour.

A long answer is one answer of 1,000 tokens behind a prompt of about 600: not an article by plan and sections, because with random weights
the guard against repetition would take the text back for ever. That all of them came is checked.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import psutil

from benchmarks.contacts import until_read
from benchmarks.foundation import stack_rate
from benchmarks.random_model import LAYERS, ensure_random_model
from benchmarks.report import Row
from hanmo.app import default_threads
from hanmo.core.values import Sampling
from hanmo.engine import EmbeddedEngine, EngineOptions
from hanmo.models.fit import REPACKS, kv_bytes
from hanmo.models.gguf import read_facts
from hanmo.work.measure import PASSAGE
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import Engine, EngineDone, EngineRequest, TextPiece
from tests.models.real import TEST_MODEL, real_model, real_models_dir
from tests.running import RunningHanmo, whole_answer

N_CTX = 8192
ASKED = PASSAGE * 2 + "接着往下写，越详细越好。"
"""About 600 tokens with what goes before it."""
MORE = "再写一段。"
ANSWER_TOKENS, RATE_TOKENS, LONG_TOKENS = 48, 96, 1000
ROUNDS, CONTACTS = 7, 3
UNTIL_REST_S, IDLE_S = 40.0, 30.0
BF16, AVX2 = "transformers, bf16", "transformers, bf16, AVX2"
GUIDES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    BF16: ("bfloat16", {}),
    AVX2: ("bfloat16", {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}),
    "transformers, fp32": ("float32", {}),
}
"""Each with its type of number and its environment. Few laptops have more than AVX2; where this processor does, the second one is kept from using
it. The engine's wheel has nothing beyond AVX2 at all."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One system. Seconds to the first token: cold, in the second turn, after the prompt was typed, after another work had the engine,
    after a restart; tokens a second read and written; seconds for an answer of 1,000 tokens; memory. `reckoned` names what was not
    measured; `missing` says why nothing was."""

    system: str
    cold_s: float = 0.0
    second_s: float = 0.0
    typed_s: float = 0.0
    another_s: float = 0.0
    restart_s: float = 0.0
    read: float = 0.0
    written: float = 0.0
    long_s: float = 0.0
    resident_bytes: int = 0
    reckoned: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`kv_bytes` of the whole context; `parent_bytes` of Hanmo without its engine, which its `resident_bytes` hold, too; `idle_cores` it uses while
    nobody asks."""

    contacts: tuple[Contact, ...]
    model_bytes: int
    kv_bytes: int
    parent_bytes: int
    idle_cores: float

    def of(self, system: str) -> Contact:
        return next((contact for contact in self.contacts if contact.system == system), Contact(system, missing="not measured"))


async def compare(directory: Path, layers: int = LAYERS) -> Comparison:
    """Takes about a quarter of an hour, 9 GB of memory, and 20 GB for `transformers` in fp32. With fewer `layers` it is quicker, and no 4B."""
    path = real_models_dir() / "random" / f"qwen3-4b-random-{layers}.gguf"
    model = await asyncio.to_thread(ensure_random_model, path, real_model(TEST_MODEL), layers)
    facts = read_facts(model)
    hanmo, parent_bytes, idle = await _hanmo(directory, model)
    bare = await _bare(directory, model)
    hanmo, bare = await _written(directory, model, hanmo, bare)
    contacts = [hanmo, bare]
    for name in GUIDES:
        print(f"  {name} …", flush=True)
        contacts.append(await asyncio.to_thread(_transformers, name, layers))
    return Comparison(tuple(contacts), model.stat().st_size, kv_bytes(facts, N_CTX, "f16"), parent_bytes, idle)


def rows(found: Comparison) -> list[Row]:
    """The ratios, each with what it has to keep."""
    hanmo, bare = found.of("Hanmo"), found.of("engine alone")
    found_rows = [
        Row("4B: decode, Hanmo ÷ engine alone", hanmo.written / bare.written, "", "≥ 0.95", lambda v: v >= 0.95),
        Row("4B: second turn, first token ÷ cold", hanmo.second_s / hanmo.cold_s, "", "≤ 0.1", lambda v: v <= 0.1),
        Row("4B: after typing, first token ÷ cold", hanmo.typed_s / hanmo.cold_s, "", "≤ 0.1", lambda v: v <= 0.1),
        Row("4B: after another work, first token ÷ cold", hanmo.another_s / hanmo.cold_s, "", "≤ 0.1", lambda v: v <= 0.1),
        Row("4B: after a restart, first token ÷ cold", hanmo.restart_s / hanmo.cold_s, "", "≤ 0.1", lambda v: v <= 0.1),
        Row(
            "4B: engine resident ÷ (model file + KV cache)",
            (hanmo.resident_bytes - found.parent_bytes) / (found.model_bytes + found.kv_bytes),
            "",
            "≤ 1.15",
            lambda v: v <= 1.15,
        ),
        Row("4B: parent process, resident", found.parent_bytes / 1e6, "MB", "≤ 150 MB", lambda v: v <= 150),
        Row("4B: processor while nobody asks", found.idle_cores, "cores", "< 0.01", lambda v: v < 0.01),
    ]
    for guide in (found.of(BF16), found.of(AVX2)):
        if guide.missing:
            print(f"{guide.system}: {guide.missing}")
            continue
        found_rows += [
            Row(f"4B: decode, Hanmo ÷ {guide.system}", hanmo.written / guide.written, "", "≥ 15", lambda v: v >= 15),
            Row(f"4B: prefill, Hanmo ÷ {guide.system}", hanmo.read / guide.read, "", "≥ 2", lambda v: v >= 2),
        ]
    return found_rows


# ----------------------------------------------------------------------------------------------------------------- Hanmo


async def _hanmo(directory: Path, model: Path) -> tuple[Contact, int, float]:
    print("  Hanmo …", flush=True)
    data = directory / "data"
    flags = ("--ctx", str(N_CTX))
    with RunningHanmo(data, *flags, model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        found, conversation = await asyncio.to_thread(_contacts, hanmo, client)
        long_s = await asyncio.to_thread(_long_answer, hanmo, client)
        engine, parent = _processes(hanmo.pid)
        resident, parent_bytes = engine.memory_info().rss, parent.memory_info().rss
        await asyncio.sleep(UNTIL_REST_S)
        idle = await _busy_share([engine, parent])
    with RunningHanmo(data, *flags, model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        again = await asyncio.to_thread(_ttft, hanmo, client, MORE, conversation)
    return replace(found, restart_s=again[0], long_s=long_s, resident_bytes=resident + parent_bytes), parent_bytes, idle


def _contacts(hanmo: RunningHanmo, client: httpx2.Client) -> tuple[Contact, str]:
    cold_s, read, conversation = _ttft(hanmo, client, ASKED, tokens=ANSWER_TOKENS)
    second_s = statistics.median([_ttft(hanmo, client, MORE, conversation)[0] for _ in range(CONTACTS)])
    typed = client.post("/api/conversations", json={}).raise_for_status().json()["id"]
    text = "请看下面的文字。" + ASKED
    body = {"conversation_id": typed, "text": text}
    client.post("/api/prompt/warm", json=body).raise_for_status()
    until_read(client, body)
    typed_s, _, _ = _ttft(hanmo, client, text, typed)
    another_s = [_ttft(hanmo, client, MORE, conversation if i % 2 == 0 else typed)[0] for i in range(2 * CONTACTS)]
    return Contact(
        "Hanmo", cold_s=cold_s, second_s=second_s, typed_s=typed_s, another_s=statistics.median(another_s), read=read
    ), conversation


def _ttft(
    hanmo: RunningHanmo, client: httpx2.Client, text: str, conversation: str | None = None, tokens: int = 16
) -> tuple[float, float, str]:
    """Seconds to the first token, tokens a second read, and the conversation."""
    turn = hanmo.send(client, text, conversation, sampling={"max_new_tokens": tokens})
    timings = whole_answer(client, turn["generation_id"])["timings"]
    return timings["ttft_ms"] / 1e3, timings["prompt_tokens_per_second"], turn["conversation"]


def _long_answer(hanmo: RunningHanmo, client: httpx2.Client) -> float:
    began = time.monotonic()
    turn = hanmo.send(client, "写一篇长文。" + ASKED, sampling={"max_new_tokens": LONG_TOKENS, "seed": 7})
    answer = whole_answer(client, turn["generation_id"])
    seconds = time.monotonic() - began
    require_whole(answer["timings"]["generated_tokens"], answer["finish_reason"])
    return seconds


def require_whole(tokens: int, finish_reason: str) -> None:
    """A long answer that ended early would make its time too good."""
    if (tokens, finish_reason) != (LONG_TOKENS, "length"):
        raise RuntimeError(f"the long answer has {tokens} tokens of {LONG_TOKENS} and ended with {finish_reason!r}")


def _processes(pid: int) -> tuple[psutil.Process, psutil.Process]:
    """The engine, which is the largest child, and its parent."""
    parent = psutil.Process(pid)
    return max(parent.children(recursive=True), key=lambda child: child.memory_info().rss), parent


async def _busy_share(processes: list[psutil.Process]) -> float:
    """Cores in use over a while."""

    def spent() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before = spent()
    await asyncio.sleep(IDLE_S)
    return (spent() - before) / IDLE_S


# ---------------------------------------------------------------------------------------------------------- engine alone


async def _bare(directory: Path, model: Path) -> Contact:
    print("  engine alone …", flush=True)
    async with _engine(directory, model) as engine:
        prompt = await _prompt(engine)
        cold_s, read, ids = await _run(engine, prompt, ANSWER_TOKENS)
        chat = await engine.chat_format()
        second = (*prompt, *ids, *chat.answer_close, *await engine.tokenize(MORE), *chat.answer_open)
        second_s, _, _ = await _run(engine, second, 16)
        began = time.monotonic()
        done = await _done(engine, (*prompt[:4], *prompt), LONG_TOKENS)
        long_s = time.monotonic() - began
        require_whole(done.timings.generated_tokens, done.finish_reason)
        resident = engine.status().memory_bytes
        another_s, _, _ = await _run(engine, second, 16)
    async with _engine(directory, model) as engine:
        restart_s, _, _ = await _run(engine, second, 16)
    return Contact(
        "engine alone",
        cold_s=cold_s,
        second_s=second_s,
        typed_s=cold_s,
        another_s=another_s,
        restart_s=restart_s,
        read=read,
        long_s=long_s,
        resident_bytes=resident,
        reckoned=("typed_s",),
    )


async def _prompt(engine: Engine) -> tuple[int, ...]:
    chat = await engine.chat_format()
    return chat.system_open + chat.system_close + await engine.tokenize(ASKED) + chat.answer_open


async def _run(engine: Engine, prompt: tuple[int, ...], tokens: int) -> tuple[float, float, tuple[int, ...]]:
    """Seconds to the first text, tokens a second read, and what was written."""
    ids: tuple[int, ...] = ()
    began, first_s = time.monotonic(), 0.0
    async with aclosing(engine.generate(EngineRequest(prompt, Sampling(max_new_tokens=tokens, seed=7), None))) as events:
        async for event in events:
            if isinstance(event, TextPiece):
                first_s = first_s or time.monotonic() - began
                ids = (*ids, *event.ids)
            if isinstance(event, EngineDone):
                return first_s, event.timings.prompt_tokens_per_second or 0.0, ids
    raise RuntimeError("the engine did not finish")


async def _done(engine: Engine, prompt: tuple[int, ...], tokens: int) -> EngineDone:
    async with aclosing(engine.generate(EngineRequest(prompt, Sampling(max_new_tokens=tokens, seed=7), None))) as events:
        async for event in events:
            if isinstance(event, EngineDone):
                return event
    raise RuntimeError("the engine did not finish")


@asynccontextmanager
async def _engine(directory: Path, model: Path) -> AsyncIterator[EmbeddedEngine]:
    options = EngineOptions(default_threads(), directory / "slots", directory / "canaries.json", 2 << 30)
    plan = LoadPlan(str(model), str(model), "0" * 64, N_CTX, "f16", repack=REPACKS, gpu_layers=0, memory_bytes=0)
    async with EmbeddedEngine(options) as engine:
        await engine.load(plan)
        yield engine


async def _written(directory: Path, model: Path, hanmo: Contact, bare: Contact) -> tuple[Contact, Contact]:
    """Tokens a second, turn about: the reader's clock at the end of the event stream, and the engine's own."""
    print("  tokens a second, turn about …", flush=True)
    mine, alone = [], []
    with (
        RunningHanmo(directory / "turns", "--ctx", str(N_CTX), model=str(model)) as running,
        running.wait_ready().client() as client,
    ):
        async with _engine(directory, model) as engine:
            for _ in range(ROUNDS):
                alone.append(await _alone(engine))
                mine.append(await asyncio.to_thread(stack_rate, running, client, PASSAGE[:60], RATE_TOKENS))
    return replace(hanmo, written=sorted(mine)[ROUNDS // 2]), replace(bare, written=sorted(alone)[ROUNDS // 2])


async def _alone(engine: Engine) -> float:
    return (await _done(engine, (await _prompt(engine))[:64], RATE_TOKENS)).timings.tokens_per_second or 0.0


# ---------------------------------------------------------------------------------------------------------- transformers


def _transformers(name: str, layers: int) -> Contact:
    dtype, environment = GUIDES[name]
    command = [sys.executable, "-m", "benchmarks.with_transformers", "--dtype", dtype, "--layers", str(layers)]
    command += ["--threads", str(default_threads())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    try:
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return Contact(name, missing=f"it ended with {done.returncode}: {done.stderr.strip()[-200:]}")
    if "missing" in said:
        return Contact(name, missing=said["missing"])
    long_s = said["first_s"] + LONG_TOKENS / said["written_per_second"]
    return Contact(
        name,
        cold_s=said["first_s"],
        second_s=said["second_s"],
        typed_s=said["first_s"],
        another_s=said["second_s"],
        restart_s=said["second_s"],
        read=said["read_per_second"],
        written=said["written_per_second"],
        long_s=long_s,
        resident_bytes=said["resident_bytes"],
        reckoned=("typed_s", "another_s", "restart_s", "long_s"),
    )
