"""Bodies that are too large, too deep or malformed (row 11)."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.web.bodies import JSON_DEPTH, json_depth
from tests.web.doors.house import JSON, build, serving

HEAD = "POST /api/things HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
LIMITS = {"/api/import": 2 << 20}


def chunks(size: int, body: bytes) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


async def test_a_chunked_body_without_length_is_counted_as_it_comes(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        head = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
        fits = await served.raw(head.encode() + chunks(4096, json.dumps({"text": "x" * 900_000}).encode()))
        not_so = await served.raw(head.encode() + chunks(4096, json.dumps({"text": "x" * 1_100_000}).encode()))
    assert fits.status == 201
    assert (not_so.status, json.loads(not_so.body)["code"]) == (413, "body_too_large")
    assert [len(text) for text in served.house.things] == [900_000]


async def test_an_announced_length_over_the_limit_is_refused_at_once(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.raw(HEAD + "Content-Length: 99999999\r\n\r\n")
    assert answer.status == 413
    assert json.loads(answer.body)["params"] == {"limit_bytes": 1 << 20}


async def test_a_route_may_have_its_own_limit(tmp_path: Path) -> None:
    async with serving(build(tmp_path), body_limits=LIMITS) as served:
        for size, status in ((1_900_000, 200), (2_200_000, 413)):
            answer = await served.http.post("/api/import", content=b'"' + b"x" * size + b'"', headers=JSON)
            assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b'{"text": "\xe4"}', b"{'text': 1}", b'{"text": 1,}', b"9" * 5000, b"nul"]
)
async def test_malformed_json_is_a_400_that_says_so(tmp_path: Path, body: bytes) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.http.post("/api/things", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == ((400, "malformed_json") if body else (422, "object_expected"))


async def test_deep_json_never_reaches_a_parser(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        for opening in (b"[", b'{"a":', b"[{"):
            answer = await served.http.post("/api/things", content=opening * 100_000, headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == (422, "json_too_deep")


def test_a_megabyte_of_brackets_holds_nobody_up() -> None:
    for body in (
        b"[]," * 350_000,
        b'"",' * 350_000,
        b"[" * 500_000 + b"]" * 500_000,
        b'{"a":' * 200_000,
        b'"' * (1 << 20),
        b"\\" * (1 << 20),
    ):
        begun = time.process_time()
        json_depth(body)
        assert time.process_time() - begun < 0.3


def test_depth_is_that_of_the_brackets_outside_strings() -> None:
    assert json_depth(b'{"a": "[[[[{{{{ \\" [[["}') == 1
    assert json_depth(b'{"a": [1, {"b": []}], "c": []}') == 4
    assert json_depth(b'"[[[') == 0
    assert json_depth(b"[" * JSON_DEPTH + b"]" * JSON_DEPTH) == JSON_DEPTH
    assert json_depth(b"]]]]]" + b"[" * 70) <= 70


values = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(values, st.booleans())
def test_depth_agrees_with_the_parser(value: object, ascii_only: bool) -> None:
    assert json_depth(json.dumps(value, ensure_ascii=ascii_only).encode()) == depth_of(value)
