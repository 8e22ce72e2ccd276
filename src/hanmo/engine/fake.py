"""An engine without a model, as public as the real one: for tests, for trying the page, and for counting what is read twice.

It keeps the promises of the `Engine` port that the contract suite checks: ids are code points (so tokenizing is reversible), special
marks stand outside Unicode, one run at a time, the longest common prefix with the slot is not read again. What it says is up to `reply`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from hanmo.core.errors import EngineChanged, EngineError, EngineLost
from hanmo.core.values import EngineIdentity, JsonValue, Problem, Sampling, Timings
from hanmo.engine.slot_files import common_prefix
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import (
    ChatFormat,
    EngineBegun,
    EngineDone,
    EngineEvent,
    EngineRequest,
    EngineStatus,
    PromptRead,
    Standing,
    TextPiece,
)

MARK = 0x110000
OPEN, CLOSE, ANSWER, END = MARK, MARK + 1, MARK + 2, MARK + 3


def echo(prompt: str) -> str:
    """The default reply: the prompt's last line, without end."""
    return (prompt.rsplit("\n", 1)[-1] or "……") * 1000


class FakeEngine:
    """`reply(prompt)` gives the whole text that the engine would write for the visible part of a prompt; generation goes on after
    what of it stands in the prompt already, so that continuing works as with a model. `die_after` kills it after so many pieces."""

    def __init__(self, reply: Callable[[str], str] = echo, *, n_ctx: int = 8192, step_s: float = 0.0) -> None:
        self._reply = reply
        self._identity = EngineIdentity("fake", "0" * 64, "fake 1", n_ctx)
        self._step_s = step_s
        self._turn = asyncio.Lock()
        self._kept: dict[str | None, tuple[int, ...]] = {}
        self._slot: tuple[int, ...] = ()
        self.die_after: int | None = None
        self.requests: list[EngineRequest] = []
        self.opened: list[str] = []
        self.given_up: Problem | None = None

    def status(self) -> EngineStatus:
        return EngineStatus("busy" if self._turn.locked() else "ready", "fake", self._identity.n_ctx, "f16", 1, "fake 1")

    async def load(self, plan: LoadPlan) -> None:
        async with self._turn:
            self._identity = EngineIdentity(plan.model_id, plan.sha256, "fake 1", plan.n_ctx)

    def give_up(self, problem: Problem) -> None:
        self.given_up = problem

    async def identity(self) -> EngineIdentity:
        return self._identity

    async def chat_format(self) -> ChatFormat:
        return ChatFormat((OPEN,), (CLOSE,), (ANSWER,), (END, CLOSE))

    async def tokenize(self, text: str) -> tuple[int, ...]:
        return tuple(map(ord, text))

    async def text_of(self, ids: Sequence[int]) -> str:
        return "".join(chr(token) if token < MARK else f"<|{token - MARK}|>" for token in ids)

    async def standing(self, work: str | None, prompt_ids: Sequence[int]) -> Standing:
        here, kept = (common_prefix(ids, prompt_ids) for ids in (self._slot, self._kept.get(work, ())))
        return Standing(max(0, min(max(here, kept), len(prompt_ids) - 1)))

    async def remembered(self, work: str) -> tuple[int, ...]:
        return self._kept.get(work, ())

    async def bring_back(self, work: str) -> bool:
        async with self._turn:
            kept = self._kept.get(work, ())
            if not kept or kept == self._slot:
                return False
            self._slot = kept
            self.opened.append(work)
            return True

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with self._turn:
            self.requests.append(request)
            if request.identity not in (None, self._identity):
                raise EngineChanged("engine_changed")
            prompt = request.prompt_ids
            if len(prompt) > self._identity.n_ctx:
                raise EngineError("prompt_too_long", tokens=len(prompt), limit=self._identity.n_ctx)
            cached = (await self.standing(request.work, prompt)).cached
            yield EngineBegun()
            for done in (*range(cached, len(prompt), 64), len(prompt)):
                await asyncio.sleep(self._step_s)
                self._slot = self._kept[request.work] = prompt[:done]
                yield PromptRead(done, len(prompt), cached)
            text, stopped = self._rest(prompt, request.sampling, self._identity.n_ctx - len(prompt))
            for count, wished in enumerate(text):
                letter = _allowed(wished, (*request.banned_ids, *request.held_off_ids))
                if self.die_after == count:
                    self.die_after = None
                    self._kept, self._slot = {}, ()
                    raise EngineLost("engine_died")
                await asyncio.sleep(self._step_s)
                self._slot = self._kept[request.work] = (*prompt, *map(ord, text[:count]))
                yield TextPiece(letter, (ord(letter),))
            yield EngineDone(
                "stop" if stopped else "length",
                Timings(len(prompt), cached, len(text) + stopped, prompt_tokens_per_second=1000.0, tokens_per_second=100.0),
                _echo_of(request.sampling),
            )

    def _rest(self, prompt: tuple[int, ...], sampling: Sampling, room: int) -> tuple[str, bool]:
        last_mark = max((i for i, token in enumerate(prompt) if token >= MARK), default=-1)
        asked = "".join(chr(token) if token < MARK else "\n" for token in prompt[: last_mark + 1]).rstrip("\n")
        said = len(prompt) - last_mark - 1
        rest = self._reply(asked)[said:]
        limit = min(sampling.max_new_tokens, room)
        return rest[:limit], len(rest) < limit


def _allowed(letter: str, unwanted_ids: tuple[int, ...]) -> str:
    """The letter, or the next one that is neither banned nor held off: there is always another way."""
    while ord(letter) in unwanted_ids:
        letter = chr(ord(letter) + 1)
    return letter


def _echo_of(sampling: Sampling) -> dict[str, JsonValue]:
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repetition_penalty,
        "presence_penalty": sampling.presence_penalty,
        "n_predict": sampling.max_new_tokens,
    }
