"""Writing in the page: the first paragraph, a closed tab, stopping, going on, and what it looks like."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hanmo.core.text import HAN
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]
ANSWER_LIMIT_MS = 120_000


def ask(page: Page, text: str) -> None:
    page.get_by_test_id("input").fill(text)
    page.get_by_test_id("send").click()


def answer(page: Page) -> Any:
    return page.get_by_test_id("message-assistant").last


def prose(page: Page) -> Any:
    """The last answer's own text, without the words of the page around it."""
    return answer(page).locator(".prose")


def wait_for_end(page: Page) -> None:
    expect(answer(page).get_by_test_id("finish-reason")).to_be_visible(timeout=ANSWER_LIMIT_MS)
    expect(page.get_by_test_id("stop")).to_have_count(0)


def stored_answer(hanmo: RunningHanmo, page: Page) -> str:
    """The answer as the server keeps it."""
    with hanmo.client() as client:
        conversation = page.url.rsplit("/", 1)[-1]
        messages = client.get(f"/api/conversations/{conversation}").raise_for_status().json()["messages"]
    return str(messages[-1]["text"])


def test_a_chinese_request_is_answered_with_a_chinese_paragraph(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "写一篇三百字的短文，介绍江南春天：天气、花草、河水、集市和人。")
    expect(page.get_by_test_id("message-user")).to_have_text(re.compile("江南春天"))
    expect(page.get_by_test_id("input")).to_have_value("")
    wait_for_end(page)
    expect(prose(page)).to_contain_text(HAN, timeout=ANSWER_LIMIT_MS)
    assert len(HAN.findall(prose(page).inner_text())) >= 20
    expect(page.get_by_test_id("conversation-list")).to_contain_text("江南春天")
    expect(page.get_by_test_id("status-line")).to_contain_text("0.5B")


def test_a_tab_closed_in_the_middle_loses_nothing(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    ask(page, "写一段长一些的文字，介绍苏州的园林，分三段。")
    expect(prose(page)).to_contain_text(HAN, timeout=ANSWER_LIMIT_MS)
    address = page.url.removeprefix(hanmo.url)
    assert address.startswith("/c/")
    page.close()
    again = open_page(address)
    wait_for_end(again)
    shown = HAN.findall(prose(again).inner_text())
    kept = HAN.findall(stored_answer(hanmo, again))
    assert kept
    assert "".join(kept) in "".join(shown)


def test_stop_keeps_the_text_and_continue_goes_on_in_the_same_message(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    ask(page, "写一篇很长的文章，讲中国茶的历史，分很多段。")
    expect(prose(page)).to_contain_text(HAN, timeout=ANSWER_LIMIT_MS)
    page.keyboard.press("Escape")
    wait_for_end(page)
    expect(page.get_by_test_id("finish-reason")).to_contain_text("停止")
    before = stored_answer(hanmo, page)
    assert before
    page.get_by_test_id("continue").click()
    expect(page.get_by_test_id("stop")).to_be_visible(timeout=ANSWER_LIMIT_MS)
    shown = len(prose(page).inner_text())
    page.wait_for_function(
        "shown => document.querySelector('.prose').innerText.length > shown + 10", arg=shown, timeout=ANSWER_LIMIT_MS
    )
    page.get_by_test_id("stop").click()
    wait_for_end(page)
    after = stored_answer(hanmo, page)
    assert after.startswith(before)
    assert len(after) > len(before)
    assert page.get_by_test_id("message-assistant").count() == 1


def test_an_answer_cut_by_its_length_says_so_in_words(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    with hanmo.client() as client:
        turn = hanmo.send(client, "从一数到一千，用中文。", sampling={"max_new_tokens": 12})
    page = open_page(f"/c/{turn['conversation']}")
    wait_for_end(page)
    expect(page.get_by_test_id("finish-reason")).to_contain_text("到达长度上限，可继续")
    expect(page.get_by_test_id("continue")).to_be_visible()


def test_text_that_the_server_refuses_stays_in_the_input(open_page: OpenPage) -> None:
    page = open_page(expected="status of 4")
    text = "长" * 200_001
    ask(page, text)
    expect(page.get_by_test_id("problem")).to_be_visible()
    expect(page.get_by_test_id("input")).to_have_value(text)


def test_the_page_speaks_english_and_turns_light(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_test_id("lang-toggle").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("new-conversation")).to_contain_text("onversation")
    page.get_by_test_id("theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_markup_in_an_answer_runs_nothing_and_fetches_nothing(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "原样重复这段文字：<img src=x onerror=alert(1)> ![图](http://example.invalid/a.png) <script>alert(2)</script>")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    wait_for_end(page)
    assert page.locator("[data-testid^=message] img, [data-testid^=message] script, [onerror]").count() == 0


def test_it_fits_a_phone(open_page: OpenPage) -> None:
    page = open_page("/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    expect(page.get_by_test_id("input")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ask(page, "写两句诗。")
    wait_for_end(page)
    expect(answer(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
