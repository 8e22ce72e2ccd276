"""Which model is loaded, and how: the one asked for where it fits somehow, else the largest starter that is here and does."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hanmo.core.errors import InvalidRequest, ModelFileBad, NoRoom
from hanmo.core.values import Problem
from hanmo.models.fit import LEAST_N_CTX, Device, Fit, can_quantize, memory_needed, rungs, try_fit
from hanmo.models.gguf import GgufFacts, read_facts
from hanmo.work.model_ports import ModelEntry

__all__ = ["Fitted", "choose"]


@dataclass(frozen=True, slots=True)
class Fitted:
    entry: ModelEntry
    facts: GgufFacts
    fit: Fit

    def in_q8(self) -> "Fitted":
        """With the KV cache in q8_0, where its heads can be cut so."""
        fit = self.fit
        if fit.kv_type == "q8_0" or not can_quantize(self.facts):
            return self
        memory = memory_needed(self.facts, fit.n_ctx, "q8_0", repack=fit.repack)
        return replace(self, fit=replace(fit, kv_type="q8_0", memory_bytes=memory))


async def choose(
    entry: ModelEntry,
    smaller: Sequence[ModelEntry],
    *,
    n_ctx: int | None,
    available_bytes: int,
    devices: Sequence[Device] = (),
) -> Fitted:
    """Raises `ModelFileBad` where the file asked for is, and `NoRoom("memory_too_small")` where nothing fits."""
    if n_ctx is not None and n_ctx < LEAST_N_CTX:
        raise InvalidRequest("context_too_small", n_ctx=n_ctx, least=LEAST_N_CTX)
    if entry.path is None:
        raise InvalidRequest("model_not_here", model=entry.id)
    facts = await asyncio.to_thread(read_facts, Path(entry.path))
    if fit := try_fit(facts, available_bytes=available_bytes, n_ctx=n_ctx, devices=devices):
        return Fitted(entry, facts, fit)
    for other in smaller:
        with suppress(ModelFileBad):
            other_facts = await asyncio.to_thread(read_facts, Path(str(other.path)))
            if fit := try_fit(other_facts, available_bytes=available_bytes, n_ctx=n_ctx, devices=devices):
                note = Problem("fit_smaller_model", {"wanted": entry.name, "model": other.name})
                return Fitted(other, other_facts, replace(fit, notes=(note, *fit.notes)))
    least = list(rungs(facts, n_ctx))[-1].memory_bytes
    raise NoRoom("memory_too_small", model=entry.name, needed_bytes=least, available_bytes=available_bytes)
