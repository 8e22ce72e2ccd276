"""A piece of work by keyboard alone, in the page on a real server: from the list of what was written, over palette and parameters, to the editor.
Every single function is walked so against the scripted server (`ui/tests/keyboard.test.ts`)."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.articledesk import LIMIT_MS
from tests.browser.hands import Keys
from tests.browser.test_editor import expect_kept
from tests.browser.test_manuscript import TEXT
from tests.browser.test_writing import wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk
from tests.running import whole_answer

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("keyboard") / "data") as running:
        yield running


def test_an_old_conversation_is_pinned_a_new_one_is_begun_with_other_parameters_and_an_article_is_changed(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    with hanmo.client() as client:
        old = hanmo.send(client, "江南的春天")
        whole_answer(client, old["generation_id"])
        desk = Desk.opened(client, TEXT)
        page = open_page()
        keys = Keys(page)
        keys.holds("input")

        # The list: a conversation is pinned, and opened.
        keys.use(f"[data-row='{old['conversation']}'] [data-testid=row-menu]", step="Shift+Tab")
        keys.holds("row-rename")
        keys.press("ArrowDown", "Enter")
        expect(page.get_by_test_id("conversation-list").get_by_role("heading", name="置顶")).to_be_visible()
        assert client.get(f"/api/conversations/{old['conversation']}").json()["pinned"]
        keys.use(f"[data-row='{old['conversation']}'] a")
        expect(page.get_by_test_id("message-user")).to_have_text("江南的春天")

        # The palette: a new conversation, and its parameters.
        keys.press("Control+k")
        keys.holds("palette-query")
        keys.type("新会话")
        keys.press("Enter")
        keys.holds("input")
        keys.type("写一句关于雨的话。")
        keys.use("params-toggle")
        keys.use("preset-creative")
        keys.to("[data-testid=knob-temperature] input[type=range]")
        keys.press("ArrowRight")
        expect(page.get_by_test_id("params-toggle")).to_have_text("创作 · 改了 1 项")
        keys.to("input", "Shift+Tab")
        keys.press("Enter")
        wait_for_end(page)
        keys.use("regenerate")
        expect(page.get_by_test_id("versions")).to_contain_text("2 / 2", timeout=LIMIT_MS)
        wait_for_end(page)

        # The list again: an article, and its editor.
        keys.use(f"[data-row='{desk.id}'] a")
        keys.use(".manuscript-bar .segments button:first-child")
        keys.to("manuscript")
        keys.press("Control+Home", *["ArrowDown"] * 4, *["Shift+ArrowRight"] * 5)
        expect(page.get_by_test_id("manuscript-selected")).to_have_text("已选 5 字")
        keys.press("Control+Enter")
        keys.to("selection-instruction")
        keys.type("改成“傍晚的湖面”")
        keys.press("Enter")
        expect(page.get_by_test_id("suggestion")).to_have_count(1, timeout=LIMIT_MS)
        keys.holds("manuscript")
        keys.press("Alt+y")
        expect_kept(page, desk, TEXT.replace("清晨的湖面", "傍晚的湖面"))
        keys.press("Control+z")
        expect_kept(page, desk, TEXT)
        keys.press("Control+End")
        keys.type("灯都熄了。")
        keys.use("focus-enter", step="Shift+Tab")
        keys.holds("manuscript")
        keys.press("Escape")
        expect(page.locator(".library")).to_be_visible()
        expect_kept(page, desk, TEXT.rstrip("\n") + "\n灯都熄了。\n")
