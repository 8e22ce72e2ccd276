"""`hanmo serve` and `hanmo` alone: what they say at the start, and when they cannot start."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from hanmo.instance import running_at
from tests.cli.commands import assert_refused, environment, free_of_rights, hanmo, has_han, tracebacks
from tests.running import RunningHanmo

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    with RunningHanmo(tmp_path_factory.mktemp("serve") / "data", model="no-such-model") as running:
        yield running


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that writes down where it was sent, into the file beside it."""
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{tmp_path}/visited"\n')
    script.chmod(0o755)
    return script


@BOTH
def test_a_port_in_use_ends_with_2_and_names_another_one(lang: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = hanmo("serve", "--no-browser", "--port", str(port), data_dir=tmp_path, HANMO_LANG=lang)
    assert_refused(said, 2)
    assert f"--port {port + 1}" in said.next_step
    assert has_han(said.err) == (lang == "zh")
    assert running_at(tmp_path) is None


@BOTH
@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--host", "192.0.2.1"), "192.0.2.1"),
        (("--host", "no such host"), "no such host"),
        (("--allowed-host", "http://studio.example"), "http://studio.example"),
        (("--root-path", "/a b"), "/a b"),
        (("--root-path", "/api"), "/api"),
        (("--trusted-proxy", "everybody"), "everybody"),
        (("--port", "65536"), "65535"),
        (("--ctx", "10"), "512"),
    ],
    ids=lambda each: "".join(each),
)
def test_a_flag_with_a_wrong_value_ends_with_2_and_names_it(flags: tuple[str, str], named: str, lang: str, tmp_path: Path) -> None:
    said = hanmo(
        "serve", "--no-browser", *(() if flags[0] == "--port" else ("--port", "0")), *flags, data_dir=tmp_path, HANMO_LANG=lang
    )
    assert_refused(said, 2)
    assert named in said.err
    assert has_han(said.err) == (lang == "zh")


@BOTH
def test_a_second_server_on_one_data_directory_ends_with_1_and_says_where_the_first_one_is(lang: str, server: RunningHanmo) -> None:
    said = hanmo("serve", "--no-browser", "--port", "0", data_dir=server.data_dir, HANMO_LANG=lang)
    assert_refused(said, 1)
    assert server.url in said.err
    assert httpx2.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_hanmo_typed_a_second_time_opens_the_page_of_the_first(server: RunningHanmo, browser: Path) -> None:
    said = hanmo(data_dir=server.data_dir, BROWSER=str(browser))
    assert (said.code, said.err) == (0, "")
    assert server.url in said.out
    assert until_written(browser.with_name("visited")) == server.url + "\n"


def test_hanmo_alone_serves_and_opens_the_browser(tmp_path: Path, browser: Path) -> None:
    data_dir = tmp_path / "data"
    variables = environment(data_dir, BROWSER=str(browser), HANMO_PORT="0", HANMO_MODEL="no-such-model")
    with subprocess.Popen(
        [sys.executable, "-m", "hanmo"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            url = until_written(browser.with_name("visited")).strip()
            assert httpx2.get(f"{url}/healthz", trust_env=False).json() == {"ok": True}
            address = running_at(data_dir)
            assert address is not None
            assert (address.url, address.pid) == (url, process.pid)
        finally:
            process.terminate()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert url in out.decode()


def test_interrupting_with_ctrl_c_ends_well(tmp_path: Path) -> None:
    import signal

    with RunningHanmo(tmp_path / "data", model="no-such-model") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0, server.log
        assert not tracebacks(server.log)
    assert running_at(server.data_dir) is None


@BOTH
def test_a_data_directory_that_cannot_be_written_ends_with_1_and_says_what_to_do(lang: str, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o500)
    said = hanmo("serve", "--no-browser", "--port", "0", data_dir=data_dir, HANMO_LANG=lang, preexec_fn=free_of_rights)
    assert_refused(said, 1)
    assert str(data_dir) in said.err
    assert "--data-dir" in said.next_step
    assert has_han(said.err) == (lang == "zh")


@BOTH
def test_a_data_directory_that_is_a_file_ends_with_1_and_leaves_the_file_alone(lang: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("我的小说")
    said = hanmo("serve", "--no-browser", "--port", "0", data_dir=tmp_path / "data", HANMO_LANG=lang)
    assert_refused(said, 1)
    assert (tmp_path / "data").read_text() == "我的小说"


def until_written(path: Path, limit_s: float = 60.0) -> str:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path.name} was not written in {limit_s} s")
