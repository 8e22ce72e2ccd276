"""The page on every screen, on a real server: an empty house, a tablet, a phone, and colours that the system forces. No model matters for it, so the
engine is the fake one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.test_manuscript import TEXT, editor
from tests.browser.test_writing import ask, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk
from tests.running import whole_answer

OpenPage = Callable[..., Page]
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": ViewportSize(width=390, height=844), "has_touch": True, "is_mobile": True},
    "tablet": {"viewport": ViewportSize(width=820, height=1180), "has_touch": True, "is_mobile": True},
}
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("screens") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def desk(hanmo: FakeHanmo) -> Iterator[Desk]:
    with hanmo.client() as client:
        yield Desk.opened(client, TEXT)


def test_an_empty_house_says_what_is_empty_and_how_to_begin(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> None:
    with fake_staying_up(tmp_path_factory.mktemp("empty") / "data") as empty:
        page = open_page(at=empty)
        expect(page.get_by_test_id("conversation-list")).to_have_text("还没有会话和文稿。")
        page.get_by_test_id("search").fill("茶香")
        expect(page.get_by_text("没有找到“茶香”。")).to_be_visible()
        page.get_by_test_id("search").press("Escape")
        page.locator(".examples button").first.click()
        expect(page.get_by_test_id("input")).not_to_have_value("")
        page.get_by_test_id("templates").click()
        page.get_by_test_id("template-search").fill("没有这样的模板")
        expect(page.get_by_text("没有找到。换个词，或者新建一个。")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_on_a_small_screen_a_text_is_asked_for_found_in_the_drawer_and_edited(
    open_page: OpenPage, hanmo: FakeHanmo, desk: Desk, screen: str
) -> None:
    page = open_page("/", **SCREENS[screen])
    library = page.locator("aside.library")
    expect(library).not_to_be_in_viewport()
    ask(page, "写两句关于船的诗。")
    wait_for_end(page)
    assert page.evaluate(FITS)
    page.get_by_test_id("params-toggle").tap()
    expect(page.locator("dialog#parameters")).to_be_visible()
    page.get_by_test_id("preset-creative").tap()
    assert page.evaluate(FITS)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("params-toggle")).to_have_text("创作")

    page.locator("button.drawer").tap()
    expect(library).to_be_in_viewport()
    page.locator(f"[data-row='{desk.id}'] a").tap()
    expect(library).not_to_be_in_viewport()
    content = editor(page)
    for name in ("outline", "findings"):
        page.get_by_test_id(f"{name}-toggle").tap()
        assert page.evaluate(FITS)
        page.get_by_test_id(f"{name}-toggle").tap()
    content.get_by_text("钟声从对岸传来。").tap()
    page.keyboard.press("End")
    page.keyboard.insert_text("船回来了。")
    expect(page.get_by_test_id("manuscript-saved")).to_have_attribute("data-state", "saved")
    expect(content).to_contain_text("船回来了。")
    assert page.evaluate(FITS)


LOOK = """(el) => {
  const { backgroundColor, color, outlineStyle } = getComputedStyle(el);
  return [...[backgroundColor, color].map((one) => one.match(/\\d+/g).slice(0, 3).join()), outlineStyle];
}"""


def look(of: Locator) -> list[str]:
    """Its ground, its ink and its outline: what tells it from its neighbours where colours are not the page's own."""
    return list(of.evaluate(LOOK))


def test_where_the_system_forces_its_colours_what_is_chosen_and_how_far_it_is_can_still_be_seen(
    open_page: OpenPage, hanmo: FakeHanmo, desk: Desk
) -> None:
    with hanmo.client() as client:
        whole_answer(client, hanmo.send(client, "一个旧的会话")["generation_id"])
    page = open_page("/", forced_colors="active", reduced_motion="reduce")
    page.get_by_test_id("tour-skip").click()
    page.get_by_test_id("params-toggle").click()
    page.get_by_test_id("preset-code").click()
    chosen, other = page.get_by_test_id("preset-code"), page.get_by_test_id("preset-qa")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("input").focus()
    assert look(chosen) != look(other)
    composer = page.locator("form.composer")
    assert look(composer)[2] != "none", "the field that has the focus is seen"
    page.get_by_test_id("search").focus()
    assert look(composer)[2] == "none"

    page.locator(f"[data-row='{desk.id}'] a").click()
    expect(page.locator(f"[data-row='{desk.id}'] a")).to_have_attribute("aria-current", "page")
    page.get_by_test_id("search").focus()
    assert look(page.locator(f"[data-row='{desk.id}'] a")) != look(
        page.locator("[data-testid=conversation-list] a:not([aria-current])").first
    )
    views = page.locator("main header .segments button")
    assert look(views.and_(page.locator("[aria-pressed=true]")).first) != look(
        views.and_(page.locator("[aria-pressed=false]")).first
    )
    bar = page.get_by_test_id("article-progress").get_by_role("progressbar").first
    assert look(bar.locator("div"))[0] != look(bar)[0]
