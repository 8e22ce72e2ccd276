"""`hanmo password` and `hanmo key`: they take hold in a running server at once."""

import stat
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.commands import assert_refused, free_of_rights, hanmo, has_han
from tests.running import RunningHanmo

PASSWORD = "一把旧伞 and a rainy night"
OTHER = "another password 2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    """A server without a model: the doors do not need one."""
    with RunningHanmo(tmp_path_factory.mktemp("doors") / "data", model="no-such-model") as running:
        yield running


def ask(server: RunningHanmo, key: str = "") -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.get(f"{server.url}/api/conversations", headers=headers, trust_env=False).status_code


def test_a_password_closes_the_running_server_and_opens_it_to_those_who_know_it(server: RunningHanmo) -> None:
    assert ask(server) == 200
    said = hanmo("password", "--stdin", data_dir=server.data_dir, stdin=PASSWORD + "\n")
    assert (said.code, said.err) == (0, "")
    assert PASSWORD not in said.out
    assert ask(server) == 401
    with server.client() as client:
        assert client.post("/api/login", json={"password": PASSWORD + "!"}).status_code == 401
        assert client.post("/api/login", json={"password": PASSWORD}).status_code == 204
        assert client.get("/api/conversations").status_code == 200
        assert hanmo("password", "--stdin", data_dir=server.data_dir, stdin=OTHER).code == 0
        assert client.get("/api/conversations").status_code == 401, "a new password voids the old sessions"
        assert client.post("/api/login", json={"password": OTHER}).status_code == 204
    assert server.address is not None
    assert ask(server, server.address.key) == 200, "the user's own commands go on"


def test_a_key_opens_the_server_until_it_is_removed(server: RunningHanmo) -> None:
    hanmo("password", "--stdin", data_dir=server.data_dir, stdin=PASSWORD)
    said = hanmo("key", "new", "评测脚本", data_dir=server.data_dir)
    key = said.out.strip()
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 1)
    assert ask(server, key) == 200
    listed = hanmo("key", "list", data_dir=server.data_dir)
    assert listed.code == 0
    assert "评测脚本" in listed.out
    assert key not in listed.out, "it is shown once only"
    key_id = listed.out.split()[0]
    removed = hanmo("key", "rm", key_id, data_dir=server.data_dir)
    assert (removed.code, removed.err) == (0, "")
    assert key_id in removed.out
    assert ask(server, key) == 401
    assert hanmo("key", "list", data_dir=server.data_dir).out == ""


def test_neither_password_nor_key_stands_readable_on_the_disk(tmp_path: Path) -> None:
    hanmo("password", "--stdin", data_dir=tmp_path, stdin=PASSWORD)
    key = hanmo("key", "new", data_dir=tmp_path).out.strip()
    kept = tmp_path / "credentials.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert key not in kept.read_text("utf-8") and PASSWORD not in kept.read_text("utf-8")
    assert "argon2id" in kept.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("password", ["", "\n", "seven 7", "字" * 257], ids=["nothing", "an empty line", "too short", "too long"])
def test_a_password_that_is_none_is_refused_and_changes_nothing(password: str, lang: str, tmp_path: Path) -> None:
    said = hanmo("password", "--stdin", data_dir=tmp_path, stdin=password, HANMO_LANG=lang)
    assert_refused(said, 2)
    assert has_han(said.err) == (lang == "zh")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_removing_a_key_that_is_not_there_ends_with_2_and_names_the_list(lang: str, tmp_path: Path) -> None:
    said = hanmo("key", "rm", "nonsense", data_dir=tmp_path, HANMO_LANG=lang)
    assert_refused(said, 2)
    assert "hanmo key list" in said.next_step
    assert has_han(said.err) == (lang == "zh")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}'], ids=range(4))
def test_damaged_credentials_are_one_clear_error_and_are_not_overwritten(content: str, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text(content)
    for command in (("key", "list"), ("key", "new"), ("password", "--stdin")):
        assert_refused(hanmo(*command, data_dir=tmp_path, stdin=PASSWORD), 1)
    assert (tmp_path / "credentials.json").read_text() == content


@pytest.mark.parametrize("command", [("password", "--stdin"), ("key", "new")], ids=" ".join)
def test_a_read_only_data_directory_is_one_clear_error(command: tuple[str, ...], tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o500)
    said = hanmo(*command, data_dir=data_dir, stdin=PASSWORD, preexec_fn=free_of_rights)
    assert_refused(said, 1)
