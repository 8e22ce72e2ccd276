"""Finds a chat template's own marks by rendering it around sentinels, so that users' text never passes through the template."""

from typing import Protocol

from hanmo.core.errors import EngineError
from hanmo.work.ports import ChatFormat

SYSTEM, USER_1, ANSWER, USER_2 = ("HANMOSYSTEMTEXT", "HANMOFIRSTTEXT", "HANMOANSWERTEXT", "HANMOSECONDTEXT")


class Renderer(Protocol):
    """What finding the marks needs of an engine."""

    async def tokenize(self, text: str, *, special: bool = False, first: bool = False) -> tuple[int, ...]: ...

    async def apply_template(self, messages: list[dict[str, str]]) -> str: ...


def split_around(rendered: str, sentinels: tuple[str, ...]) -> list[str]:
    """The text before, between and after `sentinels`, which must stand in `rendered` once each and in this order."""
    parts, rest = [], rendered
    for sentinel in sentinels:
        before, found, rest = rest.partition(sentinel)
        if not found or sentinel in rest:
            raise EngineError("chat_template_odd")
        parts.append(before)
    return [*parts, rest]


async def find_chat_format(engine: Renderer) -> ChatFormat:
    """The marks of the engine's template as token ids. `EngineError("chat_template_odd")` where they cannot be told apart."""
    turns = [{"role": "user", "content": USER_1}, {"role": "assistant", "content": ANSWER}, {"role": "user", "content": USER_2}]
    open_1, _, close, answer_open = split_around(await engine.apply_template(turns), (USER_1, ANSWER, USER_2))
    try:
        with_system = await engine.apply_template([{"role": "system", "content": SYSTEM}, *turns])
        system_open, system_close, *_ = split_around(with_system, (SYSTEM, USER_1, ANSWER, USER_2))
    except EngineError:  # no system role: the rules stand in front of the first text, set apart by an empty line
        system_open, system_close = open_1, "\n\n"
    return ChatFormat(
        system_open=await engine.tokenize(system_open, special=True, first=True),
        system_close=await engine.tokenize(system_close, special=True),
        answer_open=await engine.tokenize(answer_open, special=True),
        answer_close=await engine.tokenize(close, special=True),
    )
