"""The bench on engines whose speed is known: what it tries, what it chooses, and that it ends in time."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from itertools import groupby

from hanmo.core.errors import EngineUnavailable
from hanmo.core.tuning import Choice, Speculation
from hanmo.core.values import Timings
from hanmo.engine import FakeEngine
from hanmo.work.measure import DEEP_RUNS
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineDone, EngineEvent, EngineRequest
from hanmo.work.tuner import DEEP_TOKENS, Findings, Machine, Setup, Tuner

PLAN = LoadPlan("m", "m.gguf", "0" * 64, 8192, "f16", repack=True, gpu_layers=0, memory_bytes=0)
MACHINE = Machine(threads=(4, 3, 2), bytes_per_token=2e9)
ONE_STEP_S, MORE_S = 0.1, 0.004
"""A step of one token, and what each further one in it costs: drafts look worth a try."""


class Timed(FakeEngine):
    """`writes(setup, copying)` and `reads(setup)` give the tokens a second that it says it did."""

    def __init__(self, setup: Setup, writes: Callable[[Setup, bool], float], reads: Callable[[Setup], float]) -> None:
        super().__init__()
        self._setup, self._writes, self._reads = setup, writes, reads

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                yield replace(event, timings=self._timed(event.timings, request)) if isinstance(event, EngineDone) else event

    def _timed(self, timings: Timings, request: EngineRequest) -> Timings:
        new = timings.prompt_tokens - timings.cached_tokens
        step = new / (ONE_STEP_S + MORE_S * (new - 1))
        return replace(
            timings,
            prompt_tokens_per_second=self._reads(self._setup) if new > 64 else step,
            tokens_per_second=self._writes(self._setup, request.grammar is not None),
        )


class Bench:
    """A tuner with its ears, on a clock that runs `trial_s` whenever a model is loaded."""

    def __init__(
        self,
        writes: Callable[[Setup, bool], float] = lambda _setup, _copying: 10.0,
        reads: Callable[[Setup], float] = lambda setup: 10.0 * setup.threads,
        *,
        trial_s: float = 1.0,
        refused: Callable[[Setup], bool] = lambda _: False,
    ) -> None:
        self.writes, self.reads, self.trial_s, self.refused = writes, reads, trial_s, refused
        self.engines: list[FakeEngine] = []
        self.now = 0.0
        self.opened: list[Setup] = []
        self.open_now = 0
        self.steps: list[tuple[str, str]] = []

    @asynccontextmanager
    async def open(self, setup: Setup) -> AsyncIterator[FakeEngine]:
        assert self.open_now == 0, "two models at once would slow each other down"
        self.opened.append(setup)
        if self.refused(setup):
            raise EngineUnavailable("engine_load_failed")
        self.open_now, self.now = 1, self.now + self.trial_s
        self.engines.append(Timed(setup, lambda setup, copying: self.writes(setup, copying), self.reads))
        try:
            yield self.engines[-1]
        finally:
            self.open_now = 0

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        writes, self.writes = self.writes, lambda setup, copying: writes(setup, copying) / 2
        yield
        self.writes = writes

    async def run(self, machine: Machine = MACHINE, plan: LoadPlan = PLAN) -> Findings:
        tuner = Tuner(
            self.open, lambda: 30e9, self.busy, lambda kind, label: self.steps.append((kind, label)), clock=lambda: self.now
        )
        return await tuner.run(plan, machine)


async def test_it_says_the_limit_and_how_long_prompts_and_steps_take() -> None:
    found = await Bench().run()
    assert found.limit == 15
    assert set(found.reads) == {16, 64, 256, 512}
    assert found.steps[1] < found.steps[16] < 16 * found.steps[1]
    assert (found.choice.threads, found.speed.written) == (4, 10)


async def test_threads_that_only_cost_are_left_to_the_browser() -> None:
    found = await Bench(reads=lambda setup: 40.0 if setup.threads >= 3 else 20.0).run()
    assert found.choice == Choice(3)


async def test_one_thing_is_changed_at_a_time_and_the_best_so_far_is_kept() -> None:
    bench = Bench(writes=lambda setup, _: 12.0 if setup.plan.kv_type == "q8_0" else 10.0, reads=lambda _: 400.0)
    found = await bench.run()
    assert [kind for kind, _ in groupby(kind for kind, _ in bench.steps)] == ["memory", "threads", "drafts", "kv", "threads"]
    assert [label for kind, label in bench.steps if kind == "threads"] == ["4", "3", "2"]
    assert found.choice.kv_type == "q8_0"
    compared = [(setup.threads, setup.plan.kv_type) for setup in bench.opened if setup.plan.speculation is None]
    assert compared == [(4, "f16"), (3, "f16"), (3, "f16"), (3, "q8_0"), (2, "q8_0")]


async def test_the_caches_are_compared_behind_a_long_text() -> None:
    bench = Bench()
    await bench.run()
    deep = [len(request.prompt_ids) for engine in bench.engines for request in engine.requests if len(request.prompt_ids) > 1000]
    assert deep == 2 * DEEP_RUNS * [DEEP_TOKENS]


async def test_what_does_not_load_is_said_and_ends_nothing() -> None:
    def refused(setup: Setup) -> bool:
        return setup.plan.path == "broken.gguf" or setup.plan.draft_path != "" or setup.threads == 2

    bench = Bench(refused=refused)
    found = await bench.run(
        replace(MACHINE, other_files=(replace(PLAN, path="broken.gguf"),)), replace(PLAN, draft_path="small.gguf")
    )
    assert found.broken == [("threads", "2"), ("file", "broken.gguf"), ("model", "small.gguf")]
    assert found.choice.idle_draft == "small.gguf"
    assert found.speed.written == 10


async def test_a_cache_that_is_small_for_want_of_memory_is_no_choice() -> None:
    found = await Bench().run(plan=replace(PLAN, kv_type="q8_0"))
    assert found.choice.kv_type == "f16"


def drafts_that(copy: float, free: float) -> Callable[[Setup, bool], float]:
    def writes(setup: Setup, copying: bool) -> float:
        return 10.0 * ((copy if copying else free) if setup.plan.speculation else 1.0)

    return writes


async def test_drafts_that_pay_are_chosen() -> None:
    found = await Bench(drafts_that(copy=1.5, free=1.0)).run()
    assert isinstance(found.choice.speculation, Speculation)
    assert found.speed.copied == 15


async def test_drafts_that_slow_free_writing_down_or_gain_too_little_are_off() -> None:
    for copy, free in ((1.5, 0.9), (1.1, 1.0)):
        found = await Bench(drafts_that(copy, free)).run()
        assert found.choice.speculation is None
        assert [trial.kind for trial in found.trials].count("drafts") > 0, "it shows what it saw"


async def test_a_plan_that_was_tuned_before_is_measured_without_its_drafts() -> None:
    bench = Bench()
    await bench.run(plan=replace(PLAN, speculation=Speculation(3, 16)))
    assert bench.opened[0].plan.speculation is None


async def test_a_drafting_model_is_measured_last_and_left_out_where_it_does_not_pay() -> None:
    for gain, idle in ((1.3, ""), (1.0, "small.gguf")):
        bench = Bench(writes=lambda setup, _, gain=gain: 10.0 * (gain if setup.plan.draft_path else 1.0))  # type: ignore[misc]
        found = await bench.run(plan=replace(PLAN, draft_path="small.gguf"))
        assert [setup.plan.draft_path for setup in bench.opened] == [*[""] * (len(bench.opened) - 1), "small.gguf"]
        assert found.choice.idle_draft == idle


async def test_other_files_are_shown_and_never_chosen() -> None:
    other = replace(PLAN, path="quick.gguf")
    bench = Bench(writes=lambda setup, _: 20.0 if setup.plan.path == "quick.gguf" else 10.0)
    found = await bench.run(replace(MACHINE, other_files=(other,)))
    assert [trial.label for trial in found.trials if trial.kind == "file"] == ["quick.gguf"]
    assert found.speed.written == 10


async def test_what_there_is_no_time_for_is_not_tried_and_said() -> None:
    bench = Bench(trial_s=100.0)
    found = await bench.run()
    assert [setup.threads for setup in bench.opened] == [4, 3]
    assert set(found.skipped) == {"threads", "kv", "drafts"}
    assert found.choice.speculation is None


async def test_a_long_prompt_is_not_read_where_that_takes_too_long() -> None:
    found = await Bench(reads=lambda _: 5.0).run()
    assert set(found.reads) == {16, 64}


async def test_what_another_program_takes_is_measured() -> None:
    assert (await Bench().run()).beside == 5
