"""What lies in the library, in the page on a real server: conversations named and pinned, words found in all of it, and a passage of an answer put
into an article. No model matters for it: the fake engine says what it is told to."""

import re
from collections.abc import Callable, Iterator

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
