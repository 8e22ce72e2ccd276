"""Two lanes to the engine's one slot. Long work (an article) goes one at a time and gives way at each sentence end; short work (a chat, a
rewrite) gets in there, and the long work goes on from its saved KV cache."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Lanes:
    """`chats_wait` tells whether a conversation wants the engine."""

    def __init__(self, chats_wait: Callable[[], bool]) -> None:
        self._chats_wait = chats_wait
        self._long = asyncio.Lock()
        self._line: list[Callable[[int], None]] = []
        self._num_short = 0
        self._no_short = asyncio.Event()
        self._no_short.set()

    @asynccontextmanager
    async def long(self, show_place: Callable[[int], None]) -> AsyncIterator[None]:
        """`show_place` hears the place in the line, from 1, whenever it changes; 0 when it is one's turn."""
        self._line.append(show_place)
        self._show_places()
        try:
            async with self._long:
                self._line.remove(show_place)
                show_place(0)
                self._show_places()
                yield
        finally:
            if show_place in self._line:
                self._line.remove(show_place)
                self._show_places()

    @asynccontextmanager
    async def short(self) -> AsyncIterator[None]:
        self._num_short += 1
        self._no_short.clear()
        try:
            yield
        finally:
            self._num_short -= 1
            if not self._num_short:
                self._no_short.set()

    @property
    def free(self) -> bool:
        """Whether no work of an article is under way or waits, be it in the engine at this moment or not."""
        return not (self._long.locked() or self._num_short)

    def somebody_waits(self) -> bool:
        """Asked by long work at a sentence end."""
        return self._num_short > 0 or self._chats_wait()

    async def let_pass(self) -> None:
        """Awaited by long work that has left the engine. Short work of articles goes first; a chat that waits for the engine stands before
        us in its line already."""
        await self._no_short.wait()

    def _show_places(self) -> None:
        if self._long.locked():
            for place, show in enumerate(self._line, start=1):
                show(place)
