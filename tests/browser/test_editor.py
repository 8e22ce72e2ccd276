"""A text is worked over in the editor, in the page on a real server: said in every other way there is, change by change, looked at from all sides,
and its versions compared. That a model writes is shown in test_manuscript.py; here the fake engine says what it is told to."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.articledesk import LIMIT_MS, Paper
from tests.browser.hands import select
from tests.browser.test_manuscript import LINE, TEXT, editor, expect_saved, write
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import ENGLISH
from tests.outside.articles import Desk

OpenPage = Callable[..., Page]
FETCHED = "async (path) => (await fetch(path)).json()"
WAYS = {"expand": "扩写", "shorten": "缩写", "rephrase": "改写", "continue": "续写", "translate": "翻译", "tone": "换语气"}


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("editor") / "data", step_s=0.004) as running:
        yield running


@pytest.fixture
def desk(hanmo: FakeHanmo) -> Iterator[Desk]:
    with hanmo.client() as client:
        yield Desk.opened(client, TEXT)


def ended(page: Page) -> None:
    """The model proposes nothing any more, and what was taken is saved."""
    expect(page.get_by_test_id("suggestion")).to_have_count(0)
    expect_saved(page)


def test_a_passage_is_said_in_each_of_six_ways_and_each_is_taken_or_left(open_page: OpenPage, hanmo: FakeHanmo, desk: Desk) -> None:
    page = open_page(f"/a/{desk.id}")
    content = editor(page)
    for kind, name in WAYS.items():
        select(content, LINE)
        button = page.get_by_test_id(f"selection-{kind}")
        expect(button).to_have_text(name)
        with hanmo.still_after(8):
            button.click()
            expect(page.get_by_test_id("suggestion-live")).to_contain_text(re.compile(r"\S{4}"), timeout=LIMIT_MS)
        expect(page.get_by_test_id("suggestion").first).to_be_visible(timeout=LIMIT_MS)
        assert desk.now()["text"] == TEXT
        if kind in ("rephrase", "tone"):
            page.keyboard.press("Escape")
            ended(page)
        else:
            page.keyboard.press("Alt+Enter")
            expect(page.get_by_test_id("suggestion")).to_have_count(0)
            now = taken(page, desk)
            assert {
                "expand": len(now) > 1.3 * len(LINE),
                "shorten": len(now) < 0.8 * len(LINE),
                "continue": now.startswith(LINE) and len(now) > len(LINE) + 40,
                "translate": now == ENGLISH,
            }[kind], now
            content.press("Control+z")
        expect(content).to_contain_text(LINE)
        expect_kept(page, desk, TEXT)


def taken(page: Page, desk: Desk) -> str:
    """The first section's text once it is another one on the server."""
    page.wait_for_function(f"async ([path, old]) => (await ({FETCHED})(path)).sections[0].text !== old", arg=[desk.path, LINE])
    return str(desk.now()["sections"][0]["text"])


def expect_kept(page: Page, desk: Desk, text: str) -> None:
    """The server has this text, at last."""
    page.wait_for_function(f"async ([path, text]) => (await ({FETCHED})(path)).text === text", arg=[desk.path, text])


def test_an_instruction_of_ones_own_comes_back_as_changes_one_is_taken_and_one_left(open_page: OpenPage, desk: Desk) -> None:
    page = open_page(f"/a/{desk.id}")
    content = editor(page)
    select(content, LINE)
    page.get_by_test_id("selection-instruction").fill(f"改成“{LINE.replace('薄雾', '大雾').replace('老人', '渔夫')}”")
    page.get_by_test_id("selection-instruction").press("Enter")
    changes = page.get_by_test_id("suggestion")
    expect(changes).to_have_count(2, timeout=LIMIT_MS)
    expect(content.locator(".cm-gone").first).to_be_visible()
    page.get_by_test_id("suggestion-accepted").first.click()
    expect(changes).to_have_count(1)
    page.get_by_test_id("suggestion-rejected").first.click()
    ended(page)
    expect_kept(page, desk, TEXT.replace("薄雾", "大雾"))
    content.press("Control+z")
    expect_kept(page, desk, TEXT)
    content.press("Control+Shift+z")
    expect_kept(page, desk, TEXT.replace("薄雾", "大雾"))
    page.reload()
    expect(page.get_by_test_id("manuscript")).to_contain_text("大雾")


def test_the_text_is_seen_as_it_reads_by_its_outline_by_its_length_and_alone(open_page: OpenPage, desk: Desk) -> None:
    page = open_page(f"/a/{desk.id}")
    content = editor(page)
    page.get_by_test_id("outline-toggle").click()
    headings = page.get_by_test_id("outline-heading")
    expect(headings).to_have_text(["湖上", "清晨", "黄昏"])
    page.locator(".manuscript-bar").get_by_text("并排", exact=True).click()
    expect(page.get_by_test_id("preview").locator("h2")).to_have_text(["清晨", "黄昏"])
    headings.nth(2).click()
    expect(page.locator("[data-testid=outline] [aria-current]")).to_have_text("黄昏")
    content.press("End")
    page.keyboard.insert_text("与夜")
    expect(headings.last).to_have_text("黄昏与夜")
    expect(page.get_by_test_id("preview").locator("h2").last).to_have_text("黄昏与夜")
    content.press("Control+End")
    page.keyboard.insert_text("一切都**静**了。")
    expect(page.get_by_test_id("preview").locator("strong")).to_have_text("静")
    counted = page.get_by_test_id("manuscript-count")
    expect(counted).to_contain_text(re.compile(r"\d+ 字"))
    select(content, "钟声从对岸传来")
    expect(page.get_by_test_id("manuscript-selected")).to_have_text("已选 7 字")
    content.press("Escape")

    page.get_by_test_id("focus-enter").click()
    for gone in (page.locator(".library"), page.get_by_test_id("outline"), page.get_by_test_id("status-line")):
        expect(gone).to_be_hidden()
    page.keyboard.insert_text("钟声")
    page.keyboard.press("Escape")
    expect(page.locator(".library")).to_be_visible()
    expect_saved(page)
    page.locator(".manuscript-bar").get_by_text("阅读", exact=True).click()
    expect(page.get_by_test_id("article-text").locator("strong")).to_have_text("静")


def test_two_versions_are_compared_and_the_older_one_is_put_back_without_losing_the_newer(
    open_page: OpenPage, hanmo: FakeHanmo, desk: Desk
) -> None:
    page = open_page(f"/a/{desk.id}")
    paper = Paper(page, hanmo)
    editor(page)
    write(page, "灯都熄了。")
    changed = desk.now()
    paper.show("版本")
    versions = page.get_by_test_id("version")
    expect(versions).to_have_count(len(changed["revisions"]))
    versions.last.click()
    expect(page.get_by_test_id("version-text")).not_to_contain_text("灯都熄了。")
    page.get_by_test_id("version-with").select_option(str(changed["revision"]))
    compared = page.get_by_test_id("version-compared")
    expect(compared.locator("ins")).to_have_text("灯都熄了。")
    page.get_by_test_id("version-restore").click()
    expect(page.get_by_test_id("manuscript")).not_to_contain_text("灯都熄了。")
    expect_kept(page, desk, TEXT)
    assert len(desk.now()["revisions"]) == len(changed["revisions"]) + 1
    paper.show("版本")
    page.locator(f"[data-number='{changed['revision']}']").click()
    expect(page.get_by_test_id("version-text")).to_contain_text("灯都熄了。")
