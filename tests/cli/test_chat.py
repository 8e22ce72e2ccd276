"""`hanmo chat` with the real 0.5B: alone, and beside a server that has the data directory already."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from hanmo.instance import running_at
from tests.cli.commands import TEST_MODEL, assert_refused, environment, hanmo, has_han, processes_of, tracebacks
from tests.running import RunningHanmo

QUESTION = "只回答一个词：春天"
"""A short answer: `chat` has no limit that a test could set."""


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
    command = [sys.executable, "-m", "hanmo", "chat", "写一篇很长的文章，讲江南的四季。"]
    variables = environment(server.data_dir, HANMO_LANG="zh", PYTHONUNBUFFERED="1")
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        begun = process.stdout.read(3)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    assert not tracebacks(err.decode())
    with server.client() as client:
        newest = client.get("/api/conversations").json()["conversations"][0]["id"]
        answer = client.get(f"/api/conversations/{newest}").json()["messages"][1]
        assert answer["generations"][0]["finish_reason"] == "cancelled"
        assert client.get("/api/status").json()["queue"] == {"length": 0, "limit": 8, "running": None}
    assert answer["text"]
    assert answer["text"].startswith((begun + rest).decode().rstrip("\n"))
    assert process.returncode in (0, 130)


@pytest.mark.usefixtures("model_file")
def test_ctrl_c_ends_a_chat_that_serves_itself_and_leaves_no_process_behind(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    command = [sys.executable, "-m", "hanmo", "chat", "写一篇很长的文章，讲江南的四季。", "--model", TEST_MODEL]
    variables = environment(data_dir, HANMO_LANG="zh")
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        begun = process.stdout.read(3)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    assert not tracebacks(err.decode())
    assert process.returncode in (0, 130)
    assert processes_of(data_dir) == []
    with RunningHanmo(data_dir, model="no-such-model") as server, server.client() as client:
        newest = client.get("/api/conversations").json()["conversations"][0]["id"]
        answer = client.get(f"/api/conversations/{newest}").json()["messages"][1]
    assert answer["text"].startswith((begun + rest).decode().rstrip("\n"))
    assert answer["generations"][0]["finish_reason"] in ("cancelled", "interrupted")


@pytest.mark.usefixtures("model_file")
def test_ctrl_c_while_the_model_loads_ends_it_quietly(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    command = [sys.executable, "-m", "hanmo", "chat", "你好", "--model", TEST_MODEL]
    with subprocess.Popen(command, env=environment(data_dir), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while running_at(data_dir) is None:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert not tracebacks(err.decode())
    assert process.returncode in (1, 130)
    assert processes_of(data_dir) == []


@pytest.mark.usefixtures("model_file")
def test_a_server_that_dies_under_a_chat_is_one_clear_error(tmp_path: Path) -> None:
    with RunningHanmo(tmp_path / "data") as dying:
        command = [sys.executable, "-m", "hanmo", "chat", "写一篇很长的文章，讲江南的四季。"]
        variables = environment(dying.data_dir)
        with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
            assert process.stdout is not None
            process.stdout.read(3)
            dying.kill()
            _, err = process.communicate(timeout=60)
    assert not tracebacks(err.decode())
    assert "→ " in err.decode()
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_in_a_terminal_ctrl_c_stops_the_answer_and_at_the_prompt_the_chat(server: RunningHanmo) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hanmo", "chat"]
    start = partial(subprocess.Popen[bytes], command, env=environment(server.data_dir), start_new_session=True)
    with start(stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        screen = Screen(ours)
        screen.wait_for("› ")
        os.write(ours, "写一篇很长的文章，讲江南的四季。\n".encode())
        screen.wait_for("季。\r\n")
        screen.wait_for("", more_than=4)
        process.send_signal(signal.SIGINT)
        screen.wait_for("Stopped.")
        screen.wait_for("› ")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (1, 130)
    os.close(ours)
    assert not tracebacks(screen.text)


class Screen:
    """What a terminal shows, read until it shows what is waited for."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._bytes = b""
        self._seen = 0

    @property
    def text(self) -> str:
        return self._bytes.decode("utf-8", "ignore")

    def wait_for(self, text: str, *, more_than: int = 0) -> None:
        """After what was found before: `text`, and more than so many characters."""
        while text not in self.text[self._seen :] or len(self.text) - self._seen <= more_than:
            ready, _, _ = select.select([self._terminal], [], [], 60)
            assert ready, f"{text!r} does not come after {self.text[self._seen :]!r}"
            self._bytes += os.read(self._terminal, 4096)
        self._seen = self.text.index(text, self._seen) + len(text)
