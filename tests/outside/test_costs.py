"""The price of an action over HTTP, on the fake engine: the same as what the action then costs, and nothing is done by asking."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk
from tests.running import follow, whole_answer

COST = {"tokens", "cached_tokens", "seconds_to_first_token", "seconds_per_100_words", "words", "seconds_to_end", "engine"}
ASKED = "写一篇关于茶的文章，200 字。" * 5


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("costs") / "data", step_s=0.0005) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


def price(client: httpx2.Client, of: str, **asked: Any) -> dict[str, Any]:
    answer = client.post(f"/api/costs/{of}", json=asked)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == COST
    return dict(answer.json())


def send(client: httpx2.Client, conversation: str, text: str) -> dict[str, Any]:
    body = {"text": text, "sampling": {"max_new_tokens": 40}}
    turn = client.post(f"/api/conversations/{conversation}/messages", json=body).raise_for_status().json()
    return whole_answer(client, turn["generation_id"])


def test_turns_cost_what_was_said_and_are_measured(server: FakeHanmo, client: httpx2.Client) -> None:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    first = send(client, conversation, ASKED)
    told = price(client, "turn", action="send", conversation_id=conversation, text="再写一篇", sampling={"max_new_tokens": 40})
    second = send(client, conversation, "再写一篇")
    assert (told["tokens"], told["cached_tokens"]) == (second["timings"]["prompt_tokens"], second["timings"]["cached_tokens"])
    assert 0 < told["seconds_to_first_token"] < 10
    assert told["seconds_per_100_words"] > 0
    again = price(client, "turn", action="regenerate", conversation_id=conversation, message_id=second["message_id"])
    assert again["tokens"] - again["cached_tokens"] == 1
    on = price(client, "turn", action="continue", conversation_id=conversation, generation_id=second["id"])
    assert on["tokens"] > again["tokens"]
    fewer = price(client, "turn", action="limit", conversation_id=conversation, rounds=1)
    all_of_it = price(client, "turn", action="limit", conversation_id=conversation, rounds=None)
    assert fewer["tokens"] <= all_of_it["tokens"]
    other = price(client, "turn", action="change_model", conversation_id=conversation, model_id="qwen3-4b")
    assert (other["cached_tokens"], other["seconds_to_first_token"]) == (0, None)
    question = client.get(f"/api/conversations/{conversation}").json()["messages"][0]["id"]
    changed = price(client, "turn", action="send", conversation_id=conversation, message_id=question, text=ASKED)
    assert (changed["words"], changed["seconds_to_end"] > changed["seconds_to_first_token"]) == (200, True)
    assert first["timings"]["cached_tokens"] == 0
    assert (server.data_dir / "speeds.json").exists()
    status = client.get("/api/status").json()
    assert all(speed > 0 for speed in status["speeds"].values())


def test_the_status_tells_when_a_price_may_be_another(client: httpx2.Client) -> None:
    def changes() -> int:
        return int(client.get("/api/status").json()["engine"]["slot_changes"])

    draft = {"conversation_id": client.post("/api/conversations", json={}).json()["id"], "text": "讲一座桥的来历。" * 40}
    unread, before = price(client, "turn", action="send", **draft), changes()
    assert price(client, "turn", action="send", **draft) == unread
    assert changes() == before, "asking changes nothing"
    assert client.post("/api/prompt/warm", json=draft).status_code == 202
    until = time.monotonic() + 30
    while (now := price(client, "turn", action="send", **draft))["tokens"] - now["cached_tokens"] > 16:
        assert time.monotonic() < until, now
    assert changes() > before, "it was read ahead"


def test_work_on_an_article_costs_what_was_said(client: httpx2.Client) -> None:
    order = {"text": "写一篇 800 字的散文，讲江南的山水。"}
    assert price(client, "work", action="write", order=order)["words"] == 800
    desk = Desk(client)
    assert price(client, "work", action="plan", article_id=desk.id)["tokens"] > 0
    planned = desk.job("plan")
    write = price(client, "work", action="write", article_id=desk.id)
    assert write["words"] == planned["target"]
    plan = planned["plan"] | {"sections": planned["plan"]["sections"][:1]}
    assert price(client, "work", action="write", article_id=desk.id, plan=plan)["words"] < write["words"]
    done = desk.job("write")
    assert price(client, "work", action="write", article_id=desk.id)["tokens"] is None
    section = done["sections"][0]["id"]
    for action in ("polish", "proofread"):
        whole = price(client, "work", action=action, article_id=desk.id)
        part = price(client, "work", action=action, article_id=desk.id, section=section)
        assert whole["seconds_to_end"] > part["seconds_to_end"] > 0
    assert price(client, "work", action="title", article_id=desk.id)["seconds_to_end"] > 0
    rewrite = {"action": "rewrite", "article_id": desk.id, "section": section, "kind": "expand"}
    assert price(client, "work", **rewrite)["words"] > price(client, "work", **rewrite, start=0, end=60)["words"]
    own = rewrite | {"kind": "own", "instruction": "写得活泼些，" * 9}
    bare, told = price(client, "work", **own | {"instruction": ""}, start=0, end=60), price(client, "work", **own, start=0, end=60)
    assert told["tokens"] > bare["tokens"] + 50, "what the writer says is read"
    for kind in ("continue", "anew", "shorten", "rephrase", "own"):  # what mends a finding
        mend = price(client, "work", **own | {"kind": kind}, start=0, end=60)
        assert min(mend["seconds_to_first_token"], mend["seconds_per_100_words"], mend["seconds_to_end"]) > 0
    assert [revision["number"] for revision in desk.now()["revisions"]] == [revision["number"] for revision in done["revisions"]]


def test_the_time_left_is_told_while_a_message_is_read(tmp_path: Path) -> None:
    with fake_staying_up(tmp_path / "data", step_s=0.03) as slow, slow.client() as client:
        send(client, client.post("/api/conversations", json={}).json()["id"], ASKED)  # something is measured
        conversation = client.post("/api/conversations", json={}).json()["id"]
        body = {"text": "讲一座桥的来历。" * 60 + "写 300 字。", "sampling": {"max_new_tokens": 40}}
        turn = client.post(f"/api/conversations/{conversation}/messages", json=body).raise_for_status().json()
        states = [data for kind, _, data in follow(client, turn["generation_id"]) if kind == "state"]
        assert {state["target"] for state in states if "target" in state} == {300}
        reads = [state["prompt_progress"] for state in states if state.get("prompt_progress")]
        assert all(set(read) == {"done", "total", "cached", "seconds_left"} for read in reads)
        assert any(read["seconds_left"] is not None for read in reads)


def test_the_time_left_is_told_while_an_article_is_written(client: httpx2.Client) -> None:
    send(client, client.post("/api/conversations", json={}).json()["id"], ASKED)  # something is measured
    desk = Desk(client)
    lefts = [data["seconds_left"] for kind, _, data in follow(client, desk.begin("write")) if kind == "state"]
    known = [left for left in lefts if left is not None]
    assert known[0] > known[-1] >= 0, "from the plan on"


def test_what_cannot_be_done_has_no_price(client: httpx2.Client) -> None:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    desk = Desk(client)
    for kind, asked, status, code in (
        ("turn", {"action": "regenerate", "conversation_id": conversation}, 422, "missing_field"),
        ("turn", {"action": "limit", "conversation_id": "0" * 32}, 404, "conversation_not_found"),
        ("turn", {"action": "send"}, 422, "missing_field"),
        ("work", {"action": "write"}, 422, "missing_field"),
        ("work", {"action": "write", "article_id": desk.id, "text": "山"}, 422, "missing_field"),
        ("work", {"action": "write", "article_id": "none"}, 404, "article_not_found"),
        ("work", {"action": "write", "order": {"text": " "}}, 422, "brief_empty"),
    ):
        answer = client.post(f"/api/costs/{kind}", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert client.post("/api/costs/work", json={"action": "burn", "article_id": desk.id}).status_code == 422
    assert price(client, "work", action="rewrite", article_id=desk.id, section="s1")["tokens"] is None


def test_opening_answers_at_once(client: httpx2.Client) -> None:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    for path in (f"/api/conversations/{conversation}/open", f"/api/articles/{Desk(client).id}/open"):
        answer = client.post(path, json={})
        assert (answer.status_code, answer.content) == (202, b"null")


def test_what_a_job_has_cost_outlives_the_server_and_is_what_was_said(tmp_path: Path) -> None:
    with fake_staying_up(tmp_path / "data") as server, server.client() as client:
        desk = Desk(client, "写一篇 200 字的散文，讲江南的山水。")
        done = desk.job("write")
        section = done["sections"][0]["id"]
        rewrite = {"section": section, "kind": "own", "instruction": "写得活泼些", "start": 0, "end": 60}
        told = price(client, "work", action="rewrite", article_id=desk.id, **rewrite)
        body = {key: value for key, value in rewrite.items() if key != "section"}
        job = desk.begin(f"sections/{section}/rewrite", **body)
        (cost,) = whole_answer(client, job)["costs"]
        assert (cost["section"], cost["prompt_tokens"], cost["cached_tokens"]) == (section, told["tokens"], told["cached_tokens"])
        costs = desk.now()["costs"]
    with fake_staying_up(tmp_path / "data") as server, server.client() as client:
        kept = client.get(f"/api/generations/{job}").raise_for_status().json()
        assert (kept["costs"], kept["timings"]["generated_tokens"]) == ([cost], cost["generated_tokens"])
        assert client.get(desk.path).json()["costs"] == costs
        assert {each["section"] for each in costs} >= {section}
