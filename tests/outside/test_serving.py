"""The server seen from outside: when it answers, to whom, at which address, and how it ends."""

import json
import re
import signal
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.cli.commands import tracebacks
from tests.outside.conftest import check_refused, no_model, staying_up
from tests.running import RunningHanmo, follow, whole_answer

PASSWORD = "一把旧伞 and a rainy night"
PRINTED = re.compile(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b")
LONG = "写一篇很长的文章，讲江南的四季，越详细越好。"
STREAM_ENDS_S = 5.0
LANGUAGES = pytest.mark.parametrize("lang", ["zh", "en"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Iterator[RunningHanmo]:
    """One with the real model, on loopback, open."""
    with staying_up(tmp_path_factory.mktemp("serving") / "data", "--ctx", "1024", "--threads", "2") as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    """One with a password from the environment; no model."""
    with staying_up(tmp_path_factory.mktemp("closed") / "data", model=no_model(), HANMO_PASSWORD=PASSWORD) as running:
        yield running


def get(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers=headers, trust_env=False)


def until_logged(server: RunningHanmo, count: int, text: str) -> None:
    """The address is announced a moment before it is printed."""
    end = time.monotonic() + 10
    while server.log.count(text) < count and time.monotonic() < end:
        time.sleep(0.02)
    assert server.log.count(text) >= count, server.log


def until_printed(server: RunningHanmo) -> str:
    """The password that was made."""
    until_logged(server, 1, "hanmo password")
    assert len(PRINTED.findall(server.log)) == 1, server.log
    return str(PRINTED.findall(server.log)[0])


# ------------------------------------------------------------------------------------------------------- when it answers


@pytest.mark.usefixtures("model_file")
def test_it_is_alive_while_the_model_loads_and_ready_after(tmp_path: Path) -> None:
    with staying_up(tmp_path / "data") as server, server.client() as client:
        assert client.get("/healthz").json() == {"ok": True}
        waited: list[dict[str, Any]] = []
        while (answer := client.get("/readyz")).status_code == 503:
            waited.append(answer.json())
            assert client.get("/healthz").status_code == 200
            time.sleep(0.02)
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
    assert waited
    assert all(body["ready"] is False and body["problem"] is None for body in waited)
    assert {body["reason"] for body in waited} <= {"looking", "planning", "loading", "starting", "stopped"}


def test_the_status_says_which_model_writes_and_how(server: RunningHanmo) -> None:
    status = get(f"{server.url}/api/status").json()
    engine = status["engine"]
    assert (engine["state"], engine["model"], engine["n_ctx"], engine["threads"]) == ("ready", "qwen2.5-coder-0.5b", 1024, 2)
    assert engine["problem"] is None and status["bringup"]["problem"] is None
    assert status["memory"]["engine_bytes"] > 400_000_000
    assert status["queue"] == {"length": 0, "limit": 8, "running": None}


def test_the_api_describes_itself(server: RunningHanmo) -> None:
    document = get(f"{server.url}/api/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) >= {
        *("/healthz", "/readyz", "/api/status", "/api/login", "/api/conversations", "/api/conversations/{conversation_id}"),
        *("/api/conversations/{conversation_id}/messages", "/api/generations/{generation_id}"),
        *("/api/generations/{generation_id}/events", "/api/generations/{generation_id}/continue", "/api/models"),
    }


def test_the_page_comes_with_its_policy_and_its_parts(server: RunningHanmo) -> None:
    page = get(f"{server.url}/", Accept="text/html")
    assert page.status_code == 200, page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "require-trusted-types-for 'script'" in policy and "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["cache-control"] == "no-store"
    parts = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', page.text)
    assert parts
    for part in parts:
        assert "//" not in part, "nothing comes from elsewhere"
        answer = get(f"{server.url}/{part.removeprefix('./').removeprefix('/')}")
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff"), part
        assert "text/html" not in answer.headers["content-type"]
    other = get(f"{server.url}/", Accept="text/html").headers["content-security-policy"]
    assert other != policy, "the nonce is for one page only"


# ---------------------------------------------------------------------------------------------------------------- to whom


@LANGUAGES
def test_beyond_loopback_it_is_closed_from_the_start_and_prints_the_password_once(lang: str, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with staying_up(data_dir, "--host", "0.0.0.0", model=no_model(), HANMO_LANG=lang) as server:
        password = until_printed(server)
        assert "hanmo password" in server.log
        assert get(f"{server.url}/healthz").status_code == 200
        check_refused(get(f"{server.url}/api/status", **{"Accept-Language": lang}), 401, "sign_in_needed", lang)
        with server.client() as client:
            assert client.post("/api/login", json={"password": password}).status_code == 204
            assert client.get("/api/status").status_code == 200
    with staying_up(data_dir, "--host", "0.0.0.0", model=no_model(), HANMO_LANG=lang) as server:
        until_logged(server, 1, server.url)
        assert PRINTED.findall(server.log) == [password], "the second start prints none"
        assert get(f"{server.url}/api/status").status_code == 401
        with server.client() as client:
            assert client.post("/api/login", json={"password": password}).status_code == 204, "the first one still opens"
    assert password not in "".join(path.read_text("utf-8", "replace") for path in data_dir.rglob("*") if path.is_file())
    assert stat.S_IMODE((data_dir / "credentials.json").stat().st_mode) == 0o600


def test_on_loopback_it_is_open_and_prints_no_password(server: RunningHanmo) -> None:
    assert not PRINTED.search(server.log)
    assert get(f"{server.url}/api/session").json() == {"password_set": False, "signed_in": True}


def test_a_password_from_the_environment_closes_it_and_is_written_nowhere(closed: RunningHanmo) -> None:
    assert get(f"{closed.url}/api/conversations").status_code == 401
    assert get(f"{closed.url}/api/session").json() == {"password_set": True, "signed_in": False}
    kept = "".join(path.read_text("utf-8", "replace") for path in closed.data_dir.rglob("*") if path.is_file())
    assert PASSWORD not in kept + closed.log


def test_a_login_cookie_opens_reading_and_writing_until_it_is_given_back(closed: RunningHanmo) -> None:
    with closed.client() as client:
        login = client.post("/api/login", json={"password": PASSWORD})
        assert login.status_code == 204
        cookie = login.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie and "Domain" not in cookie
        made = client.post("/api/conversations", json={}, headers={"Origin": closed.url})
        assert made.status_code == 201
        assert client.get(f"/api/conversations/{made.json()['id']}").status_code == 200
        check_refused(
            client.post("/api/conversations", json={}, headers={"Origin": "http://evil.example"}), 403, "origin_not_allowed", "zh"
        )
        assert client.post("/api/logout", headers={"Origin": closed.url}).status_code == 204
        assert client.get("/api/conversations").status_code == 401


@LANGUAGES
def test_a_wrong_password_and_a_wrong_key_are_refused(lang: str, closed: RunningHanmo) -> None:
    with closed.client() as client:
        client.headers["Accept-Language"] = lang
        check_refused(client.post("/api/login", json={"password": "no"}), 401, "wrong_password", lang)
        for value in ("Bearer nonsense", "Basic YTpi", "nonsense"):
            answer = client.get("/api/conversations", headers={"Authorization": value})
            check_refused(answer, 401, "sign_in_needed", lang)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.post("/api/login", json={"password": PASSWORD}).status_code == 204


def test_a_key_opens_it_to_programs(closed: RunningHanmo) -> None:
    assert closed.address is not None
    headers = {"Authorization": f"Bearer {closed.address.key}"}
    with httpx2.Client(base_url=closed.url, headers=headers, trust_env=False) as client:
        made = client.post("/api/conversations", json={"title": "由程序建立"})
        assert made.status_code == 201
        assert made.json()["id"] in {row["id"] for row in client.get("/api/conversations").json()["conversations"]}


# ------------------------------------------------------------------------------------------------------- at which address


def test_below_a_root_path_page_and_api_are_found_with_and_without_it(tmp_path: Path) -> None:
    with staying_up(tmp_path / "data", "--root-path", "/x", model=no_model()) as server:
        assert server.url.endswith("/x")
        bare = server.url.removesuffix("/x")
        for root in (server.url, bare):
            assert get(f"{root}/healthz").json() == {"ok": True}
            assert get(f"{root}/api/conversations").json() == {"conversations": []}
            assert '<base href="/x/">' in get(f"{root}/", Accept="text/html").text
        assert httpx2.post(f"{server.url}/api/conversations", json={}, trust_env=False).status_code == 201


@LANGUAGES
def test_it_answers_to_loopback_and_to_the_names_it_was_given_and_to_no_other(lang: str, tmp_path: Path) -> None:
    with staying_up(
        tmp_path / "data", "--allowed-host", "studio.example", "--allowed-host", "b.example", model=no_model()
    ) as server:
        for host in ("studio.example", "studio.example:8443", "B.example", "localhost", "127.0.0.1"):
            assert get(f"{server.url}/api/conversations", Host=host).status_code == 200, host
        for host in ("evil.example", "studio.example.evil.example", "0x7f.1", "studio.example@evil.example", ""):
            answer = get(f"{server.url}/api/conversations", Host=host, **{"Accept-Language": lang})
            body = check_refused(answer, answer.status_code, "host_not_allowed", lang)
            assert answer.status_code == 403
            assert "--allowed-host" in body["next_step"]


def test_names_may_come_from_the_environment(tmp_path: Path) -> None:
    with staying_up(tmp_path / "data", model=no_model(), HANMO_ALLOWED_HOSTS="studio.example, b.example") as server:
        assert get(f"{server.url}/api/conversations", Host="b.example").status_code == 200
        assert get(f"{server.url}/api/conversations", Host="c.example").status_code == 403


# ------------------------------------------------------------------------------------------------------------ how it ends


@pytest.mark.usefixtures("model_file")
def test_sigterm_ends_it_well_and_the_open_stream_at_once_and_keeps_what_was_written(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    ended_at, seen, number = 0.0, "", 0
    with RunningHanmo(data_dir) as server, server.client() as client:
        server.wait_ready()
        turn = server.send(client, LONG, sampling={"max_new_tokens": 2000, "temperature": 1.2})
        waiting = server.send(client, "等在后面", sampling={"max_new_tokens": 8})
        told_at, process = 0.0, server.process
        assert process is not None
        engines = psutil.Process(server.pid).children()
        for kind, seq, data in follow(client, turn["generation_id"]):
            if kind == "text":
                seen, number = seen + data["text"], seq
            if number >= 2 and not told_at:
                told_at = time.monotonic()
                process.send_signal(signal.SIGTERM)
        ended_at = time.monotonic()
        assert process.wait(30) == 0, server.log
        assert ended_at - told_at < STREAM_ENDS_S
        assert not tracebacks(server.log)
        assert not any(engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE for engine in engines)
    assert not (data_dir / "hanmo.json").exists()
    with staying_up(data_dir) as server, server.client() as client:
        kept = client.get(f"/api/generations/{turn['generation_id']}").json()
        assert (kept["status"], kept["finish_reason"]) == ("finished", "interrupted")
        assert kept["text"].startswith(seen) and seen
        rest = "".join(data["text"] for kind, _, data in follow(client, turn["generation_id"], number) if kind == "text")
        assert seen + rest == kept["text"]
        assert client.get(f"/api/generations/{waiting['generation_id']}").json()["finish_reason"] == "interrupted"
        server.wait_ready()
        more = client.post(f"/api/generations/{turn['generation_id']}/continue").json()
        with closing(follow(client, more["generation_id"])) as events:
            assert next(data for kind, _, data in events if kind == "text")["text"]
        added = client.delete(f"/api/generations/{more['generation_id']}").json()["text"]
        messages = client.get(f"/api/conversations/{turn['conversation']}").json()["messages"]
        assert messages[1]["text"] == kept["text"] + added


@pytest.mark.usefixtures("model_file")
def test_sigterm_while_the_model_loads_ends_it_well(tmp_path: Path) -> None:
    with RunningHanmo(tmp_path / "data") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0, server.log
        assert not tracebacks(server.log)


def test_sigterm_while_a_reader_takes_nothing_ends_it_well(tmp_path: Path) -> None:
    with RunningHanmo(tmp_path / "data", model=no_model()) as server, server.client() as client:
        assert server.process is not None
        begun, done = threading.Event(), threading.Event()

        def hang() -> None:
            with httpx2.Client(base_url=server.url, trust_env=False, timeout=60) as idle, idle.stream("GET", "/api/status"):
                begun.set()
                done.wait(30)

        reader = threading.Thread(target=hang)
        reader.start()
        assert begun.wait(60)
        assert client.get("/healthz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0, server.log
        done.set()
        reader.join()


# ---------------------------------------------------------------------------------------------------- what it tells nobody


def test_the_log_never_holds_a_word_of_the_writer_or_of_the_model(server: RunningHanmo) -> None:
    marker = "独角兽四十二unicorn42"
    with server.client() as client:
        turn = server.send(client, f"{marker}。写一句话。", sampling={"max_new_tokens": 30})
        answer = whole_answer(client, turn["generation_id"])
        path = f"/api/conversations/{turn['conversation']}/messages"
        client.post(path, content=f'{{"text": "{marker}'.encode(), headers={"Content-Type": "application/json"})
        client.post(path, json={"text": marker, marker: marker})
        client.post(path, json={"text": marker, "sampling": {marker: 1}})
        client.post(path, json={"text": marker, "preset": marker})
        client.post(path, json={"text": [marker]})
        client.post(path, json={"text": marker, "parent_id": marker})
        client.post(path, content=b'{"text": "unicorn42\\ud800"}', headers={"Content-Type": "application/json"})
        client.post(path, content=b'{"text": "unicorn42\\u0000"}', headers={"Content-Type": "application/json"})
        client.get(f"/api/conversations/{marker}")
        client.get(f"/api/generations/{turn['generation_id']}/events", headers={"Last-Event-ID": "unicorn42"})
        client.post("/api/login", json={"password": marker})
        client.post("/api/models/use-file", json={"path": f"/{marker}"})
        long = server.send(client, marker + "长" * 5000)
        assert whole_answer(client, long["generation_id"])["finish_reason"] == "error"
    assert "unicorn42" not in server.log and "独角兽" not in server.log
    assert answer["text"][:12] not in server.log
    assert json.dumps(answer["text"][:12])[1:-1] not in server.log
