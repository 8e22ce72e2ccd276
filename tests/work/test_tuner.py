"""The bench on engines whose speed is known and a clock that they move: what it tries, what it chooses, and that it ends in time."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from itertools import groupby

import pytest

from hanmo.core.errors import EngineUnavailable
from hanmo.core.speeds import Speeds, Writing
from hanmo.core.tuning import KV_GAIN, Choice, Speculation
from hanmo.core.values import Timings
from hanmo.engine import FakeEngine
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineDone, EngineEvent, EngineRequest
from hanmo.work.sizes import DEEP_RUNS, DEEP_TOKENS, SIZES
from hanmo.work.tuner import BUDGET_S, GRACE, Findings, Machine, Setup, Tuner

PLAN = LoadPlan("m", "m.gguf", "0" * 64, 8192, "f16", repack=True, gpu_layers=0, memory_bytes=0)
MACHINE = Machine(threads=(4, 3, 2), bytes_per_token=2e9, cache_share=0.3)
CACHE_OF_4B = 0.09
"""36 layers of 8 heads of 128 numbers, behind 1,536 tokens, beside 2.33 GB of weights."""
ANSWER = '[{"n":2,"text":"' + "天还没有亮透，巷口的小店已经支起了两张矮桌，蒸笼里的白汽顺着屋檐往上爬。" + '"}]'


class Timed(FakeEngine):
    """Steps of one token take as long as writing it, each further token in one as long as reading it. Two tokens to three characters, as in
    Chinese; what is corrected has an end."""

    def __init__(self, bench: "Bench", setup: Setup) -> None:
        super().__init__(lambda prompt: ANSWER if "JSON" in prompt else "写" * 1000)
        self._bench, self._setup = bench, setup

    async def tokenize(self, text: str) -> tuple[int, ...]:
        return tuple(ord(letter) for i, letter in enumerate(text) if i % 3 < 2)

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                yield replace(event, timings=self._timed(event.timings, request)) if isinstance(event, EngineDone) else event

    def _timed(self, timings: Timings, request: EngineRequest) -> Timings:
        bench, new = self._bench, timings.prompt_tokens - timings.cached_tokens
        writes = bench.writes(self._setup, request.grammar is not None)
        reading_s = 1 / bench.writes(self._setup, False) + (new - 1) / bench.reads(self._setup)
        bench.now += reading_s + timings.generated_tokens / writes
        return replace(timings, prompt_tokens_per_second=new / reading_s, tokens_per_second=writes)


class Bench:
    """A tuner with its ears. `writes(setup, copying)` and `reads(setup)` are tokens a second."""

    def __init__(
        self,
        writes: Callable[[Setup, bool], float] = lambda _setup, _copying: 10.0,
        reads: Callable[[Setup], float] = lambda setup: 40.0 * setup.threads,
        *,
        load_s: float = 1.0,
        refused: Callable[[Setup], bool] = lambda _: False,
    ) -> None:
        self.writes, self.reads, self.load_s, self.refused = writes, reads, load_s, refused
        self.engines: list[FakeEngine] = []
        self.now = 0.0
        self.bandwidths = 0
        self.opened: list[Setup] = []
        self.open_now = 0
        self.steps: list[tuple[str, str]] = []

    @asynccontextmanager
    async def open(self, setup: Setup) -> AsyncIterator[FakeEngine]:
        assert self.open_now == 0, "two models at once would slow each other down"
        self.opened.append(setup)
        if self.refused(setup):
            raise EngineUnavailable("engine_load_failed")
        self.open_now, self.now = 1, self.now + self.load_s
        self.engines.append(Timed(self, setup))
        try:
            yield self.engines[-1]
        finally:
            self.open_now = 0

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        writes, self.writes = self.writes, lambda setup, copying: writes(setup, copying) / 2
        yield
        self.writes = writes

    def bandwidth(self) -> float:
        self.bandwidths += 1
        return 30e9

    async def run(
        self, machine: Machine = MACHINE, plan: LoadPlan = PLAN, before: Choice | None = None, budget_s: float = BUDGET_S
    ) -> Findings:
        tuner = Tuner(
            self.open,
            self.bandwidth,
            self.busy,
            lambda kind, label: self.steps.append((kind, label)),
            budget_s=budget_s,
            clock=lambda: self.now,
        )
        return await tuner.run(plan, machine, before)


def a_4b(read: float, written: float, load_s: float, threads: tuple[int, ...]) -> tuple[Bench, Machine]:
    """One that reads with each of its threads, and writes as fast as memory allows; drafts make copying a third faster."""

    def writes(setup: Setup, copying: bool) -> float:
        few = min(1.0, 1.3 * setup.threads / threads[0])
        return written * few * (1.35 if copying and setup.plan.speculation else 1.0)

    bench = Bench(writes, lambda setup: read * min(1.0, setup.threads / threads[0]), load_s=load_s)
    return bench, Machine(threads, bytes_per_token=2.4e9, cache_share=CACHE_OF_4B)


@pytest.mark.parametrize(
    ("read", "written", "load_s", "threads", "minutes", "tried", "skipped"),
    [
        (7, 3, 30, (4, 3, 2), 5, {"threads": 2, "drafts": 1}, {"threads", "drafts"}),
        (7, 3, 30, (4, 3, 2), 15, {"threads": 3, "drafts": 2}, set()),
        (12, 5, 20, (4, 3, 2), 5, {"threads": 3, "drafts": 2}, set()),
        (24, 11, 13, (2, 1), 5, {"threads": 2, "drafts": 2}, set()),
        (24, 11, 13, (4, 3, 2, 8), 5, {"threads": 4, "drafts": 2}, set()),
        (60, 20, 8, (8, 7, 4, 16), 5, {"threads": 4, "drafts": 2}, set()),
    ],
)
async def test_a_4b_is_decided_within_the_time_the_most_important_first(
    read: float,
    written: float,
    load_s: float,
    threads: tuple[int, ...],
    minutes: int,
    tried: dict[str, int],
    skipped: set[str],
) -> None:
    bench, machine = a_4b(read, written, load_s, threads)
    found = await bench.run(machine, budget_s=60.0 * minutes)
    assert {kind: len(found.tried(kind)) for kind in ("threads", "drafts")} == tried
    assert set(found.skipped) == skipped
    assert not found.undecided
    assert found.choice.speculation is not None
    assert found.kv_hope is not None and found.kv_hope < KV_GAIN, "the cache of this model is too small to be a question"
    assert found.seconds <= 60 * minutes
    assert len(set(bench.opened)) == len(bench.opened), "nothing is loaded twice"


def test_even_the_smallest_run_tells_a_price() -> None:
    first_piece = 4  # tokens of one character, at most
    known = [Speeds().after_writing(Writing(sizes.written - first_piece, 64, 5.0)) for sizes in SIZES]
    assert all(speeds.tokens_per_second for speeds in known)


@pytest.mark.parametrize(("read", "written", "load_s"), [(7, 3, 30), (24, 11, 13), (60, 20, 8)])
async def test_what_is_compared_is_measured_alike(read: float, written: float, load_s: float) -> None:
    bench, machine = a_4b(read, written, load_s, (4, 3))
    await bench.run(machine)
    written_with = [
        [
            (len(request.prompt_ids), request.sampling.max_new_tokens)
            for request in engine.requests
            if request.grammar is None and request.sampling.max_new_tokens >= 16
        ]
        for engine in bench.engines
    ]
    looks = {tuple(runs[:1]) for runs in written_with}
    assert len(looks) == 1
    copies = {
        tuple((request.prompt_ids, request.sampling) for request in engine.requests if request.grammar) for engine in bench.engines
    }
    assert len(copies - {()}) == 1


async def test_a_machine_that_slows_down_is_not_waited_for() -> None:
    bench, machine = a_4b(24, 11, 13, (4, 3, 2))
    writes, reads = bench.writes, bench.reads
    bench.writes = lambda setup, copying: writes(setup, copying) / (20 if len(bench.opened) > 1 else 1)
    bench.reads = lambda setup: reads(setup) / (20 if len(bench.opened) > 1 else 1)
    found = await bench.run(machine)
    longest_run_s = 20 * (128 / 12 + 96 / 7)
    assert found.seconds <= (1 + GRACE) * BUDGET_S + longest_run_s
    assert found.skipped


async def test_it_says_the_limit_and_how_long_prompts_and_steps_take() -> None:
    bench = Bench()
    found = await bench.run()
    assert found.limit == 15
    assert set(found.reads) == {16, 64, 128, 256, 512}
    assert found.steps[1] < found.steps[16] < 16 * found.steps[1]
    assert (found.choice.threads, found.speed.written, bench.bandwidths) == (4, 10, 1)


async def test_a_card_has_memory_of_its_own_and_no_such_limit() -> None:
    bench = Bench(writes=lambda _setup, _copying: 80.0)
    assert (await bench.run(plan=replace(PLAN, gpu_layers=37))).limit is None
    assert bench.bandwidths == 1, "nothing is said to have been in the way"
    assert (await bench.run()).limit == 15
    assert bench.bandwidths == 3


async def test_threads_that_only_cost_are_left_to_the_browser() -> None:
    found = await Bench(reads=lambda setup: 40.0 if setup.threads >= 3 else 20.0).run()
    assert found.choice == Choice(3)


async def test_one_thing_is_changed_at_a_time_and_the_best_so_far_is_kept() -> None:
    bench = Bench(writes=lambda setup, _: 12.0 if setup.plan.kv_type == "q8_0" else 10.0, reads=lambda _: 400.0)
    found = await bench.run()
    order = [kind for kind, _ in groupby(kind for kind, _ in bench.steps)]
    assert order == ["memory", "threads", "kv", "threads", "drafts", "kv", "threads"]
    assert [label for kind, label in bench.steps if kind == "threads"] == ["4", "3", "2"]
    assert found.choice.kv_type == "q8_0"
    compared = [(setup.threads, setup.plan.kv_type) for setup in bench.opened if setup.plan.speculation is None]
    assert compared == [(4, "f16"), (3, "f16"), (4, "q8_0"), (2, "q8_0")]


async def test_the_caches_are_compared_behind_a_long_text() -> None:
    bench = Bench()
    await bench.run()
    deep = [len(request.prompt_ids) for engine in bench.engines for request in engine.requests if len(request.prompt_ids) > 1000]
    assert deep == 2 * DEEP_RUNS * [DEEP_TOKENS]


async def test_a_cache_that_cannot_pay_is_not_tried_and_is_decided() -> None:
    bench = Bench()
    found = await bench.run(replace(MACHINE, cache_share=0.05), before=Choice(4, "q8_0"))
    assert (found.tried("kv"), found.skipped) == ([], [])
    assert found.kv_hope == pytest.approx(1.05, abs=0.01)
    assert found.choice.kv_type == "f16"


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
    for before in ("f16", "q8_0"):
        found = await Bench().run(plan=replace(PLAN, kv_type="q8_0"), before=Choice(4, before))
        assert found.choice.kv_type == before


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


async def test_drafts_that_clearly_lost_are_not_held_against_copying() -> None:
    bench = Bench(drafts_that(copy=1.5, free=0.5))
    found = await bench.run()
    assert found.drafts_gain == (0, 0.5)
    drafting = [engine for engine, setup in zip(bench.engines, bench.opened, strict=True) if setup.plan.speculation]
    assert drafting
    assert [request for engine in drafting for request in engine.requests if request.grammar] == []


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


KNOWN = Choice(7, "q8_0", Speculation(3, 24), "small.gguf")


@pytest.mark.parametrize("before", [None, KNOWN])
async def test_what_there_is_no_time_for_is_not_tried_and_said_and_stays_as_it_was(before: Choice | None) -> None:
    bench = Bench(load_s=250.0)
    found = await bench.run(plan=replace(PLAN, draft_path="small.gguf"), before=before)
    assert [setup.threads for setup in bench.opened] == [4]
    assert set(found.skipped) == found.undecided == {"threads", "kv", "drafts", "model"}
    assert found.setup.threads == 4
    assert found.choice == (before or Choice(None))


async def test_threads_that_the_user_gave_are_no_choice() -> None:
    given = Machine((3,), bytes_per_token=2e9, threads_given=True)
    for before, kept in ((None, None), (KNOWN, KNOWN.threads)):
        found = await Bench().run(given, before=before)
        assert (found.setup.threads, found.choice.threads, found.skipped) == (3, kept, [])
    assert (await Bench().run(replace(given, threads=(1,), threads_given=False))).choice.threads == 1


async def test_drafts_that_paid_once_are_given_up_where_they_do_not_any_more_though_others_were_not_tried() -> None:
    bench, machine = a_4b(7, 3, 30, (4, 3, 2))
    bench.writes = lambda _setup, _copying: 3.0
    found = await bench.run(machine)
    (tried,) = found.tried("drafts")
    match, draft = map(int, tried.label.split("/"))
    for before, kept in ((Speculation(match, draft), None), (Speculation(3, 47), Speculation(3, 47))):
        bench, machine = a_4b(7, 3, 30, (4, 3, 2))
        bench.writes = lambda _setup, _copying: 3.0
        assert (await bench.run(machine, before=Choice(4, "f16", before))).choice.speculation == kept


async def test_a_long_prompt_is_not_read_where_the_time_is_wanted_for_something_else() -> None:
    bench, machine = a_4b(7, 3, 30, (4, 3, 2))
    assert set((await bench.run(machine)).reads) == {16, 64}


async def test_what_another_program_takes_is_measured() -> None:
    assert (await Bench().run()).beside == 5
