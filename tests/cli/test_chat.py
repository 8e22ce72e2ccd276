"""`hanmo chat` with the real 0.5B: alone, and beside a server that has the data directory already."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hanmo.instance import running_at
from tests.cli.commands import TEST_MODEL, assert_refused, environment, hanmo, has_han, processes_of
from tests.running import RunningHanmo

QUESTION = "用一句话写春天的江南。"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Iterator[RunningHanmo]:
    with RunningHanmo(tmp_path_factory.mktemp("chat") / "data") as running:
        yield running.wait_ready()


@pytest.mark.usefixtures("model_file")
def test_a_question_is_answered_in_chinese_on_stdout_and_leaves_no_process_behind(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    said = hanmo("chat", QUESTION, "--model", TEST_MODEL, data_dir=data_dir, HANMO_LANG="zh")
    assert said.code == 0, said.err
    assert has_han(said.out)
    assert "�" not in said.out
    assert said.out.endswith("\n")
    assert "Traceback" not in said.err
    assert running_at(data_dir) is None
    assert processes_of(data_dir) == []
    assert not (data_dir / "hanmo.json").exists()
    with RunningHanmo(data_dir, model="no-such-model") as server, server.client() as client:
        rows = client.get("/api/conversations").json()["conversations"]
        assert [row["title"] for row in rows] == [QUESTION], "what was said in the terminal is kept for the page"
        messages = client.get(f"/api/conversations/{rows[0]['id']}").json()["messages"]
        assert messages[1]["text"] == said.out.removesuffix("\n")


def test_where_a_server_runs_already_it_is_used(server: RunningHanmo) -> None:
    with server.client() as client:
        before = len(client.get("/api/conversations").json()["conversations"])
        said = hanmo("chat", QUESTION, data_dir=server.data_dir, HANMO_LANG="zh")
        assert said.code == 0, said.err
        assert has_han(said.out)
        rows = client.get("/api/conversations").json()["conversations"]
        assert len(rows) == before + 1
        answer = client.get(f"/api/conversations/{rows[0]['id']}").json()["messages"][1]
    assert answer["text"] == said.out.removesuffix("\n")
    address = running_at(server.data_dir)
    assert address is not None
    assert address.pid == server.pid, "it runs on"


def test_a_question_comes_from_standard_input_too(server: RunningHanmo) -> None:
    said = hanmo("chat", "-", data_dir=server.data_dir, stdin=QUESTION)
    assert said.code == 0, said.err
    assert has_han(said.out)


def test_lines_are_one_conversation_until_the_end_of_input(server: RunningHanmo) -> None:
    said = hanmo("chat", data_dir=server.data_dir, stdin="只回答：好。\n再说一遍。\n")
    assert said.code == 0, said.err
    with server.client() as client:
        newest = client.get("/api/conversations").json()["conversations"][0]["id"]
        messages = client.get(f"/api/conversations/{newest}").json()["messages"]
    assert [m["text"] for m in messages if m["role"] == "user"] == ["只回答：好。", "再说一遍。"]
    assert all(m["text"].strip() in said.out for m in messages if m["role"] == "assistant")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_question_is_refused_with_a_next_step(lang: str, server: RunningHanmo) -> None:
    said = hanmo("chat", "   ", data_dir=server.data_dir, HANMO_LANG=lang)
    assert said.code in (1, 2)
    assert_refused(said, said.code)
    assert has_han(said.err) == (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_model_that_cannot_be_loaded_ends_it_with_a_reason(lang: str, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("这不是模型。")
    data_dir = tmp_path / "data"
    said = hanmo("chat", QUESTION, "--model", str(tmp_path / "text.gguf"), data_dir=data_dir, HANMO_LANG=lang)
    assert said.code in (1, 2), said.err
    assert "GGUF" in said.err and said.next_step
    assert said.out.strip() == ""
    assert "Traceback" not in said.err
    assert has_han(said.err) == (lang == "zh")
    assert processes_of(data_dir) == []


def test_ctrl_c_while_it_writes_ends_it_and_keeps_the_text(server: RunningHanmo) -> None:
    import signal
    import subprocess
    import sys

    command = [sys.executable, "-m", "hanmo", "chat", "写一篇很长的文章，讲江南的四季。"]
    variables = environment(server.data_dir, HANMO_LANG="zh", PYTHONUNBUFFERED="1")
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        begun = process.stdout.read(3)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    assert "Traceback" not in err.decode(), err.decode()
    with server.client() as client:
        newest = client.get("/api/conversations").json()["conversations"][0]["id"]
        answer = client.get(f"/api/conversations/{newest}").json()["messages"][1]
        assert answer["generations"][0]["finish_reason"] == "cancelled"
        assert client.get("/api/status").json()["queue"] == {"length": 0, "limit": 8, "running": None}
    assert answer["text"]
    assert answer["text"].startswith((begun + rest).decode().rstrip("\n"))
    assert process.returncode in (0, 130)
