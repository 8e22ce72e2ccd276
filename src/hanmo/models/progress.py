"""How fast bytes come in, and when that is worth saying. Time is handed in."""

from collections import deque

__all__ = ["Meter"]

_WINDOW_S = 5.0
_PERIOD_S = 0.2


class Meter:
    """A rate over the last seconds, and a gate that opens at most five times a second."""

    def __init__(self, now: float) -> None:
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])
        self._sum = 0
        self._spoke_at = now - _PERIOD_S

    def add(self, num_bytes: int, now: float) -> None:
        self._sum += num_bytes
        self._marks.append((now, self._sum))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _WINDOW_S:
            self._marks.popleft()

    def rate(self, now: float) -> float:
        """Bytes per second over the last five seconds."""
        since, before = self._marks[0]
        return (self._sum - before) / max(now - since, 1e-3)

    def due(self, now: float) -> bool:
        """True where a word may be said now; then the gate is shut for a fifth of a second."""
        if now - self._spoke_at < _PERIOD_S:
            return False
        self._spoke_at = now
        return True
