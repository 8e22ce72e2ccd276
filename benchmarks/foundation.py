"""What the foundation has to reach: the start, the whole stack against the bare engine, and giving way."""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import httpx2
import psutil

from benchmarks.report import Row
from hanmo.core.values import Sampling
from hanmo.engine import EmbeddedEngine, EngineOptions
from hanmo.models.fit import REPACKS
from hanmo.models.gguf import read_facts
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import Engine, EngineDone, EngineRequest, PromptRead
from tests.running import RunningHanmo, follow, whole_answer

NUM_TOKENS = 128
ROUNDS, TURNS = 3, 7
"""Of each kind; and where two are taken turn about."""
ASKED = "请写一篇关于江南春天的长文，越详细越好，分成很多段。"
LONG = Sampling(max_new_tokens=NUM_TOKENS, temperature=0.7, seed=7)


async def start(directory: Path, model: Path) -> list[Row]:
    """From process start to the first answer of /healthz, and what the parent holds in memory once the model is ready."""
    times = []
    for i in range(ROUNDS):
        with RunningHanmo(directory / f"data{i}", model=str(model)) as hanmo:
            times.append(await asyncio.to_thread(_until_healthy, hanmo))
            await asyncio.to_thread(hanmo.wait_ready)
            with hanmo.client() as client:
                turn = hanmo.send(client, ASKED, sampling={"max_new_tokens": 64})
                await asyncio.to_thread(whole_answer, client, turn["generation_id"])
            parent = psutil.Process(hanmo.pid).memory_info().rss / 1e6
    return [
        Row("process start to /healthz, median", statistics.median(times), "s", "≤ 2", lambda v: v <= 2),
        Row("parent process, resident after an answer", parent, "MB", "≤ 150", lambda v: v <= 150),
    ]


async def decode(directory: Path, model: Path) -> list[Row]:
    """Tokens a second through HTTP, queue, database and SSE, against the engine alone, turn about in one run."""
    bare, whole = await _decode_rates(directory, model)
    ratio = statistics.median(whole) / statistics.median(bare)
    return [
        Row("decode, bare engine", statistics.median(bare), "tokens/s"),
        Row("decode, whole stack", statistics.median(whole), "tokens/s"),
        Row("whole stack ÷ bare engine", ratio, "", "≥ 0.95", lambda v: v >= 0.95),
    ]


async def decode_beside_busy_processes(directory: Path, model: Path) -> list[Row]:
    """The whole stack while two processes keep both cores busy, against the same stack alone."""
    with RunningHanmo(directory / "data", model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        alone, beside = [], []
        for _ in range(ROUNDS):
            alone.append(await asyncio.to_thread(stack_rate, hanmo, client, ASKED, NUM_TOKENS))
            with _busy_processes(2):
                beside.append(await asyncio.to_thread(stack_rate, hanmo, client, ASKED, NUM_TOKENS))
    ratio = statistics.median(beside) / statistics.median(alone)
    return [Row("decode beside two busy processes ÷ alone", ratio, "", "≥ 0.45", lambda v: v >= 0.45)]


async def cancelled_prefill(directory: Path, model: Path) -> list[Row]:
    """A long prompt is cancelled in the middle of being read; how long the next request waits beyond one step of 64 tokens."""
    async with running_engine(directory, model) as engine:
        prompt = await engine.tokenize("江南的春天总是来得很早。" * 400)
        step_s, waits = 0.0, []
        for i in range(ROUNDS):
            async with aclosing(engine.generate(EngineRequest(prompt[i:], LONG, f"long{i}"))) as events:
                reads: list[float] = []
                async for event in events:
                    reads.append(time.monotonic())
                    if isinstance(event, PromptRead) and len(reads) == 4:
                        break
            step_s = max(step_s, reads[-1] - reads[-2])
            asked = time.monotonic()
            short = EngineRequest(prompt[:8], Sampling(max_new_tokens=1), None)
            async with aclosing(engine.generate(short)) as events:
                async for _ in events:
                    pass
            waits.append(time.monotonic() - asked)
    over = max(waits) - step_s
    return [
        Row("one prefill step of 64 tokens, slowest", step_s, "s"),
        Row("next request after a cancelled prefill, slowest, beyond one step", over, "s", "≤ 1", lambda v: v <= 1),
    ]


async def second_turn(directory: Path, model: Path) -> list[Row]:
    """Tokens read in the second turn of a conversation beyond the new ones, and its time to first token against the cold one."""
    new = "再写一段。"
    with RunningHanmo(directory / "data", model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        cold_s, warm_s, extra = [], [], []
        for i in range(ROUNDS):
            first = hanmo.send(client, f"{i}{ASKED * 20}", sampling={"max_new_tokens": 48})
            cold_s.append(whole_answer(client, first["generation_id"])["timings"]["ttft_ms"] / 1e3)
            second = hanmo.send(client, new, first["conversation"], sampling={"max_new_tokens": 16})
            timings = whole_answer(client, second["generation_id"])["timings"]
            warm_s.append(timings["ttft_ms"] / 1e3)
            extra.append(timings["prompt_tokens"] - timings["cached_tokens"] - len(new))
    return [
        Row("second turn: tokens read beyond the new text, most", max(extra), "tokens", "≤ 16", lambda v: v <= 16),
        Row("second turn: first token ÷ cold", statistics.median(warm_s) / statistics.median(cold_s), ""),
    ]


def _until_healthy(hanmo: RunningHanmo) -> float:
    with hanmo.client() as client:
        client.get("/healthz").raise_for_status()
    return time.monotonic() - hanmo.started_at


async def _decode_rates(directory: Path, model: Path) -> tuple[list[float], list[float]]:
    bare, whole = [], []
    with RunningHanmo(directory / "data", model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        async with running_engine(directory, model) as engine:
            for _ in range(TURNS):
                bare.append(await _bare_rate(engine))
                whole.append(await asyncio.to_thread(stack_rate, hanmo, client, ASKED, NUM_TOKENS))
    return bare, whole


async def _bare_rate(engine: Engine) -> float:
    """The engine's own wire, nothing behind it: tokens after the first, by our clock."""
    chat = await engine.chat_format()
    prompt = chat.system_open + chat.system_close + await engine.tokenize(ASKED) + chat.answer_open
    async with aclosing(engine.generate(EngineRequest(prompt, LONG, None))) as events:
        async for event in events:
            if isinstance(event, EngineDone):
                return event.timings.tokens_per_second or 0.0
    raise RuntimeError("the engine did not finish")


def stack_rate(hanmo: RunningHanmo, client: httpx2.Client, asked: str, num_tokens: int) -> float:
    """A reader at the end of the event stream: tokens after the first text event, by the reader's clock."""
    turn = hanmo.send(client, asked, sampling={"max_new_tokens": num_tokens, "seed": 7})
    first = last = 0.0
    for kind, _, data in follow(client, turn["generation_id"]):
        if kind == "text":
            first, last = first or time.monotonic(), time.monotonic()
        elif kind == "end":
            return float((data["timings"]["generated_tokens"] - 1) / (last - first))
    raise RuntimeError("the stream did not finish")


@contextlib.asynccontextmanager
async def running_engine(directory: Path, model: Path) -> AsyncIterator[EmbeddedEngine]:
    options = EngineOptions(
        threads=psutil.cpu_count(logical=False) or 1,
        slot_dir=directory / "slots",
        memory_file=directory / "canaries.json",
        slot_budget_bytes=2 << 30,
    )
    facts = read_facts(model)
    plan = LoadPlan(
        str(model), str(model), "0" * 64, min(8192, facts.n_ctx_train), "f16", repack=REPACKS, gpu_layers=0, memory_bytes=0
    )
    async with EmbeddedEngine(options) as engine:
        await engine.load(plan)
        yield engine


@contextlib.contextmanager
def _busy_processes(count: int) -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
