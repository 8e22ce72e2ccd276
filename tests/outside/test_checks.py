"""`POST /api/checks` over HTTP: what is found in a text that is nobody's article."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.running import fake_staying_up
from tests.outside.conftest import check_refused

TEXT = "他买了苹果,又买了梨。炊烟升起来，他还在等那个说好要来接他的人"
SECRET = "13912345670"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with fake_staying_up(tmp_path_factory.mktemp("checks") / "data") as running:
        with running.client() as client:
            yield client
        assert SECRET not in running.log and "苹果" not in running.log


def found(client: httpx2.Client, lang: str = "zh", **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/checks", json=body, headers={"Accept-Language": lang})
    assert answer.status_code == 200, answer.text
    findings: list[dict[str, Any]] = answer.json()["findings"]
    return findings


def test_a_message_is_checked_with_its_fix_and_its_action(client: httpx2.Client) -> None:
    first, second = found(client, text=TEXT, finish_reason="length")
    assert first["code"] == "slip"
    assert first["fix"] == {"start": 5, "end": 6, "text": "，"}
    assert (second["code"], second["action"], second["fix"]) == ("cut_off", "continue", None)
    assert second["section"] is None and second["index"] is None


@pytest.mark.parametrize(("lang", "said"), [("zh", "手机|电话"), ("en", "phone")])
def test_the_users_own_input_is_looked_at_for_what_is_private(client: httpx2.Client, lang: str, said: str) -> None:
    (finding,) = found(client, lang, text=f"联系电话：{SECRET}", input=True)
    assert (finding["code"], finding["action"]) == ("phone_number", "hide")
    assert any(word in finding["text"] for word in said.split("|"))
    assert SECRET not in finding["text"]
    assert found(client, text=f"联系电话：{SECRET}。") == []


def test_the_brief_counts(client: httpx2.Client) -> None:
    assert [each["code"] for each in found(client, text="好。", brief="写一段话，必须提到“渡口”。")] == ["term_missing"]


def test_nothing_is_found_in_nothing(client: httpx2.Client) -> None:
    assert found(client, text="") == found(client, text=" \r\n", input=True) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "的" * 200_001}, 422, "invalid_field"),
        ({"text": "a" * 2_000_000}, 413, "body_too_large"),
        ({"text": "a", "brief": "的" * 100_001}, 422, "invalid_field"),
        ({"text": "a", "finish_reason": "done"}, 422, "invalid_field"),
        ({"text": "a", "breif": "b"}, 422, "unknown_field"),
        ({"text": 1}, 422, "invalid_field"),
        ({}, 422, "missing_field"),
        ({"text": "a", "input": "yes"}, 422, "invalid_field"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_what_cannot_be_checked_is_refused(client: httpx2.Client, body: dict[str, Any], status: int, code: str, lang: str) -> None:
    answer = client.post("/api/checks", json=body, headers={"Accept-Language": lang})
    check_refused(answer, status, code, lang)


def test_half_a_surrogate_pair_is_refused(client: httpx2.Client) -> None:
    answer = client.post("/api/checks", content=b'{"text": "\\ud800"}', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "text_not_unicode")


def test_the_longest_text_is_taken(client: httpx2.Client) -> None:
    assert isinstance(found(client, text="山脚下的小路绕过一片竹林。" * (200_000 // 13)), list)
