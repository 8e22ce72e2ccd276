"""`hanmo bench`: measures a model on this machine and decides how it is to be run.

Rules
  * One thing is changed at a time, and the best so far is kept: what gains most first, as a slow machine has time for little. Two numbers of
    threads, drafts, the KV cache, the other numbers of threads.
  * It stays within its budget: what the time left does not allow is not tried, and said so; so is what does not load. A trial that takes longer
    than was foreseen is broken off after a tenth more of the budget. What was not decided stays as it was decided before.
  * No setting is loaded twice: what others are held against is measured while it is there, and only where the others can be tried.
  * Nothing is written here, so it may be broken off at any time; the result is the caller's to keep.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from hanmo.core.errors import HanmoError
from hanmo.core.tuning import (
    KV_GAIN,
    MOST_DRAFTS_TRIED,
    Choice,
    Speculation,
    Speed,
    best_kv,
    best_speculation,
    best_threads,
    drafts_to_try,
    hoped_kv_gain,
    limit_tokens_per_second,
    model_drafts_pay,
)
from hanmo.work.measure import OutOfTime, Probe, Prompts, prompts_for
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import Engine
from hanmo.work.sizes import GLANCE_READ, SIZES, SURE, Costs

UNKNOWN = Speed(0, 0)
BUDGET_S = 300.0
READ_SIZES = (64, 256, 512)
MATCHES = (3,)
LONGEST_STEP = 64
GRACE = 0.1
CLEARLY = 0.9
"""What is slower than that after one run will not be found better by another."""

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
    """What is known without trying: threads worth a try (one where the user gave it), bytes read for a token, which share of them a deep KV
    cache has in f16, other files of the same model (their plans)."""

    threads: tuple[int, ...]
    bytes_per_token: float
    other_files: tuple[LoadPlan, ...] = ()
    quantizes_kv: bool = True
    cache_share: float = 0.0
    threads_given: bool = False

    @property
    def shares(self) -> list[float]:
        """The other numbers of threads, as shares of the first."""
        return [threads / self.threads[0] for threads in self.threads[1:]]

    def asks_for_kv(self, f16: Speed) -> bool:
        """Whether the cache is so much of what is read that q8_0 could pay."""
        return self.quantizes_kv and hoped_kv_gain(f16, self.cache_share) >= KV_GAIN


@dataclass(slots=True)
class Findings:
    """`bytes_per_second` of memory; `limit` tokens a second that allows (None on a graphics card, which has memory of its own); `setup` is the
    best that was measured, `choice` what is to be kept; `reads` tokens a second by length of prompt; `steps` seconds by tokens at once; `speed`
    of `setup`; `beside` tokens a second while another process is busy (0: not measured); `kv_hope` and `drafts_hopeless` why a thing was not
    worth a try; `drafts_gain` of the best drafts, copying and writing; `skipped`, by kind, for want of time; `undecided` are the kinds that
    stay as they were; `broken` did not load."""

    bytes_per_second: float
    limit: float | None
    setup: Setup
    choice: Choice
    speed: Speed = UNKNOWN
    beside: float = 0.0
    reads: dict[int, float] = field(default_factory=dict)
    steps: dict[int, float] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    kv_hope: float | None = None
    drafts_hopeless: bool = False
    drafts_gain: tuple[float, float] | None = None
    skipped: list[Kind] = field(default_factory=list)
    undecided: set[Kind] = field(default_factory=set)
    broken: list[tuple[Kind, str]] = field(default_factory=list)
    seconds: float = 0.0

    def tried(self, kind: Kind) -> list[Trial]:
        return [trial for trial in self.trials if trial.kind == kind]


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
        self._ends, self._grace_s = self._began + budget_s, GRACE * budget_s
        self._costs = Costs(SIZES[-1], UNKNOWN, 0.0, ())
        self._f16: Speed | None = None

    async def run(self, plan: LoadPlan, machine: Machine, before: Choice | None = None) -> Findings:
        """`before` is what was decided of this model before."""
        self._on_step("memory", "")
        setup = Setup(replace(plan, speculation=None, draft_path=""), machine.threads[0])
        found = Findings(await asyncio.to_thread(self._bandwidth), None, setup, Choice(None))
        await self._first(setup, machine, found)
        setup = await self._threads(setup, machine.threads[1:2], found, drafts_follow=True)
        setup = await self._drafts(setup, before, found)
        setup = await self._kv(setup, machine, found)
        setup = await self._threads(setup, machine.threads[2:], found)
        found.setup = setup
        for (
            other
        ) in machine.other_files:  # only to be shown: a quicker file may write worse, so which one is loaded is the user's choice
            await self._look("file", other.path, replace(setup, plan=other), found)
        idle_draft = await self._second_model(setup, plan.draft_path, found) if plan.draft_path else ""
        if not plan.gpu_layers:
            await self._limit(machine, found)
        if machine.threads_given or (len(machine.threads) > 1 and len(found.tried("threads")) < 2):
            found.undecided.add("threads")
        found.choice = _kept(setup, idle_draft, before or Choice(None), found.undecided)
        found.seconds = self._clock() - self._began
        return found

    async def _first(self, setup: Setup, machine: Machine, found: Findings) -> None:
        """Everything about the first setting: it is what the others are held against."""
        self._on_step("threads", str(setup.threads))
        began = self._clock()
        async with self._open(setup) as engine:
            load_s = self._clock() - began
            prompts = await prompts_for(engine, [sizes.sentences for sizes in SIZES])
            probe = Probe(engine, prompts, lambda: bool(found.trials) and self._late())
            glance = await probe.glance()
            self._costs = self._fitting(glance, load_s, prompts, machine)
            found.speed = await probe.look(self._costs.sizes)
            found.trials.append(Trial("threads", str(setup.threads), found.speed))
            found.reads = {GLANCE_READ: glance.read, self._costs.sizes.read: found.speed.read}
            self._costs = replace(self._costs, speed=found.speed)
            with suppress(OutOfTime):
                await self._further(probe, setup, machine, found)
        found.reads = dict(sorted(found.reads.items()))
        found.trials[0] = replace(found.trials[0], speed=found.speed)

    def _fitting(self, glance: Speed, load_s: float, prompts: Prompts, machine: Machine) -> Costs:
        """The largest sizes with which all can be decided in the time that is left."""
        all_sizes = [Costs(sizes, glance, load_s, prompts.corrections(sizes.sentences)) for sizes in SIZES]
        caches = machine.asks_for_kv(glance)

        def fits(costs: Costs) -> bool:
            threads_s = (
                costs.threads_s(machine.shares) + bool(machine.shares) * costs.copying_s
            )  # the better one has to be corrected with, too
            later_s = MOST_DRAFTS_TRIED * costs.draft_s + caches * (load_s + 2 * costs.deep_s)
            return self._in_time(SURE * (costs.first_s + threads_s + later_s))

        return next(filter(fits, all_sizes), all_sizes[-1])

    async def _further(self, probe: Probe, setup: Setup, machine: Machine, found: Findings) -> None:
        """What the first setting has to show beside its speed, where there is time for what it is wanted for."""
        costs, sizes = self._costs, self._costs.sizes
        first_s = costs.threads_s(machine.shares[:1])
        if self._in_time(first_s + costs.steps_s):
            found.steps = await probe.steps(sizes)
        lengths = drafts_to_try(found.steps, LONGEST_STEP)
        drafting = bool(lengths) and self._in_time(first_s + costs.copying_s + costs.draft_s)
        if drafting:
            first_s += costs.draft_s
        if self._in_time(first_s + drafting * costs.copying_s + costs.beside_s):
            with self._busy():
                found.beside = await probe.writing(sizes)
        if drafting:
            found.speed = replace(found.speed, copied=await probe.copying(sizes))
        later_s = costs.threads_s(machine.shares) + len(lengths) * costs.draft_s
        if setup.plan.kv_type == "f16" and machine.asks_for_kv(found.speed):
            later_s += costs.load_s + costs.deep_s
            if self._in_time(first_s + costs.load_s + 2 * costs.deep_s):
                self._on_step("kv", "f16")
                self._f16 = await probe.deep(sizes)
        for size in READ_SIZES:
            if size not in found.reads and self._in_time(SURE * later_s + size / max(found.speed.read, 0.001)):
                found.reads[size] = await probe.reading(size)

    async def _threads(self, setup: Setup, counts: Sequence[int], found: Findings, *, drafts_follow: bool = False) -> Setup:
        tried = {setup.threads: found.speed}
        costs = self._costs
        for threads in counts:

            async def measure(probe: Probe, threads: int = threads) -> Speed:
                speed = await probe.look(costs.sizes, lambda speed: CLEARLY * speed.seconds > found.speed.seconds)
                chosen = best_threads(tried | {threads: speed}) == threads
                if not (chosen and drafts_follow and found.speed.copied and self._in_time(costs.copying_s + costs.draft_s)):
                    return speed
                return replace(speed, copied=await probe.copying(costs.sizes))

            takes_s = costs.threads_s([threads / found.setup.threads])
            if speed := await self._try("threads", str(threads), replace(setup, threads=threads), found, measure, takes_s):
                tried[threads] = speed
        best = best_threads(tried)
        found.speed = tried[best]
        return replace(setup, threads=best)

    async def _kv(self, setup: Setup, machine: Machine, found: Findings) -> Setup:
        """Where memory was too short for f16, that is not tried: it would not fit. The two differ where much stands before what is written, so
        they are held against each other there, in the first setting."""
        if setup.plan.kv_type != "f16":
            found.undecided.add("kv")
            return setup
        first, f16, q8_0 = found.setup, self._f16, replace(setup, plan=replace(setup.plan, kv_type="q8_0"))
        if machine.quantizes_kv:
            found.kv_hope = hoped_kv_gain(found.trials[0].speed, machine.cache_share)
        if not machine.asks_for_kv(found.trials[0].speed):
            return setup
        if f16 is None:
            self._skip("kv", found)
            return setup
        found.trials.append(Trial("kv", "f16", f16))
        deep = replace(first, plan=replace(first.plan, kv_type="q8_0"))
        sizes, takes_s = self._costs.sizes, self._costs.load_s + self._costs.deep_s
        speed = await self._try("kv", "q8_0", deep, found, lambda probe: probe.deep(sizes), takes_s)
        if speed is None:
            return setup
        return q8_0 if best_kv(f16, speed) == "q8_0" else setup

    async def _drafts(self, setup: Setup, before: Choice | None, found: Findings) -> Setup:
        lengths = drafts_to_try(found.steps, LONGEST_STEP)
        found.drafts_hopeless = bool(found.steps) and not lengths
        if found.drafts_hopeless:
            return setup
        without, costs, tried = found.speed, self._costs, dict[Speculation, Speed]()
        if not without.copied:
            self._skip("drafts", found)
            return setup

        def lost(speed: Speed) -> bool:
            return speed.written < CLEARLY * without.written

        async def measure(probe: Probe) -> Speed:
            speed = await probe.look(costs.sizes, lost)
            return speed if lost(speed) else replace(speed, copied=await probe.copying(costs.sizes))

        for speculation in [Speculation(match, draft) for draft in lengths for match in MATCHES]:
            drafting = replace(setup, plan=replace(setup.plan, speculation=speculation))
            label = f"{speculation.match}/{speculation.draft}"
            if speed := await self._try("drafts", label, drafting, found, measure, costs.draft_s):
                tried[speculation] = speed
        if tried:
            nearest = max(tried.values(), key=lambda speed: speed.copied)
            found.drafts_gain = (nearest.copied / without.copied, nearest.written / max(without.written, 0.001))
        if best := best_speculation(without, tried):
            found.undecided.discard("drafts")
            found.speed = tried[best]
            return replace(setup, plan=replace(setup.plan, speculation=best))
        if before and before.speculation in tried:  # it was found to pay, and does not any more
            found.undecided.discard("drafts")
        return setup

    async def _second_model(self, setup: Setup, draft_path: str, found: Findings) -> str:
        """The path of a drafting model that does not pay, or does not load; "" of one that does, or was not tried."""
        speed = await self._look("model", draft_path, replace(setup, plan=replace(setup.plan, draft_path=draft_path)), found)
        if speed is None:
            return draft_path if ("model", draft_path) in found.broken else ""
        return "" if model_drafts_pay(found.speed, speed) else draft_path

    async def _limit(self, machine: Machine, found: Findings) -> None:
        found.limit = limit_tokens_per_second(found.bytes_per_second, machine.bytes_per_token)
        if found.speed.written > found.limit:  # something else read the memory while it was measured
            found.bytes_per_second = max(found.bytes_per_second, await asyncio.to_thread(self._bandwidth))
            found.limit = limit_tokens_per_second(found.bytes_per_second, machine.bytes_per_token)

    async def _look(self, kind: Kind, label: str, setup: Setup, found: Findings) -> Speed | None:
        costs = self._costs
        return await self._try(kind, label, setup, found, lambda probe: probe.look(costs.sizes), costs.load_s + costs.look_s)

    async def _try(
        self, kind: Kind, label: str, setup: Setup, found: Findings, measure: Callable[[Probe], Awaitable[Speed]], takes_s: float
    ) -> Speed | None:
        """None where there is no time for it, or where it does not load."""
        if not self._in_time(takes_s):
            self._skip(kind, found)
            return None
        self._on_step(kind, label)
        try:
            async with self._open(setup) as engine:
                prompts = await prompts_for(engine, [self._costs.sizes.sentences])
                speed = await measure(Probe(engine, prompts, self._late))
        except OutOfTime:
            self._skip(kind, found)
            return None
        except HanmoError:
            found.broken.append((kind, label))
            return None
        found.trials.append(Trial(kind, label, speed))
        return speed

    def _skip(self, kind: Kind, found: Findings) -> None:
        found.skipped.append(kind)
        if kind != "threads":  # of which some may do
            found.undecided.add(kind)

    def _in_time(self, seconds: float) -> bool:
        return self._clock() + seconds <= self._ends

    def _late(self) -> bool:
        return self._clock() > self._ends + self._grace_s


def _kept(setup: Setup, idle_draft: str, before: Choice, undecided: Collection[Kind]) -> Choice:
    """What was decided; what was not, as it was before."""
    return Choice(
        before.threads if "threads" in undecided else setup.threads,
        before.kv_type if "kv" in undecided else setup.plan.kv_type,
        before.speculation if "drafts" in undecided else setup.plan.speculation,
        before.idle_draft if "model" in undecided else idle_draft,
    )
