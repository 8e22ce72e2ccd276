"""Conversations over HTTP: other versions, deletion and its undoing, names, pins, history, search. The engine is the fake one."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.running import fake_staying_up
from tests.outside.articles import Desk, Json
from tests.outside.conftest import check_refused
from tests.running import RunningHanmo, whole_answer

SECRET = "藏起来的词"


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("conversations") / "data") as running:
        yield running
        assert SECRET not in running.log


@pytest.fixture(scope="module")
def client(hanmo: RunningHanmo) -> Iterator[httpx2.Client]:
    with hanmo.client() as client:
        yield client


class Talk:
    """One conversation; every call must succeed."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client
        self.id: str = client.post("/api/conversations", json={}).raise_for_status().json()["id"]
        self.path = f"/api/conversations/{self.id}"

    def now(self) -> Json:
        return dict(self.client.get(self.path).raise_for_status().json())

    def do(self, method: str, what: str = "", body: Any = None) -> Json:
        answer = self.client.request(method, self.path + what, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    def ask(self, text: str, **body: Any) -> Json:
        """A turn that is over: its ids."""
        turn = self.do("POST", "/messages", {"text": text, "sampling": {"max_new_tokens": 24}, **body})
        whole_answer(self.client, turn["generation_id"])
        return turn

    def again(self, message: str) -> Json:
        turn = self.do("POST", f"/messages/{message}/regenerate")
        whole_answer(self.client, turn["generation_id"])
        return turn


@pytest.fixture
def talk(client: httpx2.Client) -> Talk:
    return Talk(client)


def hits(client: httpx2.Client, query: str, **more: Any) -> list[Json]:
    answer = client.get("/api/search", params={"q": query, **more})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["hits"]
    return found


def test_an_answer_is_written_again_beside_the_first(talk: Talk) -> None:
    first = talk.ask("讲一座山")
    second = talk.again(first["message_id"])
    now = talk.now()
    assert second["user_message_id"] == first["user_message_id"]
    assert now["active_id"] == second["message_id"]
    chosen = talk.do("PUT", "/active", {"message_id": first["message_id"]})
    assert chosen["active_id"] == talk.now()["active_id"] == first["message_id"]


def test_a_question_is_changed_and_sent_again_beside_the_old_branch(talk: Talk) -> None:
    talk.ask("一")
    second = talk.ask("二")
    changed = talk.ask("改过的二", beside_id=second["user_message_id"])
    parents = {message["id"]: message["parent_id"] for message in talk.now()["messages"]}
    assert parents[changed["user_message_id"]] == parents[second["user_message_id"]]
    assert len(parents) == 6


def test_a_message_is_deleted_with_what_stands_below_and_undone(talk: Talk) -> None:
    talk.ask("一")
    second = talk.ask("二")
    before = talk.now()
    after = talk.do("DELETE", f"/messages/{second['user_message_id']}")
    assert (len(after["messages"]), after["active_id"]) == (2, before["messages"][1]["id"])
    assert talk.do("POST", f"/messages/{second['user_message_id']}/restore", {}) == before


def test_what_is_being_written_is_stopped_when_it_is_deleted(tmp_path_factory: pytest.TempPathFactory) -> None:
    with fake_staying_up(tmp_path_factory.mktemp("slow") / "data", step_s=0.02) as slow, slow.client() as client:
        talk = Talk(client)
        turn = talk.do("POST", "/messages", {"text": "讲一座山"})
        talk.do("DELETE")
        assert client.get(f"/api/generations/{turn['generation_id']}").json()["finish_reason"] == "cancelled"
        check_refused(client.get(talk.path), 404, "conversation_not_found", "zh")
        check_refused(client.post(f"/api/generations/{turn['generation_id']}/continue", json={}), 404, "generation_not_found", "zh")
        assert client.get("/api/conversations").json()["conversations"] == []
        assert talk.do("POST", "/restore", {})["messages"][0]["text"] == "讲一座山"


def test_a_conversation_is_renamed_and_pinned(client: httpx2.Client, talk: Talk) -> None:
    other = Talk(client)
    assert talk.do("PATCH", "", {"title": " 我的\n山 ", "pinned": True})["title"] == "我的 山"
    listed = client.get("/api/conversations").json()["conversations"]
    assert [(each["id"], each["pinned"]) for each in listed][:2] == [(talk.id, True), (other.id, False)]
    assert talk.do("PATCH", "", {"pinned": False})["pinned"] is False
    assert talk.do("PATCH", "", {})["title"] == "我的 山"


def test_the_limit_of_history_is_told_before_and_after(talk: Talk) -> None:
    assert (talk.now()["rounds"], talk.now()["unsent_messages"]) == (5, 0)
    talk.ask("一")
    second = talk.ask("二")
    talk.ask("三")
    assert talk.do("PATCH", "", {"rounds": 1})["unsent_messages"] == 4
    fourth = talk.ask("四")
    written = talk.now()["messages"][-1]["generations"][-1]
    assert (written["message_id"], written["left_out_messages"], written["dropped_messages"]) == (fourth["message_id"], 4, 0)
    assert talk.do("PATCH", "", {"rounds": None})["unsent_messages"] == 0
    cleared = talk.do("PUT", f"/messages/{second['message_id']}/cleared", {"cleared": True})
    assert (cleared["unsent_messages"], cleared["messages"][3]["cleared"]) == (4, True)
    assert talk.do("PUT", f"/messages/{second['message_id']}/cleared", {"cleared": False})["unsent_messages"] == 0


def test_all_work_is_searched(client: httpx2.Client, talk: Talk) -> None:
    turn = talk.ask(f"写{SECRET}的故事")
    article = Desk(client, f"一篇关于{SECRET}的短文，100 字")
    article.put("plan", {"title": "山", "headed": False, "sections": [{"heading": "甲", "points": [], "words": 60}]})
    article.put("sections/s1", {"text": f"前文。{SECRET}在这里。"})
    found = hits(client, SECRET)
    assert [hit["kind"] for hit in found] == ["conversation", "brief", "section", "message"]
    by_kind = {hit["kind"]: hit for hit in found}
    assert (by_kind["message"]["id"], by_kind["message"]["message_id"]) == (talk.id, turn["user_message_id"])
    section = by_kind["section"]
    assert (section["id"], section["section_id"], section["title"]) == (article.id, "s1", "山")
    assert (section["start"], section["end"]) == (3, 8)
    assert section["snippet"] == {"text": f"前文。{SECRET}在这里。", "spans": [[3, 8]]}
    assert client.get("/api/search", params={"q": SECRET, "limit": 1}).json()["more"] is True
    talk.do("DELETE")
    assert {hit["kind"] for hit in hits(client, SECRET)} == {"brief", "section"}


@pytest.mark.parametrize("query", ['"', "*", "a OR b", "NEAR(", "terms:x", "'; DROP TABLE messages; --", "\x00", "^x", "{", "-"])
def test_what_means_something_to_the_index_is_plain_text(client: httpx2.Client, query: str) -> None:
    assert hits(client, query) == []


@pytest.mark.parametrize("params", [{}, {"q": "x" * 201}, {"q": "x", "limit": 0}, {"q": "x", "limit": 101}])
def test_a_bad_search_is_refused(client: httpx2.Client, params: Json) -> None:
    assert client.get("/api/search", params=params).status_code == 422


def test_a_passage_goes_to_the_end_of_a_section_as_a_new_version(client: httpx2.Client) -> None:
    article = Desk(client, "一篇短文，100 字")
    article.put(
        "plan", {"title": "", "headed": False, "sections": [{"heading": name, "points": [], "words": 60} for name in ("甲", "乙")]}
    )
    article.put("sections/s1", {"text": "第一段。"})
    for text in (" 第二段。\n", "第三段。"):
        now = article.post("sections/s1/text", text=text)
    assert now["sections"][0]["text"] == "第一段。\n\n第二段。\n\n第三段。"
    assert article.post("sections/s2/text", text="独一段。")["sections"][1]["text"] == "独一段。"
    assert [revision["kind"] for revision in article.now()["revisions"][:3]] == ["edited"] * 3
    assert "第二段" not in client.get(f"{article.path}/revisions/2").json()["text"]
    check_refused(client.post(f"{article.path}/sections/s1/text", json={"text": " "}), 422, "text_empty", "zh")
    check_refused(client.post(f"{article.path}/sections/s9/text", json={"text": "x"}), 404, "section_not_found", "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("method", "what", "body", "status", "code"),
    [
        ("PATCH", "", {"title": " "}, 422, "title_empty"),
        ("PATCH", "", {"title": "x" * 201}, 422, "invalid_field"),
        ("PATCH", "", {"rounds": 3}, 422, "invalid_field"),
        ("PATCH", "", {"pin": True}, 422, "unknown_field"),
        ("PUT", "/active", {"message_id": "f" * 32}, 404, "message_not_found"),
        ("PUT", "/active", {}, 422, "missing_field"),
        ("PUT", "/messages/{q}/cleared", {"cleared": True}, 422, "message_not_answer"),
        ("POST", "/messages", {"text": "x", "beside_id": "{a}"}, 422, "message_not_question"),
        ("POST", "/messages", {"text": "x", "beside_id": "{q}", "parent_id": "{a}"}, 422, "parent_or_beside"),
        ("POST", "/messages/nobody/regenerate", {}, 404, "message_not_found"),
        ("POST", "/messages/{a}/regenerate", {"preset": "qa", "sampling": {"heat": 1}}, 422, "unknown_parameter"),
        ("DELETE", "/messages/nobody", None, 404, "message_not_found"),
        ("POST", "/messages/nobody/restore", {}, 404, "message_not_found"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    talk: Talk, method: str, what: str, body: Any, status: int, code: str, lang: str
) -> None:
    turn = talk.ask("问")
    names = {"{q}": turn["user_message_id"], "{a}": turn["message_id"]}
    for mark, name in names.items():
        what = what.replace(mark, name)
        body = {key: name if value == mark else value for key, value in body.items()} if body else body
    before = talk.now()
    answer = talk.client.request(method, talk.path + what, json=body, headers={"Accept-Language": lang})
    check_refused(answer, status, code, lang)
    assert talk.now() == before


def test_a_message_whose_parent_went_later_waits_for_it(talk: Talk) -> None:
    first = talk.ask("一")
    second = talk.ask("二")
    talk.do("DELETE", f"/messages/{second['user_message_id']}")
    talk.do("DELETE", f"/messages/{first['user_message_id']}")
    answer = talk.client.post(f"{talk.path}/messages/{second['user_message_id']}/restore", json={})
    check_refused(answer, 409, "message_above_deleted", "zh")
