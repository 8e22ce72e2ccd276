"""Drives flows in tests with scripted answers, and the plans that they write to."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.flows.asks import Answer, Ask, Flow
from hanmo.core.flows.room import Room
from hanmo.core.text import Language

T = TypeVar("T")
ROOM = Room(8192)
HEADINGS = ("春天", "夏夜", "秋水", "冬日", "花市", "茶馆", "书场", "古桥", "水巷", "园林", "绸缎", "评弹", "糕团")


def assignment(words: int, lang: Language = "zh", brief: str = "介绍苏州", seed: int = 7) -> Assignment:
    return Assignment(brief, words, lang, seed)


def plan_of(count: int, words: int, *, headed: bool = True) -> Plan:
    """`count` sections, or one piece without a name."""
    if count == 1:
        return Plan("", (Section("s1", "", (), words),), headed=False)
    return Plan("苏州", tuple(Section(f"s{i + 1}", HEADINGS[i], ("景", "人"), words // count) for i in range(count)), headed)


def drive(flow: Flow[T], answer: Callable[[Ask], Answer | str]) -> tuple[T, list[Ask]]:
    """The flow's result and what it asked for."""
    asks: list[Ask] = []
    try:
        ask = next(flow)
        while True:
            asks.append(ask)
            given = answer(ask)
            ask = flow.send(given if isinstance(given, Answer) else Answer(given, "stop"))
    except StopIteration as end:
        result: T = end.value
        return result, asks


def one_by_one(answers: Iterable[Answer | str]) -> Callable[[Ask], Answer | str]:
    """Each answer once, the last one for ever."""
    left = list(answers)
    return lambda _ask: left.pop(0) if len(left) > 1 else left[0]
