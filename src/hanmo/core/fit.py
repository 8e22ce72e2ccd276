"""A few positive weights fitted to positive measurements, by their relative error, and drawn towards what theory expects.

Theory
  A measurement says `y = x · w` with features `x`. Long runs would drown short ones in plain least squares, so an error is a ratio: the logarithm
  of `y / (x · w)`. The weights are sought as logarithms, too. From machine to machine they differ by powers of ten (a graphics card reads a
  token for a four-hundredth of what it takes to begin, a processor for more than all of that), so that an expectation can only be wrong by a
  factor, and half of it has to be as near as its double. By the logarithm of a weight a row changes as much as that weight has part in what is
  foreseen; from there it is Gauss and Newton's method.

  With few rows most weights are not told apart by them. So the ridge draws them towards their expected shares, which more rows outvote; only
  towards the shares, as what all of them are multiples of is for the rows alone to say. Rows that are far off from what was foreseen (the
  machine was asleep, or busy with something else) count less (Huber), and so does the expectation of a weight that is far off from it (it is
  another kind of machine). Far is what is far among the rows: where the expectation is wrong, all of them are off at first, and none is odd.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

RIDGE = 0.01
"""The pull of an expected share, in rows: a weight that is off by a factor costs as much as this share of a row that is off by as much."""
LOOSE = 1.0
"""The logarithm of a factor up to which an expectation counts in full."""
USUAL = 0.12
"""A relative error up to which a row always counts in full,"""
FAR = 1.5
"""and how many times that of the middle row, if this is more."""
MOST_STEPS, CLOSE = 25, 1e-4
LONGEST_STEP = 1.5
"""Of the logarithm of a weight: what holds at one place says little of one that is far away."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: features (each ≥ 0, not all 0), what came of them (> 0), and how much it counts."""

    x: tuple[float, ...]
    y: float
    counts: float = 1.0


def fit(rows: Sequence[Row], shares: Sequence[float]) -> tuple[float, ...]:
    """Weights (> 0), one a feature; `shares` (> 0) are the expected ones up to a common factor. At least one row."""
    level = _middle([(log(row.y / _dot(row.x, shares)), row.counts) for row in rows])
    logs = [level] * len(shares)  # of each weight over its share
    for _ in range(MOST_STEPS):
        step = _step(rows, [share * exp(each) for share, each in zip(shares, logs, strict=True)], logs)
        longest = max(map(abs, step))
        shorter = min(1.0, LONGEST_STEP / longest) if longest else 1.0
        logs = [each + shorter * by for each, by in zip(logs, step, strict=True)]
        if longest < CLOSE:
            break
    return tuple(share * exp(each) for share, each in zip(shares, logs, strict=True))


def _step(rows: Sequence[Row], weights: Sequence[float], logs: Sequence[float]) -> list[float]:
    """Towards better `logs` of these weights."""
    foreseen = [_dot(row.x, weights) for row in rows]
    off = [log(row.y / f) for row, f in zip(rows, foreseen, strict=True)]
    far = max(USUAL, FAR * _middle([(abs(o), row.counts) for o, row in zip(off, rows, strict=True)]))
    places, holds = range(len(weights)), _holds(logs)
    held, level = sum(holds), _dot(holds, logs) / sum(holds)
    gram = [[RIDGE * holds[i] * ((i == j) - holds[j] / held) for j in places] for i in places]
    wanted = [RIDGE * hold * (level - each) for hold, each in zip(holds, logs, strict=True)]
    for row, f, o in zip(rows, foreseen, off, strict=True):
        parts = [x * weight / f for x, weight in zip(row.x, weights, strict=True)]
        trust = row.counts * min(1.0, far / abs(o)) if o else row.counts
        for i in places:
            wanted[i] += trust * parts[i] * o
            for j in places:
                gram[i][j] += trust * parts[i] * parts[j]
    return _solved(gram, wanted)


def _holds(logs: Sequence[float]) -> list[float]:
    """How much what is expected of each weight counts."""
    middle = _middle([(each, 1.0) for each in logs])
    return [1.0 / max(1.0, abs(each - middle) / LOOSE) for each in logs]


def _solved(gram: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """By elimination, of a positive definite `gram`."""
    lines = [[*line, value] for line, value in zip(gram, wanted, strict=True)]
    for i, line in enumerate(lines):
        for k in range(i + 1, len(lines)):
            by = lines[k][i] / line[i]
            lines[k] = [a - by * b for a, b in zip(lines[k], line, strict=True)]
    found = [0.0] * len(lines)
    for i in reversed(range(len(lines))):
        found[i] = (lines[i][-1] - _dot(lines[i][:-1], found)) / lines[i][i]
    return found


def _middle(values: Sequence[tuple[float, float]]) -> float:
    """The median of (value, how much it counts)."""
    half, so_far = sum(counts for _, counts in values) / 2, 0.0
    for value, counts in sorted(values):
        so_far += counts
        if so_far >= half:
            return value
    raise ValueError("no values")


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
