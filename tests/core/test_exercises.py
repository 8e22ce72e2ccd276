"""Exercises with answers: counted and numbered by Python."""

import pytest

from hanmo.core.articles import Section
from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.flows.exercises import asked_exercises, share_of_exercises, write_exercises
from hanmo.core.flows.prose import Place, Prose


@pytest.mark.parametrize(
    ("brief", "count"),
    [
        ("出五道关于分数加减法的练习题，附答案。", 5),
        ("出10道选择题和参考答案", 10),
        ("Write three short questions with answers about tides.", 3),
        ("出五道练习题。", 0),
        ("写一篇文章讨论三个问题，给出答案。", 0),
        ("写一篇文章，附答案", 0),
    ],
)
def test_how_many_a_brief_asks_for(brief: str, count: int) -> None:
    assert asked_exercises(brief) == count


def test_sections_share_the_numbers() -> None:
    three = [Section(f"s{i}", "", (), 100) for i in range(3)]
    assert [list(share_of_exercises(7, three, k)) for k in range(3)] == [[1, 2], [3, 4], [5, 6, 7]]


def written(answers: list[Answer], begun: str = "") -> tuple[Prose, list[Ask]]:
    flow, asks, left = write_exercises(Place((), "", 3, "zh"), 200, range(1, 3), "zh", begun), [], iter(answers)
    try:
        asks.append(next(flow))
        while True:
            asks.append(flow.send(next(left)))
    except StopIteration as end:
        return end.value, asks


def test_each_has_its_number_and_its_answer() -> None:
    done, asks = written([Answer(text, "enough") for text in ("一加二等于几？", "三。", "二加三等于几？", "五。")])
    assert done.text == "**1.** 一加二等于几？\n\n**答案：**三。\n\n**2.** 二加三等于几？\n\n**答案：**五。"
    assert done.problem == ""
    assert len(asks) == 4


def test_what_is_begun_of_them_stays() -> None:
    begun = "**1.** 一加二等于几？\n\n**答案：**三。\n\n**2.** 二加三"
    done, asks = written([Answer("等于几？", "enough"), Answer("五。", "enough")], begun)
    assert [ask.opening for ask in asks] == [begun, begun + "等于几？\n\n**答案：**"]
    assert done.text == begun + "等于几？\n\n**答案：**五。"


def test_a_question_that_was_asked_is_asked_for_again_with_another_beginning() -> None:
    same = Answer("一只篮子里有三个苹果又放进两个一共几个？", "enough")
    other = Answer("两条船各坐五个人一共坐了多少人？", "enough")
    done, asks = written([same, Answer("五个。", "enough"), same, other, Answer("十人。", "enough")])
    assert done.text.count("苹果") == 1
    assert asks[3].avoid == (same.text[:12],)
    assert asks[3].sampling.temperature > asks[2].sampling.temperature


def test_an_answer_that_never_comes_is_said() -> None:
    nothing = Answer("", "stop")
    done, _ = written(
        [Answer("一加二等于几？", "enough"), *[nothing] * 5, Answer("二加三等于几？", "enough"), Answer("五。", "enough")]
    )
    assert done.problem == "missing_answer"
