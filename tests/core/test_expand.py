"""Sections written one after another: always to an end, to the length that was asked for, and reading nothing twice."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hanmo.core.articles import Assignment, Plan, Section, whole_text
from hanmo.core.briefs import make_assignment
from hanmo.core.flows.asks import Answer, Ask, End, Limit
from hanmo.core.flows.elements import TRIES, elements_of
from hanmo.core.flows.expand import Written, in_short, num_in_short, section_heading, share_left, write_section
from hanmo.core.flows.musts import musts_of
from hanmo.core.flows.openers import ENDINGS, OPENERS
from hanmo.core.flows.prose import PROSE, TOO_SHORT, most_tries
from hanmo.core.flows.room import Room
from hanmo.core.flows.watch import Watch
from hanmo.core.presets import PRESETS
from hanmo.core.text import Language, count_words, ends_sentence
from tests.core.flow_scripts import ROOM, assignment, drive, plan_of


def write(
    asked: Assignment, plan: Plan, answer: Callable[[Ask], Answer], room: Room = ROOM
) -> tuple[dict[str, Written], list[list[Ask]]]:
    """All sections, each after those before it, and what was asked for each."""
    written: dict[str, Written] = {}
    asks = []
    for section in plan.sections:
        texts = {key: done.text for key, done in written.items()}
        written[section.id], asked_for = drive(write_section(asked, plan, section, texts, room), answer)
        asks.append(asked_for)
    return written, asks


def words_of(plan: Plan, written: Mapping[str, Written]) -> int:
    return count_words(whole_text(plan, {key: done.text for key, done in written.items()}))


class Writer:
    """A model that says something new in every sentence and ends by itself at `share` of the length, unless it may not. Its sentences are drawn
    from the request and from where it stands, so the same request has the same answer."""

    def __init__(self, share: float, lang: Language = "zh", *, headings: bool = False) -> None:
        self._share, self._lang, self._headings = share, lang, headings

    def __call__(self, ask: Ask) -> Answer:
        assert ask.limit is not None
        random = Random(ask.key("model"))
        watch = Watch(ask.opening, ask.against, free=ask.free, lenient=ask.lenient, avoid=ask.avoid)
        own_end = ask.limit.enough * self._share
        text = ask.opening
        while ask.more or count_words(text) < own_end:
            text += self._sentence(random)
            if verdict := watch.look(text, ask.limit, ended=False, enough=False):
                return Answer(text[len(ask.opening) : verdict.keep], verdict.end, verdict.repeated)
        if self._headings:
            text += "\n\n## 下一节\n\n"
        verdict = watch.look(text, ask.limit, ended=True, enough=False)
        return Answer(text[len(ask.opening) : verdict.keep], verdict.end) if verdict else Answer(text[len(ask.opening) :], "stop")

    def _sentence(self, random: Random) -> str:
        """With the beginning of the next one, or now and then a new paragraph."""
        if self._lang == "zh":
            said = "".join(chr(random.randrange(0x4E00, 0x9F00)) for _ in range(random.randrange(8, 40))) + "。"
        else:
            said = " ".join(f"w{random.randrange(36**5):x}" for _ in range(random.randrange(6, 25))) + ". "
        return said + ("\n\n" if random.random() < 0.2 else "又" if self._lang == "zh" else "So ")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("share", "count", "words"),
    [
        (0.8, 1, 200),
        (0.88, 1, 250),
        (1.2, 1, 250),
        (0.4, 2, 600),
        (0.88, 2, 600),
        (0.8, 4, 1500),
        (0.95, 4, 1500),
        (0.88, 13, 5000),
    ],
)
def test_the_whole_lands_within_a_tenth_of_the_length(lang: Language, share: float, count: int, words: int) -> None:
    plan = plan_of(count, words)
    written, _ = write(assignment(words, lang), plan, Writer(share, lang))
    assert words_of(plan, written) == pytest.approx(sum(s.words for s in plan.sections), rel=0.1)
    assert {done.problem for done in written.values()} == {""}
    assert all(ends_sentence(done.text) for done in written.values())
    assert [done.words for done in written.values()] == [section.words for section in plan.sections]


def test_a_model_that_begins_the_next_section_is_held_to_this_one() -> None:
    plan = plan_of(4, 1500)
    written, _ = write(assignment(1500), plan, Writer(0.6, headings=True))
    assert words_of(plan, written) == pytest.approx(1500, rel=0.1)
    assert not any("#" in done.text for done in written.values())


ends = st.sampled_from(get_args(End))
bits = st.text("春夏秋冬花月。！，\n#|`（）12ab. ", max_size=80) | st.sampled_from(
    ["", "\n\n", "```\n", "| 甲 | 乙 |", "春风又绿江南岸。" * 12]
)
answers = st.builds(Answer, bits, ends, st.text("春夏", max_size=3), st.none() | st.integers(20, 400))


@settings(max_examples=60, deadline=None)
@given(st.lists(answers, min_size=1, max_size=12), st.integers(0, 3), st.booleans(), st.integers(40, 400))
def test_whatever_the_answers_are_a_flow_ends_and_is_the_same_again(given_: list[Answer], k: int, headed: bool, words: int) -> None:
    plan = plan_of(4, 4 * words, headed=headed)
    texts = {f"s{i + 1}": f"第{i}节说了{i}件事。" for i in range(k)}
    section = plan.sections[k]

    def run() -> tuple[Written, list[Ask]]:
        left = iter(given_)
        return drive(write_section(assignment(4 * words), plan, section, texts, ROOM), lambda ask: next(left, given_[-1]))

    written, asks = run()
    assert run() == (written, asks)
    assert len(asks) <= (most_tries(max(4 * words, 400)) + 1) * (1 + len(section.points))
    assert len({ask.key("model") for ask in asks}) == len(asks)
    wanted = share_left(plan, list(plan.sections), k, texts)
    skipped = given_[min(len(asks), len(given_)) - 1].end == "skipped"
    assert (written.problem == "skipped") == skipped
    if not skipped:
        assert (written.problem in ("too_short", "repeats")) == (
            count_words(written.text) < TOO_SHORT * (written.words if steered(given_, asks) else wanted)
        )
    check_openings(section_heading(plan, section), given_, asks)


@example(
    "写一篇博客讲二分查找，要有一个 Python 代码块，文中必须出现“对数”和“有序”。",
    [Answer("`", "stop"), Answer("", "repeat")],
)
@example(
    "写一篇博客讲二分查找，要有一个 Python 代码块，文中必须出现“对数”和“有序”。",
    [*[Answer("", "stop")] * 3, Answer("1", "stop", words=384)],
)
@settings(max_examples=60)
@given(
    st.sampled_from(
        [
            "写潮汐，要有两个表格、一个公式和一段引用。",
            "出三道分数的练习题，附答案。",
            "写一篇博客讲二分查找，要有一个 Python 代码块，文中必须出现“对数”和“有序”。",
            "写一封辞职信，最后一个工作日是2026年12月31日。",
            "Write about tides with a table and a quotation; it must mention “neap tide”.",
        ]
    ),
    st.lists(answers, min_size=1, max_size=12),
)
def test_so_does_one_with_tables_exercises_and_what_must_be_said(brief: str, given_: list[Answer]) -> None:
    asked = make_assignment(brief, words=240, seed=7)
    plan = Plan("", (Section("s1", "", (), 240),), headed=False)

    def run() -> tuple[Written, list[Ask]]:
        left = iter(given_)
        return drive(write_section(asked, plan, plan.sections[0], {}, ROOM), lambda ask: next(left, given_[-1]))

    written, asks = run()
    assert run() == (written, asks)
    proses = 2 + len(musts_of(asked))  # before the elements, behind them, and one for each must
    elements = elements_of(asked, list(plan.sections), 0)
    assert len(asks) <= proses * (most_tries(400) + 1) + len(elements) * TRIES
    assert len({ask.key("model") for ask in asks}) == len(asks)


def steered(given_: list[Answer], asks: list[Ask]) -> bool:
    return any(answer.words is not None for answer in (given_ + [given_[-1]] * len(asks))[: len(asks)])


def check_openings(heading: str, given_: list[Answer], asks: list[Ask]) -> None:
    """What is sent back is what was written, as far as it was kept, and perhaps an opener of ours."""
    whole = ""
    for i, ask in enumerate(asks):
        if ask.before:  # a turn that goes on with a point
            break
        assert ask.opening.startswith(heading)
        kept = ask.opening.removeprefix(heading)
        ours = next((opener for opener in (*OPENERS["plain"]["zh"], ENDINGS["zh"]) if kept.endswith(f"\n\n{opener}")), "")
        assert whole.strip().startswith(kept.removesuffix(ours).strip().removesuffix("```").rstrip())
        assert ask.more == (i > 0)
        whole = kept + given_[min(i, len(given_) - 1)].text


def test_the_text_so_far_is_the_opening_of_the_next_request() -> None:
    plan = plan_of(4, 1600)
    parts = ["春天来了，花开在桥边，", "人们走上街头。", "茶馆里坐满了听书的客人，", "河水涨了。"]
    answers = iter(
        [
            Answer(parts[0], "repeat", "花开"),
            Answer(parts[1], "heading", "## "),
            Answer(parts[2], "repeat", "桥边"),
            Answer(parts[3], "enough"),
        ]
    )
    written, asks = drive(write_section(assignment(1600), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert [ask.opening for ask in asks] == [
        "## 春天\n\n",
        "## 春天\n\n" + parts[0],
        "## 春天\n\n" + parts[0] + parts[1] + "\n\n",
        "## 春天\n\n" + parts[0] + parts[1] + "\n\n" + parts[2],
    ]
    assert [ask.avoid for ask in asks[1:]] == [("花开",), ("## ",), ("桥边",)]
    assert [ask.held_off for ask in asks] == [(), ("花开",), (), ("桥边",)]
    assert plan.sections[0].heading in asks[0].avoid
    assert written.text == parts[0] + parts[1] + "\n\n" + parts[2] + parts[3]


def test_a_model_that_ended_early_goes_on_before_what_it_ended_with() -> None:
    """Behind its own end it would talk about the text."""
    plan = plan_of(1, 200)
    body, end, more = "春天来了，花开了满山。" * 8, "人们都说好。" * 4, "夏天到了，蝉声一片。" * 9
    answers = iter([Answer(f"{body}\n\n{end}", "stop"), Answer(more, "enough")])
    written, asks = drive(write_section(assignment(200), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert asks[1].opening == f"{body}\n\n"
    assert asks[1].avoid == (end[:12],)
    assert end in asks[1].against
    assert asks[1].limit == Limit.around(200 - count_words(end))
    assert written.text == f"{body}\n\n{more}\n\n{end}"


def test_what_the_length_would_cut_off_is_given_an_end() -> None:
    plan = plan_of(1, 300)
    body, end = "春天来了，花开了满山。" * 26, "人们下了山。" * 10
    answers = iter([Answer(body, "enough"), Answer(end, "stop")])
    written, asks = drive(write_section(assignment(300), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert asks[1].opening.endswith(f"{body}\n\n{ENDINGS['zh']}")
    assert asks[0].limit and asks[1].limit and asks[0].limit.most < asks[1].limit.enough
    assert written.text == f"{body}\n\n{ENDINGS['zh']}{end}"
    assert not any(ask.goes_on for ask in asks)


def test_only_the_last_section_ends_the_article() -> None:
    plan = plan_of(2, 600)
    _, asks = drive(
        write_section(assignment(600), plan, plan.sections[0], {}, ROOM), lambda ask: Answer("春天来了。" * 50, "enough")
    )
    assert [ask.goes_on for ask in asks] == [True]


LINES = "此致\n敬礼\n\n张三"
THANKED = f"谢谢您的关注，期待您的回复。\n\n{LINES}"


@pytest.mark.parametrize(("closing", "again"), [(LINES, LINES), (THANKED, THANKED), (THANKED, "再次感谢您。"), (THANKED, LINES)])
def test_a_letter_goes_on_before_it_thanks_and_closes(closing: str, again: str) -> None:
    plan = plan_of(1, 200)
    body = "尊敬的领导：\n\n" + "我因家中有事，想请几天假。" * 8
    answers = iter([Answer(f"{body}\n\n{closing}", "stop"), Answer("回来以后我会补上。" * 12 + f"\n\n{again}", "stop")])
    written, asks = drive(write_section(assignment(200), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert asks[1].opening == f"{body}\n\n"
    assert written.text == f"{body}\n\n" + "回来以后我会补上。" * 12 + f"\n\n{closing}"


def test_an_early_end_is_opened_again_until_the_length_is_there() -> None:
    plan = plan_of(1, 200)
    answers = iter([Answer("春天来了。" * 30, "stop"), Answer("夏天到了。" * 15, "enough")])
    written, asks = drive(write_section(assignment(200), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert [ask.more for ask in asks] == [False, True]
    assert asks[1].opening == "春天来了。" * 30 + "\n\n"
    assert (written.problem, count_words(written.text)) == ("", 180)


@pytest.mark.parametrize(("steer", "text", "problem"), [(100, "春天来了。" * 25, ""), (600, "春天来了。" * 40, "too_short")])
def test_another_length_said_meanwhile_is_the_one_that_counts(steer: int, text: str, problem: str) -> None:
    plan = plan_of(2, 600)
    written, asks = drive(
        write_section(assignment(600), plan, plan.sections[0], {}, ROOM), lambda ask: Answer(text, "enough", "", steer)
    )
    assert len(asks) == 1
    assert (written.words, written.problem) == (steer, problem)


def test_another_length_holds_for_what_is_asked_next() -> None:
    plan = plan_of(2, 600)
    answers = iter([Answer("春天来了。" * 20, "stop", "", 160), Answer("花开了。" * 25, "enough")])
    written, asks = drive(write_section(assignment(600), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    heading = count_words(section_heading(plan, plan.sections[0]))
    assert asks[1].limit == Limit.around(160 + heading)
    assert (written.words, written.problem) == (160, "")


def test_a_skipped_section_has_no_text() -> None:
    plan = plan_of(2, 600)
    section = plan.sections[0]
    written, _ = drive(write_section(assignment(600), plan, section, {}, ROOM), lambda ask: Answer("春天来了。", "skipped"))
    assert (written.text, written.problem, written.words) == ("", "skipped", section.words)


def test_what_the_user_says_is_enough_is_enough_however_short() -> None:
    plan = plan_of(2, 600)
    written, asks = drive(
        write_section(assignment(600), plan, plan.sections[0], {}, ROOM), lambda ask: Answer("春天来了。", "enough")
    )
    assert (len(asks), written.text, written.problem) == (1, "春天来了。", "too_short")


def test_each_request_begins_as_the_one_before_ended() -> None:
    """As long as nothing is left out, the engine reads only the new line."""
    plan = plan_of(4, 1600)
    written, asks = write(assignment(1600), plan, Writer(1.0))
    for k in range(1, 4):
        before, now = asks[k - 1][0].messages, asks[k][0].messages
        assert now[: len(before)] == before
        assert [turn.role for turn in now[len(before) :]] == ["assistant", "user"]
        assert now[len(before)].text == section_heading(plan, plan.sections[k - 1]) + written[f"s{k}"].text


def test_a_note_reaches_its_section_and_leaves_what_stands_before_as_it_was() -> None:
    plan = plan_of(3, 900)
    texts = {"s1": "春天来了。" * 60}
    noted = replace(plan, sections=(plan.sections[0], replace(plan.sections[1], note="写得更短"), plan.sections[2]))

    def first_ask(plan: Plan) -> Ask:
        return next(write_section(assignment(900), plan, plan.sections[1], texts, ROOM))

    assert "写得更短" in first_ask(noted).messages[-1].text
    assert first_ask(noted).messages[:-1] == first_ask(plan).messages[:-1]


def test_skipped_sections_are_not_spoken_of() -> None:
    plan = plan_of(3, 900)
    plan = replace(plan, sections=(plan.sections[0], replace(plan.sections[1], skipped=True), plan.sections[2]))
    ask = next(write_section(assignment(900), plan, plan.sections[2], {"s1": "春天来了。", "s2": "旧的一节。"}, ROOM))
    said = "\n".join(turn.text for turn in ask.messages)
    assert "夏夜" not in said
    assert "旧的一节" not in said
    assert ask.against == ("春天来了。",)
    assert "第 2 节「秋水」" in ask.messages[-1].text


def test_a_long_article_goes_on_with_its_beginning_in_short_and_the_rest_whole_in_order() -> None:
    plan = plan_of(13, 5000)
    written, asks = write(assignment(5000), plan, Writer(1.0), Room(4096))
    texts = {key: done.text for key, done in written.items()}
    for k, section in enumerate(plan.sections):
        messages = asks[k][0].messages
        short = num_in_short(assignment(5000), plan, section, texts, Room(4096))
        assert [turn.role for turn in messages] == ["system", "user", *["assistant", "user"] * (k - short)]
        assert [turn.text for turn in messages if turn.role == "assistant"] == [
            section_heading(plan, s) + texts[s.id] for s in plan.sections[short:k]
        ]
        assert all(s.heading in messages[1].text for s in plan.sections)
        assert all(in_short(texts[s.id], 12) in messages[1].text for s in plan.sections[:short])
        assert len(asks[k][0].against) == k
    shorts = [num_in_short(assignment(5000), plan, section, texts, Room(4096)) for section in plan.sections]
    assert shorts == sorted(shorts)
    assert 0 < shorts[-1] < 12
    assert len(set(shorts)) <= 5


def test_a_text_in_short_is_the_first_sentence_of_each_paragraph() -> None:
    text = "春天来了。花开了。\n\n| 甲 | 乙 |\n\n夏天到了，蝉叫了。秋天。\n\n## 冬\n\nSnow fell. It was cold."
    assert in_short(text, 60) == "春天来了；夏天到了，蝉叫了；Snow fell"
    assert in_short(text, 6) == "春天来了；夏"
    assert in_short("", 60) == ""


def test_every_request_for_the_text_is_sampled_as_the_brief_chose() -> None:
    asked = replace(assignment(600), preset="creative", sampling={"top_k": 40})
    _, asks = write(asked, plan_of(2, 600), Writer(0.7))
    sampled = [ask.sampling for part in asks for ask in part]
    assert {(one.top_k, one.top_p) for one in sampled} == {(40, PRESETS["creative"].top_p)}
    assert min(one.temperature for one in sampled) == PRESETS["creative"].temperature
    _, as_ever = write(assignment(600), plan_of(2, 600), Writer(0.7))
    assert as_ever[0][0].sampling == replace(PROSE, max_new_tokens=as_ever[0][0].sampling.max_new_tokens, seed=7)
