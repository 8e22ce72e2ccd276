"""Problem details: every failure is one, in the reader's language, and quotes nobody (RFC 9457)."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.web.doors.house import JSON, SECRET, build, serving


def is_problem(answer: Any, status: int, code: str) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "next_step", "code", "params"}
    assert body["type"] == "/problems/" + code.replace("_", "-")
    assert all(body[part] and not body[part].startswith("error.") for part in ("title", "detail", "next_step"))
    return (answer.status_code, body["status"], body["code"]) == (status, status, code)


async def test_every_kind_of_failure_is_a_problem(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        http = served.http
        assert is_problem(await http.get("/api/nothing"), 404, "route_not_found")
        assert is_problem(await http.delete("/nothing"), 404, "route_not_found")
        assert is_problem(await http.get("/assets/nothing.js"), 404, "route_not_found")
        assert is_problem(await http.put("/api/things"), 405, "method_not_allowed")
        assert is_problem(await http.get("/api/boom"), 500, "unexpected")
        assert is_problem(await http.get("/api/unavailable"), 503, "unexpected")
        assert is_problem(await http.get("/api/teapot"), 418, "http_error")
        assert is_problem(await http.get("/healthz", headers={"Host": "evil.com"}), 403, "host_not_allowed")
        assert is_problem(await http.get("/api/stream", headers={"Last-Event-ID": "x"}), 422, "bad_event_id")


async def test_a_405_still_names_the_methods_that_work(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        assert "allow" in (await served.http.put("/api/things")).headers


@pytest.mark.parametrize(
    ("body", "code", "params"),
    [
        ({"text": ""}, "invalid_field", {"field": "text", "allowed": "length ≥ 1"}),
        ({"text": 7}, "invalid_field", {"field": "text", "allowed": "string"}),
        ({"text": "\ud800"}, "text_not_unicode", {"position": 1}),
        ({"text": "x", "preset": SECRET}, "invalid_field", {"field": "preset", "allowed": "chat | qa"}),
        ({"text": "x", "sampling": {"temperature": 3}}, "invalid_field", {"field": "sampling.temperature", "allowed": "≤ 2"}),
        (
            {"text": "x", "sampling": {"temperature": SECRET}},
            "invalid_field",
            {"field": "sampling.temperature", "allowed": "number"},
        ),
        ({"text": "x", "sampling": {"temprature": 1}}, "unknown_field", {"field": "sampling.temprature", "nearest": "temperature"}),
        ({"txt": SECRET}, "unknown_field", {"field": "txt", "nearest": "text"}),
        ({"zzz": 1, "text": "x"}, "unknown_field", {"field": "zzz", "nearest": "text | preset | sampling"}),
        ({}, "missing_field", {"field": "text"}),
        ([], "object_expected", {}),
    ],
)
async def test_a_bad_field_is_named_with_what_is_allowed(
    tmp_path: Path, body: Any, code: str, params: dict[str, str | int]
) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.http.post("/api/things", content=json.dumps(body).encode(), headers=JSON)
    assert is_problem(answer, 422, code)
    assert answer.json()["params"] == params
    assert SECRET not in answer.text


async def test_a_field_name_is_cut_and_cleaned(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.http.post("/api/things", json={"text": "x", "<script>" + "y" * 500: 1})
    field = answer.json()["params"]["field"]
    assert field.startswith("?script?")
    assert len(field) == 64


@pytest.mark.parametrize(
    ("accept", "query", "lang"),
    [
        ("zh", "", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "", "en"),
        ("fr, zh;q=0.5", "", "zh"),
        ("fr", "", "en"),
        ("en", "?lang=zh", "zh"),
        ("zh", "?lang=en", "en"),
        ("zh;q=0, en;q=0.1", "", "en"),
    ],
)
async def test_a_problem_speaks_the_readers_language(tmp_path: Path, accept: str, query: str, lang: str) -> None:
    async with serving(build(tmp_path)) as served:
        inside = await served.http.get(f"/api/nothing{query}", headers={"Accept-Language": accept})
        at_the_door = await served.http.get(f"/healthz{query}", headers={"Accept-Language": accept, "Host": "evil.com"})
    titles = {"zh": ("没有这个地址", "这个地址没有开放"), "en": ("Nothing is here", "This address is not open")}
    assert (inside.json()["title"], at_the_door.json()["title"]) == titles[lang]
    assert inside.headers["content-language"] == lang


async def test_an_unexpected_error_is_logged_without_its_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(build(tmp_path)) as served:
        answer = await served.http.get(f"/api/boom?q={SECRET}")
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    assert "unexpected ValueError" in caplog.text
    assert "in boom" in caplog.text
