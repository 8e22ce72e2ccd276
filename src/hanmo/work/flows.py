"""Drives a flow: looks each request up by its content, runs what is new on the engine, stores it before it is sent in.

Rules
  * Resuming is running again: stored steps answer at once, an unfinished one goes on from its last whole sentence.
  * Prompts are append-only. The pieces of each answer keep their token ids, so what the flow says back is never tokenized again.
  * Others come first: `give_way` is asked at each sentence end, and where it says so the engine is left for a moment; the run goes on from its
    kept KV cache.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hanmo.core.flows.asks import Answer, Ask, Flow, Turn
from hanmo.core.flows.watch import judge
from hanmo.core.guard import Guard
from hanmo.core.text import ENDS, sentences
from hanmo.work.ports import Articles, Engine, EngineDone, EngineRequest, TextPiece

T = TypeVar("T")
Pieces = list[tuple[str, tuple[int, ...]]]
LOOK_EVERY = 12
"""Pieces between two looks at a text that has no sentence end: a loop has none."""


@dataclass(slots=True)
class Spent:
    """What a flow has cost: tokens read beyond the KV cache, tokens written, runs of the engine."""

    read_tokens: int = 0
    written_tokens: int = 0
    runs: int = 0


@dataclass(slots=True)
class FlowDriver:
    """For one article on one engine. `on_text(ask, text)` hears the whole answer so far; `give_way` tells whether somebody waits."""

    engine: Engine
    articles: Articles
    article_id: str
    on_text: Callable[[Ask, str], None] = lambda _ask, _text: None
    give_way: Callable[[], bool] = lambda: False
    spent: Spent = field(default_factory=Spent)
    _pieces: dict[tuple[Turn, ...], Pieces] = field(default_factory=dict)

    async def run(self, flow: Flow[T]) -> T:
        """The flow's result."""
        identity = await self.engine.identity()
        stored = await self.articles.steps(self.article_id)
        try:
            ask = next(flow)
            while True:
                key = ask.key(identity.model_sha256)
                if key not in stored:
                    stored[key] = await self._perform(ask, key)
                    await self.articles.finish_step(self.article_id, key, stored[key])
                ask = flow.send(stored[key])
        except StopIteration as end:
            result: T = end.value
            return result

    async def _perform(self, ask: Ask, key: str) -> Answer:
        text = ask.opening + await self.articles.partial(self.article_id, key)
        fresh = len(text) == len(ask.opening)
        guard = _guard_of(ask.messages)
        no_end = (await self.engine.chat_format()).answer_close[:1] if ask.more else ()
        if ask.avoid and fresh:  # a ban holds for a whole request: one token with it, then on without
            avoided = (await self.engine.tokenize(ask.avoid))[:1]
            text, ended = await self._stream(ask, key, text, guard, max_new_tokens=1, banned=no_end + avoided)
            if ended is not None and ended.end != "length":
                return ended
        while True:
            left = ask.sampling.max_new_tokens - len(text[len(ask.opening) :]) // 2
            text, ended = await self._stream(ask, key, text, guard, max_new_tokens=max(16, left), banned=no_end)
            if ended is not None:
                return ended

    async def _stream(
        self, ask: Ask, key: str, text: str, guard: Guard, *, max_new_tokens: int, banned: tuple[int, ...] = ()
    ) -> tuple[str, Answer | None]:
        """One run of the engine from `text` on; None for the answer where it gave way to somebody."""
        prompt = await self._prompt(ask, text)
        sampling = replace(ask.sampling, max_new_tokens=max_new_tokens)
        request = EngineRequest(prompt, sampling, f"article:{self.article_id}", ask.grammar, banned)
        pieces = self._pieces[ask.messages]
        since_look = 0
        async with aclosing(self.engine.generate(request)) as events:
            async for event in events:
                if isinstance(event, EngineDone):
                    self._count(event)
                    return text, self._ended(ask, text, guard, "length" if event.finish_reason == "length" else "stop")
                if not isinstance(event, TextPiece):
                    continue
                text += event.text
                pieces.append((event.text, event.ids))
                self.spent.written_tokens += len(event.ids)
                self.on_text(ask, text)
                since_look += 1
                at_end = any(mark in event.text for mark in ENDS + "\n")
                if ask.grammar is not None or not (at_end or since_look >= LOOK_EVERY):
                    continue
                since_look = 0
                if verdict := judge(text, ask.opening, guard, ask.limit):
                    return text, Answer(text[len(ask.opening) : verdict.keep], verdict.end, verdict.repeated)
                if at_end:
                    await self.articles.keep_partial(self.article_id, key, _whole(text)[len(ask.opening) :])
                    if self.give_way():
                        return text, None
        raise AssertionError("an engine ended without EngineDone")

    def _ended(self, ask: Ask, text: str, guard: Guard, end: str) -> Answer:
        if ask.grammar is None and (verdict := judge(text + "\n", ask.opening, guard, ask.limit)):
            return Answer(text[len(ask.opening) : verdict.keep], verdict.end, verdict.repeated)
        return Answer(text[len(ask.opening) :], "length" if end == "length" else "stop")

    async def _prompt(self, ask: Ask, text: str) -> tuple[int, ...]:
        """The ids of everything up to the end of `text`, pieces where there are any."""
        chat = await self.engine.chat_format()
        ids: tuple[int, ...] = ()
        for i, turn in enumerate(ask.messages):
            if turn.role == "system":
                ids += chat.system_open + await self.engine.tokenize(turn.text) + chat.system_close
            elif turn.role == "user":
                ids += await self.engine.tokenize(turn.text) + chat.answer_open
            else:
                ids += await self._ids_of(ask.messages[:i], turn.text) + chat.answer_close
        return ids + await self._ids_of(ask.messages, text)

    async def _ids_of(self, messages: tuple[Turn, ...], text: str) -> tuple[int, ...]:
        """The ids of an answer's text: those it was written with as far as they go, and of the rest new ones. Keeps them."""
        kept: Pieces = []
        at = 0
        for piece, piece_ids in self._pieces.get(messages, []):
            if not text.startswith(piece, at):
                break
            kept.append((piece, piece_ids))
            at += len(piece)
        if rest := text[at:]:
            kept.append((rest, await self.engine.tokenize(rest)))
        self._pieces[messages] = kept
        return tuple(token for _, piece_ids in kept for token in piece_ids)

    def _count(self, done: EngineDone) -> None:
        self.spent.runs += 1
        self.spent.read_tokens += done.timings.prompt_tokens - done.timings.cached_tokens


def _guard_of(messages: Sequence[Turn]) -> Guard:
    guard = Guard()
    for turn in messages:
        if turn.role == "assistant":
            guard.add(turn.text)
    return guard


def _whole(text: str) -> str:
    """Up to the end of its last whole sentence."""
    spans = sentences(text)
    return text[: spans[-1][1]] if spans and text[spans[-1][1] - 1 : spans[-1][1]] in ENDS else text[: spans[-2][1]] if len(spans) > 1 else text


