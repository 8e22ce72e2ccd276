"""Bad input, through the real server: one clear sentence in both languages, a next step, the right status, and nothing lost."""

import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.outside.conftest import check_problem, check_refused, staying_up
from tests.running import RunningHanmo, follow, whole_answer

LANGUAGES = pytest.mark.parametrize("lang", ["zh", "en"])
NOBODY = "0" * 32
MARKER = "独角兽四十二unicorn42"
CTX = 512
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Iterator[RunningHanmo]:
    """One with the real model and a small context, so that a prompt is soon too long. Its log holds no word of what was sent."""
    with staying_up(tmp_path_factory.mktemp("bad") / "data", "--ctx", str(CTX)) as running:
        yield running.wait_ready()
        assert "unicorn42" not in running.log and "独角兽" not in running.log


@pytest.fixture
def client(server: RunningHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def messages(client: httpx2.Client) -> Iterator[str]:
    """Where messages of a new conversation go; nothing that a test sends there may be stored."""
    conversation = client.post("/api/conversations", json={}).json()["id"]
    yield f"/api/conversations/{conversation}/messages"
    assert client.get(f"/api/conversations/{conversation}").json()["messages"] == []


# ------------------------------------------------------------------------------------------------------------------ bodies


@LANGUAGES
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": "unicorn42', 400, "malformed_json"),
        (b'{"text": "unicorn42"} {"text": "unicorn42"}', 400, "malformed_json"),
        (b"{'text': 'unicorn42'}", 400, "malformed_json"),
        (b'{"text": "\xff\xfe"}', 400, "malformed_json"),
        (b"\x00\x01\x02", 400, "malformed_json"),
        (b'"unicorn42"', 422, "object_expected"),
        (b"[]", 422, "object_expected"),
        (b"null", 422, "object_expected"),
        (b"", 422, "object_expected"),
        (b'{"text": "x", "n": ' + b"[" * 100 + b"]" * 100 + b"}", 422, "json_too_deep"),
        (b'{"text": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}", 422, "json_too_deep"),
        (b"[" * 100_000, 422, "json_too_deep"),
        (b'{"text": "' + b"x" * (1 << 20) + b'"}', 413, "body_too_large"),
        (b'{"text": "' + b"x" * 200_001 + b'"}', 422, "invalid_field"),
        (b"{}", 422, "missing_field"),
        (b'{"text": 42}', 422, "invalid_field"),
        (b'{"text": ["unicorn42"]}', 422, "invalid_field"),
        (b'{"text": "unicorn42", "preset": 3}', 422, "invalid_field"),
        (b'{"text": "unicorn42", "txet": "unicorn42"}', 422, "unknown_field"),
        (b'{"text": ""}', 422, "text_empty"),
        (b'{"text": " \\n\\t\xe3\x80\x80 "}', 422, "text_empty"),
    ],
    ids=lambda each: (
        each if isinstance(each, str) else each[:12].decode("ascii", "backslashreplace") if isinstance(each, bytes) else str(each)
    ),
)
def test_a_body_that_is_none_is_refused(
    body: bytes, status: int, code: str, lang: str, client: httpx2.Client, messages: str
) -> None:
    answer = client.post(messages, content=body, headers={**JSON, "Accept-Language": lang})
    check_refused(answer, status, code, lang)
    assert "unicorn42" not in answer.text


@LANGUAGES
def test_half_a_surrogate_pair_is_refused(lang: str, client: httpx2.Client, messages: str) -> None:
    answer = client.post(messages, content=b'{"text": "unicorn42\\ud800"}', headers={**JSON, "Accept-Language": lang})
    assert answer.json()["code"] in ("text_not_unicode", "invalid_field")
    check_refused(answer, 422, answer.json()["code"], lang)


def test_a_parameter_of_the_wrong_kind_is_named_as_it_was_sent(client: httpx2.Client, messages: str) -> None:
    answer = client.post(messages, json={"text": MARKER, "sampling": {"temperature": True}})
    assert (answer.json()["code"], answer.json()["params"]) == ("parameter_type", {"name": "temperature"})


def test_an_unknown_field_is_refused_with_the_nearest_name(client: httpx2.Client, messages: str) -> None:
    answer = client.post(messages, json={"text": MARKER, "samplng": {}})
    assert answer.json()["params"] == {"field": "samplng", "nearest": "sampling"}


def test_a_body_that_grows_too_large_without_saying_so_is_refused(client: httpx2.Client, messages: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(64):
            yield b"x" * 65536

    check_refused(client.post(messages, content=pieces(), headers=JSON), 413, "body_too_large", "zh")


@LANGUAGES
def test_a_body_of_another_kind_is_refused(lang: str, client: httpx2.Client, messages: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post(messages, content=b'{"text": "unicorn42"}', headers={"Content-Type": kind, "Accept-Language": lang})
        check_refused(answer, 415, "json_expected", lang)


@LANGUAGES
@pytest.mark.parametrize(
    ("sampling", "code", "named"),
    [
        ({"temprature": 1}, "unknown_parameter", "temperature"),
        ({"max_tokens": 10}, "unknown_parameter", "max_new_tokens"),
        ({"temperature": 2.5}, "parameter_out_of_range", "2.0"),
        ({"max_new_tokens": 0}, "parameter_out_of_range", "16384"),
        ({"top_k": 1.5}, "parameter_type", "top_k"),
        ({"top_p": None}, "parameter_type", "top_p"),
        ({"seed": -1}, "parameter_out_of_range", "seed"),
        ({"seed": 10**30}, "parameter_out_of_range", "seed"),
        ({"temperature": "hot"}, "parameter_type", "temperature"),
        ({"temperature": True}, "parameter_type", "temperature"),
        ([1], "invalid_field", "sampling"),
    ],
    ids=str,
)
def test_wrong_sampling_is_refused_and_says_what_is_right(
    sampling: Any, code: str, named: str, lang: str, client: httpx2.Client, messages: str
) -> None:
    answer = client.post(messages, json={"text": MARKER, "sampling": sampling}, headers={"Accept-Language": lang})
    body = check_refused(answer, 422, code, lang)
    assert named.lower() in (body["detail"] + body["next_step"] + json.dumps(body["params"])).lower()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(number: str, client: httpx2.Client, messages: str) -> None:
    body = f'{{"text": "unicorn42", "sampling": {{"temperature": {number}}}}}'
    answer = client.post(messages, content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["next_step"]


@LANGUAGES
def test_an_unknown_preset_is_refused_with_those_there_are(lang: str, client: httpx2.Client, messages: str) -> None:
    answer = client.post(messages, json={"text": MARKER, "preset": "creativ"}, headers={"Accept-Language": lang})
    assert answer.json()["code"] in ("unknown_preset", "invalid_field")
    check_refused(answer, 422, answer.json()["code"], lang)
    assert "creative" in answer.text


def test_a_nul_in_a_text_is_refused_or_kept_whole(client: httpx2.Client) -> None:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "a\0b", "sampling": {"max_new_tokens": 1}})
    if answer.status_code == 202:
        whole_answer(client, answer.json()["generation_id"])
        assert client.get(f"/api/conversations/{conversation}").json()["messages"][0]["text"] == "a\0b"
    else:
        assert answer.status_code == 422 and answer.json()["next_step"]


def test_a_request_that_is_no_http_is_answered_and_the_server_lives(server: RunningHanmo, client: httpx2.Client) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    for garbage in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        "你好\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            wire.sendall(garbage)
            wire.shutdown(socket.SHUT_WR)
            said = b"".join(iter(partial(wire.recv, 65536), b""))
        assert not said or said.startswith(b"HTTP/1.1 4"), said
    assert client.get("/healthz").status_code == 200


# -------------------------------------------------------------------------------------------------------------------- ids


def routes_with_ids(client: httpx2.Client) -> list[tuple[str, str]]:
    paths = client.get("/api/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() if "{" in path for method in methods]


BODIES: dict[str, Any] = {
    "POST messages": {"text": MARKER},
    "PUT plan": {"sections": [{"heading": MARKER, "words": 100}]},
    "POST steer": {"action": "skip"},
    "POST rewrite": {"kind": "rephrase"},
    "PUT {section_id}": {"text": MARKER},
    "PUT text": {"text": MARKER, "base_revision": 0},
    "POST edits": {},
    "POST text": {"text": MARKER},
    "PATCH {conversation_id}": {"title": MARKER},
    "PATCH {article_id}": {"title": MARKER},
    "PUT active": {"message_id": NOBODY},
    "PUT cleared": {"cleared": True},
    "POST fill": {"values": {}},
    "POST duplicate": {},
    "PUT {template_id}": {"name": MARKER, "language": "zh", "brief": {"text": MARKER}},
}
"""Of the routes that want one, by the last part of their path."""
QUERIES: dict[str, dict[str, str]] = {"GET export": {"format": "md"}}
ODD_IDS = [NOBODY, "x", "unicorn42", "%00", "%FF", "..%2F..%2Fetc", "%E7%8B%AC", "a" * 3000, "1;drop table conversations", "*"]


@LANGUAGES
@pytest.mark.parametrize("odd", ODD_IDS, ids=lambda odd: odd[:12])
def test_an_id_that_does_not_exist_is_refused_on_every_route_that_takes_one(odd: str, lang: str, client: httpx2.Client) -> None:
    routes = routes_with_ids(client)
    assert len(routes) >= 10
    for method, path in routes:
        name = path[path.index("{") + 1 : path.index("}")]
        wanted = f"{method} {path.rsplit('/', 1)[-1]}"
        body = {"json": BODIES[wanted]} if wanted in BODIES else {}
        url = path.replace(f"{{{name}}}", odd).format(section_id="s1", number=1, message_id=NOBODY)
        answer = client.request(method, url, headers={"Accept-Language": lang}, params=QUERIES.get(wanted), **body)
        kind = name.removesuffix("_id")
        found = answer.json()["code"]
        expected = {"model": ["unknown_model", "model_path_missing", "model_path_directory"]}.get(kind, [f"{kind}_not_found"])
        assert found in [*expected, "route_not_found"], f"{method} {url}: {answer.text}"
        assert answer.status_code in ((404, 422) if kind == "model" else (404,)), f"{method} {url}: {answer.text}"
        check_refused(answer, answer.status_code, found, lang)


@LANGUAGES
def test_a_parent_that_is_not_an_answer_of_this_conversation_is_refused(
    lang: str, server: RunningHanmo, client: httpx2.Client
) -> None:
    other = server.send(client, "好", sampling={"max_new_tokens": 1})
    whole_answer(client, other["generation_id"])
    mine = server.send(client, "好", sampling={"max_new_tokens": 1})
    whole_answer(client, mine["generation_id"])
    path = f"/api/conversations/{mine['conversation']}/messages"
    before = client.get(f"/api/conversations/{mine['conversation']}").json()["messages"]
    for parent in (NOBODY, "", mine["user_message_id"], other["message_id"]):
        answer = client.post(path, json={"text": MARKER, "parent_id": parent}, headers={"Accept-Language": lang})
        assert answer.json()["code"] in ("message_not_found", "parent_not_answer", "invalid_field"), answer.text
        assert answer.status_code in (404, 422)
        check_refused(answer, answer.status_code, answer.json()["code"], lang)
    assert client.get(f"/api/conversations/{mine['conversation']}").json()["messages"] == before


@LANGUAGES
def test_an_address_or_a_method_that_there_is_not_is_refused(lang: str, client: httpx2.Client) -> None:
    client.headers["Accept-Language"] = lang
    check_refused(client.get("/api/nothing"), 404, "route_not_found", lang)
    check_refused(client.put("/api/conversations", json={}), 405, "method_not_allowed", lang)
    check_refused(client.get("/assets/../../etc/passwd"), 404, "route_not_found", lang)


@LANGUAGES
@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "1e3", "9" * 30, "0x1", "1,2", "²".encode()], ids=str)
def test_a_wrong_last_event_id_is_refused(number: str | bytes, lang: str, server: RunningHanmo, client: httpx2.Client) -> None:
    turn = server.send(client, "好", sampling={"max_new_tokens": 1})
    whole_answer(client, turn["generation_id"])
    path = f"/api/generations/{turn['generation_id']}/events"
    sent = number if isinstance(number, bytes) else number.encode()
    answer = client.get(path, headers=[(b"Last-Event-ID", sent), (b"Accept-Language", lang.encode())])
    check_refused(answer, 422, "bad_event_id", lang)


def test_a_last_event_id_beyond_the_end_gets_the_end_alone(server: RunningHanmo, client: httpx2.Client) -> None:
    turn = server.send(client, "好", sampling={"max_new_tokens": 4})
    answer = whole_answer(client, turn["generation_id"])
    for beyond in (1000, 2**53):
        assert [(kind, data) for kind, _, data in follow(client, turn["generation_id"], beyond)] == [("end", answer)]


# ----------------------------------------------------------------------------------------------------------------- length


@LANGUAGES
def test_a_prompt_longer_than_the_context_ends_in_a_clear_error_and_is_kept(
    lang: str, server: RunningHanmo, client: httpx2.Client
) -> None:
    text = MARKER + "江南的春天总是来得很早。" * 200
    turn = server.send(client, text)
    client.headers["Accept-Language"] = lang
    answer = whole_answer(client, turn["generation_id"])
    assert (answer["finish_reason"], answer["text"]) == ("error", "")
    check_problem(answer["problem"], "prompt_too_long", lang)
    assert answer["problem"]["params"]["tokens"] > CTX
    assert "--ctx" in answer["problem"]["next_step"]
    kept = client.get(f"/api/conversations/{turn['conversation']}").json()
    assert [(m["role"], m["text"]) for m in kept["messages"]] == [("user", text), ("assistant", "")]
    after = server.send(client, "写一句话。", turn["conversation"], sampling={"max_new_tokens": 8})
    following = whole_answer(client, after["generation_id"])
    assert following["text"], "the conversation goes on"
    assert following["dropped_messages"] == 2, "and says what it could not take along"


def test_a_conversation_longer_than_the_context_goes_on_without_its_oldest_turns(
    server: RunningHanmo, client: httpx2.Client
) -> None:
    conversation, dropped = None, 0
    for i in range(6):
        turn = server.send(client, f"{i}：" + "江南的春天总是来得很早。" * 9, conversation, sampling={"max_new_tokens": 8})
        answer = whole_answer(client, turn["generation_id"])
        assert answer["finish_reason"] in ("stop", "length"), answer
        assert answer["timings"]["prompt_tokens"] < CTX
        assert answer["dropped_messages"] >= dropped
        conversation, dropped = turn["conversation"], answer["dropped_messages"]
    assert dropped > 0
    assert len(client.get(f"/api/conversations/{conversation}").json()["messages"]) == 12, "nothing is lost"


def test_writing_up_to_the_end_of_the_context_ends_with_length(server: RunningHanmo, client: httpx2.Client) -> None:
    turn = server.send(client, "从一数到一千，用汉字，不要停。", sampling={"max_new_tokens": 4000, "temperature": 0})
    answer = whole_answer(client, turn["generation_id"])
    assert answer["finish_reason"] in ("stop", "length"), answer
    timings = answer["timings"]
    assert timings["prompt_tokens"] + timings["generated_tokens"] <= CTX + 1
    if answer["finish_reason"] == "length":
        more = client.post(f"/api/generations/{answer['id']}/continue")
        assert more.status_code == 202
        beyond = whole_answer(client, more.json()["generation_id"])
        assert beyond["finish_reason"] in ("stop", "length", "error")
        if beyond["finish_reason"] == "error":
            check_problem(beyond["problem"], "prompt_too_long", "zh")
        message = client.get(f"/api/conversations/{turn['conversation']}").json()["messages"][1]
        assert message["text"] == answer["text"] + beyond["text"]
