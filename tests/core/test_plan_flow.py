"""The plan: as many sections as Python decided, whatever the model answers."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Assignment, Plan
from hanmo.core.flows.asks import Answer
from hanmo.core.flows.items import whole_items
from hanmo.core.flows.plan import (
    LONGEST,
    LONGEST_IN_ENGLISH,
    MOST_SECTIONS,
    ONE_PIECE,
    POINTS,
    UNHEADED_UP_TO,
    is_headed,
    make_plan,
    num_sections,
    parse_plan,
    plan_grammar,
    share,
)
from hanmo.core.text import Language
from tests.core.flow_scripts import drive, one_by_one


def assignment(words: int = 1500, brief: str = "介绍苏州", lang: Language = "zh") -> Assignment:
    return Assignment(brief, words, lang, 7)


def plan_of(answer: str, asked: Assignment | None = None) -> Plan:
    return drive(make_plan(asked or assignment()), lambda ask: Answer(answer, "stop"))[0]


def compact(title: object, *sections: object) -> str:
    return json.dumps({"title": title, "sections": sections}, ensure_ascii=False, separators=(",", ":"))


def section(heading: object, *points: object) -> dict[str, object]:
    return {"heading": heading, "points": points}


WHOLE = compact(
    "苏州的四季",
    section("春天", "花", "雨", "茶"),
    section("夏夜", "荷", "蝉", "船"),
    section("秋水", "桂", "蟹", "月"),
    section("冬日", "雪", "梅", "酒"),
)


def test_a_plan_is_asked_for_once_with_its_sections_counted() -> None:
    plan, asks = drive(make_plan(assignment()), lambda ask: Answer(WHOLE, "stop"))
    [ask] = asks
    assert ask.grammar == plan_grammar(4, "zh")
    assert ask.free
    assert "介绍苏州" in ask.messages[-1].text
    assert "4 个小节" in ask.messages[-1].text
    assert plan.title == "苏州的四季"
    assert [(s.id, s.heading, s.points, s.words) for s in plan.sections] == [
        ("s1", "春天", ("花", "雨", "茶"), 375),
        ("s2", "夏夜", ("荷", "蝉", "船"), 375),
        ("s3", "秋水", ("桂", "蟹", "月"), 375),
        ("s4", "冬日", ("雪", "梅", "酒"), 375),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_short_text_is_one_piece_and_asks_nothing(lang: Language) -> None:
    plan, asks = drive(make_plan(assignment(ONE_PIECE[lang], lang=lang)), lambda ask: Answer("", "stop"))
    assert asks == []
    assert [(s.id, s.heading, s.points, s.words) for s in plan.sections] == [("s1", "", (), ONE_PIECE[lang])]
    assert (plan.title, plan.headed) == ("", False)
    assert num_sections(assignment(ONE_PIECE[lang] + 1, lang=lang)) == 2


@given(st.integers(20, 60_000), st.sampled_from(["zh", "en"]))
def test_sections_are_few_enough_and_share_the_length_evenly(words: int, lang: Language) -> None:
    n = num_sections(assignment(words, lang=lang))
    parts = share(words, [1] * n)
    assert 1 <= n <= MOST_SECTIONS
    assert sum(parts) == words
    assert max(parts) - min(parts) <= 1


def test_a_conclusion_gets_half_of_what_the_others_get() -> None:
    answer = compact("苏州", *(section(name, "花", "雨", "茶") for name in ("春天", "夏夜", "秋水", "结语")))
    plan, _ = drive(make_plan(assignment(1500)), lambda ask: Answer(answer, "stop"))
    words = [s.words for s in plan.sections]
    assert words[3] == pytest.approx(words[0] / 2, abs=1)
    assert sum(words) == 1500


def as_regex(grammar: str) -> re.Pattern[str]:
    """The grammar, which has no recursion, as a regular expression."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())

    def expand(body: str) -> str:
        tokens = re.findall(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]])*\]|\{[\d,]+\}|[()]|\w+', body)
        return "".join(
            re.escape(json.loads(token)) if token[0] == '"' else f"(?:{expand(rules[token])})" if token in rules else token
            for token in tokens
        )

    return re.compile(expand(rules["root"]))


@pytest.mark.parametrize("n", [2, 4, 16])
def test_the_grammar_allows_exactly_so_many_sections_of_phrases(n: int) -> None:
    grammar = as_regex(plan_grammar(n, "zh"))
    good = section("春天来了", "花开了", "雨停了", "茶香")

    def answer(*sections: object) -> str:
        return compact("苏州的四季", *sections)

    assert grammar.fullmatch(answer(*[good] * n))
    assert not grammar.fullmatch(answer(*[good] * (n - 1)))
    assert not grammar.fullmatch(answer(*[good] * (n + 1)))
    assert not grammar.fullmatch(answer(*[section("春天来了", "花开了", "雨停了")] * n))
    assert not grammar.fullmatch(answer(*[section("春天来了。", "花开了", "雨停了", "茶香")] * n))
    assert not grammar.fullmatch(answer(*[section("春" * (LONGEST["name"] + 1), "花开了", "雨停了", "茶香")] * n))
    assert not grammar.fullmatch(json.dumps({"title": "苏州的四季", "sections": [good] * n}, ensure_ascii=False, indent=1))


def checks_out(plan: Plan, words: int) -> bool:
    headings = [s.heading for s in plan.sections]
    return (
        [s.id for s in plan.sections] == [f"s{n}" for n in range(1, len(plan.sections) + 1)]
        and sum(s.words for s in plan.sections) == words
        and len(set(headings)) == len(headings)
        and all(0 < len(heading) <= LONGEST["name"] and heading.isprintable() for heading in headings)
        and all(len(s.points) <= POINTS for s in plan.sections)
        and all(0 < len(point) <= LONGEST["point"] and point.isprintable() for s in plan.sections for point in s.points)
        and plan.title.isprintable()
    )


@given(st.integers(0, len(WHOLE)))
def test_a_plan_that_was_cut_off_keeps_what_was_whole(cut: int) -> None:
    plan = plan_of(WHOLE[:cut])
    assert len(plan.sections) == 4
    assert checks_out(plan, 1500)
    whole = [
        heading
        for heading in ("春天", "夏夜", "秋水", "冬日")
        if cut >= WHOLE.index(heading) + WHOLE[WHOLE.index(heading) :].index("}") + 1
    ]
    assert [s.heading for s in plan.sections] == whole + [f"第 {n} 部分" for n in range(len(whole) + 1, 5)]
    assert [len(s.points) for s in plan.sections] == [3] * len(whole) + [0] * (4 - len(whole))
    assert plan.title == ("苏州的四季" if cut > WHOLE.index('","') else "")


FULL = compact("苏州的四季", *(section(name, "花开了", "雨停了", "茶香") for name in ("春天", "夏夜", "秋水", "冬日")))


@given(st.integers(0, len(FULL)))
def test_a_plan_that_is_left_goes_on_behind_its_last_whole_section(cut: int) -> None:
    _, (ask,) = drive(make_plan(assignment()), lambda ask: FULL)
    end, there = whole_items(FULL[:cut])
    assert ask.grammar
    grammar = (ask.grammar, *ask.rest)[there]
    assert end <= cut
    assert as_regex(grammar).fullmatch(FULL[end:])
    assert len(parse_plan(FULL[:end], assignment(), 4).sections[there - 1].points) == (POINTS if there else 0)


def test_an_english_phrase_that_filled_its_room_loses_the_word_that_is_two_in_one() -> None:
    """And what would hang in the air then."""
    points = ("Fresh air for everybody", "Many people walk to improve the body andmind", "They walk to be part of the communitynow")
    plan = parse_plan(compact("Autumn", section("Outdoors", *points)), Assignment("Write about autumn", 800, "en", 7), 1)
    assert plan.sections[0].points == (points[0], "Many people walk to improve the body", "They walk to be part")


def test_a_word_without_end_is_cut() -> None:
    plan = parse_plan(compact("a" * 500, section("b" * 500, "c" * 500)), Assignment("Write about autumn", 800, "en", 7), 1)
    assert [len(plan.title), len(plan.sections[0].heading), len(plan.sections[0].points[0])] == [LONGEST_IN_ENGLISH] * 3


HOSTILE = [
    "",
    "null",
    "[]",
    "1",
    '"text"',
    "{}",
    "[" * 100_000,
    '{"title":7,"sections":8}',
    '{"title":["a"],"sections":["a",null,3,[],{}]}',
    '{"title":null,"sections":[{"heading":null,"points":null}]}',
    '{"title":"甲","sections":[{"heading":{"a":1},"points":"abc"}]}',
    '{"title":"甲","sections":[{"heading":"乙","points":[1,null,[],{"a":"b"},"丙"]}]}',
    '{"title":"甲","sections":[{"heading":"\\ud800\\u0000","points":["\\ud800","丁\\n戊"]}]}',
    '{"sections":[{"heading":"甲","points":["a" "b"]},',
    compact("题" * 500, section("节" * 500, "点" * 500)),
    compact("甲", *[section(f"第{n}节", "a") for n in range(40)]),
    compact("甲", section("  ", " ", ""), section("##", "**")),
    "好的，这是提纲：\n1. 春天\n2. 夏天",
]


@pytest.mark.parametrize("answer", HOSTILE)
def test_whatever_the_model_answers_there_is_a_plan(answer: str) -> None:
    plan = plan_of(answer)
    assert len(plan.sections) == 4
    assert checks_out(plan, 1500)
    plan.title.encode()


def test_sections_that_got_no_name_are_asked_for_once_more_and_the_fuller_plan_is_taken() -> None:
    half = compact("苏州", section("春天", "花", "雨", "茶"), section("夏夜", "荷", "蝉", "船"))
    plan, asks = drive(make_plan(assignment()), one_by_one([half, WHOLE]))
    assert [s.heading for s in plan.sections] == ["春天", "夏夜", "秋水", "冬日"]
    assert [(ask.messages, ask.grammar) for ask in asks] == [(asks[0].messages, asks[0].grammar)] * 2
    assert asks[0].sampling.seed != asks[1].sampling.seed
    plan, asks = drive(make_plan(assignment()), one_by_one([half, "", WHOLE]))
    assert [s.heading for s in plan.sections] == ["春天", "夏夜", "第 3 部分", "第 4 部分"]
    assert len(asks) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@given(
    st.text()
    | st.builds(compact, json_values, st.builds(section, json_values, json_values), st.builds(section, json_values, json_values))
)
def test_no_answer_at_all_breaks_a_plan_and_the_same_answers_make_the_same_requests(answer: str) -> None:
    plan, asks = drive(make_plan(assignment()), lambda ask: answer)
    assert checks_out(plan, 1500)
    assert drive(make_plan(assignment()), lambda ask: answer) == (plan, asks)


@pytest.mark.parametrize(
    ("heading", "clean"),
    [
        ("一、起源", "起源"),
        ("1. 起源", "起源"),
        ("1、起源", "起源"),
        ("（一）起源", "起源"),
        ("第一章 起源", "起源"),
        ("第 2 节：起源", "起源"),
        ("第三部分：起源", "起源"),
        ("## 起源", "起源"),
        ("**起源：**", "起源"),
        ("Part 1: Beginnings", "Beginnings"),
        ("Chapter 2 - Beginnings", "Beginnings"),
        ("Section 3. Beginnings", "Beginnings"),
        ("II. Beginnings", "Beginnings"),
        ("春天\n来了", "春天 来了"),
        # Numbers that belong to the heading.
        ("1984 年的夏天", "1984 年的夏天"),
        ("5 个技巧", "5 个技巧"),
        ("3.0 时代", "3.0 时代"),
        ("3 Ways to begin", "3 Ways to begin"),
        ("十里桃花", "十里桃花"),
        ("第一部电影", "第一部电影"),
        ("第一次远行", "第一次远行"),
    ],
)
def test_headings_lose_their_numbering_and_nothing_else(heading: str, clean: str) -> None:
    assert plan_of(compact("题", section(heading, "a"))).sections[0].heading == clean


def test_a_heading_that_stands_already_is_replaced() -> None:
    plan = plan_of(compact("题", section("春天", "a"), section("1. 春天", "b"), section("夏天", "c")))
    assert [s.heading for s in plan.sections] == ["春天", "第 2 部分", "夏天", "第 4 部分"]


@pytest.mark.parametrize(
    ("brief", "words", "headed"),
    [
        ("介绍苏州园林", UNHEADED_UP_TO, False),
        ("介绍苏州园林", UNHEADED_UP_TO + 1, True),
        ("介绍苏州园林，要有三个小标题", 400, True),
        ("写一份调研报告", 600, True),
        ("写一份语文教案", 600, True),
        ("A guide in four sections", 500, True),
        ("给老师写一封感谢信", 2000, False),
        ("写一部悬疑小说", 5000, False),
        ("写一篇读后感", 1200, False),
        ("A letter to my landlord", 1200, False),
        ("A short story about the sea", 2000, False),
        # Words that only look like those of a letter or a speech.
        ("介绍个人信息保护", 2000, True),
        ("诚信与信用体系", 2000, True),
        ("微信营销指南", 2000, True),
        ("通信与通讯技术的发展", 2000, True),
        ("A guide to speech recognition", 2000, True),
        ("A guide to personal finance", 2000, True),
        # The brief says so.
        ("介绍苏州园林，不要小标题", 2000, False),
        ("介绍苏州园林，不分章节", 2000, False),
        ("写一份报告，不用小标题", 2000, False),
        ("A guide to Suzhou without headings", 2000, False),
        ("介绍园林，不少于三个小标题", 2000, True),
        ("比较不同章节的写法", 2000, True),
    ],
)
def test_headings_stand_where_such_a_text_has_them(brief: str, words: int, headed: bool) -> None:
    assert is_headed(assignment(words, brief)) == headed
