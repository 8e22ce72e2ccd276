"""The whole text in the page on a real server with the real 0.5B: edited and read again, in two tabs, and said in another way by the model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.articledesk import LIMIT_MS
from tests.outside.articles import Desk
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]
LINE = "清晨的湖面上起了一层薄雾，岸边的柳树看不清楚。老人把船推进水里，慢慢地划向湖心。"
RECORD = """() => {
  const states = [];
  new MutationObserver(() => {
    const now = document.querySelector('[data-testid=manuscript-saved]')?.dataset.state;
    if (now && now !== states.at(-1)) states.push(now);
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] });
  return states;
}"""
TEXT = f"# 湖上\n\n## 清晨\n\n{LINE}\n\n## 黄昏\n\n钟声从对岸传来。\n"


@pytest.fixture
def desk(hanmo: RunningHanmo) -> Iterator[Desk]:
    """An article that its writer wrote."""
    with hanmo.client() as client:
        desk = Desk(client, "写一篇讲湖的短文。", words=200, seed=7)
        desk.put("text", {"text": TEXT, "base_revision": 0})
        yield desk


def editor(page: Page) -> Locator:
    """The open editor."""
    page.locator(".manuscript-bar").get_by_text("编辑", exact=True).click()
    expect(page.get_by_test_id("manuscript-editor")).to_have_attribute("data-ready", "true")
    return page.get_by_test_id("manuscript")


def expect_saved(page: Page, state: str = "saved") -> None:
    expect(page.get_by_test_id("manuscript-saved")).to_have_attribute("data-state", state, timeout=LIMIT_MS)


@contextmanager
def saving(page: Page) -> Iterator[None]:
    """What is done in it changes the text: that is shown as changed, however short, and in the end as saved."""
    shown = page.evaluate_handle(RECORD)
    yield
    page.wait_for_function("states => states.includes('changed') && states.at(-1) === 'saved'", arg=shown, timeout=LIMIT_MS)


def write(page: Page, text: str) -> None:
    """At the end of the text, until it is saved."""
    page.get_by_test_id("manuscript").press("Control+End")
    with saving(page):
        page.keyboard.insert_text(text)


def test_the_whole_text_is_edited_and_there_again_after_a_reload(open_page: OpenPage, desk: Desk) -> None:
    page = open_page(f"/a/{desk.id}")
    expect(editor(page)).to_contain_text("钟声从对岸传来。")
    write(page, "\n## 夜\n\n　　灯都熄了。")
    now = desk.now()
    assert now["text"] == TEXT + "\n## 夜\n\n　　灯都熄了。\n"
    assert [section["heading"] for section in now["sections"]] == ["清晨", "黄昏", "夜"]
    page.reload()
    expect(page.get_by_test_id("manuscript")).to_contain_text("灯都熄了。")
    page.locator(".manuscript-bar").get_by_text("阅读", exact=True).click()
    expect(page.get_by_test_id("article-text")).to_contain_text("灯都熄了。")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_tabs_meet_and_nothing_of_either_is_lost(open_page: OpenPage, desk: Desk) -> None:
    first, second = [open_page(f"/a/{desk.id}", expected="409|ERR_FAILED") for _ in range(2)]
    for page in (first, second):
        editor(page)
    second.route(f"**/api/articles/{desk.id}", lambda route: route.abort() if route.request.method == "GET" else route.continue_())
    write(first, "甲在这里写。")
    second.get_by_test_id("manuscript").press("Control+Home")
    second.keyboard.press("End")
    second.keyboard.insert_text("（乙）")
    expect_saved(second, "conflict")
    sides = second.get_by_test_id("conflict").locator(".cm-content")
    expect(sides.first).to_contain_text("甲在这里写。")
    expect(sides.last).to_contain_text("湖上（乙）")
    second.get_by_test_id("conflict").locator(".cm-merge-revert button").last.click()
    second.get_by_test_id("conflict-mine").click()
    expect_saved(second)
    assert desk.now()["text"].startswith("# 湖上（乙）\n") and "甲在这里写。" in desk.now()["text"]
    expect(first.get_by_test_id("manuscript")).to_contain_text("湖上（乙）", timeout=LIMIT_MS)


def test_what_the_model_says_in_another_way_is_taken_and_undone(open_page: OpenPage, desk: Desk) -> None:
    page = open_page(f"/a/{desk.id}")
    text = editor(page)
    text.get_by_text(LINE).click(click_count=3)
    page.get_by_test_id("selection-continue").click()
    expect(page.get_by_test_id("suggestion-live")).to_contain_text("。", timeout=2 * LIMIT_MS)
    expect(page.get_by_test_id("suggestion")).to_have_count(1, timeout=2 * LIMIT_MS)
    assert desk.now()["text"] == TEXT, "nothing changes until it is taken"
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_test_id("suggestion")).to_have_count(0)
    expect_saved(page)
    page.wait_for_function("() => !document.querySelector('[data-testid=manuscript-saved]').matches('.changed, .saving')")
    taken = desk.now()
    assert taken["sections"][0]["text"].startswith(LINE) and len(taken["sections"][0]["text"]) > len(LINE) + 40
    assert taken["revisions"][0]["kind"] in ("rewritten", "edited")
    with saving(page):
        page.keyboard.press("Control+z")
    assert desk.now()["text"] == TEXT
