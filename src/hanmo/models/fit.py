"""How a model is loaded into the memory there is: a ladder that ends in something that runs.

    needed = weights + KV cache + compute buffer + runtime + margin

Weights are held once (`load_mode` NONE). The KV cache keeps `GgufFacts.kv_values_per_token` numbers for each token of context: 2 bytes
each in f16, 34 bytes per 32 in q8_0. The compute buffer is that of `n_ubatch = 64`: one row of logits and one row of attention
scores per token of the batch. Measured with this wheel (peak resident set, load and 2,000 tokens read): 1.5B at 8,192 f16 1,410 MiB
against 1,290 of weights and KV, at 2,048 q8_0 1,210 against 1,096; 0.5B at 8,192 f16 677 against 565. So runtime and compute buffer
are about 120 MiB where this module reckons 170 or more; repacking adds 0.5 % of the weights for a moment.

Repacked weights are read and written faster on ARM. On x86 this engine reads them a seventh slower than they come in the file (4B, two
cores; half as fast again where it was built for AVX-512), writes them as fast, and loads them in more time: see docs/decisions/0002.

Pure: numbers in, a choice out.
"""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hanmo.core.values import Problem
from hanmo.models.cpu import X86
from hanmo.models.gguf import GgufFacts

__all__ = ["DEFAULT_N_CTX", "LEAST_N_CTX", "Device", "Fit", "can_quantize", "kv_bytes", "memory_needed", "rungs", "try_fit"]

DEFAULT_N_CTX = 8192
LEAST_N_CTX = 512
_SMALLER_CONTEXTS = (4096, 2048)
_MIB = 1 << 20
_N_UBATCH = 64
_RUNTIME_BYTES = 96 * _MIB
_MARGIN_BYTES = 192 * _MIB
_MARGIN_SHARE = 0.02
_REPACK_SHARE = 0.01
_Q8_BLOCK, _Q8_BLOCK_BYTES = 32, 34

KvType = Literal["f16", "q8_0"]


def repacks_on(machine: str) -> bool:
    """Whether weights are repacked, where there is memory for it, on a machine that `platform.machine()` calls so."""
    return machine.lower() not in X86


REPACKS = repacks_on(platform.machine())


@dataclass(frozen=True, slots=True)
class Device:
    """A device the engine reports. Only `kind` "gpu" has memory of its own."""

    name: str
    kind: Literal["cpu", "gpu", "igpu", "accel"]
    memory_free_bytes: int


@dataclass(frozen=True, slots=True)
class Fit:
    """One way to load a model. `memory_bytes` is what it takes, margin included, where it is loaded."""

    n_ctx: int
    kv_type: KvType
    repack: bool
    gpu_layers: int
    memory_bytes: int
    notes: tuple[Problem, ...] = ()


def kv_bytes(facts: GgufFacts, n_ctx: int, kv_type: KvType) -> int:
    values = facts.kv_values_per_token * n_ctx
    return 2 * values if kv_type == "f16" else -(-values // _Q8_BLOCK) * _Q8_BLOCK_BYTES


def memory_needed(facts: GgufFacts, n_ctx: int, kv_type: KvType, *, repack: bool) -> int:
    """Bytes, margin included."""
    weights = facts.file_bytes
    compute = 4 * _N_UBATCH * (facts.n_vocab + 16 * facts.n_embd + max(facts.n_head, 1) * n_ctx)
    momentary = int(_REPACK_SHARE * weights) if repack else 0
    margin = _MARGIN_BYTES + int(_MARGIN_SHARE * weights)
    return weights + kv_bytes(facts, n_ctx, kv_type) + compute + _RUNTIME_BYTES + momentary + margin


def rungs(facts: GgufFacts, n_ctx: int | None, *, repacks: bool = REPACKS) -> Iterator[Fit]:
    """The ladder, best first: the context asked for in f16, then in q8_0, then smaller ones; where weights are repacked, then without it."""
    wanted = DEFAULT_N_CTX if n_ctx is None else n_ctx
    trained: tuple[Problem, ...] = ()
    if facts.n_ctx_train and wanted > facts.n_ctx_train:
        if n_ctx is not None:
            trained = (Problem("fit_context_trained", {"wanted": wanted, "n_ctx": facts.n_ctx_train}),)
        wanted = facts.n_ctx_train
    yield _rung(facts, wanted, "f16", repack=repacks, notes=trained)
    kv_type: KvType = "q8_0" if can_quantize(facts) else "f16"
    quantized = (Problem("fit_kv_q8"),) if kv_type == "q8_0" else ()
    least, notes = wanted, (*trained, *quantized)
    for context in (wanted, *(smaller for smaller in _SMALLER_CONTEXTS if smaller < wanted)):
        least = context
        smaller_note = (Problem("fit_smaller_context", {"wanted": wanted, "n_ctx": context}),) if context < wanted else ()
        notes = (*trained, *quantized, *smaller_note)
        yield _rung(facts, context, kv_type, repack=repacks, notes=notes)
    if repacks:
        yield _rung(facts, least, kv_type, repack=False, notes=(*notes, Problem("fit_no_repack")))


def try_fit(facts: GgufFacts, *, available_bytes: int, n_ctx: int | None = None, devices: Sequence[Device] = ()) -> Fit | None:
    """The first rung that fits: whole on a GPU with room for all of it, else in memory; None where not even the last one does."""
    ladder = list(rungs(facts, n_ctx))
    room = max((device.memory_free_bytes for device in devices if device.kind == "gpu"), default=0)
    wanted = [rung for rung in ladder if rung.n_ctx == ladder[0].n_ctx and rung.repack == ladder[0].repack]
    for rung in wanted:
        if rung.memory_bytes <= room:
            return replace(rung, gpu_layers=facts.n_layers + 1)
    return next((rung for rung in ladder if rung.memory_bytes <= available_bytes), None)


def _rung(facts: GgufFacts, n_ctx: int, kv_type: KvType, *, repack: bool, notes: tuple[Problem, ...]) -> Fit:
    return Fit(n_ctx, kv_type, repack, 0, memory_needed(facts, n_ctx, kv_type, repack=repack), notes)


def can_quantize(facts: GgufFacts) -> bool:
    """q8_0 works on blocks of 32: a head of another width cannot be cut into them."""
    return facts.key_length % _Q8_BLOCK == 0 and facts.value_length % _Q8_BLOCK == 0 and facts.kv_values_per_token > 0
