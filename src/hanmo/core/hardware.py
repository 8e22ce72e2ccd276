"""The hardware table: what a machine may expect of the 4B, and in which row of it one stands.

Theory
  Writing a token reads all weights once, so a machine's speed with one model tells that with another: tokens a second times bytes stay about
  the same (24 tokens/s of the 1.5B and 10.7 of the 4B on the same two cores: 27 GB/s both). A row asks for a speed and for memory; a machine
  stands in the lower of the two.

Sources of the numbers: 4B in Q4_K_M, 2,497,281,120 bytes. Two cores of 2021 (AVX-512, the wheel uses AVX2) were measured to read 13 GB/s of
weights each. What all cores together read (30 GB/s) and the rows are assumed, not measured: `hanmo bench` replaces them by a measurement. Pure.
"""

from dataclasses import dataclass
from typing import Literal

MEASURE_BYTES = 2_497_281_120
"""The model that the table speaks of."""
BYTES_PER_CORE, BYTES_OF_ALL = 13e9, 30e9
"""Of weights a second, before anything was measured."""

Standing = Literal["below", "barely", "recommended", "ideal"]


@dataclass(frozen=True, slots=True)
class HardwareRow:
    """From so many tokens a second and so much memory on; `cores` and `memory_bytes` as a shop names them, `n_ctx` tokens fit well."""

    name: Standing
    tokens_per_second: float
    cores: int
    memory_bytes: int
    n_ctx: int


ROWS = (
    HardwareRow("ideal", 10.0, 8, 32_000_000_000, 16_384),
    HardwareRow("recommended", 5.0, 4, 16_000_000_000, 8_192),
    HardwareRow("barely", 2.0, 2, 8_000_000_000, 4_096),
)
"""Best first."""
MEMORY_SHARE = 0.85
"""A machine that is sold with 16 GB shows a little less: firmware and graphics keep some."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a machine stands: tokens of the 4B a second, the context that fits well, and what it owes the row to ("speed" or "memory")."""

    name: Standing
    tokens_per_second: float
    n_ctx: int
    held_by: Literal["speed", "memory"]


def estimate_tokens_per_second(cores: int, *, runs_engine: bool = True) -> float:
    """Of the 4B, from the physical cores; 0 on a processor that the engine does not run on."""
    return min(cores * BYTES_PER_CORE, BYTES_OF_ALL) / MEASURE_BYTES if runs_engine else 0.0


def as_the_measure(tokens_per_second: float, model_bytes: int) -> float:
    """What was measured with another model, as tokens of the 4B a second."""
    return tokens_per_second * model_bytes / MEASURE_BYTES


def place_of(tokens_per_second: float, memory_bytes: int, cores: int | None = None) -> Place:
    """The best row whose speed and memory are both there. A speed that was not measured is an estimate from `cores`: it needs those of the row,
    too."""
    quick = [row for row in ROWS if tokens_per_second >= row.tokens_per_second]
    speed_rows = [row for row in quick if cores is None or cores >= row.cores]
    memory_rows = [row for row in ROWS if memory_bytes >= MEMORY_SHARE * row.memory_bytes]
    held_by: Literal["speed", "memory"] = "memory" if len(memory_rows) < len(speed_rows) else "speed"
    both = [row for row in speed_rows if row in memory_rows]
    if not both:
        return Place("below", tokens_per_second, ROWS[-1].n_ctx // (1 if memory_rows else 2), held_by)
    return Place(both[0].name, tokens_per_second, both[0].n_ctx, held_by)
