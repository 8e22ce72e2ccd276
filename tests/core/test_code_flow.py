"""Code in stages with scripted answers: each file in one block that parses, what fails asked for again with its error."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.flows.asks import Answer, Ask, Flow
from hanmo.core.flows.code import first_block, outline, write_file
from hanmo.core.flows.expand import Written
from hanmo.core.flows.room import Room, estimate_tokens

T = TypeVar("T")
TODO = Assignment("用 Python 写一个命令行待办清单，带测试", 900, "zh", 7, format="code")
PLAN = Plan(
    "待办清单",
    (
        Section("s1", "todo.py", ("增删与保存",), 300),
        Section("s2", "test_todo.py", ("测试 todo.py",), 300),
        Section("s3", "用法", ("怎样运行、使用和测试",), 150),
    ),
    headed=True,
)
ROOM = Room(8192)
GOOD = "def add(items, text):\n    return [*items, text]\n"
BAD = "def add(items, text:\n    return [*items, text]\n"


def run(flow: Flow[T], answers: Iterable[Answer | str]) -> tuple[T, list[Ask]]:
    """The flow's result under scripted answers, and what it asked for. Too few answers fail."""
    asks: list[Ask] = []
    script = iter(answers)
    try:
        ask = next(flow)
        while True:
            asks.append(ask)
            answer = next(script)
            ask = flow.send(Answer(answer, "stop") if isinstance(answer, str) else answer)
    except StopIteration as end:
        assert next(script, None) is None, "an answer was not asked for"
        return end.value, asks


def write(
    *answers: Answer | str, section: int = 0, texts: dict[str, str] | None = None, room: Room = ROOM
) -> tuple[Written, list[Ask]]:
    return run(write_file(TODO, PLAN, PLAN.sections[section], texts or {}, room), answers)


def fenced(code: str, language: str = "python", purpose: str = "增删与保存。") -> str:
    return f"{purpose}\n\n```{language}\n{code.rstrip()}\n```"


# -------------------------------------------------------------------------------------------------------------------- files


def test_a_file_is_one_block_behind_its_purpose() -> None:
    written, (ask,) = write(GOOD + "```\n\n这段代码……")
    assert written == Written(fenced(GOOD), "", 300)
    assert ask.opening == "## todo.py\n\n增删与保存。\n\n```python\n"
    assert (ask.free, ask.limit, ask.grammar, ask.more) == (True, None, None, False)
    assert (ask.sampling.temperature, ask.sampling.presence_penalty) == (0.3, 0.0)


def test_a_second_block_and_all_talk_behind_the_first_are_dropped() -> None:
    written, _ = write(GOOD + "```\n\n再来一个：\n\n```python\nprint(1)\n```\n")
    assert written.text == fenced(GOOD)


@pytest.mark.parametrize("before", ["```python\n", "```\n", "```js\n", "\n```py\n", "好的，以下是代码：\n\n```python\n"])
def test_a_fence_that_opens_again_begins_the_block_anew(before: str) -> None:
    written, asks = write(before + GOOD + "```\n")
    assert (written.text, written.problem, len(asks)) == (fenced(GOOD), "", 1)


def test_a_wrong_tag_does_not_change_what_the_file_is_checked_as() -> None:
    written, asks = write("```javascript\nconst a = () => 1;\n```", GOOD + "```")
    assert (written.text, len(asks)) == (fenced(GOOD), 2)


def test_a_block_that_the_model_did_not_close_is_closed() -> None:
    assert write(GOOD)[0] == Written(fenced(GOOD), "", 300)


def test_a_block_cut_by_the_token_limit_goes_on_where_it_was() -> None:
    written, asks = write(Answer(GOOD[:20], "length"), Answer(GOOD[20:] + "``", "length"), Answer("`\n\n说明", "length"))
    assert written == Written(fenced(GOOD), "", 300)
    assert [ask.opening.removeprefix(asks[0].opening) for ask in asks] == ["", GOOD[:20], GOOD + "``"]
    assert {ask.messages for ask in asks} == {asks[0].messages}


def test_what_does_not_parse_is_asked_for_again_with_its_error() -> None:
    written, (first, second) = write(BAD + "```", GOOD + "```")
    assert written == Written(fenced(GOOD), "", 300)
    assert second.messages[: len(first.messages)] == first.messages
    assert second.messages[-2].text == "## todo.py\n\n" + fenced(BAD)
    said = second.messages[-1].text
    assert "todo.py" in said
    assert "第 1 行" in said
    assert "'(' was never closed" in said
    assert BAD.splitlines()[0] in said
    assert second.sampling.temperature < first.sampling.temperature
    assert second.sampling.seed != first.sampling.seed
    assert (first.attempt, second.attempt, second.opening) == (0, 1, first.opening)


def test_what_never_parses_is_kept_at_its_best_and_said_to_be_so() -> None:
    better = GOOD + "\n\nprint(\n"
    written, asks = write(BAD + "```", better + "```", "def (:\n```")
    assert written == Written(fenced(better), "does_not_parse", 300)
    assert [ask.attempt for ask in asks] == [0, 1, 2]


def test_fewer_errors_are_better() -> None:
    plan = replace(PLAN, sections=(Section("s1", "a.js", (), 200),))
    one, two = "let a = ;\nlet b = 2;", "let a = ;\nlet b = ;"
    written, _ = run(write_file(TODO, plan, plan.sections[0], {}, ROOM), [f"{two}\n```", f"{one}\n```", f"{two}\n```"])
    assert written == Written(f"```javascript\n{one}\n```", "does_not_parse", 200)


def test_an_empty_block_is_too_short() -> None:
    written, asks = write("```", "\n```\n", "")
    assert written.problem == "too_short"
    assert {ask.messages for ask in asks} == {asks[0].messages}
    assert len({ask.sampling.seed for ask in asks}) == 3


def test_a_file_that_ends_nowhere_is_said_to_be_unfinished() -> None:
    count = iter(range(10_000))
    written, asks = run(
        write_file(TODO, PLAN, PLAN.sections[0], {}, ROOM), _always(lambda: f"a{next(count)} = 1\n", "length", stop_at=18)
    )
    assert written.problem == "too_short"
    assert written.text.endswith("\n```")
    assert len(asks) == 18


def _always(text: Callable[[], str], end: str, stop_at: int) -> Iterable[Answer]:
    return (Answer(text(), end) for _ in range(stop_at))  # type: ignore[arg-type]


def test_lines_that_come_again_and_again_end_the_try() -> None:
    loop = "items.append('牛奶')\nitems.append('鸡蛋')\nitems.append('面包')\nitems.append('茶叶')\n"
    written, asks = write(Answer(loop * 8, "length"), GOOD + "```")
    assert (written, len(asks)) == (Written(fenced(GOOD), "", 300), 2)
    assert asks[1].messages == asks[0].messages


def test_a_loop_in_every_try_is_kept_once_and_said() -> None:
    loop = "items.append('牛奶')\nitems.append('鸡蛋')\nitems.append('面包')\nitems.append('茶叶')\n"
    written, _ = write(*[Answer(loop * 8, "length")] * 3)
    assert written == Written(fenced(loop), "repeats", 300)


def test_a_language_without_a_parser_is_taken_as_it_is() -> None:
    plan = replace(PLAN, sections=(Section("s1", "schema.kt", ("表",), 200),))
    written, _ = run(write_file(TODO, plan, plan.sections[0], {}, ROOM), ["fun (;\n```"])
    assert written == Written(fenced("fun (;", "kotlin", "表。"), "", 200)


def test_a_section_that_the_user_skips_is_empty() -> None:
    assert write(Answer("def a", "skipped"))[0] == Written("", "skipped", 300)


def test_a_file_that_is_begun_goes_on_from_its_code() -> None:
    begun = "增删与保存。\n\n```python\ndef add(items, text):\n"
    written, (ask,) = run(write_file(TODO, PLAN, PLAN.sections[0], {}, ROOM, begun), ["    return [*items, text]\n```"])
    assert ask.opening == "## todo.py\n\n" + begun
    assert written == Written(fenced(GOOD), "", 300)


def test_a_length_that_the_user_changed_is_handed_on() -> None:
    assert write(Answer(GOOD + "```", "stop", words=120))[0].words == 120


def test_earlier_files_stand_in_the_conversation_as_they_were_answered() -> None:
    texts = {"s1": fenced(GOOD)}
    _, (first,) = write(GOOD + "```")
    _, (second,) = write(GOOD + "```", section=1, texts=texts)
    assert second.messages[: len(first.messages)] == first.messages
    assert second.messages[-2].text == first.opening + GOOD.rstrip() + "\n```"
    assert "test_todo.py" in second.messages[-1].text


def test_a_note_stands_from_its_section_on() -> None:
    plan = replace(PLAN, sections=(PLAN.sections[0], replace(PLAN.sections[1], note="用 pytest。"), PLAN.sections[2]))
    asked = [next(write_file(TODO, plan, section, {"s1": fenced(GOOD), "s2": fenced(GOOD)}, ROOM)) for section in plan.sections]
    assert ["用 pytest" in str(ask.messages) for ask in asked] == [False, True, True]


def test_files_that_do_not_fit_the_room_are_there_by_what_they_define() -> None:
    long = "\n".join(f"def step_{i}(value):\n    return value * {i} + len(str(value))\n" for i in range(20))
    _, (ask,) = write(GOOD + "```", section=1, texts={"s1": fenced(long)}, room=Room(1100))
    prompt = "".join(turn.text for turn in ask.messages)
    assert "def step_3(value):" in prompt
    assert "len(str(value))" not in prompt
    assert estimate_tokens(prompt) + ask.sampling.max_new_tokens <= 1100


def test_no_room_at_all_asks_for_nothing() -> None:
    assert write(room=Room(60)) == (Written("增删与保存。\n\n```python\n\n```", "too_short", 300), [])


def test_an_outline_has_what_others_import() -> None:
    code = "import os\n\nLIMIT = 3\n\nclass A:\n    def f(self):\n        x = 1\n\nasync def g(): ...\nexport const h = 1;\nmodule.exports = { h };"
    assert outline(code).splitlines() == [
        "import os",
        "LIMIT = 3",
        "class A:",
        "    def f(self):",
        "async def g(): ...",
        "export const h = 1;",
        "module.exports = { h };",
    ]


# -------------------------------------------------------------------------------------------------------------------- usage

RUN = "运行：\n\n```bash\n"
USAGE = 'python todo.py add "买牛奶"\n```\n\n就加进去了。'


def test_usage_begins_with_the_command_that_runs_it() -> None:
    written, (ask,) = write("# 添加\npython todo.py\n```\n\n## 测试\n\n```bash\npytest\n```\n", section=2)
    assert written == Written(RUN + "# 添加\npython todo.py\n```\n\n### 测试\n\n```bash\npytest\n```", "", 150)
    assert (ask.opening, ask.free) == ("## 用法\n\n" + RUN, True)


def test_another_section_in_markdown_begins_as_it_likes_below_its_heading() -> None:
    plan = replace(PLAN, sections=(*PLAN.sections, Section("s4", "设计说明", ("为什么这样写",), 100)))
    written, (ask,) = run(write_file(TODO, plan, plan.sections[3], {}, ROOM), ["# 设计说明\n\n## 存储\n\n一个文件。"])
    assert (written.text, ask.opening) == ("### 存储\n\n一个文件。", "## 设计说明\n\n")


def test_a_block_of_the_usage_that_does_not_parse_is_asked_for_again() -> None:
    bad = USAGE.replace('"买牛奶"', '"买牛奶')
    written, (_, second) = write(bad, USAGE, section=2)
    assert (written.text, written.problem) == (RUN + USAGE, "")
    assert second.messages[-2].text == "## 用法\n\n" + RUN + bad
    assert 'python todo.py add "买牛奶' in second.messages[-1].text


def test_a_usage_without_a_word_is_too_short() -> None:
    assert write("", " ", "\n", section=2)[0] == Written("", "too_short", 150)


def test_placeholders_in_commands_are_written_without_their_brackets() -> None:
    written, _ = write("python todo.py add <任务 名称> <id>\n```\n\n```sh\nsort < in > out\n```\n\n```text\nf(<a>)\n", section=2)
    assert "python todo.py add 任务_名称 id\n" in written.text
    assert "sort < in > out" in written.text
    assert "f(<a>)" in written.text


def test_blocks_in_lists_are_checked_without_their_indent() -> None:
    assert (
        write("ls\n```\n\n1. 用：\n\n   ```python\n   import todo\n   todo.add([], 'a')\n   ```\n\n完。", section=2)[0].problem
        == ""
    )


def test_a_usage_that_never_parses_is_said_to_be_so() -> None:
    assert write(*["ls\n```\n\n```json\n{\n```"] * 3, section=2)[0].problem == "does_not_parse"


def test_output_shown_in_the_usage_is_not_checked() -> None:
    assert write("ls\n```\n\n```\n1. (买牛奶\n```\n\n```console\n$ todo (\n```", section=2)[0].problem == ""


# --------------------------------------------------------------------------------------------------------------- properties

PIECES = st.sampled_from(["```", "```python\n", "\n", GOOD, BAD, "说明。", "x = 1\n", "`", "# a\n", '"""', "\n```\n"])
ANSWERS = st.lists(
    st.builds(Answer, st.lists(PIECES, max_size=5).map("".join), st.sampled_from(["stop", "length", "enough"])),
    min_size=40,
    max_size=40,
)


@given(ANSWERS, st.sampled_from(PLAN.sections))
def test_the_same_answers_give_the_same_asks(answers: list[Answer], section: Section) -> None:
    def once() -> tuple[Written, list[str]]:
        flow, script, keys = write_file(TODO, PLAN, section, {}, ROOM), iter(answers), []
        try:
            ask = next(flow)
            while True:
                keys.append(ask.key("model"))
                ask = flow.send(next(script))
        except StopIteration as end:
            return end.value, keys

    assert once() == once()
    assert len(set(once()[1])) == len(once()[1]), "an ask came twice: it would be answered from what is stored"


@given(ANSWERS)
def test_whatever_is_answered_a_file_is_one_block(answers: list[Answer]) -> None:
    flow, script = write_file(TODO, PLAN, PLAN.sections[0], {}, ROOM), iter(answers)
    try:
        flow.send(None)  # type: ignore[arg-type]
        while True:
            flow.send(next(script))
    except StopIteration as end:
        text = end.value.text
    assert len(re.findall(r"(?m)^```[^`\n]*$", text)) == 2
    assert text.startswith("增删与保存。\n\n```python\n")
    assert text.endswith("\n```")


@given(st.lists(PIECES, max_size=8).map("".join), st.integers(0, 200))
def test_a_closed_block_stays_what_it_is_however_the_answer_goes_on(raw: str, cut: int) -> None:
    code, closed = first_block(raw[:cut] + "\n", "python")
    if closed:
        assert first_block(raw[:cut] + "\n" + raw[cut:], "python") == (code, True)


def test_code_is_sampled_as_the_brief_chose_and_surer_with_every_attempt() -> None:
    chosen = replace(TODO, preset="chat", sampling={"top_k": 40})
    _, asks = run(write_file(chosen, PLAN, PLAN.sections[0], {}, ROOM), [fenced(BAD), fenced(GOOD)])
    assert [(ask.sampling.top_k, round(ask.sampling.temperature, 2)) for ask in asks] == [(40, 0.7), (40, 0.6)]
