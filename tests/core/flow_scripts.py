"""Drives flows in tests with scripted answers."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from hanmo.core.flows.asks import Answer, Ask, Flow

T = TypeVar("T")


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
