"""An article in the page, on a real server with a fake engine: from the brief to the file, and through a pause, a reload and a power cut."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.articledesk import LIMIT_MS, Paper, han, with_edit
from tests.browser.hands import standing_still
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk, Json
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]
BRIEF = "写一篇讲江南山水的散文，从清晨写到黄昏。"
STEP_S = 0.008
PHONE = {"viewport": ViewportSize(width=390, height=844), "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("articles") / "data", step_s=STEP_S) as running:
        yield running


@pytest.fixture
def desk(hanmo: FakeHanmo) -> Iterator[Desk]:
    """An article that is planned: two sections, the first long enough to be looked at while it grows."""
    with hanmo.client() as client:
        yield planned(Desk(client, BRIEF, words=300, seed=7))


def planned(desk: Desk, words: int = 200) -> Desk:
    sections = [{"heading": "山色", "points": ["清晨"], "words": words}, {"heading": "水声", "points": ["黄昏"], "words": 60}]
    desk.put("plan", {"title": "山水之间", "headed": True, "sections": sections})
    return desk


def polished(desk: Desk) -> Json:
    """Written, and with edits proposed for its last section."""
    desk.job("write")
    return desk.job("polish", section=desk.now()["sections"][1]["id"])


def order(paper: Paper) -> None:
    paper.click("new-article")
    paper.its("article-brief").fill(BRIEF)
    paper.its("article-words").fill("1500")
    with standing_still(paper.page):
        paper.click("article-plan")
        expect(paper.its("ask-skip-all")).to_be_visible(timeout=LIMIT_MS)
    paper.click("ask-skip-all")  # for whom it is does not matter here
    expect(paper.its("plan-section").first).to_be_visible(timeout=LIMIT_MS)


def change_the_plan(paper: Paper) -> list[str]:
    """A heading changed, a section added and moved up, one removed, and all made short; the headings then."""
    old = [section["heading"] for section in paper.now()["plan"]["sections"]]
    assert len(old) >= 3
    paper.its("plan-heading").first.fill("清晨的山")
    paper.click("plan-remove", 1)
    for i in range(len(old) - 1):
        paper.its("plan-words").nth(i).fill("60" if i else "300")
    paper.click("plan-add")
    expect(paper.its("plan-heading").last).to_be_focused()
    paper.page.keyboard.type("黄昏归舟")
    paper.its("plan-points").last.fill("灯火\n归人")
    paper.its("plan-words").last.fill("80")
    paper.click("plan-up", len(old) - 1)
    expect(paper.its("plan-saved")).to_have_attribute("data-state", "saved")
    return ["清晨的山", *old[2:-1], "黄昏归舟", old[-1]]


def steer_and_reload(paper: Paper) -> str:
    """While the first section is written: a note for the next one, shorter, and the page is loaded anew; what it had seen."""
    paper.expect_state(0, "writing")
    paper.expect_state(1, "waiting")
    expect(paper.card(0)).to_contain_text(re.compile(r"\d+ / 300 字"))
    expect(paper.its("article-section-tail")).to_be_visible()
    paper.its("steer-note").fill("多写声音")
    paper.click("steer-send")
    expect(paper.card(1)).to_contain_text("多写声音")
    paper.click("steer-shorter")
    expect(paper.card(0)).not_to_contain_text("/ 300 字")
    seen = paper.wait_for_text(0, 60)
    paper.page.reload()
    expect(paper.card(1)).to_contain_text("多写声音")
    paper.wait_for_text(0, len(han(seen)))
    assert paper.section(0)["text"].startswith(seen)
    return seen


def settle_two(paper: Paper, hanmo: FakeHanmo) -> Json:
    """One edit taken, one left; the article as it was before."""
    with hanmo.still_after(5):
        paper.click("article-polish")
        expect(paper.its("article-pause")).to_be_visible()
    expect(paper.its("conversation-list")).to_contain_text("已完成")
    paper.wait_for_end()
    before = paper.now()
    first, second = before["edits"][:2]
    paper.page.locator(f"[data-edit='{first['id']}']").get_by_test_id("edit-accept").click()
    paper.page.locator(f"[data-edit='{second['id']}']").get_by_test_id("edit-reject").click()
    expect(paper.its("edits-counts")).to_contain_text("未改 1 处")
    paper.show("全文")
    paper.expect_shown(before["text"].replace(first["before"], first["after"]))
    after = paper.now()
    assert [edit["state"] for edit in after["edits"][:2]] == ["accepted", "rejected"]
    assert [section["text"] for section in after["sections"]] == with_edit(before, first)
    return before


def put_back(paper: Paper, before: Json) -> None:
    paper.show("版本")
    expect(paper.its("version")).to_have_count(len(paper.now()["revisions"]))
    paper.page.locator(f"[data-number='{before['revision']}']").click()
    paper.expect_shown(before["text"], "version-text")
    paper.click("version-restore")
    paper.expect_shown(before["text"])
    assert paper.now()["text"] == before["text"]


def rewrite(paper: Paper) -> None:
    """The second section in other words, taken over."""
    before = paper.now()
    paper.click("section-menu", 1)
    paper.its("section-instruction").fill("更口语一些")
    paper.click("rewrite-rephrase")
    card = paper.its("edit").filter(has_text="改写")
    expect(card).to_be_focused(timeout=LIMIT_MS)
    edit = paper.now()["edits"][-1]
    assert (edit["kind"], edit["section"]) == ("rewrite", before["sections"][1]["id"])
    card.get_by_test_id("edit-accept").click()
    expect(card).to_have_count(0)
    paper.show("全文")
    paper.expect_shown(before["text"].replace(edit["before"], edit["after"]))
    assert [section["text"] for section in paper.now()["sections"]] == with_edit(before, edit)


def test_an_article_from_the_brief_to_the_file(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    paper = Paper(open_page(), hanmo)
    order(paper)
    headings = change_the_plan(paper)
    assert [section["heading"] for section in paper.now()["plan"]["sections"]] == headings
    with hanmo.still_after(90):
        paper.click("article-write")
        expect(paper.its("article-section").locator(".heading")).to_have_text(headings)
        seen = steer_and_reload(paper)
    paper.wait_for_end()
    assert paper.section(0)["text"].startswith(seen)
    done = paper.now()
    assert {section["state"] for section in done["sections"]} <= {"written", "attention"}
    paper.expect_shown(done["text"])
    before = settle_two(paper, hanmo)
    put_back(paper, before)
    rewrite(paper)
    with paper.page.expect_download() as download:
        paper.click("article-download")
    now = paper.now()
    assert Path(download.value.path()).read_text("utf-8") == now["text"]
    assert download.value.suggested_filename == f"{now['title']}.md"
    expect(paper.its("conversation-list")).to_contain_text(re.compile(rf"{now['title']}\s*已完成"))


def test_an_article_pauses_and_goes_on(open_page: OpenPage, hanmo: FakeHanmo, desk: Desk) -> None:
    paper = Paper(open_page(f"/a/{desk.id}"), hanmo)
    expect(paper.its("conversation-list").locator("[aria-current]")).to_contain_text("提纲")
    with hanmo.still_after(60):
        paper.click("article-write")
        paper.wait_for_text(0)
        with paper.page.expect_response("**/pause"):
            paper.page.keyboard.press("Escape")
    expect(paper.its("article-progress")).to_contain_text("已暂停")
    expect(paper.card(0).get_by_test_id("article-section-state")).to_have_text("已暂停")
    paused = paper.now()
    assert (paused["state"], paused["job"]) == ("paused", None)
    expect(paper.its("article-section-tail")).to_contain_text(paused["sections"][0]["text"][-10:])
    paper.click("article-write")
    paper.wait_for_end()
    assert paper.section(0)["text"].startswith(paused["sections"][0]["text"])


def test_a_second_tab_sees_and_steers_what_the_first_one_began(open_page: OpenPage, hanmo: FakeHanmo, desk: Desk) -> None:
    planned(desk, words=2000)
    first, second = [Paper(open_page(f"/a/{desk.id}"), hanmo) for _ in range(2)]
    with hanmo.still_after(60):
        first.click("article-write")
        expect(second.its("article-pause")).to_be_visible(timeout=LIMIT_MS)
        second.expect_state(0, "writing")
        second.wait_for_text(0)
        with second.page.expect_response("**/steer"):
            second.click("steer-skip")
    for tab in (second, first):
        tab.wait_for_end()
        tab.expect_shown(tab.now()["text"])


def test_after_a_power_cut_the_page_goes_on_where_the_text_stopped(open_page: OpenPage, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with FakeHanmo(data_dir, step_s=0.03) as server, server.wait_ready().client() as client:
        desk = planned(Desk(client, BRIEF, words=300, seed=7))
        paper = Paper(open_page(f"/a/{desk.id}", at=server, expected="net::ERR_"), server)
        with server.still_after(110):
            paper.click("article-write")
            seen = paper.wait_for_text(0, 80)
            port = server.url.rsplit(":", 1)[-1]
            server.kill()
    expect(paper.its("status-line")).to_contain_text("连不上服务", timeout=LIMIT_MS)
    with FakeHanmo(data_dir, "--port", port, step_s=STEP_S) as server:
        paper = Paper(paper.page, server.wait_ready())
        expect(paper.its("article-progress")).to_contain_text("已暂停", timeout=LIMIT_MS)
        kept = paper.section(0)["text"]
        assert kept.strip() and (kept.startswith(seen) or seen.startswith(kept))
        expect(paper.its("article-section-tail")).to_contain_text(kept.strip()[-10:])
        paper.click("article-write")
        paper.wait_for_end()
        assert paper.section(0)["text"].startswith(kept.rstrip())
        paper.expect_shown(paper.now()["text"])


def test_edits_are_settled_by_keyboard_alone(open_page: OpenPage, hanmo: RunningHanmo, desk: Desk) -> None:
    edits = polished(desk)["edits"]
    assert len(edits) >= 3
    page = open_page(f"/a/{desk.id}")
    expect(page.get_by_test_id("article-text")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if "修改" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    cards = page.get_by_test_id("edit")
    expect(cards).to_have_count(len(edits))
    while not page.evaluate("document.activeElement.matches('[data-edit]')"):
        page.keyboard.press("Tab")
    page.keyboard.press("j")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("a")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(cards.first).to_be_focused()
    page.keyboard.press("r")
    expect(cards).to_have_count(len(edits) - 2)
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_test_id("edits-empty")).to_be_visible()
    expect(page.get_by_test_id("edits-counts")).to_contain_text(f"已接受 {len(edits) - 1} 处")
    assert [edit["state"] for edit in desk.now()["edits"]] == ["rejected"] + ["accepted"] * (len(edits) - 1)


def test_article_pages_fit_a_phone(open_page: OpenPage, hanmo: FakeHanmo, desk: Desk) -> None:
    paper = Paper(open_page("/", **PHONE), hanmo)
    paper.page.locator("button.drawer").click()
    paper.click("new-article")
    paper.its("article-brief").fill(BRIEF + "https://example.invalid/" + "a" * 80)
    paper.expect_it_fits()
    paper = Paper(open_page(f"/a/{desk.id}", **PHONE), hanmo)
    expect(paper.its("plan-section")).to_have_count(2)
    paper.expect_it_fits()
    with hanmo.still_after(60):
        paper.click("article-write")
        paper.wait_for_text(0)
        paper.expect_it_fits()
    paper.wait_for_end()
    desk.job("polish")
    desk.job("title")
    for view, shown in {
        "提纲": "plan-section",
        "各节": "article-section",
        "全文": "text-section",
        "修改": "edit",
        "版本": "version",
    }.items():
        paper.show(view)
        expect(paper.its(shown).first).to_be_visible()
        paper.expect_it_fits()
    paper.show("全文")
    paper.click("section-menu")
    expect(paper.its("section-dialog")).to_be_visible()
    paper.expect_it_fits()
