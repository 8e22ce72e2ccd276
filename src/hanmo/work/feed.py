"""What the followers of one run hear: where it stands, whenever that changes; its pieces, in order; its end."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

State = TypeVar("State")
Piece = TypeVar("Piece")
End = TypeVar("End")


@dataclass(slots=True)
class Feed(Generic[State, Piece, End]):
    """Written by the run alone, on the event loop; read by any number of followers."""

    state: State
    pieces: list[Piece] = field(default_factory=list)
    last: End | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._wake()

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._wake()

    def close(self, last: End) -> None:
        self.last = last
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int) -> AsyncGenerator[State | Piece | End]:
        """Every piece after number `after`, the present state whenever it changes, and the end."""
        sent, shown = after, None
        while True:
            changed = self._changed
            if self.state != shown and self.last is None:
                shown = self.state
                yield shown
            while sent < len(self.pieces):
                sent += 1
                yield self.pieces[sent - 1]
            if self.last is not None:
                yield self.last
                return
            await changed.wait()
