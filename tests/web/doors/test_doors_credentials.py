"""The credentials file: what is in it, who may read it, and when it is read again."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from hanmo.core.errors import InvalidRequest, NotFound, StoreDamaged
from hanmo.web.credentials import Credentials, ensure_closed, first_password


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "credentials.json"


def test_the_file_holds_no_secret_and_is_the_owners_alone(path: Path) -> None:
    credentials = Credentials(path)
    credentials.set_password("a calm long password")
    key = credentials.new_key("script")
    text = path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "calm" not in text
    assert key not in text
    assert json.loads(text)["password"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert re.fullmatch(r"hm_[\w-]{43}", key)
    assert os.listdir(path.parent) == ["credentials.json"]  # noqa: PTH208


def test_a_password_fits_only_itself(path: Path) -> None:
    credentials = Credentials(path)
    assert not credentials.verify("anything")
    credentials.set_password("翰墨 café 的密码")
    assert credentials.verify("翰墨 café 的密码")
    assert credentials.verify("翰墨 cafe\u0301 的密码")
    assert not credentials.verify("翰墨 cafe 的密码")
    assert not credentials.verify("")
    assert not credentials.verify("翰墨 café 的密码" + " " * 300)
    assert not credentials.verify("\ud800")


@pytest.mark.parametrize(("password", "code"), [("short", "password_too_short"), ("x" * 257, "password_too_long")])
def test_passwords_have_limits(path: Path, password: str, code: str) -> None:
    with pytest.raises(InvalidRequest, match=code):
        Credentials(path).set_password(password)


def test_a_change_by_another_process_is_seen(path: Path) -> None:
    ours, theirs = Credentials(path), Credentials(path)
    assert not ours.password_set
    theirs.set_password("first password")
    assert ours.password_set
    stamp = ours.stamp
    key = theirs.new_key("script")
    assert ours.knows_key(key)
    assert ours.stamp == stamp
    theirs.set_password("first password")
    assert ours.stamp != stamp
    assert ours.knows_key(key)


def test_keys_are_listed_and_removed_by_id(path: Path) -> None:
    credentials = Credentials(path, clock=lambda: 7.0)
    first, second = credentials.new_key("one"), credentials.new_key("two")
    assert [(key.name, key.created_at) for key in credentials.list_keys()] == [("one", 7.0), ("two", 7.0)]
    credentials.remove_key(credentials.list_keys()[0].id)
    assert not credentials.knows_key(first)
    assert credentials.knows_key(second)
    with pytest.raises(NotFound, match="key_not_found"):
        credentials.remove_key("gone")


def test_a_given_password_overrides_the_file_and_keeps_its_stamp_over_a_restart(path: Path) -> None:
    Credentials(path).set_password("password of the file")
    given = Credentials(path, password="from the environment")
    assert given.verify("from the environment")
    assert not given.verify("password of the file")
    assert given.stamp == Credentials(path, password="from the environment").stamp != Credentials(path).stamp
    assert "environment" not in path.read_text("utf-8")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"password": null}', '{"password": null, "keys": [{}]}', "\udcff"])
def test_a_damaged_file_lets_nobody_in(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreDamaged, match="credentials_damaged"):
        _ = Credentials(path).password_set


def test_a_server_beyond_loopback_gets_a_password_once(path: Path) -> None:
    credentials = Credentials(path)
    assert ensure_closed("127.0.0.1", credentials) is None
    assert ensure_closed("::1", credentials) is None
    assert not credentials.password_set
    password = ensure_closed("0.0.0.0", credentials)
    assert password
    assert credentials.verify(password)
    assert ensure_closed("0.0.0.0", credentials) is None


def test_a_first_password_is_eighty_bits_that_can_be_read_aloud() -> None:
    passwords = {first_password() for _ in range(200)}
    assert len(passwords) == 200
    assert all(re.fullmatch(r"(?:[a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}", password) for password in passwords)
