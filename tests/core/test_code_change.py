"""A file of a program changed as the writer says: the whole of it again, behind what was read already, and only if it parses."""

from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.flows.code import file_language
from hanmo.core.flows.code_change import change_file
from hanmo.core.flows.rewrite import Rewritten
from hanmo.core.flows.room import Room, estimate_tokens
from tests.core.test_code_flow import BAD, GOOD, PLAN, ROOM, TODO, fenced, run, write

OTHER = "def add(items, text):\n    return items + [text]\n"
TEXTS = {"s1": fenced(GOOD), "s2": fenced("import todo\n", purpose="测试 todo.py。")}


def change(
    *answers: Answer | str, instruction: str = "不用解包", selected: str = "", room: Room = ROOM
) -> tuple[Rewritten, list[Ask]]:
    flow = change_file(TODO, PLAN, PLAN.sections[0], TEXTS, room, instruction=instruction, selected=selected, seed=3)
    return run(flow, answers)


def test_it_is_asked_for_behind_the_conversation_in_which_the_file_was_written() -> None:
    _, (first, *_) = write(f"{GOOD}```")
    done, (ask,) = change(f"{OTHER}```")
    assert done == Rewritten(fenced(OTHER))
    assert ask.messages[: len(first.messages)] == first.messages
    assert ask.messages[-2].text == "## todo.py\n\n" + TEXTS["s1"]
    assert "不用解包" in ask.messages[-1].text
    assert ask.opening == first.opening


def test_without_an_instruction_it_is_written_in_another_way_and_a_selection_is_pointed_at() -> None:
    _, (ask,) = change(f"{OTHER}```", instruction=" ", selected="    return [*items, text]\n")
    assert "换一种写法" in ask.messages[-1].text
    assert "只改这几行：\n\n    return [*items, text]" in ask.messages[-1].text


def test_what_does_not_parse_is_asked_for_again_with_its_error() -> None:
    done, asks = change(f"{BAD}```", f"{OTHER}```")
    assert done == Rewritten(fenced(OTHER))
    assert "不能解析" in asks[1].messages[-1].text


def test_what_never_parses_or_never_ends_leaves_the_file_as_it_is() -> None:
    assert change(*[f"{BAD}```"] * 3)[0] == Rewritten(TEXTS["s1"], problem="broken")
    assert change(*[""] * 3)[0] == Rewritten(TEXTS["s1"], problem="broken")
    assert change(f"{GOOD}```")[0] == Rewritten(TEXTS["s1"], problem="unchanged")


def test_where_the_context_is_small_the_files_before_it_are_there_in_short() -> None:
    texts = {"s1": fenced("".join(f"def f{i}():\n    return {i}\n" for i in range(200))), "s2": TEXTS["s2"]}
    flow = change_file(TODO, PLAN, PLAN.sections[1], texts, Room(2600), instruction="多测几处", seed=3)
    _, (ask,) = run(flow, ["import todo as t\n```"])
    prompt = sum(estimate_tokens(turn.text) for turn in ask.messages)
    assert prompt + ask.sampling.max_new_tokens <= 2600
    assert "def f3():" in ask.messages[1].text
    assert "return 3" not in ask.messages[1].text


@given(st.lists(st.text() | st.sampled_from([f"{GOOD}```", f"{BAD}```", f"{OTHER}```"]), min_size=1, max_size=4))
def test_the_same_answers_make_the_same_requests(answers: list[str]) -> None:
    def once() -> tuple[Rewritten, list[Ask]]:
        flow, asks, left = (
            change_file(TODO, PLAN, PLAN.sections[0], TEXTS, ROOM, instruction="短些", seed=3),
            list[Ask](),
            list(answers),
        )
        try:
            ask = next(flow)
            while True:
                asks.append(ask)
                ask = flow.send(Answer(left.pop(0) if len(left) > 1 else left[0], "stop"))
        except StopIteration as end:
            return end.value, asks

    assert once() == once()


def test_only_files_are_changed_as_a_whole() -> None:
    assert [file_language(section) for section in PLAN.sections] == ["python", "python", None]
