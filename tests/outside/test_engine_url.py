"""Hanmo with an engine elsewhere, seen from outside: it says so, it writes, and it never loads a model of its own."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cli.commands import hanmo, has_han
from tests.llama import LlamaServer
from tests.outside.conftest import staying_up
from tests.running import RunningHanmo, whole_answer

KEY = "open-sesame"


@pytest.fixture(scope="module")
def llama(model_file: Path) -> Iterator[LlamaServer]:
    with LlamaServer(model_file, n_ctx=8192, key=KEY, alias="the-model-there") as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, llama: LlamaServer) -> Iterator[RunningHanmo]:
    data_dir = tmp_path_factory.mktemp("remote") / "data"
    with staying_up(data_dir, "--engine-url", llama.url, model=None, HANMO_ENGINE_KEY=KEY) as running:
        yield running.wait_ready()


def test_it_writes_with_the_model_there_and_says_where_that_is(server: RunningHanmo, llama: LlamaServer) -> None:
    host = llama.url.removeprefix("http://")
    with server.client() as client:
        assert client.get("/readyz").json() == {"ready": True}
        answer = whole_answer(client, server.send(client, "写一句话。", sampling={"max_new_tokens": 20})["generation_id"])
        status = client.get("/api/status").json()
        engine = status["engine"]
        assert answer["text"]
        assert answer["timings"]["cached_tokens"] is not None
        assert (engine["state"], engine["model_name"], engine["n_ctx"]) == ("ready", "the-model-there", 4096)
        assert (engine["remote"], engine["leaves"]) == (host, False), "loopback is this machine"
        assert (status["bringup"]["step"], status["notices"], status["downloads"]) == ("ready", [], [])
    assert f"the engine is at http://{host}" in server.log
    children = psutil.Process(server.pid).children(recursive=True)
    assert not any("hanmo.engine.worker" in " ".join(child.cmdline()) for child in children)
    assert KEY not in server.log


def test_the_shelf_is_shown_and_a_model_is_not_changed_here(server: RunningHanmo) -> None:
    with server.client() as client:
        models = client.get("/api/models").json()["models"]
        assert models
        assert not any(model["active"] for model in models)
        refused = client.post("/api/models/qwen2.5-coder-0.5b/use")
        assert (refused.status_code, refused.json()["code"]) == (409, "engine_elsewhere")


def test_an_article_is_written_there_from_the_command_line(llama: LlamaServer, tmp_path: Path) -> None:
    options = {"data_dir": tmp_path / "data", "HANMO_ENGINE_KEY": KEY}
    said = hanmo("write", "写一段话，写江南的雨。", "--words", "60", "--engine-url", llama.url, "--json", **options)  # type: ignore[arg-type]
    assert said.code == 0, said.err
    assert has_han(said.out)


def test_doctor_says_whether_it_answers(llama: LlamaServer, tmp_path: Path) -> None:
    well = hanmo("doctor", "--json", "--engine-url", llama.url, data_dir=tmp_path, HANMO_ENGINE_KEY=KEY)
    rows = {row["name"]: row for row in json.loads(well.out)}
    assert (well.code, rows["engine"]["verdict"]) == (0, "ok")
    assert "the-model-there" in rows["engine"]["text"]
    assert "texts go" not in rows["engine"]["text"]
    away = hanmo("doctor", "--json", "--engine-url", "http://127.0.0.1:9", data_dir=tmp_path)
    rows = {row["name"]: row for row in json.loads(away.out)}
    assert (away.code, rows["engine"]["verdict"]) == (1, "bad")
    assert rows["engine"]["next_step"]


def test_doctor_shows_an_address_in_brackets_as_it_is(tmp_path: Path) -> None:
    said = hanmo("doctor", "--engine-url", "http://[fd00::5%25none]:9", data_dir=tmp_path)
    assert "[fd00::5%25none]:9" in said.out


def test_a_model_beside_it_is_one_clear_sentence(tmp_path: Path) -> None:
    said = hanmo("serve", "--model", "qwen3-4b", "--engine-url", "http://127.0.0.1:9", data_dir=tmp_path)
    assert said.code == 2
    assert "--model" in said.err
    assert said.next_step


def test_bench_says_that_it_measures_this_computer(tmp_path: Path) -> None:
    said = hanmo("bench", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "none"), HANMO_ENGINE_URL="http://127.0.0.1:9")
    assert "this computer's own" in said.err


def test_on_another_computer_it_is_plain_to_see_where_texts_go_and_that_nobody_answers(tmp_path: Path) -> None:
    """A name that stands for this computer, but is no loopback address to whoever reads it."""
    host = f"{socket.gethostname()}:9"
    with staying_up(tmp_path / "data", "--engine-url", f"http://{host}", model=None) as server, server.client() as client:
        end = time.monotonic() + 60
        while (status := client.get("/api/status").json())["engine"]["state"] != "failed" and time.monotonic() < end:
            time.sleep(0.1)
        engine = status["engine"]
        assert (engine["remote"], engine["leaves"], engine["problem"]["code"]) == (host, True, "remote_away")
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["problem"]["code"]) == (503, "remote_away")
        assert f"texts go to http://{host}" in server.log
        assert f"文字会发往 {host}" in server.log
