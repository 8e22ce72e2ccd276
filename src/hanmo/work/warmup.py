"""Warm-up: what was kept of a work is brought back when it is opened, and a draft is read into the KV cache while it is typed, so that nothing
is left to read when it is sent.

Rules
  * Only what nobody else needs the engine for is spent on it: it is asked before every piece whether the engine is free.
  * A draft is read in growing prefixes, `PIECE_TOKENS` more at a time, each a request of its own: giving way is not sending the next one, so
    other work waits for one piece at most, and the draft itself, once sent, goes on from what was read.
  * Of what is opened, the last one counts; where the engine is at work, or asleep, it is brought back with the first request instead.
  * Where the next question will not go on from the answer before it, because the history limit leaves rounds out, what will stand before it is
    read once that answer is there, as nobody's: another answer to the last question finds what the conversation had.
  * Only the newest draft counts, until it is read, sent or emptied, or another work is opened. Where one is changed in its middle, the engine
    keeps what stands before the change. One that had to give way is read on when the engine is free again.
  * Who empties an input ends the draft of that place, and no other.

Theory
  A prompt that is shorter than what stands in the slot cuts the slot off. So the first prefix reaches beyond what is there already.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from hanmo.core.articles import Assignment
from hanmo.core.errors import HanmoError
from hanmo.core.values import EngineIdentity, Sampling
from hanmo.work.drafts import Drafts
from hanmo.work.faults import log_fault
from hanmo.work.ports import Engine, EngineRequest
from hanmo.work.prompts import PromptBuilder

log = logging.getLogger(__name__)

PIECE_TOKENS = 32
"""About one second of a 4B on two cores."""
LEAST_TOKENS = 8
"""A rest below this is left to the sending: while one types, the last tokens change anyway."""
AFTER_ANSWER_S = 5.0
"""Between an answer and what is read ahead of the first letter of the next question: who goes on at once is first."""
LOOK_AGAIN_S = 0.5
"""Between two looks whether the engine is free again."""
NOTHING_SAID = Sampling(max_new_tokens=1, temperature=0.0, top_k=1, presence_penalty=0.0, seed=0)
"""The engine gives one token in any case; it is not kept."""

Place = tuple[str | None, str | None]
"""The input of a conversation, or of another version of a question in it."""
NEW_ARTICLE: Place = ("article", None)
"""The brief of a new article."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the input now, where it would be sent (see `Drafts.path`), and how long its answer may become."""

    text: str
    conversation_id: str | None
    max_new_tokens: int
    parent_id: str | None = None
    beside_id: str | None = None

    @property
    def place(self) -> Place:
        return self.conversation_id, self.beside_id

    @property
    def work(self) -> str | None:
        """Another version of a question is nobody's until it is sent: what the conversation has read stays its own, and is kept."""
        return f"conversation:{self.conversation_id}" if self.conversation_id and not self.beside_id else None


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """What stands in the brief of a new article now."""

    order: Assignment

    @property
    def text(self) -> str:
        return self.order.brief

    @property
    def place(self) -> Place:
        return NEW_ARTICLE

    @property
    def work(self) -> None:
        """It has none until it is sent."""


@dataclass(frozen=True, slots=True)
class NextTurn:
    """A conversation whose next question nobody types yet."""

    conversation_id: str

    @property
    def place(self) -> Place:
        """No input."""
        return "next", self.conversation_id

    @property
    def work(self) -> None:
        """Until it is asked it is nobody's, so that what the conversation has read is kept."""
        return None


class WarmUp:
    """`brief_ids` gives the prompt of an article's first request, up to the end of what the writer gives. `free` tells whether nobody else has the
    engine or waits for it, `allowed` whether the machine may work ahead (not on a battery). Use as an async context manager."""

    def __init__(
        self,
        engine: Engine,
        drafts: Drafts,
        brief_ids: Callable[[Assignment], Awaitable[tuple[int, ...]]],
        *,
        free: Callable[[], bool],
        allowed: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._drafts = drafts
        self._brief_ids = brief_ids
        self._free = free
        self._allowed = allowed
        self._newest: Draft | ArticleDraft | NextTurn | None = None
        self._opened: str | None = None
        self._told = asyncio.Event()
        self._reading = False
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "WarmUp":
        self._loop = asyncio.create_task(self._serve(), name="warm-up")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    def read(self, draft: Draft | ArticleDraft) -> None:
        """Takes `draft` as the newest one; returns at once. An empty one ends what is being read of its place."""
        if draft.text.strip():
            self._newest = draft
            self._told.set()
        else:
            self.emptied(draft.place)

    def emptied(self, place: Place) -> None:
        """What was typed there is gone: what is being read of it ends. A draft of another place is read on."""
        if self._newest is not None and self._newest.place == place:
            self._newest = None

    def answered(self, conversation_id: str) -> None:
        """An answer is whole; returns at once. A draft that is typed already goes before what is to come; of two answers the last one counts."""
        if self._newest is None or isinstance(self._newest, NextTurn):
            self._newest = NextTurn(conversation_id)
            self._told.set()

    def sent(self) -> None:
        """What was typed is on its way: there is nothing left to read ahead."""
        self._newest = None

    def open(self, work: str) -> None:
        """Somebody looks at this work now ("conversation:ID", "article:ID"): its cache is brought back from the disk once the model is there and
        nobody else needs it; returns at once."""
        if self._newest is not None and self._newest.work != work:
            self._newest = None
        self._opened = work
        self._told.set()

    @property
    def resting(self) -> bool:
        """Whether nothing is being read ahead, nor about to be."""
        return not self._reading and not self._told.is_set()

    async def _serve(self) -> None:
        while True:
            self._reading = False
            await self._something_to_do()
            self._reading = True
            self._told.clear()
            opened, self._opened = self._opened, None
            draft, read = self._newest, True
            try:
                if opened is not None:
                    await self._bring_back(opened)
                if draft is not None and self._allowed():
                    read = await self._read(draft)
            except HanmoError as error:  # the draft is read when it is sent, and whoever sends it is told then
                log.debug("a draft was not read ahead: %s", error.code)
            except Exception as error:  # reading ahead must never end reading ahead
                log_fault(log, error, "while a draft was read ahead")
            if read and self._newest is draft:
                self._newest = None

    async def _something_to_do(self) -> None:
        """Until something is told, or a draft that gave way can be read on."""
        while not self._told.is_set() and not (self._newest is not None and self._free()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S if self._newest is not None else None):
                    await self._told.wait()

    async def _bring_back(self, work: str) -> None:
        if self._engine.status().state != "asleep":
            await self._engine.identity()
            if self._free():
                await self._engine.bring_back(work)

    async def _read(self, draft: Draft | ArticleDraft | NextTurn) -> bool:
        """Piece by piece, until it is read (True), something else is told, or the engine is needed."""
        if isinstance(draft, NextTurn):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AFTER_ANSWER_S):
                    await self._told.wait()
                    return False
        identity = await self._engine.identity()
        ids = await self._ids(draft, identity)
        end = (await self._engine.standing(draft.work, ids)).cached
        while len(ids) - end >= LEAST_TOKENS and self._newest is draft and self._may_go_on():
            end = min(end + PIECE_TOKENS, len(ids))
            async with aclosing(self._engine.generate(EngineRequest(ids[:end], NOTHING_SAID, draft.work, identity))) as events:
                async for _ in events:
                    pass
        return len(ids) - end < LEAST_TOKENS

    def _may_go_on(self) -> bool:
        return self._free() and self._allowed() and not self._told.is_set()

    async def _ids(self, draft: Draft | ArticleDraft | NextTurn, identity: EngineIdentity) -> tuple[int, ...]:
        """The prompt up to the draft's last character."""
        if isinstance(draft, ArticleDraft):
            return await self._brief_ids(draft.order)
        chat = await self._engine.chat_format()
        builder = PromptBuilder(self._engine, identity.model_sha256, identity.n_ctx, chat)
        if isinstance(draft, NextTurn):
            path = await self._drafts.path("", draft.conversation_id)
            prompt = await builder.build(path.messages, identity.n_ctx, path.rounds)
            if prompt.dropped_messages:  # how many do not fit depends on the question
                return ()
        else:
            path = await self._drafts.path(draft.text, draft.conversation_id, draft.parent_id, draft.beside_id)
            prompt = await builder.build(path.messages, draft.max_new_tokens, path.rounds)
        return prompt.ids[: len(prompt.ids) - len(chat.answer_open)]
