"""Settings: defaults < `hanmo.toml` < `HANMO_*` < flags; what is unknown or wrong is an error that says what to do."""

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from hanmo.config import OTHER_VARIABLES, Settings, load_settings, one_engine
from hanmo.core.errors import SetupError
from hanmo.i18n import LANGUAGES, problem_words

SOURCE = Path(__file__).parents[1] / "src" / "hanmo"

# Of each setting three values that differ from the default and from each other: for the file, for the environment, as a flag.
VALUES: dict[str, tuple[Any, Any, Any]] = {
    "models_dir": ("/a", "/b", Path("/c")),
    "host": ("a.example", "b.example", "c.example"),
    "port": (1001, 1002, 1003),
    "allowed_hosts": (["a.example"], ["b.example", "bb.example"], ("c.example",)),
    "trusted_proxies": (["10.0.0.1"], ["10.0.0.2", "10.0.0.0/24"], ("10.0.0.3",)),
    "root_path": ("/a", "/b", "/c"),
    "model": ("qwen3-0.6b", "qwen3-1.7b", "qwen3-4b"),
    "ctx": (1024, 2048, 4096),
    "threads": (3, 5, 7),
    "draft_model": ("qwen3-0.6b", "qwen3-1.7b", "a.gguf"),
    "engine_url": ("http://127.0.0.1:1", "https://b.example/llm", "http://[::1]:3/"),
    "engine_key": ("from-the-file", "from-the-environment", SecretStr("a-flag")),
    "password": ("from the file", "from the environment", SecretStr("a flag")),
    "slot_budget_bytes": (1, 2, 3),
    "warm_up_above_battery_percent": (20, 30, 40),
    "queue_limit": (11, 12, 13),
}


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, and no settings of whoever runs the tests."""
    for variable in [name for name in os.environ if name.startswith("HANMO_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HANMO_DATA_DIR", str(tmp_path))
    return tmp_path


def write(data_dir: Path, text: str | bytes) -> None:
    (data_dir / "hanmo.toml").write_bytes(text.encode() if isinstance(text, str) else text)


def in_environment(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def plain(value: Any) -> Any:
    """A setting's value as it was written."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value


def refusal(**flags: Any) -> SetupError:
    with pytest.raises(SetupError) as caught:
        load_settings(**flags)
    for lang in LANGUAGES:
        title, detail, next_step = problem_words(caught.value.code, caught.value.params, lang)
        assert title and detail and next_step
        assert "{" not in title + detail + next_step
        assert "error." not in title + detail + next_step
    return caught.value


def test_every_setting_is_examined_here() -> None:
    assert set(VALUES) | {"data_dir"} == set(Settings.model_fields)


@pytest.mark.parametrize("name", VALUES)
def test_flags_go_before_the_environment_and_that_before_the_file_and_that_before_the_default(
    name: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file, in_env, as_flag = VALUES[name]
    seen = [plain(getattr(load_settings(), name))]
    write(data_dir, f"{name} = {json.dumps(in_file)}")
    seen.append(plain(getattr(load_settings(), name)))
    monkeypatch.setenv(f"HANMO_{name.upper()}", in_environment(in_env))
    seen.append(plain(getattr(load_settings(), name)))
    seen.append(plain(getattr(load_settings(**{name: as_flag}), name)))
    assert seen[1:] == [in_file, in_env, plain(as_flag)]
    assert seen[0] not in seen[1:]


def test_the_data_directory_comes_from_the_flag_before_the_environment(data_dir: Path) -> None:
    assert load_settings().data_dir == data_dir
    assert load_settings(data_dir=Path("/elsewhere")).data_dir == Path("/elsewhere")


def test_the_file_is_that_of_the_data_directory_that_the_flag_names(
    data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write(data_dir, "port = 1")
    write(other, "port = 2")
    assert (load_settings().port, load_settings(data_dir=other).port) == (1, 2)


def test_without_a_file_there_are_the_defaults(data_dir: Path) -> None:
    assert load_settings().model_dump(exclude={"data_dir", "models_dir"}) == Settings().model_dump(
        exclude={"data_dir", "models_dir"}
    )
    assert load_settings(host=None, port=None).port == 8080


def test_what_is_set_empty_in_the_environment_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VALUES:
        monkeypatch.setenv(f"HANMO_{name.upper()}", "")
    assert load_settings().port == 8080
    assert load_settings().password is None


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("prt", "port"), ("modle", "model"), ("hots", "host"), ("modelsdir", "models_dir"), ("pasword", "password")],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(
    wrong: str, nearest: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = refusal(**{wrong: "1"})
    assert (flag.code, flag.params["name"], flag.params["nearest"]) == ("setting_unknown", wrong, nearest)
    write(data_dir, f'{wrong} = "1"')
    in_file = refusal()
    assert (in_file.code, in_file.params["name"], in_file.params["nearest"]) == ("setting_unknown", wrong, nearest)
    write(data_dir, "")
    monkeypatch.setenv(f"HANMO_{wrong.upper()}", "1")
    in_env = refusal()
    assert in_env.code == "setting_unknown"
    assert (in_env.params["name"], in_env.params["nearest"]) == (f"HANMO_{wrong.upper()}", f"HANMO_{nearest.upper()}")


def test_a_table_in_the_file_is_an_unknown_key(data_dir: Path) -> None:
    write(data_dir, "[server]\nport = 1\n")
    assert (refusal().code, refusal().params["name"]) == ("setting_unknown", "server")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("port", "abc", "0 … 65535"),
        ("port", "65536", "0 … 65535"),
        ("port", "-1", "0 … 65535"),
        ("ctx", "511", "512 … 262144"),
        ("threads", "0", "1 … 512"),
        ("queue_limit", "1.5", "1 … 1000"),
        ("slot_budget_bytes", "-1", "0 …"),
        ("warm_up_above_battery_percent", "101", "0 … 100"),
    ],
)
def test_a_wrong_value_is_an_error_that_says_what_is_allowed_in_signs_that_need_no_language(
    name: str, value: str, allowed: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HANMO_{name.upper()}", value)
    assert (refusal().code, refusal().params) == ("setting_invalid", {"name": name, "reason": allowed})
    monkeypatch.delenv(f"HANMO_{name.upper()}")
    write(data_dir, f"{name} = {json.dumps(value)}")
    assert refusal().params == {"name": name, "reason": allowed}
    write(data_dir, "")
    assert refusal(**{name: value}).params == {"name": name, "reason": allowed}


@pytest.mark.parametrize("text", ["host = 1", "allowed_hosts = 1", "allowed_hosts = [1]", "model = true", "password = []"])
def test_a_value_of_another_kind_is_an_error(text: str, data_dir: Path) -> None:
    write(data_dir, text)
    assert refusal().code == "setting_invalid"
    assert "…" in str(refusal().params["reason"])


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:8081", "ftp://a.example", "http://", "http://:8080", "https://a.example:port", "http://a.example:99999", "http://[::1",
     "http:a.example", "http://a.example/?key=unicorn42", "http://a.example/#unicorn42", "http://a.example/unicorn42\r\nX: y",
     "http://例え.example", "unix:///a", " http://a", "http://[v1.x]:1"],
)  # fmt: skip
def test_an_engine_url_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    error = refusal(engine_url=url)
    assert (error.code, error.params) == ("engine_url_malformed", {})


@pytest.mark.parametrize(
    "url", ["http://user:unicorn42@a.example", "https://unicorn42@a.example", "http://:@a.example", "ftp://a:b@c"]
)
def test_a_password_in_an_engine_url_is_refused_with_the_place_for_it(url: str) -> None:
    error = refusal(engine_url=url)
    assert (error.code, error.params) == ("engine_url_has_key", {})
    assert all("HANMO_ENGINE_KEY" in problem_words(error.code, {}, lang)[2] for lang in LANGUAGES)


@pytest.mark.parametrize("key", ["unicorn 42", "unicorn\n42", "密钥"])
def test_an_engine_key_that_no_header_can_hold_is_refused_and_not_repeated(key: str) -> None:
    assert refusal(engine_key=key).params == {"name": "engine_key", "reason": "ASCII"}


def test_a_flag_that_loads_a_model_does_not_go_with_an_engine_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one_engine(load_settings(model="qwen3-4b"), model="qwen3-4b", ctx=None).model == "qwen3-4b"
    monkeypatch.setenv("HANMO_ENGINE_URL", "http://127.0.0.1:8081")
    monkeypatch.setenv("HANMO_MODEL", "qwen3-4b")  # for a start without it
    assert one_engine(load_settings(), model=None).engine_url
    with pytest.raises(SetupError) as caught:
        one_engine(load_settings(ctx=2048), model=None, ctx=2048)
    assert (caught.value.code, caught.value.params) == ("engine_url_alone", {"flag": "--ctx"})


def test_a_wrong_password_setting_does_not_show_itself(data_dir: Path) -> None:
    write(data_dir, 'password = ["unicorn42"]')
    assert "unicorn42" not in str(refusal())
    write(data_dir, 'password = "unicorn42"')
    assert "unicorn42" not in repr(load_settings())


@pytest.mark.parametrize(
    "content",
    [b'port = "80', b"port 80", b"port = 1\nport = 2", b"= 1", b"\xff\xfe", b"[", b"port = 0x", b"\x00", '端口 = "1"'.encode()],
    ids=range(9),
)
def test_malformed_toml_is_one_clear_error_that_names_the_file(content: bytes, data_dir: Path) -> None:
    write(data_dir, content)
    error = refusal()
    assert error.code == "settings_file_malformed"
    assert error.params["path"] == str(data_dir / "hanmo.toml")
    assert "\n" not in str(error.params["reason"])


def test_names_read_elsewhere_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OTHER_VARIABLES:
        monkeypatch.setenv(f"HANMO_{name.upper()}", "x")
    load_settings()


def test_every_setting_is_read_by_something() -> None:
    """As `settings.NAME`, outside the module that defines it."""
    read = {
        node.attr
        for path in SOURCE.rglob("*.py")
        if path.name != "config.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Call) and "settings" in ast.unparse(node.value)
    }
    assert set(Settings.model_fields) <= read


def test_every_other_variable_is_read_by_something() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py") if path.name != "config.py")
    assert [name for name in OTHER_VARIABLES if f"HANMO_{name.upper()}" not in text] == []
