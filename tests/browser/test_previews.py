"""The preview of an article and of a changed question, in the page and with the real server: what is shown is what is then sent."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fakes.running import FakeHanmo, fake_staying_up

OpenPage = Callable[..., Page]
LIMIT_MS = 30_000


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("previews") / "data") as running:
        yield running


def unfold(page: Page, within: Locator | None = None) -> Locator:
    """The whole preview, once it is of what stands there."""
    preview = (within or page.locator("main")).get_by_test_id("preview")
    figures = preview.get_by_test_id("preview-figures")
    expect(figures).to_have_text(re.compile(r"\d 个词元"), timeout=LIMIT_MS)
    if preview.get_by_test_id("preview-messages").count() == 0 or not preview.get_by_test_id("preview-messages").is_visible():
        preview.locator("summary").first.click()
    expect(figures).not_to_have_class(re.compile("stale"), timeout=LIMIT_MS)
    return preview


def test_the_preview_of_an_article_is_mended_and_says_what_its_plan_is_asked_with(open_page: OpenPage) -> None:
    page = open_page("/a")
    page.get_by_test_id("article-brief").fill("写一篇讲龙井茶的文章，1500 字，语气正式，又要口语化。")
    preview = unfold(page)
    expect(preview.get_by_test_id("preview-messages")).to_contain_text("提纲")
    preview.get_by_text("只留“语气正式”").click()
    expect(page.get_by_test_id("article-brief")).to_have_value("写一篇讲龙井茶的文章，1500 字，语气正式。")
    preview.get_by_text(re.compile("^设为")).click()
    expect(page.get_by_test_id("brief-role")).not_to_have_value("")
    expect(preview.get_by_test_id("warnings")).to_have_count(0, timeout=LIMIT_MS)
    unfold(page)
    with page.expect_response(re.compile("/api/articles$"), timeout=LIMIT_MS) as made:
        shown = preview.get_by_test_id("preview-messages").locator("p").last.inner_text()
        page.get_by_test_id("article-plan").click()
        page.get_by_test_id("ask-skip-all").click()
    sent = json.loads(made.value.request.post_data or "")["brief"]
    assert sent["role"] in shown and sent["text"] in shown


def test_the_preview_of_a_changed_question_counts_what_is_then_read(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    page.get_by_test_id("input").fill("写一句关于茶的话。")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("finish-reason")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_test_id("message-user").hover()
    page.get_by_test_id("message-edit").click()
    page.get_by_test_id("message-editor-field").fill("写一句关于水的话。")
    preview = unfold(page, page.get_by_test_id("message-editor"))
    expect(preview.get_by_test_id("preview-messages").locator("p").last).to_have_text("写一句关于水的话。", timeout=LIMIT_MS)
    counted = int(preview.get_by_test_id("preview-figures").inner_text().split(" ")[0].replace(",", ""))
    page.get_by_test_id("message-editor-send").click()
    expect(page.get_by_test_id("versions")).to_contain_text("2 / 2", timeout=LIMIT_MS)
    expect(page.get_by_test_id("finish-reason")).to_be_visible(timeout=LIMIT_MS)
    with hanmo.client() as client:
        messages = client.get(f"/api/conversations/{page.url.rsplit('/', 1)[-1]}").raise_for_status().json()["messages"]
    assert [m["generations"][0]["timings"]["prompt_tokens"] for m in messages if m["role"] == "assistant"][-1] == counted
