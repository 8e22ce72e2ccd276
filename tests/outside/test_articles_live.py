"""Articles while they are written: steering, pausing, other readers and writers, and a server that is started anew."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk, Json
from tests.outside.conftest import check_refused
from tests.running import follow, whole_answer

SLOWLY = 0.01
"""Seconds for a character: a section takes longer than any test needs to look."""
LONG = "写一篇 2000 字的散文，讲江南的山水。"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("live") / "data", step_s=SLOWLY) as running:
        yield running


@pytest.fixture
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    """Leaves nothing running behind."""
    with server.client() as client:
        yield client
        for row in client.get("/api/articles").json()["articles"]:
            if row["state"] == "writing":
                client.post(f"/api/articles/{row['id']}/pause", json={}).raise_for_status()


def until(client: httpx2.Client, job: str, seen: Callable[[str, Json], bool]) -> Json:
    """Follows a job until `seen(kind, data)`; the data."""
    with closing(follow(client, job)) as events:
        for kind, _, data in events:
            if seen(kind, data):
                return dict(data)
            assert kind != "end", data
    raise AssertionError("the stream ended without an end")


def section_begins(name: str) -> Callable[[str, Json], bool]:
    return lambda kind, data: kind == "text" and data["section"] == name


def test_what_is_written_is_seen_live_by_all(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=20)
    article = desk.now()
    assert (article["state"], article["job_id"], article["job"]["kind"]) == ("writing", job, "write")
    assert set(article["job"]) == {"id", "kind", "status", "queue_place", "section", "done"}
    assert article["job"]["section"] == "s1" and 0 < article["job"]["done"] < 1
    assert [section["state"] for section in article["sections"]][:2] == ["writing", "waiting"]
    assert article["sections"][0]["length"] > 0 and article["sections"][0]["text"] in article["text"]
    assert article["words"] >= article["sections"][0]["length"]
    running = client.get(f"/api/generations/{job}").json()
    assert (running["status"], running["finish_reason"]) == ("writing", None)
    assert running["text"].startswith(article["sections"][0]["text"])
    (row,) = [row for row in client.get("/api/articles").json()["articles"] if row["id"] == desk.id]
    assert row["state"] == "writing"


def test_pausing_keeps_whole_sentences_and_writing_goes_on_from_there(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=60)
    paused = desk.post("pause")
    assert (paused["state"], paused["job"], paused["job_id"]) == ("paused", None, None)
    begun = paused["sections"][0]["text"]
    assert begun.endswith("。") and begun.count("。") >= 2
    assert client.get(f"/api/generations/{job}").json()["finish_reason"] == "cancelled"
    assert desk.post("pause") == paused, "pausing twice is pausing once"
    (row,) = [row for row in client.get("/api/articles").json()["articles"] if row["id"] == desk.id]
    assert row["state"] == "paused"
    seen = until(client, desk.begin("write"), lambda kind, data: kind in ("text", "replace"))
    assert seen["text"].startswith(begun), "what is there is not written again"


def test_deleting_the_job_is_pausing(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=60)
    stopped = client.delete(f"/api/generations/{job}")
    assert (stopped.status_code, stopped.json()["finish_reason"]) == (200, "cancelled")
    article = desk.now()
    assert (article["state"], article["job"]) == ("paused", None)
    assert stopped.json()["text"] == article["text"]
    assert article["problem"] is None, "who stops it knows"


def test_deleting_an_article_stops_what_writes_it_and_restoring_brings_the_text_back(client: httpx2.Client) -> None:
    desk, waiting = Desk(client, LONG), Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=60)
    queued = waiting.begin("write")
    with closing(follow(client, job)) as events:
        assert next(events)
        assert client.delete(desk.path).status_code == 204
        (end,) = [data for kind, _, data in events if kind == "end"]
    assert (end["finish_reason"], end["problem"]) == ("cancelled", None)
    assert end["article"] is None or end["article"]["state"] == "paused", (
        "whoever follows hears that it is over, and nothing breaks"
    )
    for path in (f"/api/generations/{job}", f"/api/generations/{job}/events"):
        check_refused(client.get(path), 404, "generation_not_found", "zh")
    check_refused(client.delete(f"/api/generations/{job}"), 404, "generation_not_found", "zh")
    until(client, queued, section_begins("s1"))
    assert client.delete(waiting.path).status_code == 204
    back = desk.post("restore")
    assert (back["state"], back["job"], back["problem"]) == ("paused", None, None)
    assert back["sections"][0]["text"].endswith("。") and back["sections"][0]["text"].count("。") >= 2
    assert client.get(f"/api/generations/{job}").json()["finish_reason"] == "cancelled"
    seen = until(client, desk.begin("write"), lambda kind, _: kind in ("text", "replace"))
    assert seen["text"].startswith(back["sections"][0]["text"]), "it goes on where it was"


def test_skipping_leaves_the_section_out_and_the_next_one_begins(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0)
    desk.post("steer", action="skip")
    until(client, job, section_begins("s2"))
    article = desk.now()
    assert [section["state"] for section in article["sections"]][:2] == ["skipped", "writing"]
    assert article["plan"]["sections"][0]["skipped"]
    assert article["plan"]["sections"][0]["heading"] not in article["text"]


def test_enough_ends_the_section_at_the_next_sentence(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=30)
    there = desk.now()["sections"][0]["length"]
    desk.post("steer", action="enough")
    until(client, job, section_begins("s2"))
    first = desk.now()["sections"][0]
    assert first["text"].endswith("。")
    assert there - 20 < first["length"] < there + 60, "all whole sentences stand"
    assert first["target"] == first["length"], "it is the length that was asked for"
    assert first["state"] == "written"


@pytest.mark.parametrize(("action", "low", "high"), [("shorter", 0.6, 0.8), ("longer", 1.3, 1.55)])
def test_a_section_gets_shorter_or_longer_while_it_is_written(action: str, low: float, high: float, client: httpx2.Client) -> None:
    desk = Desk(client, "写一篇 500 字的散文，讲江南的山水。")
    job = desk.write_until(section=0)
    asked = desk.now()["sections"][0]["target"]
    desk.post("steer", action=action)
    until(client, job, section_begins("s2"))
    first = desk.now()["sections"][0]
    assert low * asked <= first["length"] <= high * asked
    assert first["state"] == "written", "it counts as what was asked for"


def test_a_note_is_for_the_section_after_the_one_in_flight(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    desk.write_until(section=0)
    article = desk.post("steer", action="note", text="多写一点雨。")
    assert [section["note"] for section in article["plan"]["sections"]][:3] == ["", "多写一点雨。", ""]
    assert article["sections"][0]["state"] == "writing"
    desk.post("pause")
    article = desk.post("steer", action="note", text="也写桥。")
    assert article["plan"]["sections"][0]["note"], "where nothing is written it is for the first section to be written"
    check_refused(client.post(f"{desk.path}/steer", json={"action": "skip"}), 409, "nothing_in_flight", "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_while_it_is_written_some_things_are_refused(lang: str, client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    desk.write_until(section=0)
    client.headers["Accept-Language"] = lang
    plan = desk.now()["plan"]
    first, *others = plan["sections"]
    for method, path, body, code in (
        ("POST", "/write", {}, "article_writing"),
        ("POST", "/plan", {"anew": True}, "article_writing"),
        ("POST", "/revisions/1/restore", {}, "article_writing"),
        ("PUT", "/plan", plan | {"sections": others}, "section_in_flight"),
        ("PUT", "/plan", plan | {"sections": [first | {"words": 99}, *others]}, "section_in_flight"),
        ("PUT", "/sections/s1", {"text": "我自己的。"}, "section_in_flight"),
    ):
        check_refused(client.request(method, desk.path + path, json=body), 409, code, lang)
    assert desk.now()["plan"] == plan and desk.now()["state"] == "writing"


def test_the_other_sections_may_be_changed_while_it_is_written(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0)
    plan = desk.now()["plan"]
    first, second, *_, last = plan["sections"]
    new = {"heading": "新的一节", "points": [], "words": 80}
    article = desk.put("plan", plan | {"sections": [first, last, new, second]})
    assert [section["heading"] for section in article["sections"]] == [
        first["heading"],
        last["heading"],
        "新的一节",
        second["heading"],
    ]
    desk.put(f"sections/{last['id']}", {"text": "我自己写的。"})
    desk.post("steer", action="enough")
    until(client, job, section_begins(article["sections"][2]["id"]))
    assert desk.now()["sections"][1]["text"] == "我自己写的。"


def test_a_section_that_is_written_may_be_rewritten_while_the_next_one_grows(client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0, num_texts=40)
    desk.post("steer", action="enough")
    until(client, job, section_begins("s2"))
    end = whole_answer(client, desk.begin("sections/s1/rewrite", kind="rephrase", start=0, end=18))
    assert end["finish_reason"] == "stop"
    assert end["article"]["state"] == "writing", "the long work went on"
    assert end["article"]["edits"][-1]["state"] == "proposed"


def test_a_conversation_gets_in_while_an_article_is_written(server: FakeHanmo, client: httpx2.Client) -> None:
    desk = Desk(client, LONG)
    job = desk.write_until(section=0)
    turn = server.send(client, "在吗？", sampling={"max_new_tokens": 10})
    assert whole_answer(client, turn["generation_id"])["finish_reason"] in ("stop", "length")
    assert client.get(f"/api/generations/{job}").json()["finish_reason"] is None


def test_of_two_articles_the_second_waits_and_says_so(client: httpx2.Client) -> None:
    first, second = Desk(client, LONG), Desk(client, LONG)
    first.write_until(section=0)
    waiting = second.begin("write")
    state = until(client, waiting, lambda kind, data: kind == "state" and bool(data["queue_place"]))
    assert (state["status"], state["queue_place"]) == ("queued", 1)
    assert second.now()["job"]["queue_place"] == 1
    first.post("pause")
    until(client, waiting, lambda kind, data: kind == "state" and data["queue_place"] is None)


def test_a_server_that_is_started_anew_shows_what_was_begun_and_goes_on(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with fake_staying_up(tmp_path / "whole", step_s=0) as server, server.client() as client:
        whole = Desk(client, LONG, seed=5).job("write")
    with FakeHanmo(data_dir, step_s=SLOWLY) as server, server.client() as client:
        server.wait_ready()
        desk = Desk(client, LONG, seed=5)
        job = desk.write_until(section=1, num_texts=60)
        seen = desk.now()
        server.kill()
    with fake_staying_up(data_dir) as server, server.client() as client:
        desk.client = client
        left = desk.now()
        assert (left["state"], left["job"], left["plan"]) == ("paused", None, seen["plan"])
        assert left["sections"][0] == seen["sections"][0]
        begun = left["sections"][1]["text"]
        assert begun.endswith("。") and seen["sections"][1]["text"].startswith(begun[:20])
        assert begun in left["text"] and client.get("/api/articles").json()["articles"][0]["state"] == "paused"
        old = client.get(f"/api/generations/{job}").json()
        assert (old["status"], old["finish_reason"]) == ("finished", "interrupted")
        assert [kind for kind, _, _ in follow(client, job, 17)] == ["end"]
        assert desk.job("write")["text"] == whole["text"]


def test_a_server_that_is_told_to_end_pauses_what_it_writes(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with FakeHanmo(data_dir, step_s=SLOWLY) as server, server.client() as client:
        server.wait_ready()
        desk = Desk(client, LONG)
        job = desk.write_until(section=0, num_texts=60)
    with fake_staying_up(data_dir) as server, server.client() as client:
        desk.client = client
        assert client.get(f"/api/generations/{job}").json()["finish_reason"] == "interrupted"
        left = desk.now()
        assert left["state"] == "paused" and left["sections"][0]["text"].endswith("。")
