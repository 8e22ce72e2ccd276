"""Which token ids made a streamed piece of text.

Theory
  The engine sends each piece with one id and with how many tokens it has written so far. It leaves ids out: those it held back until their
  UTF-8 was whole. And it counts ahead: where several drafted tokens are accepted in one step, each of their pieces already carries the count of
  the whole step. So a count that does not agree means one or the other. The id itself tells: a piece whose text is the id's own text
  lacks nothing.

Rules
  * A count that agrees is believed; nothing is asked.
  * Else the id's text is asked for, once per id and process. If it is the piece, the id is right.
  * Else ids were held back: the text is taken apart again. Where it parts differently, the ledger is off by these few ids, which
    only costs reading them again.
"""

from collections.abc import Awaitable, Callable, Sequence


class PieceIds:
    """Follows one run. `texts` is shared by all runs of a process: the text of single ids, as far as it was asked for."""

    def __init__(
        self,
        texts: dict[int, str],
        text_of: Callable[[Sequence[int]], Awaitable[str]],
        ids_of: Callable[[str], Awaitable[tuple[int, ...]]],
    ) -> None:
        self._texts, self._text_of, self._ids_of = texts, text_of, ids_of
        self._given = 0

    async def of(self, text: str, ids: tuple[int, ...], written: int) -> tuple[int, ...]:
        """The ids of the next piece, which came with `ids` and the count `written`."""
        found = ids
        if written != self._given + len(ids) and await self._text(ids) != text:
            found = await self._ids_of(text) or ids
        self._given += len(found)
        return found

    async def _text(self, ids: tuple[int, ...]) -> str | None:
        if len(ids) != 1:
            return None
        token = ids[0]
        if token not in self._texts:
            self._texts[token] = await self._text_of(ids)
        return self._texts[token]
