"""Tables, quotations, formulas and code that a brief asks for: read, dealt out, begun by Python and looked at when they are whole."""

import pytest

from hanmo.core.articles import Section
from hanmo.core.briefs import make_assignment
from hanmo.core.flows.asks import Answer, Ask, Flow
from hanmo.core.flows.elements import add_element, asked_elements, elements_of, missing, problem_of, whole_element
from hanmo.core.flows.prose import Place

PLACE = Place((), "## 潮汐\n\n", 7, "zh")


def sections(count: int, *points: str) -> list[Section]:
    return [Section(f"s{i + 1}", f"第{i}节", points if i == 0 else (), 200) for i in range(count)]


@pytest.mark.parametrize(
    ("brief", "asked"),
    [
        ("写一篇科普文章，要有三个小标题、两个表格和一段引用。", {"table": 2, "quote": 1}),
        ("写一篇技术博客，包含两个公式和一个 Python 代码块。", {"formula": 2, "code": 1}),
        ("A post with two tables and a code example in Go.", {"table": 2, "code": 1}),
        ("其中功能列表用一个表格。", {"table": 1}),
        ("写一篇文章介绍引用计数和表格软件的历史。", {}),
        ("写一封辞职信。", {}),
        ("要求引用古诗词，内容丰富。", {}),
        ("A story about a table by the window.", {}),
    ],
)
def test_what_a_brief_asks_for(brief: str, asked: dict[str, int]) -> None:
    assert asked_elements(brief) == asked


def test_elements_are_dealt_out_evenly_and_points_add_theirs() -> None:
    assignment = make_assignment("写潮汐，要有两个表格和一段引用。", words=600, seed=1)
    dealt = [elements_of(assignment, sections(3), k) for k in range(3)]
    assert sorted(kind for kinds in dealt for kind in kinds) == ["quote", "table", "table"]
    assert max(map(len, dealt)) == 1
    plain = make_assignment("写潮汐。", words=600, seed=1)
    assert elements_of(plain, sections(2, "附一个表格"), 0) == ("table",)
    assert elements_of(plain, sections(2, "附一个表格"), 1) == ()


@pytest.mark.parametrize(
    ("kind", "raw", "whole"),
    [
        ("table", "| 月相 | 潮差 |\n| 新月 | 大 |\n| 弦月 |", "| 月相 | 潮差 |\n| --- | --- |\n| 新月 | 大 |\n| 弦月 |  |"),
        ("table", "| 只有表头 | 没有行 |", ""),
        ("quote", "> 海上生明月，天涯共此时。\n后面的话", "> 海上生明月，天涯共此时。"),
        ("quote", "> 半句", ""),
        ("formula", "$$\nF = G\\frac{Mm}{r^2}\n$$", "$$\nF = G\\frac{Mm}{r^2}\n$$"),
        ("formula", "$$\nF = G\\frac{Mm\n$$", ""),
        ("formula", "$$\n没有收尾 = 1", ""),
        ("code", "```python\nprint(1)\n```", "```python\nprint(1)\n```"),
        ("code", "```python\nprint(\n```", ""),
    ],
)
def test_an_element_is_whole_or_it_is_none(kind: str, raw: str, whole: str) -> None:
    assert whole_element(kind, raw) == whole  # type: ignore[arg-type]


def answered(flow: Flow[str], *answers: Answer) -> tuple[str, list[Ask]]:
    asks = [next(flow)]
    for answer in answers:
        try:
            asks.append(flow.send(answer))
        except StopIteration as end:
            return str(end.value), asks
    raise AssertionError("it asks for more")


def test_a_broken_element_is_asked_for_again_and_a_lost_one_leaves_the_text() -> None:
    assignment = make_assignment("写潮汐，要有一个表格。", words=600, seed=1)
    good, bad = Answer("月相 | 潮差 |\n| 新月 | 大 |", "enough"), Answer("月相", "length")
    text, asks = answered(add_element(PLACE, "潮水来了。", "table", assignment), bad, good)
    assert text == "潮水来了。\n\n| 月相 | 潮差 |\n| --- | --- |\n| 新月 | 大 |"
    assert [ask.opening for ask in asks] == ["## 潮汐\n\n潮水来了。\n\n| "] * 2
    assert asks[0].sampling.seed != asks[1].sampling.seed
    assert answered(add_element(PLACE, "潮水来了。", "table", assignment), bad, bad, bad)[0] == "潮水来了。"


def test_two_of_a_kind_in_one_section_are_two() -> None:
    one = "$$\na = b\n$$\n\n文字。"
    assert missing(("formula", "formula", "table"), one) == ["formula", "table"]
    assert missing(("formula",), one + "\n\n$$\nc = d\n$$") == []
    assert problem_of(("formula", "formula"), one) == "missing_formula"
    assert problem_of(("formula",), one) == ""
