"""What lies in the library, in the page on a real server: conversations and articles named, pinned and deleted, words found in all of it, and a
passage of an answer put into an article. No model matters for it: the fake engine says what it is told to."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.articledesk import LIMIT_MS
from tests.browser.test_manuscript import TEXT
from tests.browser.test_writing import answer, ask, prose, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import dictate
from tests.outside.articles import Desk
from tests.running import whole_answer

OpenPage = Callable[..., Page]
GONE = "404|ERR_CONNECTION_REFUSED"
"""The article, and in the end the server, before the page is."""


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("library") / "data") as running:
        yield running


def row(page: Page, title: str) -> Locator:
    return page.get_by_test_id("conversation-list").locator("li").filter(has_text=title).first


def from_menu(page: Page, title: str, item: str) -> None:
    row(page, title).hover()
    row(page, title).get_by_test_id("row-menu").click()
    page.get_by_test_id(item).click()


def test_a_conversation_is_named_pinned_and_so_found_again(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    with hanmo.client() as client:
        for text in ("江南的春天", "塞外的秋天"):
            whole_answer(client, hanmo.send(client, text)["generation_id"])
    page = open_page()
    from_menu(page, "江南", "row-rename")
    page.get_by_test_id("title-field").fill("水乡")
    page.get_by_test_id("title-field").press("Enter")
    expect(row(page, "水乡")).to_be_visible()
    from_menu(page, "水乡", "row-pin")
    expect(page.get_by_test_id("conversation-list").get_by_role("heading", name="置顶")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("conversation-list").locator("li").first).to_contain_text("水乡")
    row(page, "水乡").locator("a").click()
    expect(page.get_by_test_id("desk-title")).to_have_text("水乡")
    expect(page.get_by_test_id("message-user")).to_have_text("江南的春天")
    from_menu(page, "水乡", "row-pin")
    expect(page.get_by_test_id("conversation-list").get_by_role("heading", name="置顶")).to_have_count(0)


def test_an_article_is_named_pinned_deleted_while_it_is_written_and_brought_back(open_page: OpenPage, tmp_path: Path) -> None:
    with fake_staying_up(tmp_path / "data", step_s=0.01) as slow, slow.client() as client:
        whole_answer(client, slow.send(client, "塞外的秋天")["generation_id"])
        desk = Desk(client, "写一篇 2000 字的散文，讲江南的山水。")
        desk.write_until(section=0, num_texts=40)
        page = open_page(f"/a/{desk.id}", at=slow, expected=GONE)
        from_menu(page, desk.now()["title"], "row-rename")
        page.get_by_test_id("title-field").fill("给老周的稿子")
        page.get_by_test_id("title-field").press("Enter")
        expect(page.get_by_test_id("desk-title")).to_have_text("给老周的稿子")
        expect(page).to_have_title(re.compile("^给老周的稿子"))
        from_menu(page, "给老周", "row-pin")
        expect(page.get_by_test_id("conversation-list").get_by_role("heading", name="置顶")).to_be_visible()
        expect(page.get_by_test_id("conversation-list").locator("li").first).to_contain_text("给老周的稿子")
        other = open_page(f"/a/{desk.id}", at=slow, expected=GONE)
        expect(other.get_by_test_id("desk-title")).to_have_text("给老周的稿子")
        page.bring_to_front()
        from_menu(page, "给老周", "row-delete")
        expect(page.get_by_test_id("offer")).to_contain_text("文稿已删除")
        expect(row(page, "给老周")).to_have_count(0)
        assert page.url == f"{slow.url}/"
        assert client.get(desk.path).status_code == 404
        expect(other.get_by_text("找不到这篇文稿").first).to_be_visible()
        page.get_by_test_id("offer-take").click()
        page.wait_for_url(re.compile(f"/a/{desk.id}"))
        expect(page.get_by_test_id("desk-title")).to_have_text("给老周的稿子")
        back = desk.now()
        assert (back["state"], back["pinned"], back["sections"][0]["text"][-1:]) == ("paused", True, "。")
        expect(page.get_by_test_id("article-write")).to_be_visible()


def test_a_passage_of_an_answer_goes_into_an_article_and_two_characters_find_it_in_both(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
        page = open_page()
        ask(page, dictate("灯塔在雾里亮着。\n\n守塔人数着船。"))
        wait_for_end(page)
        prose(page).get_by_text("灯塔在雾里亮着。").click(click_count=3)
        page.get_by_test_id("passage-pick").click()
        expect(page.get_by_test_id("passage-text")).to_have_value("灯塔在雾里亮着。")
        page.get_by_test_id("passage-article").select_option(desk.id)
        page.get_by_test_id("passage-section").select_option(label="2 · 黄昏")
        page.get_by_test_id("passage-place").click()
        expect(page.get_by_test_id("offer")).to_contain_text("已放进《湖上》")
        assert desk.now()["sections"][1]["text"].endswith("灯塔在雾里亮着。")
        page.get_by_test_id("offer-take").click()
        page.wait_for_url(re.compile(f"/a/{desk.id}"))
        expect(page.get_by_text("灯塔在雾里亮着。").first).to_be_visible(timeout=LIMIT_MS)

        page.get_by_test_id("search").fill("灯塔")
        expect(page.locator("[data-kind=section] mark").first).to_have_text("灯塔")
        page.locator("[data-kind=message]").first.click()
        expect(answer(page)).to_contain_text("守塔人数着船。")
        page.get_by_test_id("search").fill("雾里")
        expect(page.locator("[data-kind=section] mark").first).to_have_text("雾里")
        page.locator("[data-kind=section]").first.click()
        page.wait_for_url(re.compile(f"/a/{desk.id}"))

        page.goto(hanmo.url + "/")
        row(page, "照着写").locator("a").click()
        page.get_by_test_id("to-article").click()
        page.get_by_test_id("passage-article").select_option(label="新的文稿")
        page.get_by_test_id("passage-place").click()
        expect(page.get_by_test_id("offer")).to_contain_text("已放进")
        page.get_by_test_id("offer-take").click()
        page.wait_for_url(re.compile(r"/a/\w"))
        expect(page.get_by_text("守塔人数着船。").first).to_be_visible(timeout=LIMIT_MS)
