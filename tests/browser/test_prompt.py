"""A prompt is built of fields in the page; what the preview counts is what the real 0.5B then reads."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_writing import wait_for_end
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]
PREVIEW_LIMIT_MS = 30_000


def counted(page: Page) -> int:
    """The token count of the preview, once it is of what stands in the input."""
    figures = page.get_by_test_id("preview-figures")
    expect(figures).to_have_text(re.compile(r"\d 个词元"), timeout=PREVIEW_LIMIT_MS)
    expect(figures).not_to_have_class(re.compile("stale"))
    return int(figures.inner_text().split(" ")[0].replace(",", ""))


def test_the_preview_counts_the_tokens_that_the_model_then_reads(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    page.get_by_test_id("brief-toggle").click()
    page.get_by_test_id("brief-role").fill("一位语文老师")
    page.get_by_test_id("brief-task").fill("写两句描写江南雨的话")
    page.get_by_test_id("brief-requirements").fill("用比喻\n不超过 60 字")
    page.get_by_test_id("input").fill("给“初中生”看。")
    page.get_by_test_id("params-toggle").click()
    page.get_by_test_id("preset-qa").click()
    most = page.get_by_test_id("knob-max_new_tokens").locator(".field")
    most.fill("48")
    most.press("Tab")
    shown = [counted(page)]
    page.get_by_test_id("send").click()
    wait_for_end(page)
    expect(page.get_by_test_id("sent-brief")).to_contain_text("一位语文老师")
    page.get_by_test_id("input").fill("再写一句。")
    shown.append(counted(page))
    expect(page.get_by_test_id("preview-figures")).to_have_text(
        re.compile(r"其中 [\d,]+ 个已读过 · 首字 .+"), timeout=PREVIEW_LIMIT_MS
    )
    expect(page.get_by_test_id("send-cost")).to_have_text(re.compile("^约 .+"))
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message-assistant")).to_have_count(2)
    wait_for_end(page)
    with hanmo.client() as client:
        messages = client.get(f"/api/conversations/{page.url.rsplit('/', 1)[-1]}").raise_for_status().json()["messages"]
    read = [message["generations"][0]["timings"]["prompt_tokens"] for message in messages if message["role"] == "assistant"]
    assert shown == read
    assert messages[0]["brief"]["requirements"] == "用比喻\n不超过 60 字"
