"""Drives a flow: looks each request up by its content, runs what is new on the engine, stores it before it is sent in.

Rules
  * Resuming is running again: stored steps answer at once, an unfinished one goes on from its last whole sentence or item.
  * Prompts are append-only. The pieces of each answer keep their token ids, so what the flow says back is never tokenized again; what another
    driver wrote before (the job was paused, Hanmo was started again) is taken from the ids that the engine remembers of the work.
  * Others come first: `somebody_waits` is asked at each sentence end, or item of a list under a grammar, and where it says so the engine is left
    for a moment; the run goes on from its kept KV cache.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal, TypeVar

from hanmo.core.errors import EngineChanged, EngineLost
from hanmo.core.flows.asks import Answer, Ask, End, Flow, Limit, Turn
from hanmo.core.flows.content import telling_words
from hanmo.core.flows.items import whole_items
from hanmo.core.flows.watch import Watch
from hanmo.core.text import ENDS, count_words, whole_sentences
from hanmo.core.values import EngineIdentity
from hanmo.work.article_ports import Articles, Begun
from hanmo.work.ports import Engine, EngineDone, EngineRequest, PromptRead, TextPiece

T = TypeVar("T")
Pieces = list[tuple[str, tuple[int, ...]]]
LOOK_EVERY = 12
"""Pieces between two looks at a text that has no sentence end: a loop has none."""
RECALLED_TOKENS = 12
"""Remembered ids are held against the text in portions of so many."""
LOST_TIMES = 2
"""How often in one request an engine that died is waited for: it is started again, and the text goes on where it was."""


@dataclass(slots=True)
class Spent:
    """What a flow has cost: tokens read beyond the KV cache, tokens found in it, tokens written, runs of the engine. A written token that the
    next run reads, because the last one ended with it, counts as written alone."""

    read_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    runs: int = 0


@dataclass(slots=True)
class Steer:
    """What the user says while a section is written: another length, or that it ends here ("enough": at the next sentence end). It holds until
    the section is written, however many requests that takes."""

    words: int | None = None
    end: Literal["enough", "skipped"] | None = None

    def forget(self) -> None:
        """A clean slate for the next section."""
        self.words, self.end = None, None

    def limit(self, asked: Limit | None, before: int = 0) -> Limit | None:
        """The limit with the user's length in it, of which `before` words are there in earlier turns."""
        if asked is None or self.words is None:
            return asked
        return Limit.around(max(1, self.words - before))


async def _nobody() -> None:
    """Lets nobody pass."""


@dataclass(slots=True)
class FlowDriver:
    """For one article on one engine. `work` names its KV cache. `on_text(ask, text)` hears the whole text so far, `on_read` how far a prompt
    is read; `begun(text)` says what section the whole text so far begins, if it is to be shown after a restart; `somebody_waits` is asked at
    sentence ends, and `let_pass` awaited with the engine free."""

    engine: Engine
    articles: Articles
    article_id: str
    work: str | None
    on_text: Callable[[Ask, str], None] = lambda _ask, _text: None
    on_read: Callable[[PromptRead], None] = lambda _read: None
    begun: Callable[[str], Begun | None] = lambda _text: None
    somebody_waits: Callable[[], bool] = lambda: False
    let_pass: Callable[[], Awaitable[None]] = _nobody
    steer: Steer = field(default_factory=Steer)
    spent: Spent = field(default_factory=Spent)
    _identity: EngineIdentity | None = None
    _pieces: dict[tuple[Turn, ...], Pieces] = field(default_factory=dict)

    async def run(self, flow: Flow[T]) -> T:
        """The flow's result."""
        identity = await self._identify()
        stored = await self.articles.steps(self.article_id)
        try:
            ask = next(flow)
            while True:
                key = ask.key(identity.model_sha256)
                if key not in stored:
                    try:
                        stored[key] = await self._perform(ask, key, identity)
                    except EngineChanged:  # models were changed over: the new one is asked the same under its own name
                        identity = await self._identify()
                        continue
                    if stored[key].end != "skipped":  # else a section that the user wants after all would be skipped for ever
                        await self.articles.finish_step(self.article_id, key, stored[key])
                ask = flow.send(stored[key])
        except StopIteration as end:
            result: T = end.value
            return result

    async def was_asked(self, ask: Ask) -> bool:
        """Whether there is an answer to it, or the beginning of one."""
        key = ask.key((await self._identify()).model_sha256)
        return key in await self.articles.steps(self.article_id) or await self.articles.partial(self.article_id, key) is not None

    async def begun_with(self, ask: Ask) -> str:
        """What there is of its answer, where it was left in the middle."""
        partial = await self.articles.partial(self.article_id, ask.key((await self._identify()).model_sha256))
        return partial.text if partial else ""

    async def unanswered(self, asks: Iterable[Ask]) -> list[Ask]:
        """Those of `asks` that would have to be run."""
        sha256, stored = (await self._identify()).model_sha256, await self.articles.steps(self.article_id)
        return [ask for ask in asks if ask.key(sha256) not in stored]

    async def _identify(self) -> EngineIdentity:
        """The model that is there now. Token ids of another one are worth nothing to it."""
        identity = await self.engine.identity()
        if identity != self._identity:
            self._pieces.clear()
        self._identity = identity
        return identity

    async def _perform(self, ask: Ask, key: str, identity: EngineIdentity) -> Answer:
        kept_away = (*ask.avoid, *ask.held_off)
        watch = Watch(
            ask.opening,
            ask.against,
            free=ask.free,
            lenient=ask.lenient,
            avoid=kept_away,
            terms=ask.terms,
            goes_on=ask.goes_on,
            block=ask.block,
        )
        run = _Run(self, ask, key, identity, ask.opening, watch)
        if partial := await self.articles.partial(self.article_id, key):
            run.text += partial.text
            self.steer.words = self.steer.words or partial.words
        lost, answer = 0, None
        while answer is None:
            try:
                answer = await self._stream(run)
            except EngineLost:
                lost += 1
                if lost > LOST_TIMES:
                    raise
                run.go_back()
                await self.engine.identity()
        return replace(answer, words=self.steer.words)

    async def _stream(self, run: "_Run") -> Answer | None:
        """One run of the engine, when others have passed. A bias holds for a whole run: bans for one token, what is held off up to the end of
        the first sentence, and then on without."""
        ask = run.ask
        await self.let_pass()
        held_off = await self._ids(telling_words(" ".join(ask.held_off))) if run.in_first_sentence else ()
        left = max(16, ask.sampling.max_new_tokens - run.tokens)
        if not (ask.avoid or ask.more) or run.text != ask.opening or run.avoided:
            return await run.stream(left, held_off=held_off)
        no_end = (await self.engine.chat_format()).answer_close[:1] if ask.more else ()
        first = [(await self.engine.tokenize(text))[:1] for text in ask.avoid]
        before = run.tokens
        answer = await run.stream(1, banned=(*no_end, *chain(*first)), held_off=held_off)
        run.avoided, run.unread = True, run.tokens - before
        return None if answer is None or answer.end == "length" else answer

    async def _ids(self, words: Sequence[str]) -> tuple[int, ...]:
        return tuple(dict.fromkeys([token for word in words for token in await self.engine.tokenize(word)]))

    async def prompt(self, ask: Ask, text: str) -> tuple[int, ...]:
        """The ids of everything up to the end of `text`, the pieces' own where there are any."""
        chat = await self.engine.chat_format()
        ids: tuple[int, ...] = ()
        for i, turn in enumerate(ask.messages):
            if turn.role == "system":
                ids += chat.system_open + await self.engine.tokenize(turn.text) + chat.system_close
            elif turn.role == "user":
                ids += await self.engine.tokenize(turn.text) + chat.answer_open
            else:
                ids += await self._ids_of(ask.messages[:i], turn.text, ids) + chat.answer_close
        return ids + await self._ids_of(ask.messages, text, ids)

    async def _ids_of(self, messages: tuple[Turn, ...], text: str, before: tuple[int, ...]) -> tuple[int, ...]:
        """The ids of an answer's text, which follows `before`: those it was written with as far as they go, and of the rest new ones. Keeps
        them."""
        kept: Pieces = []
        at = 0
        for piece, piece_ids in self._pieces[messages] if messages in self._pieces else await self._recalled(text, before):
            if not text.startswith(piece, at):
                break
            kept.append((piece, piece_ids))
            at += len(piece)
        if rest := text[at:]:
            kept.append((rest, await self.engine.tokenize(rest)))
        self._pieces[messages] = kept
        return tuple(token for _, piece_ids in kept for token in piece_ids)

    async def _recalled(self, text: str, before: tuple[int, ...]) -> Pieces:
        """What the engine remembers behind `before` of this text."""
        kept = await self.engine.remembered(self.work) if self.work and text else ()
        if kept[: len(before)] != before:
            return []
        rest, pieces, at, size = kept[len(before) :], Pieces(), 0, RECALLED_TOKENS
        while rest and size:
            said = await self.engine.text_of(rest[:size])
            if said and text.startswith(said, at):
                pieces.append((said, rest[:size]))
                rest, at, size = rest[size:], at + len(said), RECALLED_TOKENS
            else:  # the text parts here, or a character does
                size -= 1
        return pieces

    def wrote(self, ask: Ask, text: str, piece: TextPiece) -> None:
        self._pieces[ask.messages].append((piece.text, piece.ids))
        self.spent.written_tokens += len(piece.ids)
        self.on_text(ask, ask.before + text)


@dataclass(slots=True)
class _Run:
    """One request on its way: `text` is the whole answer so far, `tokens` counts those written for it, of which the last `unread` no run of the
    engine has looked at yet; `avoided`: it took its own way."""

    driver: FlowDriver
    ask: Ask
    key: str
    identity: EngineIdentity
    text: str
    watch: Watch
    tokens: int = 0
    since_look: int = 0
    unread: int = 0
    avoided: bool = False

    @property
    def whole(self) -> str:
        """The text up to the end of the last sentence, or of the last item under a grammar."""
        if self.ask.grammar is None:
            return whole_sentences(self.text)
        begun = len(self.ask.opening)
        return self.text[: begun + (whole_items(self.text[begun:])[0] if self.ask.rest else 0)]

    @property
    def grammar(self) -> str | None:
        """Of what is still to be written: it holds from the beginning of a run of the engine."""
        items = whole_items(self.text[len(self.ask.opening) :])[1] if self.ask.rest else 0
        return self.ask.rest[min(items, len(self.ask.rest)) - 1] if items else self.ask.grammar

    def go_back(self) -> None:
        """To where another run of the engine can go on: under a grammar to the end of an item."""
        if self.ask.grammar is not None:
            self.text = self.whole

    @property
    def in_first_sentence(self) -> bool:
        """Of what is written for the request."""
        return not whole_sentences(self.text[len(self.ask.opening) :])

    async def stream(self, max_new_tokens: int, *, banned: tuple[int, ...] = (), held_off: tuple[int, ...] = ()) -> Answer | None:
        """One run of the engine from `text` on; None where it gave way to somebody, or came to the end of the sentence in which tokens are held
        off."""
        driver, ask = self.driver, self.ask
        prompt = await driver.prompt(ask, self.text)
        sampling = replace(ask.sampling, max_new_tokens=max_new_tokens)
        request = EngineRequest(prompt, sampling, driver.work, self.identity, self.grammar, banned, held_off)
        read = cached = 0
        try:
            async with aclosing(driver.engine.generate(request)) as events:
                async for event in events:
                    match event:
                        case PromptRead():
                            read, cached = event.total - event.cached, event.cached
                            driver.on_read(event)
                        case TextPiece():
                            answer = await self._wrote(event)
                            if answer or self._gives_way(event) or (held_off and not self.in_first_sentence):
                                return answer
                        case EngineDone():
                            cached = event.timings.cached_tokens
                            read = event.timings.prompt_tokens - cached
                            return self._judged(ended=True) or self._answer(len(self.text), event.finish_reason)
        finally:
            driver.spent.runs += 1
            driver.spent.read_tokens += max(0, read - self.unread)
            self.unread = 0
            driver.spent.cached_tokens += cached
        raise RuntimeError("an engine ended without EngineDone")

    async def _wrote(self, piece: TextPiece) -> Answer | None:
        """Takes a piece in. An answer, where it ends the request."""
        self.text += piece.text
        self.tokens += len(piece.ids)
        self.since_look += 1
        self.driver.wrote(self.ask, self.text, piece)
        if self.driver.steer.end == "skipped":
            return self._answer(len(self.ask.opening), "skipped")
        if self.ask.grammar is not None:
            if self._at_item(piece):
                await self._keep()
            return None
        if not (self._at_end(piece) or self.since_look >= LOOK_EVERY):
            verdict = self.watch.phrase(self.text)
            return None if verdict is None else self._answer(verdict.keep, verdict.end, verdict.repeated)
        self.since_look = 0
        if (answer := self._judged()) is None and self._at_end(piece):
            await self._keep()
        return answer

    async def _keep(self) -> None:
        """What is whole of the text so far outlives this process."""
        driver, whole = self.driver, self.whole
        partial = Answer(whole[len(self.ask.opening) :], "length", "", driver.steer.words)
        await driver.articles.keep_partial(driver.article_id, self.key, partial, begun=driver.begun(self.ask.before + whole))

    def _at_end(self, piece: TextPiece) -> bool:
        return any(mark in piece.text for mark in ENDS + "\n")

    def _at_item(self, piece: TextPiece) -> bool:
        return "}" in piece.text and bool(self.ask.rest)

    def _gives_way(self, piece: TextPiece) -> bool:
        """At the end of a sentence, or of an item under a grammar."""
        at_pause = self._at_end(piece) if self.ask.grammar is None else self._at_item(piece)
        if not (at_pause and self.driver.somebody_waits()):
            return False
        self.go_back()
        return True

    def _judged(self, *, ended: bool = False) -> Answer | None:
        if self.ask.grammar is not None:
            return None
        steer = self.driver.steer
        before = self.ask.before
        limit = steer.limit(self.ask.limit, count_words(before))
        verdict = self.watch.look(self.text, limit, ended=ended, enough=steer.end == "enough")
        if verdict is None:
            return None
        if steer.end == "enough" and verdict.end == "enough" and (begun := self.driver.begun(before + self.text[: verdict.keep])):
            steer.words = count_words(begun.text)  # what the user found enough is the length that was asked for
        return self._answer(verdict.keep, verdict.end, verdict.repeated)

    def _answer(self, keep: int, end: End, repeated: str = "") -> Answer:
        return Answer(self.text[len(self.ask.opening) : keep], end, repeated)
