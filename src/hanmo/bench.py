"""Puts `hanmo bench` together: the real engine under the tuner, and what it found into the data directory."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hanmo.app import default_threads, engine_options, model_shelf, speed_book, tuned_here
from hanmo.config import Settings
from hanmo.core.errors import InvalidRequest, NoRoom, SetupError, StoreBusy
from hanmo.core.tuning import thread_counts
from hanmo.engine import EmbeddedEngine
from hanmo.instance import DataDir
from hanmo.machine import block_size, busy_process, logical_cores, memory_bandwidth
from hanmo.models import ModelShelf, available_memory, cpu_problem
from hanmo.models.fit import can_quantize, kv_bytes
from hanmo.models.gguf import read_facts
from hanmo.models.kin import other_quantizations
from hanmo.tuned import TunedModel, write_tuned
from hanmo.work.model_ports import LoadPlan, ModelEntry
from hanmo.work.ports import Engine
from hanmo.work.sizes import DEEP_TOKENS
from hanmo.work.speeds import MeteredEngine, SpeedBook
from hanmo.work.tuner import Findings, Machine, Setup, Step, Tuner

LEAST_CONTEXT = 2048
"""What is measured has to fit."""
USUAL_DEPTH = 512
"""Tokens in the KV cache, for the bytes that a token reads."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured, of which model, and where it was written down (None: it could not be)."""

    model: ModelEntry
    bytes_per_token: float
    found: Findings
    kept_at: Path | None


async def bench(
    settings: Settings, budget_s: float, on_start: Callable[[ModelEntry], None], on_step: Callable[[Step, str], None]
) -> Bench:
    """Measures the chosen model, or the largest that is here, and keeps what is best for the next start. The data directory is held meanwhile:
    beside a server each would measure the other. Broken off, it leaves everything as it was."""
    if problem := cpu_problem():
        raise SetupError(problem.code, **problem.params)
    try:
        with DataDir(settings.data_dir):
            return await _bench(settings, budget_s, on_start, on_step)
    except StoreBusy as busy:
        raise StoreBusy("bench_beside_server", **busy.params) from busy


async def _bench(
    settings: Settings, budget_s: float, on_start: Callable[[ModelEntry], None], on_step: Callable[[Step, str], None]
) -> Bench:
    shelf = model_shelf(settings)
    n_ctx = max(settings.ctx, LEAST_CONTEXT) if settings.ctx else None
    plan = await shelf.plan(_model_that_is_here(shelf, settings.model).id, n_ctx=n_ctx)
    entry = shelf.resolve(plan.model_id)
    on_start(entry)
    machine = await _machine(settings, shelf, plan)
    book, beside = SpeedBook(), False

    @contextmanager
    def busy() -> Iterator[None]:
        """What runs beside it is no speed of this machine."""
        nonlocal beside
        beside = True
        try:
            with busy_process():
                yield
        finally:
            beside = False

    with tempfile.TemporaryDirectory(prefix="hanmo-bench-") as directory:
        options = replace(engine_options(settings), slot_dir=Path(directory))

        @asynccontextmanager
        async def open_engine(setup: Setup) -> AsyncIterator[Engine]:
            async with EmbeddedEngine(replace(options, threads=setup.threads)) as engine:
                await engine.load(setup.plan)
                yield MeteredEngine(engine, book, lambda _: not beside)

        def bandwidth() -> float:
            return memory_bandwidth(threads := machine.threads[0], block_size(threads, available_memory()))

        tuner = Tuner(open_engine, bandwidth, busy, on_step, budget_s=budget_s)
        tuned = tuned_here(settings)
        found = await tuner.run(plan, machine, tuned.choice_for(plan.sha256))
    known, best, speed = speed_book(settings), found.setup, found.speed
    next_plan = replace(best.plan, draft_path="" if found.choice.idle_draft else plan.draft_path)
    known.take_over(book, next_plan, best.threads)
    await known.settled()
    model = TunedModel(entry.name, entry.size_bytes, found.choice, best.threads, speed.read, speed.written, time.time())
    tuned = tuned.with_model(plan.sha256, model, found.bytes_per_second)
    try:
        kept_at = await asyncio.to_thread(write_tuned, settings.data_dir, tuned)
    except OSError:  # a full disk: what was measured is shown all the same
        kept_at = None
    return Bench(entry, machine.bytes_per_token, found, kept_at)


def _model_that_is_here(shelf: ModelShelf, wanted: str) -> ModelEntry:
    entry = shelf.resolve(wanted)
    if entry.path is not None:
        return entry
    here = [model for model in shelf.list() if model.path is not None]
    if not here:
        raise InvalidRequest("model_not_here", model=entry.id)
    return max(here, key=lambda model: model.size_bytes)


async def _machine(settings: Settings, shelf: ModelShelf, plan: LoadPlan) -> Machine:
    path = Path(plan.path)
    facts = await asyncio.to_thread(read_facts, path)
    threads = (settings.threads,) if settings.threads else thread_counts(default_threads(), logical_cores())
    cache_bytes = kv_bytes(facts, DEEP_TOKENS, "f16")
    return Machine(
        threads=threads,
        threads_given=settings.threads is not None,
        cache_share=cache_bytes / (facts.bytes_per_token + cache_bytes),
        bytes_per_token=facts.bytes_per_token + kv_bytes(facts, USUAL_DEPTH, plan.kv_type),
        other_files=await _other_files(settings, shelf, plan),
        quantizes_kv=can_quantize(facts),
    )


async def _other_files(settings: Settings, shelf: ModelShelf, plan: LoadPlan) -> tuple[LoadPlan, ...]:
    """Those that fit as they are."""
    plans = []
    for other in await asyncio.to_thread(other_quantizations, Path(plan.path), settings.models_dir):
        with suppress(NoRoom):
            found = await shelf.plan(str(other), n_ctx=plan.n_ctx)
            if Path(found.path) == other:
                plans.append(replace(found, draft_path=""))
    return tuple(plans)
