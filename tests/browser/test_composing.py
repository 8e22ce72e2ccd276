"""Chinese is typed with an input method, in the page on a real server: what it composes disturbs nothing, its Enter sends nothing and ends nothing,
and what was composed is kept. No model matters for it, so the engine is the fake one."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import InputMethod
from tests.browser.test_manuscript import TEXT, editor, saving
from tests.browser.test_writing import wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("composing") / "data") as running:
        yield running


def test_a_question_is_composed_kept_over_a_reload_and_sent_by_the_writers_own_enter(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    field, method, sent = page.get_by_test_id("input"), InputMethod(page), list[str]()
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/messages") else None)
    field.focus()
    method.compose("x", "xi", "xi hu")
    method.enter()
    expect(field).to_have_value("xi hu")
    method.commit("西湖")
    method.enter()  # some browsers end the composition before they tell of the key
    expect(field).to_have_value("西湖")
    page.reload()
    expect(field).to_have_value("西湖")
    field.press("End")
    method.compose("d", "de chun tian")
    method.commit("的春天")
    method.enter()
    expect(field).to_have_value("西湖的春天")
    assert sent == []
    field.press("Enter")
    wait_for_end(page)
    expect(page.get_by_test_id("message-user")).to_have_text("西湖的春天")

    page.get_by_test_id("desk-title").click()
    title = page.get_by_test_id("title-field")
    title.press("Control+a")
    method.compose("chun")
    method.enter()
    expect(title).to_be_visible()
    method.commit("春游")
    title.press("Enter")
    expect(page.get_by_test_id("conversation-list")).to_contain_text("春游")


def test_what_is_composed_into_a_field_a_search_and_the_palette_acts_only_once_it_is_done(open_page: OpenPage) -> None:
    page = open_page()
    method, asked = InputMethod(page), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_test_id("brief-toggle").click()
    role = page.get_by_test_id("brief-role")
    role.focus()
    method.compose("bian", "bian ji")
    method.enter()
    method.commit("编辑")
    method.enter()
    expect(role).to_have_value("编辑")
    page.reload()
    expect(role).to_have_value("编辑")
    page.get_by_test_id("brief-clear").click()

    search = page.get_by_test_id("search")
    search.focus()
    method.compose("xi", "xi hu")
    expect(search).to_have_value("xi hu")
    method.commit("雪山")
    expect(page.get_by_text("没有找到“雪山”")).to_be_visible()
    search.press("Escape")

    page.keyboard.press("Control+k")
    query = page.get_by_test_id("palette-query")
    expect(query).to_be_focused()
    method.compose("mo", "mo ban")
    method.enter()
    expect(page.get_by_test_id("palette")).to_be_visible()
    method.commit("模板库")
    method.enter()
    expect(page.get_by_test_id("palette")).to_be_visible()
    query.press("Enter")
    expect(page.get_by_test_id("template-list")).to_be_visible()
    assert [url for url in asked if url.endswith("/messages") or "xi%20hu" in url or "xi+hu" in url] == []


def test_an_article_is_composed_in_the_editor_saved_and_there_after_a_reload(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
        page = open_page(f"/a/{desk.id}")
        content, method = editor(page), InputMethod(page)
        content.press("Control+End")
        before = content.locator(".cm-line").count()
        with saving(page):
            method.compose("c", "cha", "cha xiang")
            expect(content).to_contain_text("cha xiang")
            method.enter()
            method.commit("茶香")
        assert content.locator(".cm-line").count() == before
        assert desk.now()["text"] == TEXT.rstrip("\n") + "\n茶香\n"
        with saving(page):
            content.press("Enter")
            method.compose("hu", "hu shang")
            method.commit("湖上")
        page.reload()
        expect(page.get_by_test_id("manuscript")).to_contain_text("茶香")
        assert desk.now()["text"].endswith("茶香\n湖上\n")
