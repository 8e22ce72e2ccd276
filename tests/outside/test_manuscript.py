"""The whole text over HTTP: one PUT, sections that follow it, and a second writer who loses nothing."""

from collections.abc import Iterator

import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk
from tests.outside.conftest import check_refused

TEXT = "# 山水\n\n## 清晨\n\n雾起了，🍵𠮷。\n\n## 黄昏\n\n钟响了。\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("manuscript") / "data", step_s=0.01) as running:
        yield running


@pytest.fixture
def desk(server: FakeHanmo) -> Iterator[Desk]:
    with server.client() as client:
        desk = Desk(client)
        sections = [{"heading": "清晨", "points": ["雾"], "words": 100}, {"heading": "黄昏", "words": 100}]
        desk.put("plan", {"title": "山水", "sections": sections})
        yield desk


def test_the_whole_text_is_saved_and_read_back(desk: Desk) -> None:
    article = desk.put("text", {"text": TEXT, "base_revision": desk.now()["revision"]})
    assert (article["text"], article["state"]) == (TEXT, "done")
    assert [(s["id"], s["text"], s["state"]) for s in article["sections"]] == [
        ("s1", "雾起了，🍵𠮷。", "written"),
        ("s2", "钟响了。", "written"),
    ]
    more = TEXT.replace("## 黄昏", "## 正午\n\n日头高了。\n\n## 傍晚")
    article = desk.put("text", {"text": more, "base_revision": article["revision"]})
    assert article["text"] == more == desk.now()["text"]
    assert [(s["id"], s["heading"]) for s in article["plan"]["sections"]] == [("s1", "清晨"), ("s3", "正午"), ("s2", "傍晚")]
    saved = [r for r in article["revisions"] if r["kind"] == "edited"]
    assert len(saved) == 1, "the saves of a sitting are told as one"
    older = desk.client.get(f"{desk.path}/revisions/{article['revision'] - 1}").raise_for_status().json()
    assert older["text"] == TEXT


def test_a_text_that_is_there_already_is_opened_as_an_article(server: FakeHanmo) -> None:
    with server.client() as client:
        made = client.post("/api/articles/open", json={"text": TEXT, "name": "旧稿"})
        assert made.status_code == 201
        article = client.get(f"/api/articles/{made.json()['id']}").raise_for_status().json()
        assert (article["text"], article["title"], article["state"]) == (TEXT, "山水", "done")
        assert [(s["heading"], s["state"]) for s in article["sections"]] == [("清晨", "written"), ("黄昏", "written")]
        assert [r["kind"] for r in article["revisions"]] == ["edited"]
        assert article["findings"] == [], "nobody asked for a length, and a title is no order"
        plan = article["plan"] | {"title": "不少于 800 字的山水，不要用“雾”"}
        named = client.put(f"/api/articles/{article['id']}/plan", json=plan)
        assert named.status_code == 200, "though a section is shorter than one that is to be written"
        assert named.json()["findings"] == []
        plain = client.post("/api/articles/open", json={"text": "没有标题的一段。", "name": "旧稿"}).raise_for_status().json()
        assert client.get(f"/api/articles/{plain['id']}").json()["title"] == "旧稿"
        for body, code in (
            ({"text": " \n"}, "manuscript_empty"),
            ({"text": "好" * 300_001}, "invalid_field"),
            ({"name": "旧稿"}, "missing_field"),
            ({"text": "好。", "words": 100}, "unknown_field"),
        ):
            check_refused(client.post("/api/articles/open", json=body), 422, code, "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_second_of_two_writers_is_told_what_stands_there(lang: str, desk: Desk) -> None:
    base = desk.put("text", {"text": TEXT, "base_revision": desk.now()["revision"]})["revision"]
    first = desk.put("text", {"text": TEXT.replace("雾起", "雾散"), "base_revision": base})
    mine = {"text": TEXT.replace("钟响", "钟停"), "base_revision": base}
    answer = desk.client.put(f"{desk.path}/text", json=mine, headers={"Accept-Language": lang})
    body = check_refused(answer, 409, "article_changed", lang)
    assert body["params"] == {"revision": first["revision"], "text": first["text"]}
    assert desk.now() == first
    assert desk.put("text", mine | {"base_revision": body["params"]["revision"]})["text"] == mine["text"]


def test_while_the_model_writes_the_text_is_its_own(desk: Desk) -> None:
    job = desk.write_until(section=0)
    answer = desk.client.put(f"{desk.path}/text", json={"text": TEXT, "base_revision": desk.now()["revision"]})
    check_refused(answer, 409, "article_writing", "zh")
    desk.post("pause")
    assert desk.client.get(f"/api/generations/{job}").json()["finish_reason"] == "cancelled"
    assert desk.put("text", {"text": TEXT, "base_revision": desk.now()["revision"]})["text"].startswith(TEXT)


def test_a_hundred_thousand_characters_are_saved(desk: Desk) -> None:
    text = "# 长篇\n\n" + "\n\n".join(f"## 第{n}章\n\n" + f"第{n}章里有{n}盏灯，都亮着。" * 190 for n in range(40)) + "\n"
    assert len(text) > 90_000
    article = desk.put("text", {"text": text, "base_revision": desk.now()["revision"]})
    assert article["text"] == text


def test_a_text_goes_on_and_is_changed_as_the_writer_says(desk: Desk) -> None:
    desk.put("text", {"text": TEXT, "base_revision": desk.now()["revision"]})
    article = desk.job("sections/s2/rewrite", kind="continue")
    (edit,) = [edit for edit in article["edits"] if edit["state"] == "proposed"]
    assert edit["before"] == "钟响了。" and edit["after"].startswith("钟响了。") and len(edit["after"]) > 40
    article = desk.job("sections/s1/rewrite", kind="own", instruction="写得长些", start=0, end=4)
    assert [edit["before"] for edit in article["edits"] if edit["section"] == "s1"] == ["雾起了，"]
