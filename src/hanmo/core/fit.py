"""A few non-negative weights fitted to positive measurements, by their relative error, and drawn towards what theory expects.

Theory
  A measurement says `y = x · w` with features `x`. Long runs would drown short ones in plain least squares, so errors are relative: each row is
  divided by its `y`. With few rows most weights are not told apart by them; so each is held near its expected share by a ridge, which
  more rows outvote. What these shares are multiples of is the median over the rows, or over the rows by the square of their size, whichever is
  more: where reading costs much, many short runs say little of it, and where each run costs much, the long ones say little of that; and an
  expectation that is too high is soon put right by the rows that it does not fit, one that is too low hardly by any. Rows that are far off
  from what was foreseen (the machine was asleep, or busy with something else) count less (Huber).
"""

from collections.abc import Sequence
from dataclasses import dataclass

RIDGE = 0.15
"""The pull of an expected share, in rows: a weight that is wrong by all of itself costs as much as this share of a row that is."""
USUAL = 0.12
"""A relative error up to which a row counts in full."""
PASSES = 3
SWEEPS, CLOSE = 300, 1e-5


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: features (each ≥ 0, not all 0), what came of them (> 0), and how much it counts."""

    x: tuple[float, ...]
    y: float
    counts: float = 1.0


def fit(rows: Sequence[Row], shares: Sequence[float]) -> tuple[float, ...]:
    """Weights (≥ 0), one a feature; `shares` (> 0) are the expected ones up to a common factor. At least one row."""
    level = _level(rows, shares)
    expected = tuple(level * share for share in shares)
    weights = expected
    for _ in range(PASSES):
        foreseen = [_dot(row.x, weights) for row in rows]
        sizes = [max(row.y, f / 2) for row, f in zip(rows, foreseen, strict=True)]
        trust = [row.counts * _huber((row.y - f) / size) for row, f, size in zip(rows, foreseen, sizes, strict=True)]
        weights = _ridge(rows, sizes, trust, expected)
    return weights


def _level(rows: Sequence[Row], shares: Sequence[float]) -> float:
    """Of a share, in seconds."""
    sizes = [_dot(row.x, shares) for row in rows]
    levels = [(row.y / size, row.counts) for row, size in zip(rows, sizes, strict=True)]
    by_square = [(level, counts * size**2) for (level, counts), size in zip(levels, sizes, strict=True)]
    return max(_middle(levels), _middle(by_square))


def _middle(values: Sequence[tuple[float, float]]) -> float:
    """The median of (value, how much it counts)."""
    half, so_far = sum(counts for _, counts in values) / 2, 0.0
    for value, counts in sorted(values):
        so_far += counts
        if so_far >= half:
            return value
    raise ValueError("no values")


def _huber(error: float) -> float:
    return 1.0 if abs(error) <= USUAL else USUAL / abs(error)


def _ridge(rows: Sequence[Row], sizes: Sequence[float], trust: Sequence[float], expected: tuple[float, ...]) -> tuple[float, ...]:
    """In units of the expected weights, so that the ridge is the same for all; by coordinate descent, which keeps them from going below 0."""
    places = range(len(expected))
    gram, wanted = [[0.0] * len(expected) for _ in places], [0.0] * len(expected)
    for row, size, t in zip(rows, sizes, trust, strict=True):
        x = [part * e / size for part, e in zip(row.x, expected, strict=True)]
        for i in places:
            wanted[i] += t * x[i] * row.y / size
            for j in places:
                gram[i][j] += t * x[i] * x[j]
    w = [1.0] * len(expected)
    for _ in range(SWEEPS):
        before = list(w)
        for j in places:
            others = _dot(gram[j], w) - gram[j][j] * w[j]
            w[j] = max(0.0, (RIDGE + wanted[j] - others) / (RIDGE + gram[j][j]))
        if max(abs(new - old) for new, old in zip(w, before, strict=True)) < CLOSE:
            break
    return tuple(a * e for a, e in zip(w, expected, strict=True))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
