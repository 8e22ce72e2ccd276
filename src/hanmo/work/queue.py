"""The line before the engine's one slot: bounded, fair, with visible places. Pure: it holds names, not tasks.

Fair means round robin between parties (a party is a conversation): whoever asked for three things waits with the second until everybody
else has had one.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from hanmo.core.errors import QueueFull


class FairQueue:
    """Items are ids; `limit` counts all that wait, over all parties."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: OrderedDict[str, deque[str]] = OrderedDict()
        self._reserved = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Holds a place while what will stand in it is stored. `QueueFull("queue_full", limit=…)` where there is none."""
        if len(self) + self._reserved >= self.limit:
            raise QueueFull("queue_full", limit=self.limit)
        self._reserved += 1
        try:
            yield
        finally:
            self._reserved -= 1

    def add(self, item: str, party: str) -> None:
        self._waiting.setdefault(party, deque()).append(item)

    def pop(self) -> str | None:
        """The next in turn; its party goes to the back."""
        if not self._waiting:
            return None
        party, items = self._waiting.popitem(last=False)
        item = items.popleft()
        if items:
            self._waiting[party] = items
        return item

    def remove(self, item: str) -> bool:
        """Takes `item` out of the line; False where it does not stand there."""
        for party, items in self._waiting.items():
            if item in items:
                items.remove(item)
                if not items:
                    del self._waiting[party]
                return True
        return False

    def order(self) -> list[str]:
        """All that wait, in the order in which they will be served; the first has place 1."""
        lines = [list(items) for items in self._waiting.values()]
        longest = max(map(len, lines), default=0)
        return [line[turn] for turn in range(longest) for line in lines if turn < len(line)]
