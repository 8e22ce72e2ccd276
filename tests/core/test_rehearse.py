"""What a flow would ask, before it is run."""

from collections.abc import Generator

from hanmo.core.flows.asks import Answer, Ask, Turn
from hanmo.core.flows.rehearse import first_ask, rehearsed, unasked
from hanmo.core.values import Sampling

closed: list[str] = []


def asking(*questions: str) -> Generator[Ask, Answer, str]:
    said = ""
    try:
        for question in questions:
            said += (yield Ask((Turn("user", question),), Sampling())).text
    finally:
        closed.append(said)
    return f"done{said}"


def questions(asks: tuple[Ask, ...]) -> list[str]:
    return [ask.messages[0].text for ask in asks]


def test_all_that_would_be_asked_comes_in_its_order() -> None:
    assert questions(rehearsed(asking("一", "二", "三"))) == ["一", "二", "三"]
    assert rehearsed(asking()) == ()


def test_the_first_request_is_taken_and_the_flow_let_go() -> None:
    closed.clear()
    ask = first_ask(asking("一", "二"))
    assert ask is not None
    assert questions((ask,)) == ["一"]
    assert closed == [""], "nothing is left hanging"
    assert first_ask(asking()) is None


def test_a_flow_that_asks_nothing_has_its_result_at_once() -> None:
    assert unasked(asking()) == "done"
    assert unasked(asking("一")) is None
