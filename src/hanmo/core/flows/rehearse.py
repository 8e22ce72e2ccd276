"""The requests of a flow before it is run: it is answered with nothing, so what hangs on an answer is left out."""

from hanmo.core.flows.asks import Answer, Ask, Flow, T

MOST_ASKS = 2000


def rehearsed(flow: Flow[T]) -> tuple[Ask, ...]:
    """What the flow would ask, in order, if each answer were empty."""
    asks: list[Ask] = []
    try:
        ask = next(flow)
        while len(asks) < MOST_ASKS:
            asks.append(ask)
            ask = flow.send(Answer("", "stop"))
    except StopIteration:
        pass
    return tuple(asks)


def first_ask(flow: Flow[T]) -> Ask | None:
    """None of a flow that asks nothing."""
    try:
        return next(flow)
    except StopIteration:
        return None
    finally:
        flow.close()


def unasked(flow: Flow[T]) -> T | None:
    """The result of a flow that asks nothing; None of one that does."""
    try:
        next(flow)
    except StopIteration as end:
        result: T = end.value
        return result
    flow.close()
    return None
