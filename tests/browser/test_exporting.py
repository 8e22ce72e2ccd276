"""Out of the page into a file, on the real server with the real converters: what was typed last is in it, an exported page stands alone."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_manuscript import editor
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import dictate
from tests.outside.articles import Desk
from tests.running import whole_answer

OpenPage = Callable[..., Page]
WIDE = "很长的一格，" * 12
TEXT = (
    "# 湖上\n\n晨雾散了。\n\n## 其一\n\n**真，**她说：$E=mc^2$。\n\n"
    f"| 甲 | 乙 | 丙 |\n|---|---|---|\n| {WIDE} | {WIDE} | https://example.com/{'a' * 80} |\n\n<script>alert(1)</script>\n"
)


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("exporting") / "data") as running:
        yield running.wait_ready()


def saved(page: Page, form: str, folder: Path) -> Path:
    """The file that the menu gives."""
    page.get_by_test_id("export").click()
    with page.expect_download() as waiting:
        page.get_by_test_id(f"export-{form}").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_what_was_typed_last_is_in_the_word_file(open_page: OpenPage, hanmo: FakeHanmo, tmp_path: Path) -> None:
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
    page = open_page(f"/a/{desk.id}")
    editor(page).press("Control+End")
    page.keyboard.insert_text("最后一句。")
    path = saved(page, "docx", tmp_path)
    assert path.name == "湖上.docx"
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as zipped:
        assert "最后一句。" in zipped.read("word/document.xml").decode()
    expect(page.get_by_test_id("export")).to_be_focused()


def test_a_page_that_was_exported_stands_alone_and_does_not_run_off_the_screen(
    open_page: OpenPage, hanmo: FakeHanmo, browser: Browser, tmp_path: Path
) -> None:
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
    path = saved(open_page(f"/a/{desk.id}"), "html", tmp_path)
    asked, complaints = list[str](), list[str]()
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(path.as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('main > p')).textIndent") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("math").count() == 1 and page.locator("strong").first.inner_text() == "真，"
    assert page.locator("th").first.evaluate("th => getComputedStyle(th).borderTopStyle") == "solid"
    assert (asked, complaints) == ([path.as_uri()], [])
    context.close()


def test_a_conversation_leaves_as_a_note(open_page: OpenPage, hanmo: FakeHanmo, tmp_path: Path) -> None:
    with hanmo.client() as client:
        sent = hanmo.send(client, dictate("水开了。"))
        whole_answer(client, sent["generation_id"])
    note = saved(open_page(f"/c/{sent['conversation']}"), "obsidian", tmp_path).read_text("utf-8")
    assert note.startswith("---\ntitle: ") and note.endswith("水开了。\n")
