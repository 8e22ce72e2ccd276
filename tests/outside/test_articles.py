"""An article over HTTP, from the brief to the last revision: on the fake engine in every part, once on the real 0.5B."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import BRIEF, Desk, Json, texts
from tests.outside.conftest import check_refused, staying_up
from tests.running import follow, whole_answer

ARTICLE = {
    *("id", "title", "state", "brief", "plan", "sections", "text", "words", "target", "findings", "edits", "titles", "summary"),
    *("revision", "revisions", "job", "job_id", "seconds_left", "problem", "costs", "created_at", "updated_at", "pinned"),
}
JOB = {"id", "article_id", "kind", "status", "text", "finish_reason", "problem", "timings", "costs", "created_at"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("articles") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def written(client: httpx2.Client) -> Desk:
    """An article that is done; tests only look at it."""
    desk = Desk(client, seed=7)
    assert desk.job("write")["state"] == "done"
    return desk


def propose(desk: Desk, section_id: str) -> None:
    """One rewritten section. A small model may only copy, and then it is said so: another kind of rewriting is asked for."""
    for kind in ("expand", "shorten", "translate"):
        end = whole_answer(desk.client, desk.begin(f"sections/{section_id}/rewrite", kind=kind))
        if end["problem"] is None:
            return
        assert end["problem"]["code"] == "rewrite_unchanged"
    raise AssertionError("no kind of rewriting gave a proposal")


def the_whole_way(client: httpx2.Client, brief: str, words: int) -> Json:
    """Brief, plan, own plan, text, edits, titles, revisions; the article in the end."""
    desk = Desk(client, brief, words=words, seed=7)
    assert (desk.now()["state"], desk.now()["plan"], desk.now()["sections"]) == ("new", None, [])
    plan = desk.job("plan")["plan"]
    assert sum(section["words"] for section in plan["sections"]) == words
    plan["sections"] = [plan["sections"][-1] | {"heading": "开头"}, *plan["sections"][:-1]]
    plan["sections"].append({"heading": "结尾", "points": ["回到开头"], "words": 60})
    planned = desk.put("plan", plan | {"title": "水边"})
    assert [s["heading"] for s in planned["sections"]] == [s["heading"] for s in plan["sections"]]
    assert (planned["state"], planned["target"], planned["title"]) == ("planned", words + 60, "水边")
    done = desk.job("write")
    assert done["state"] == "done"
    assert abs(done["words"] - done["target"]) <= max(40, done["target"] // 6)
    assert done["text"].startswith("# 水边\n")
    assert [s["text"] for s in done["sections"] if s["text"].strip() not in done["text"]] == []

    desk.job("polish")
    for section in done["sections"][:2]:  # one proposal for each, whatever polishing found
        propose(desk, section["id"])
    proposed = [edit for edit in desk.now()["edits"] if edit["state"] == "proposed"]
    one = next(edit for edit in proposed if edit["section"] == done["sections"][0]["id"])
    other = next(edit for edit in proposed if edit["section"] == done["sections"][1]["id"])
    old = done["sections"][0]["text"]
    assert old[one["start"] : one["end"]] == one["before"]
    changed = desk.post("edits", accept=[one["id"]], reject=[other["id"]])
    states = {edit["id"]: edit["state"] for edit in changed["edits"]}
    assert (states[one["id"]], states[other["id"]]) == ("accepted", "rejected")
    assert changed["sections"][0]["text"] == old[: one["start"]] + one["after"] + old[one["end"] :]
    assert changed["sections"][1:] == done["sections"][1:]

    titled = desk.job("title")
    assert 1 <= len(titled["titles"]) <= 3 and titled["summary"]
    numbers = [revision["number"] for revision in titled["revisions"]]
    assert numbers == list(range(len(numbers), 0, -1)) and titled["revision"] == numbers[0]
    before_the_edit = changed["revision"] - 1
    then = client.get(f"{desk.path}/revisions/{before_the_edit}").raise_for_status().json()
    assert (then["number"], then["text"]) == (before_the_edit, done["text"])
    restored = desk.post(f"revisions/{before_the_edit}/restore")
    assert (restored["text"], restored["revision"]) == (done["text"], changed["revision"] + 1)
    assert restored["revisions"][0]["kind"] == "restored"
    return restored


def test_the_whole_way_on_the_fake_engine(client: httpx2.Client) -> None:
    assert set(the_whole_way(client, BRIEF, 800)) == ARTICLE


def test_the_whole_way_on_a_real_model(tmp_path: Path, model_file: Path) -> None:
    with staying_up(tmp_path / "data", "--ctx", "2048") as server, server.client() as client:
        server.wait_ready()
        article = the_whole_way(client, "写一篇 300 字的短文，讲讲江南小城的早晨。", 300)
    assert "<|" not in article["text"] and "�" not in article["text"]


def test_polishing_proposes_edits_that_are_taken_over_or_left_one_by_one(client: httpx2.Client) -> None:
    desk = Desk(client)
    done = desk.job("write")
    polished = desk.job("polish", section="s1")
    assert polished["text"] == done["text"], "nothing changes until it is accepted"
    assert {edit["section"] for edit in polished["edits"]} == {"s1"}
    first, second, third = polished["edits"][:3]
    changed = desk.post("edits", accept=[first["id"], third["id"]], reject=[second["id"]])
    section = changed["sections"][0]
    assert first["after"] in section["text"] and second["before"] in section["text"] and third["after"] in section["text"]
    assert [edit["state"] for edit in changed["edits"][:3]] == ["accepted", "rejected", "accepted"]
    assert section["version"] == done["sections"][0]["version"] + 2
    still = [edit for edit in changed["edits"] if edit["state"] == "proposed"]
    assert still and all(section["text"][e["start"] : e["end"]] == e["before"] for e in still), "the others have moved along"
    proofread = desk.job("proofread", section="s2")
    assert {edit["kind"] for edit in proofread["edits"] if edit["section"] == "s2"} == {"proofread"}


def test_offsets_of_edits_and_selections_count_code_points(client: httpx2.Client) -> None:
    desk = Desk(client)
    desk.job("write")
    text = "🍵山水有清音，𠀀字也是一个字。远处的灯火一盏一盏亮起来。"
    desk.put("sections/s1", {"text": text})
    start = text.index("远处")
    article = desk.job("sections/s1/rewrite", kind="expand", start=start, end=len(text))
    (edit,) = [edit for edit in article["edits"] if edit["state"] == "proposed"]
    assert (edit["start"], edit["end"], edit["before"], edit["kind"]) == (start, len(text), text[start:], "rewrite")
    changed = desk.post("edits", accept=[edit["id"]])
    assert changed["sections"][0]["text"] == text[:start] + edit["after"]


@pytest.mark.parametrize("kind", ["expand", "shorten", "rephrase", "tone", "translate", "anew"])
def test_every_kind_of_rewriting_proposes_one_edit(kind: str, client: httpx2.Client, written: Desk) -> None:
    before = len(written.now()["edits"])
    article = written.job("sections/s2/rewrite", kind=kind, instruction="用英语" if kind == "translate" else "")
    assert len(article["edits"]) == before + 1
    assert article["edits"][-1]["state"] == "proposed"
    written.post("edits", reject=[article["edits"][-1]["id"]])


def test_own_text_is_a_new_version_and_makes_the_section_done(client: httpx2.Client) -> None:
    desk = Desk(client)
    desk.job("plan")
    article = desk.put("sections/s2", {"text": "我自己写的一节。\n\n有两段。"})
    assert [section["state"] for section in article["sections"]] == ["waiting", "written"]
    assert (article["state"], article["revisions"][0]["kind"]) == ("paused", "edited")
    done = desk.job("write")
    assert done["sections"][1]["text"] == "我自己写的一节。\n\n有两段。"


def test_a_section_keeps_its_text_while_its_points_and_length_stay(client: httpx2.Client) -> None:
    desk = Desk(client)
    done = desk.job("write")
    plan = done["plan"]
    plan["sections"] = [plan["sections"][1] | {"heading": "改了名"}, plan["sections"][0] | {"points": ["别的要点"]}]
    article = desk.put("plan", plan)
    assert [(s["heading"], s["state"]) for s in article["sections"]] == [
        ("改了名", "written"),
        (plan["sections"][1]["heading"], "waiting"),
    ]
    assert article["sections"][0]["text"] == done["sections"][1]["text"]
    again = desk.job("write")
    assert again["sections"][0]["text"] == done["sections"][1]["text"]
    assert again["sections"][1]["text"] != done["sections"][0]["text"]


def test_a_plan_can_be_made_anew_when_there_is_text(client: httpx2.Client) -> None:
    desk = Desk(client)
    desk.job("write")
    article = desk.job("plan", anew=True)
    assert article["revisions"][0]["kind"] == "planned"
    assert client.get(f"{desk.path}/revisions/{article['revision'] - 1}").json()["words"] > 700


def test_findings_name_their_place(client: httpx2.Client) -> None:
    desk = Desk(client)
    desk.job("plan")
    sentence = "一只白鹭从水面上飞过，翅膀尖沾了一点水，又慢慢地落到对岸去了。"
    desk.put("sections/s1", {"text": sentence})
    article = desk.put("sections/s2", {"text": f"先说别的事情。{sentence}"})
    assert article["findings"], article
    for finding in article["findings"]:
        assert set(finding) == {"code", "section", "index", "text", "start", "end", "other", "fix", "action"}
        assert finding["text"] and "finding." not in finding["text"] and "{" not in finding["text"]
    assert any(finding["other"] for finding in article["findings"]), "the second place of a repetition is named"
    english = client.get(desk.path, headers={"Accept-Language": "en"}).json()["findings"]
    assert [f["code"] for f in english] == [f["code"] for f in article["findings"]]
    assert english[0]["text"] != article["findings"][0]["text"]


def test_the_list_has_the_newest_first(client: httpx2.Client) -> None:
    desks = [Desk(client, f"写一篇 {200 + i} 字的短文，讲第 {i} 座山。") for i in range(3)]
    desks[0].job("write")
    rows = client.get("/api/articles").json()["articles"]
    assert set(rows[0]) == {"id", "title", "state", "words", "target", "created_at", "updated_at", "pinned"}
    assert [row["id"] for row in rows[:3]] == [desks[0].id, desks[2].id, desks[1].id], "what was changed last is the newest"
    assert [row["updated_at"] for row in rows] == sorted((row["updated_at"] for row in rows), reverse=True)
    assert (rows[0]["state"], rows[1]["state"], rows[1]["words"], rows[1]["target"]) == ("done", "new", 0, 202)
    assert rows[0]["words"] == desks[0].now()["words"]


def test_an_article_is_renamed_and_pinned_and_its_text_stays(client: httpx2.Client, written: Desk) -> None:
    other, before = Desk(client), written.now()
    renamed = written.patch(title=" 给老周的\n稿子 ", pinned=True)
    assert (renamed["title"], renamed["pinned"]) == ("给老周的 稿子", True)
    assert renamed == before | {"title": "给老周的 稿子", "pinned": True}, "neither is a change of the text"
    rows = client.get("/api/articles").json()["articles"]
    assert [(row["id"], row["title"], row["pinned"]) for row in rows][:1] == [(written.id, "给老周的 稿子", True)]
    assert [row["id"] for row in rows].index(other.id) == 1
    assert [hit["id"] for hit in client.get("/api/search", params={"q": "老周"}).json()["hits"]] == [written.id]
    assert written.patch() == renamed, "what is left out stays"
    assert written.patch(title=" ", pinned=False) == before, "without a name it has the title that it had"


def test_a_deleted_article_is_nowhere_until_it_is_restored(client: httpx2.Client) -> None:
    brief = "写一篇 300 字的短文，讲雁荡山。"
    desk = Desk(client, brief, seed=7)
    before = desk.job("write")
    assert client.delete(desk.path).status_code == 204
    check_refused(client.get(desk.path), 404, "article_not_found", "zh")
    check_refused(client.post(f"{desk.path}/open", json={}), 404, "article_not_found", "zh")
    check_refused(client.post(f"{desk.path}/write", json={}), 404, "article_not_found", "zh")
    check_refused(client.delete(desk.path), 404, "article_not_found", "zh")
    assert desk.id not in [row["id"] for row in client.get("/api/articles").json()["articles"]]
    assert desk.id not in [hit["id"] for hit in client.get("/api/search", params={"q": "雁荡山"}).json()["hits"]]
    again = client.post("/api/articles", json={"text": brief, "seed": 7, "resume": True}).json()
    assert (again["resumed"], again["id"] == desk.id) == (False, False)
    assert desk.post("restore") == before == desk.post("restore") == desk.now()


# ------------------------------------------------------------------------------------------------------------------------ jobs


def test_a_job_is_followed_like_a_generation(client: httpx2.Client) -> None:
    desk = Desk(client)
    job = desk.begin("write")
    seen, numbers, sections = [], [], []
    for kind, number, data in follow(client, job):
        seen.append(kind)
        if kind == "state":
            places = {"status", "queue_place", "section", "words", "target", "seconds_left", "done", "prompt_progress"}
            assert set(data) == places
            sections.append(data["section"])
        else:
            numbers.append(number)
    assert {"state", "text", "end"} <= set(seen) <= {"state", "text", "replace", "end"} and seen[-1] == "end"
    assert numbers == list(range(1, len(numbers) + 1))
    order = [None, *(section["id"] for section in desk.now()["sections"])]
    assert sections == sorted(sections, key=order.index), "one section after the other; a quick one may go by unseen"
    found, end = texts(follow(client, job))
    assert set(end) == JOB | {"article"}
    assert end["article"] == desk.now()
    assert (end["kind"], end["article_id"], end["status"], end["finish_reason"], end["text"]) == (
        *("write", desk.id, "finished", "stop"),
        desk.now()["text"],
    )
    assert client.get(f"/api/generations/{job}").json() == {key: end[key] for key in JOB}
    assert found == {}, "of a job that is over only the end is told"


def test_what_was_followed_is_what_is_kept(client: httpx2.Client) -> None:
    desk = Desk(client)
    found, end = texts(follow(client, desk.begin("write")))
    sections = {section["id"]: section["text"] for section in end["article"]["sections"]}
    assert {key: text[: len(sections[key or ""])] for key, text in found.items()} == sections
    assert [cost["section"] for cost in end["costs"]] == [None, *sections]
    assert all(cost["generated_tokens"] > 0 and cost["prompt_tokens"] > cost["cached_tokens"] for cost in end["costs"])
    assert end["timings"]["generated_tokens"] == sum(cost["generated_tokens"] for cost in end["costs"])


def test_stopping_a_job_that_is_over_changes_nothing(client: httpx2.Client, written: Desk) -> None:
    job = written.begin("title")
    whole_answer(client, job)
    before = client.get(f"/api/generations/{job}").json()
    assert client.delete(f"/api/generations/{job}").json() == before


def test_a_reader_that_comes_late_or_again_misses_nothing(client: httpx2.Client) -> None:
    desk = Desk(client)
    job = desk.begin("write")
    first: dict[int, Json] = {}
    with closing(follow(client, job)) as events:
        for kind, number, data in events:
            if kind in ("text", "replace") and number is not None:
                first[number] = data
            if len(first) == 5:
                break
    rest = {number: data for kind, number, data in follow(client, job, max(first)) if kind in ("text", "replace") and number}
    assert sorted(first) + sorted(rest) == list(range(1, len(first) + len(rest) + 1))
    whole = "".join(data["text"] for data in (*first.values(), *rest.values()))
    assert whole.startswith(desk.now()["sections"][0]["text"])


def test_an_order_is_found_again_where_it_says_so(client: httpx2.Client) -> None:
    order = {"text": "写一篇 300 字的短文，讲找回来的东西。", "seed": 3}
    first = client.post("/api/articles", json=order)
    assert (first.status_code, first.json()["resumed"]) == (201, False)
    again = client.post("/api/articles", json=order | {"resume": True}).json()
    assert again == {"id": first.json()["id"], "resumed": True}
    assert client.post("/api/articles", json=order).json()["id"] != first.json()["id"]
    assert client.post("/api/articles", json=order | {"resume": True, "seed": 4}).json()["resumed"] is False


def test_a_brief_is_kept_as_it_was_given(client: httpx2.Client) -> None:
    given = {
        "words": 500,
        "lang": "en",
        "seed": 11,
        "format": "prose",
        "style": "短句。",
        "glossary": "水：water",
        "characters": "阿宁：渔夫",
        "facts": "1997 年",
        "preset": "creative",
        "sampling": {"temperature": 0.9},
    }
    answer = client.post("/api/articles", json={"brief": "Write a story about a river, 500 words.", **given}).json()
    brief = client.get(f"/api/articles/{answer['id']}").json()["brief"]
    assert brief == {"text": "Write a story about a river, 500 words.", **given}
