"""Which files a program gets: names that will do, tests last, and how to use it at the end."""

from dataclasses import replace

import pytest

from hanmo.core.articles import Assignment, Plan
from hanmo.core.flows.code_plan import is_test, is_usable, plan_code, runs_in_a_shell
from tests.core.test_code_flow import TODO, run


def planned(answer: str, assignment: Assignment = TODO) -> Plan:
    return run(plan_code(assignment), [answer])[0]


def listing(*paths: str) -> str:
    return '{"title":"待办","files":[' + ",".join(f'{{"path":"{path}","purpose":"用途"}}' for path in paths) + "]}"


def test_a_plan_has_files_first_then_tests_then_usage() -> None:
    plan = planned(listing("test_todo.py", "store.py", "todo.py"))
    assert [(s.id, s.heading) for s in plan.sections] == [
        ("s1", "store.py"),
        ("s2", "todo.py"),
        ("s3", "test_todo.py"),
        ("s4", "用法"),
    ]
    assert (plan.title, plan.headed) == ("待办", True)
    assert sum(s.words for s in plan.sections) <= TODO.words
    assert all(s.points for s in plan.sections)


def test_a_plan_is_asked_for_under_a_grammar_and_without_the_guard() -> None:
    _, (ask,) = run(plan_code(TODO), [listing("todo.py")])
    assert ask.grammar is not None
    assert ask.free
    assert (ask.sampling.temperature, ask.sampling.presence_penalty, ask.sampling.seed) == (0.3, 0.0, 7)


@pytest.mark.parametrize(("words", "files"), [(100, 1), (700, 2), (1500, 4), (60_000, 8)])
def test_the_length_bounds_the_number_of_files(words: int, files: int) -> None:
    assignment = replace(TODO, brief="一个 Python 计算器", words=words)
    plan = planned(listing(*(f"m{i}.py" for i in range(12))), assignment)
    assert len(plan.sections) == files + 1
    assert all(section.words > 0 for section in plan.sections)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/a.py",
        "../a.py",
        "a/../b.py",
        "./a.py",
        "a//b.py",
        "C:/a.py",
        "~/a.py",
        "a",
        "a.exe",
        "README.md",
        "docs/a.md",
        "data.csv",
        "p/__init__.py",
        "",
    ],
)
def test_a_path_that_will_not_do_is_left_out(path: str) -> None:
    assert not is_usable(path)
    assert [s.heading for s in planned(listing(path, "todo.py")).sections] == ["todo.py", "test_todo.py", "用法"]


@pytest.mark.parametrize(
    "path", ["todo.py", "src/app/main.rs", "Dockerfile", "requirements.txt", ".gitignore", "public/index.html"]
)
def test_an_ordinary_path_will_do(path: str) -> None:
    assert is_usable(path)


@pytest.mark.parametrize(
    "path", ["tests/a.py", "test_a.py", "src/a.test.ts", "a_test.go", "tests.py", "src/ATest.java", "spec/a.js"]
)
def test_tests_are_known_by_their_paths(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", ["latest.py", "contest.js", "testimony.md", "src/attest.go"])
def test_what_only_sounds_like_tests_is_none(path: str) -> None:
    assert not is_test(path)


def test_the_same_path_comes_once() -> None:
    assert [s.heading for s in planned(listing("todo.py", "Todo.py", "todo.py", "test_todo.py")).sections] == [
        "todo.py",
        "test_todo.py",
        "用法",
    ]


def test_tests_that_were_asked_for_and_not_planned_are_added() -> None:
    go = replace(TODO, brief="A word counter in Go, with tests", lang="en")
    assert [s.heading for s in planned(listing("cmd/count.go"), go).sections] == ["cmd/count.go", "cmd/count_test.go", "Usage"]


def test_a_plan_that_was_cut_off_keeps_its_whole_files() -> None:
    plan = planned(listing("todo.py", "test_todo.py")[:-12])
    assert [s.heading for s in plan.sections] == ["todo.py", "test_todo.py", "用法"]


@pytest.mark.parametrize(
    ("brief", "path"),
    [
        ("一个贪吃蛇网页", "index.html"),
        ("A Node.js server", "index.js"),
        ("用 C 语言写排序", "main.c"),
        ("算一算", "main.py"),
        ("Java 类", "Main.java"),
    ],
)
def test_a_plan_without_a_usable_file_gets_the_one_the_brief_speaks_of(brief: str, path: str) -> None:
    assert planned("{", replace(TODO, brief=brief)).sections[0].heading == path


@pytest.mark.parametrize(
    ("paths", "runs"),
    [
        (["main.py"], True),
        (["index.html", "game.js"], False),
        (["server.js", "index.html"], True),
        (["app.py", "index.html"], True),
        ([], False),
    ],
)
def test_a_page_without_a_server_is_opened_not_run(paths: list[str], runs: bool) -> None:
    assert runs_in_a_shell(paths) is runs
