"""Templates over HTTP: the library, filling, exchanging, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.conftest import check_refused

SECRET = "一封没有寄出的信"
MINE = {
    "name": "我的周报",
    "description": "给组长",
    "category": "我的",
    "preset": "qa",
    "brief": {"role": "{{岗位}}", "task": "整理下面的记录", "words": 300, "text": "{{记录}}"},
    "variables": [{"name": "岗位", "default": "后端", "hint": "你的岗位"}],
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("templates") / "data") as running:
        yield running
        assert SECRET not in running.log


@pytest.fixture
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client
        for template in listed(client):
            if not template["builtin"]:
                assert client.delete(f"/api/templates/{template['id']}").status_code == 204


def listed(client: httpx2.Client, **params: str) -> list[Json]:
    found: list[Json] = client.get("/api/templates", params=params).raise_for_status().json()["templates"]
    return found


def kept(client: httpx2.Client, **changes: Any) -> Json:
    answer = client.post("/api/templates", json=MINE | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_library_speaks_the_language_of_the_page(client: httpx2.Client) -> None:
    chinese = listed(client)
    assert len(chinese) >= 20 and {each["language"] for each in chinese} == {"zh"}
    assert {each["language"] for each in listed(client, language="en")} == {"en"}
    assert {each["language"] for each in listed(client, lang="en")} == {"en"}
    assert all(each["builtin"] and each["created_at"] is None for each in chinese)


def test_two_characters_find_a_template_anywhere_in_it(client: httpx2.Client) -> None:
    mine = kept(client)
    assert {"zh-weekly-report", mine["id"]} <= {each["id"] for each in listed(client, q="周报")}
    assert [each["id"] for each in listed(client, q="组长")] == [mine["id"]]
    assert "zh-code-migration" in {each["id"] for each in listed(client, q="迁移")}
    assert listed(client, q="无此词语") == []


def test_an_own_template_is_kept_changed_copied_removed_and_restored(client: httpx2.Client) -> None:
    mine = kept(client)
    path = f"/api/templates/{mine['id']}"
    assert mine["variables"] == [
        {"name": "岗位", "default": "后端", "hint": "你的岗位"},
        {"name": "记录", "default": "", "hint": ""},
    ]
    assert client.get(path).json() == mine
    changed = client.put(path, json=MINE | {"name": "周报二", "variables": []}).raise_for_status().json()
    assert (changed["name"], changed["variables"][0]["default"]) == ("周报二", "")
    copy = client.post(f"{path}/duplicate", json={"name": "副本"})
    assert (copy.status_code, copy.json()["name"], copy.json()["brief"]) == (201, "副本", changed["brief"])
    unnamed = client.post(f"{path}/duplicate")
    assert (unnamed.status_code, unnamed.json()["name"]) == (201, "周报二")
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/restore").json() == changed


def test_filling_gives_the_fields_one_text_and_the_preset(client: httpx2.Client) -> None:
    mine = kept(client)
    path = f"/api/templates/{mine['id']}/fill"
    partly = client.post(path, json={"partly": True}).raise_for_status().json()
    assert (partly["missing"], partly["kind"], partly["preset"], partly["language"]) == (["记录"], "conversation", "qa", "zh")
    assert "{{记录}}" in partly["text"]
    whole = client.post(path, json={"values": {"记录": SECRET}}).raise_for_status().json()
    assert whole["missing"] == []
    assert whole["brief"]["text"] == SECRET and whole["brief"]["words"] == 300
    assert SECRET in whole["text"] and "后端" in whole["text"]


def test_a_filled_template_is_sent_and_answered(client: httpx2.Client, server: FakeHanmo) -> None:
    filled = client.post("/api/templates/zh-weekly-report/fill", json={}).raise_for_status().json()
    turn = server.send(client, filled["text"], preset=filled["preset"])
    assert client.get(f"/api/conversations/{turn['conversation']}").json()["messages"][0]["text"] == filled["text"]
    order = client.post("/api/templates/zh-short-story/fill", json={}).raise_for_status().json()
    article = client.post("/api/articles", json={"text": order["text"], "words": order["brief"]["words"]})
    assert article.status_code == 201, article.text


def test_a_file_goes_out_and_comes_in_again(client: httpx2.Client) -> None:
    mine = kept(client)
    answer = client.get("/api/templates/export", params={"ids": f"zh-email,{mine['id']}"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="hanmo-templates.json"'
    assert [each["name"] for each in answer.json()["templates"]] == ["邮件", "我的周报"]
    imported = client.post("/api/templates/import", json={"text": answer.text}).raise_for_status().json()
    assert ([each["name"] for each in imported["templates"]], imported["known"]) == (["邮件"], 1)
    assert [each["name"] for each in client.get("/api/templates/export").json()["templates"]] == ["邮件", "我的周报"]


def test_a_file_of_half_a_megabyte_is_taken(client: httpx2.Client) -> None:
    long = {"name": "长", "brief": {"text": "的" * 20_000}}
    many = [long | {"name": f"长 {i}"} for i in range(45)]
    text = json.dumps({"hanmo_templates": 1, "templates": many}, ensure_ascii=False)
    assert len(client.post("/api/templates/import", json={"text": text}).raise_for_status().json()["templates"]) == 45


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "", {"name": "x"}, 422, "missing_field"),
        ("POST", "", MINE | {"colour": "red"}, 422, "unknown_field"),
        ("POST", "", MINE | {"language": "fr"}, 422, "invalid_field"),
        ("POST", "", MINE | {"name": " "}, 422, "template_nameless"),
        ("POST", "", MINE | {"brief": {}, "variables": []}, 422, "template_empty"),
        ("POST", "", MINE | {"name": "名" * 90}, 422, "template_too_long"),
        ("POST", "", MINE | {"preset": "creativ"}, 422, "unknown_preset"),
        ("POST", "", MINE | {"brief": {"text": "{{岗位}}", "words": 3}}, 422, "template_words"),
        ("POST", "", MINE | {"brief": {"text": "{{1}}"}}, 422, "variable_malformed"),
        ("POST", "", MINE | {"brief": {"text": "写"}}, 422, "unknown_variable"),
        ("POST", "", MINE | {"brief": {"text": "".join(f"{{{{v{i}}}}}" for i in range(31))}, "variables": []}, 422, "too_many_variables"),
        ("PUT", "/zh-email", MINE, 409, "template_builtin"),
        ("DELETE", "/zh-email", None, 409, "template_builtin"),
        ("GET", "/nowhere", None, 404, "template_not_found"),
        ("POST", "/nowhere/fill", {}, 404, "template_not_found"),
        ("GET", "/export?ids=nowhere", None, 404, "template_not_found"),
        ("POST", "/zh-email/fill", {"values": {"谁": "x"}}, 422, "unknown_variable"),
        ("POST", "/zh-email/fill", {"values": {"语气": "的" * 100_001}}, 422, "value_too_long"),
        ("POST", "/import", {"text": "{"}, 422, "templates_not_json"),
        ("POST", "/import", {"text": "[]"}, 422, "templates_shape"),
        ("POST", "/import", {"text": '{"hanmo_templates": 9}'}, 422, "templates_newer"),
        ("POST", "/import", {"text": '{"hanmo_templates": 1, "temlates": []}'}, 422, "templates_unknown_key"),
        ("POST", "/import", {"text": json.dumps({"hanmo_templates": 1, "templates": [{}] * 501})}, 422, "templates_too_many"),
        ("POST", "/import", {"text": " " * 1_000_001}, 422, "templates_too_large"),
        ("GET", "?language=fr", None, 422, "invalid_field"),
        ("GET", "?q=" + "x" * 201, None, 422, "invalid_field"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(
    client: httpx2.Client, method: str, path: str, body: Json | None, status: int, code: str, lang: str
) -> None:
    answer = client.request(method, f"/api/templates{path}", json=body, headers={"Accept-Language": lang})
    check_refused(answer, status, code, lang)


def test_a_variable_without_a_value_is_named(client: httpx2.Client) -> None:
    mine = kept(client)
    answer = client.post(f"/api/templates/{mine['id']}/fill", json={"values": {"记录": " "}})
    body = check_refused(answer, 422, "variable_unfilled", "zh")
    assert "记录" in body["detail"] and "岗位" in body["detail"]
