"""A section that goes round in circles: other ways at the same place, then the points of its plan, and then it is left at that."""

from dataclasses import replace

from hanmo.core.articles import Plan
from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.flows.expand import section_heading, write_section
from hanmo.core.flows.openers import OPENERS
from hanmo.core.flows.prose import Place, most_tries
from tests.core.flow_scripts import ROOM, assignment, drive, plan_of


def without_points(plan: Plan) -> Plan:
    return replace(plan, sections=tuple(replace(section, points=()) for section in plan.sections))


def test_where_a_section_may_not_conclude_yet_all_ways_to_conclude_are_kept_away() -> None:
    plan = plan_of(2, 600)
    answers = iter([Answer("春天来了。\n\n", "repeat", "总之，"), Answer("花开了满山。" * 60, "enough")])
    _, asks = drive(write_section(assignment(600), plan, plan.sections[0], {}, ROOM), lambda ask: next(answers))
    assert {"总之", "综上", "总的来说"} <= set(asks[1].avoid)


def test_a_section_that_came_to_a_halt_goes_on_with_the_points_of_its_plan() -> None:
    plan = plan_of(2, 600)
    section = replace(plan.sections[0], points=("花", "鸟", "鱼"))
    plan = replace(plan, sections=(section, plan.sections[1]))
    first, more = "春天来了，花开了满山。" * 10, iter("虫鱼鸟")

    def answer(ask: Ask) -> Answer:
        if not ask.before:
            return Answer(first if not ask.attempt else "", "repeat", f"旧话{ask.attempt}")
        return Answer(f"山里有{next(more)}，" * 30 + "真好。", "enough")

    written, asks = drive(write_section(assignment(600), plan, section, {}, ROOM), answer)
    further = [ask for ask in asks if ask.before]
    assert written.problem == "" and written.text.startswith(first + "\n\n山里有虫")
    assert "要写到：花" in further[0].messages[-1].text and further[0].messages[-2].text == section_heading(plan, section) + first
    assert further[0].before == section_heading(plan, section) + first + "\n\n"
    assert first in further[0].against
    assert further[1].messages[: len(further[0].messages)] == further[0].messages, "nothing is read twice"


def opener_of(ask: Ask) -> str:
    return next((opener for opener in OPENERS["plain"]["zh"] if ask.opening.endswith(f"\n\n{opener}")), "")


def test_an_answer_that_repeats_is_tried_from_the_clause_then_the_sentence_then_led_elsewhere_and_then_left() -> None:
    plan = without_points(plan_of(2, 600))
    said = iter(["春天来了。花开在桥边，人们走上街头，", *["不过，" * (i % 2) for i in range(99)]])
    _, asks = drive(
        write_section(assignment(600), plan, plan.sections[0], {}, ROOM),
        lambda ask: Answer(next(said) if not ask.attempt else "", "repeat", f"旧话{ask.attempt}"),
    )
    heading = section_heading(plan, plan.sections[0])
    kept = [ask.opening.removeprefix(heading) for ask in asks]
    assert kept[:4] == ["", "春天来了。花开在桥边，人们走上街头，", "春天来了。", "春天来了。"]
    assert asks[3].lenient, "a name or a term may have no other"
    assert [bool(opener_of(ask)) for ask in asks[:5]] == [False] * 4 + [True]
    assert asks[4].held_off == tuple(f"旧话{i}" for i in range(4))
    led = [opener for ask in asks if (opener := opener_of(ask))]
    assert len(set(led)) > 1, "each time another way"
    assert len(asks) < most_tries(300), "it is left at that before all tries are spent"
    temperatures = [ask.sampling.temperature for ask in asks]
    assert max(temperatures) <= 1.1 < 2 * min(temperatures)
    assert len({ask.sampling.seed for ask in asks}) == len(asks)


def test_what_goes_round_in_circles_everywhere_is_left_after_so_many_tries() -> None:
    plan = without_points(plan_of(2, 600))
    written, asks = drive(
        write_section(assignment(600), plan, plan.sections[0], {}, ROOM),
        lambda ask: Answer(f"第{ask.attempt}句话。", "repeat", "旧话"),
    )
    assert written.problem == "repeats"
    assert most_tries(250) < len(asks) <= most_tries(300) + 1


def test_the_opener_that_came_least_often_comes_next() -> None:
    row = OPENERS["plain"]["zh"]
    place = Place((), "", seed=1, lang="zh", against=(f"海很大。\n\n{row[3]}海也很小。",))
    assert place.openers(f"{row[0]}海水是咸的。") == (*row[1:3], *row[4:])
    assert place.openers("".join(row)) == (*row[:3], *row[4:])
