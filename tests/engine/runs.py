"""Helpers to run an engine in tests."""

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from hanmo.core.values import Sampling
from hanmo.work.ports import Engine, EngineDone, EngineEvent, EngineRequest, PromptRead, TextPiece

GREEDY = Sampling(max_new_tokens=12, temperature=0.0, top_k=1, presence_penalty=0.0, seed=1)


@dataclass
class Run:
    """Everything one run gave."""

    events: list[EngineEvent] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, TextPiece))

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(i for e in self.events if isinstance(e, TextPiece) for i in e.ids)

    @property
    def done(self) -> EngineDone:
        last = self.events[-1]
        assert isinstance(last, EngineDone)
        return last

    @property
    def reads(self) -> list[PromptRead]:
        return [e for e in self.events if isinstance(e, PromptRead)]

    @property
    def read_tokens(self) -> int:
        return self.done.timings.prompt_tokens - self.done.timings.cached_tokens


async def run(engine: Engine, prompt: tuple[int, ...], sampling: Sampling = GREEDY, work: str | None = None, **more: Any) -> Run:
    """`more` are further fields of the request."""
    result = Run()
    async with aclosing(engine.generate(EngineRequest(prompt, sampling, work, **more))) as events:
        async for event in events:
            result.events.append(event)
    return result


async def chat_prompt(engine: Engine, text: str) -> tuple[int, ...]:
    chat = await engine.chat_format()
    rules = await engine.tokenize("You are a writer.")
    return chat.system_open + rules + chat.system_close + await engine.tokenize(text) + chat.answer_open
