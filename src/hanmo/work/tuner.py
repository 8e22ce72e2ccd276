"""`hanmo bench`: measures a model on this machine and decides how it is to be run.

Rules
  * One thing is changed at a time, and the best so far is kept: what gains most first, as a slow machine has time for little. Two numbers of
    threads, drafts, the KV cache, the other numbers of threads.
  * It stays within `BUDGET_S`: what the time left does not allow is not tried, and said so. So is what does not load.
  * Nothing is written here, so it may be broken off at any time; the result is the caller's to keep.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Literal

from hanmo.core.errors import HanmoError
from hanmo.core.tuning import (
    Choice,
    Speculation,
    Speed,
    best_kv,
    best_speculation,
    best_threads,
    drafts_to_try,
    limit_tokens_per_second,
    model_drafts_pay,
)
from hanmo.work.measure import DEEP_RUNS, WRITTEN_TOKENS, Probe, prompts_for
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import Engine

UNKNOWN = Speed(0, 0)
BUDGET_S = 240.0
READ_SIZES = (16, 64, 256, 512)
LONGEST_READ_S = 20.0
MATCHES = (3,)
LONGEST_STEP = 64
DEEP_TOKENS = 1536
"""What stands before, where the KV caches are compared; with what is written it fits the smallest context that is measured."""

Kind = Literal["threads", "kv", "file", "drafts", "model"]
Step = Kind | Literal["memory"]


@dataclass(frozen=True, slots=True)
class Setup:
    """One way to run a model."""

    plan: LoadPlan
    threads: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What one change gave. `label` is the changed value: "3" threads, "q8_0", a file's path, "3/16" for 16 tokens after 3 that
    match."""

    kind: Kind
    label: str
    speed: Speed


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known without trying: threads worth a try, bytes read for a token, other files of the same model (their plans)."""

    threads: tuple[int, ...]
    bytes_per_token: float
    other_files: tuple[LoadPlan, ...] = ()
    quantizes_kv: bool = True


@dataclass(slots=True)
class Findings:
    """`bytes_per_second` of memory; `limit` tokens a second that allows; `reads` tokens a second by length of prompt; `steps` seconds by tokens at
    once; `speed` of the chosen setting; `beside` tokens a second while another process is busy; `skipped`, by kind, for want of time; `broken`
    did not load."""

    bytes_per_second: float
    limit: float
    choice: Choice
    speed: Speed = UNKNOWN
    beside: float = 0.0
    reads: dict[int, float] = field(default_factory=dict)
    steps: dict[int, float] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    drafts_hopeless: bool = False
    skipped: list[Kind] = field(default_factory=list)
    broken: list[tuple[Kind, str]] = field(default_factory=list)
    seconds: float = 0.0


class Tuner:
    """For one bench of one model. `open_engine` runs a model while its context lasts; `bandwidth` blocks about a second; `busy` keeps another
    process at work; `on_step(kind, label)` hears what is tried next."""

    def __init__(
        self,
        open_engine: Callable[[Setup], AbstractAsyncContextManager[Engine]],
        bandwidth: Callable[[], float],
        busy: Callable[[], AbstractContextManager[None]],
        on_step: Callable[[Step, str], None] = lambda _kind, _label: None,
        *,
        budget_s: float = BUDGET_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._bandwidth, self._busy, self._on_step = open_engine, bandwidth, busy, on_step
        self._clock, self._began = clock, clock()
        self._ends = self._began + budget_s
        self._load_s = self._trial_s = 0.0

    async def run(self, plan: LoadPlan, machine: Machine) -> Findings:
        self._on_step("memory", "")
        bytes_per_second = await asyncio.to_thread(self._bandwidth)
        setup = Setup(replace(plan, speculation=None, draft_path=""), machine.threads[0])
        limit = limit_tokens_per_second(bytes_per_second, machine.bytes_per_token)
        found = Findings(bytes_per_second, limit, Choice(setup.threads, plan.kv_type))
        found.speed = await self._whole(setup, found)
        setup = await self._threads(setup, machine.threads[1:2], found)
        setup = await self._drafts(setup, found)
        setup = await self._kv(setup, machine, found)
        setup = await self._threads(setup, machine.threads[2:], found)
        for (
            other
        ) in machine.other_files:  # only to be shown: a quicker file may write worse, so which one is loaded is the user's choice
            await self._try("file", other.path, replace(setup, plan=other), found)
        idle_draft = await self._second_model(setup, plan.draft_path, found) if plan.draft_path else ""
        if found.speed.written > found.limit:  # something else read the memory while it was measured
            found.bytes_per_second = max(found.bytes_per_second, await asyncio.to_thread(self._bandwidth))
            found.limit = limit_tokens_per_second(found.bytes_per_second, machine.bytes_per_token)
        kv_type = setup.plan.kv_type if plan.kv_type == "f16" else "f16"  # q8_0 for want of memory is no choice
        found.choice = Choice(setup.threads, kv_type, setup.plan.speculation, idle_draft)
        found.seconds = self._clock() - self._began
        return found

    async def _whole(self, setup: Setup, found: Findings) -> Speed:
        """Everything about the first setting: it is what the others are held against."""
        self._on_step("threads", str(setup.threads))
        began = self._clock()
        async with self._open(setup) as engine:
            self._load_s = self._clock() - began
            probe = Probe(engine, await prompts_for(engine))
            speed = await probe.speed(copied=True)
            self._trial_s = self._clock() - began
            for size in READ_SIZES:
                if size <= LONGEST_READ_S * speed.read:
                    found.reads[size] = await probe.reading(size)
            found.steps = await probe.steps()
            with self._busy():
                found.beside = await probe.best(lambda: probe.writing(WRITTEN_TOKENS))
        found.trials.append(Trial("threads", str(setup.threads), speed))
        return speed

    async def _threads(self, setup: Setup, counts: Sequence[int], found: Findings) -> Setup:
        tried = {setup.threads: found.speed}
        for threads in counts:
            if speed := await self._try("threads", str(threads), replace(setup, threads=threads), found):
                tried[threads] = speed
        best = best_threads(tried)
        found.speed = tried[best]
        return replace(setup, threads=best)

    async def _kv(self, setup: Setup, machine: Machine, found: Findings) -> Setup:
        """Where memory was too short for f16, that is not tried: it would not fit. The two differ where much stands before what is written, so
        they are held against each other there."""
        if setup.plan.kv_type != "f16" or not machine.quantizes_kv:
            return setup
        other = replace(setup, plan=replace(setup.plan, kv_type="q8_0"))
        writing_s = DEEP_RUNS * WRITTEN_TOKENS / max(found.speed.written, 0.001)
        took_s = 2 * (self._load_s + DEEP_TOKENS / max(found.speed.read, 0.001) + writing_s)
        f16 = await self._try("kv", "f16", setup, found, depth=DEEP_TOKENS, takes_s=took_s)
        q8_0 = await self._try("kv", "q8_0", other, found, depth=DEEP_TOKENS) if f16 else None
        return setup if f16 is None or q8_0 is None or best_kv(f16, q8_0) == "f16" else other

    async def _drafts(self, setup: Setup, found: Findings) -> Setup:
        lengths = drafts_to_try(found.steps, LONGEST_STEP)
        found.drafts_hopeless = not lengths
        tried: dict[Speculation, Speed] = {}
        for speculation in [Speculation(match, draft) for draft in lengths for match in MATCHES]:
            drafting = replace(setup, plan=replace(setup.plan, speculation=speculation))
            if speed := await self._try("drafts", f"{speculation.match}/{speculation.draft}", drafting, found):
                tried[speculation] = speed
        best = best_speculation(found.speed, tried)
        if best is None:
            return setup
        found.speed = tried[best]
        return replace(setup, plan=replace(setup.plan, speculation=best))

    async def _second_model(self, setup: Setup, draft_path: str, found: Findings) -> str:
        """The path of a drafting model that does not pay, or does not load; "" of one that does, or was not tried."""
        speed = await self._try("model", draft_path, replace(setup, plan=replace(setup.plan, draft_path=draft_path)), found)
        if speed is None:
            return draft_path if ("model", draft_path) in found.broken else ""
        return "" if model_drafts_pay(found.speed, speed) else draft_path

    async def _try(
        self, kind: Kind, label: str, setup: Setup, found: Findings, *, depth: int = 0, takes_s: float | None = None
    ) -> Speed | None:
        """None where there is no time for it, or where it does not load. `depth` tokens stand before what is written."""
        if self._clock() + (self._trial_s if takes_s is None else takes_s) > self._ends:
            found.skipped.append(kind)
            return None
        self._on_step(kind, label)
        try:
            async with self._open(setup) as engine:
                probe = Probe(engine, await prompts_for(engine))
                speed = await probe.deep(depth) if depth else await probe.speed(copied=kind != "file")
        except HanmoError:
            found.broken.append((kind, label))
            return None
        found.trials.append(Trial(kind, label, speed))
        return speed
