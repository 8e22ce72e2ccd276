"""The ladder: whatever is planned fits, it steps down in order, and what was given up is said."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.models.fit import Device, kv_bytes, memory_needed, repacks_on, rungs, try_fit
from hanmo.models.gguf import GgufFacts

MIB = 1 << 20
QWEN3_4B = GgufFacts("qwen3", "Qwen3-4B", 36, 2560, 32, (8,) * 36, 128, 128, 262144, 151936, 15, 2_491_000_000, 2_497_281_120, True)
CODER_1_5B = GgufFacts("qwen2", "1.5B", 28, 1536, 12, (2,) * 28, 128, 128, 32768, 151936, 15, 1_111_370_240, 1_117_320_768, True)


@st.composite
def any_facts(draw: st.DrawFn) -> GgufFacts:
    layers, heads = draw(st.integers(1, 96)), draw(st.integers(1, 64))
    head = draw(st.sampled_from([32, 64, 80, 96, 128, 256]))
    kv_heads = draw(st.one_of(st.just((draw(st.integers(1, heads)),) * layers), st.just((0,) * layers)))
    size = draw(st.integers(1 * MIB, 64 << 30))
    return GgufFacts(
        "llama",
        "any",
        layers,
        heads * head,
        heads,
        kv_heads,
        head,
        head,
        draw(st.integers(0, 1 << 20)),
        draw(st.integers(0, 300000)),
        15,
        size,
        size,
        True,
    )


@given(facts=any_facts(), available=st.integers(0, 128 << 30), n_ctx=st.one_of(st.none(), st.integers(512, 1 << 20)))
def test_a_plan_fits_the_memory_it_was_given_and_there_is_none_only_where_the_last_rung_does_not(
    facts: GgufFacts, available: int, n_ctx: int | None
) -> None:
    ladder = list(rungs(facts, n_ctx))
    fit = try_fit(facts, available_bytes=available, n_ctx=n_ctx)
    if fit is None:
        assert all(rung.memory_bytes > available for rung in ladder)
        return
    assert fit.memory_bytes <= available
    assert fit.memory_bytes == memory_needed(facts, fit.n_ctx, fit.kv_type, repack=fit.repack)
    assert all(rung.memory_bytes > available for rung in ladder[: ladder.index(fit)])
    assert fit.gpu_layers == 0


@given(facts=any_facts(), n_ctx=st.one_of(st.none(), st.integers(512, 1 << 20)), repacks=st.booleans())
def test_each_rung_takes_no_more_than_the_one_before_it_and_says_what_is_given_up(
    facts: GgufFacts, n_ctx: int | None, repacks: bool
) -> None:
    ladder = list(rungs(facts, n_ctx, repacks=repacks))
    for above, below in itertools.pairwise(ladder):
        assert below.memory_bytes <= above.memory_bytes
        assert below.n_ctx <= above.n_ctx
    top = ladder[0]
    assert (top.kv_type, top.repack) == ("f16", repacks)
    if facts.n_ctx_train:
        assert top.n_ctx <= facts.n_ctx_train
    for rung in ladder:
        codes = {note.code for note in rung.notes}
        assert ("fit_kv_q8" in codes) == (rung.kv_type == "q8_0")
        assert ("fit_smaller_context" in codes) == (rung.n_ctx < top.n_ctx)
        assert ("fit_no_repack" in codes) == (repacks and not rung.repack)


@pytest.mark.parametrize("repacks", [True, False])
def test_the_ladder_steps_down_in_order(repacks: bool) -> None:
    steps = [(rung.n_ctx, rung.kv_type, rung.repack) for rung in rungs(QWEN3_4B, None, repacks=repacks)]
    down = [(8192, "f16", repacks), (8192, "q8_0", repacks), (4096, "q8_0", repacks), (2048, "q8_0", repacks)]
    assert steps == ([*down, (2048, "q8_0", False)] if repacks else down)


@pytest.mark.parametrize(("machine", "repacked"), [("x86_64", False), ("AMD64", False), ("arm64", True), ("aarch64", True)])
def test_weights_are_repacked_where_that_reads_faster(machine: str, repacked: bool) -> None:
    assert repacks_on(machine) == repacked


def test_the_cache_of_the_4b_is_144_kib_a_token_in_f16_and_a_little_over_half_in_q8() -> None:
    assert kv_bytes(QWEN3_4B, 1, "f16") == 144 << 10
    assert kv_bytes(QWEN3_4B, 8192, "q8_0") == 8192 * (144 << 10) * 34 // 64


def test_the_estimate_covers_what_was_measured_and_not_much_more() -> None:
    for n_ctx, kv_type, peak_mib in ((8192, "f16", 1410), (8192, "q8_0", 1305), (2048, "q8_0", 1210)):
        needed = memory_needed(CODER_1_5B, n_ctx, kv_type, repack=True) / MIB  # type: ignore[arg-type]
        assert peak_mib < needed < peak_mib + 300


def test_an_8_gb_machine_with_4_gib_free_runs_the_4b_at_its_full_context() -> None:
    fit = try_fit(QWEN3_4B, available_bytes=4 << 30)
    assert fit is not None
    assert (fit.n_ctx, fit.kv_type, fit.notes) == (8192, "f16", ())


def test_an_explicit_context_is_honoured_where_it_fits_and_stepped_down_with_a_note_where_not() -> None:
    roomy = try_fit(QWEN3_4B, available_bytes=64 << 30, n_ctx=32768)
    assert roomy is not None
    assert (roomy.n_ctx, roomy.kv_type, roomy.notes) == (32768, "f16", ())
    tight = try_fit(QWEN3_4B, available_bytes=4 << 30, n_ctx=32768)
    assert tight is not None
    assert tight.n_ctx == 4096
    assert {note.code: note.params for note in tight.notes}["fit_smaller_context"] == {"wanted": 32768, "n_ctx": 4096}


def test_more_context_than_the_model_knows_is_cut_to_what_it_knows() -> None:
    fit = try_fit(CODER_1_5B, available_bytes=64 << 30, n_ctx=100_000)
    assert fit is not None
    assert (fit.n_ctx, [note.code for note in fit.notes]) == (32768, ["fit_context_trained"])


def test_heads_that_are_no_whole_blocks_are_never_quantized() -> None:
    odd = GgufFacts("llama", "odd", 8, 640, 8, (8,) * 8, 80, 80, 8192, 32000, 15, MIB, MIB, True)
    assert {rung.kv_type for rung in rungs(odd, None)} == {"f16"}


def test_a_gpu_with_room_for_everything_takes_all_layers_and_a_small_one_none() -> None:
    big, small = Device("CUDA0", "gpu", 12 << 30), Device("CUDA1", "gpu", 2 << 30)
    shared, cpu = Device("Vulkan0", "igpu", 64 << 30), Device("CPU", "cpu", 64 << 30)
    on_gpu = try_fit(QWEN3_4B, available_bytes=1 << 30, devices=[cpu, small, big])
    assert on_gpu is not None
    assert (on_gpu.gpu_layers, on_gpu.n_ctx) == (37, 8192)
    beside = try_fit(QWEN3_4B, available_bytes=8 << 30, devices=[cpu, small, shared])
    assert beside is not None
    assert beside.gpu_layers == 0
