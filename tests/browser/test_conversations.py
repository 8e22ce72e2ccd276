"""A conversation's tree in the page, with the real 0.5B: another answer, a changed question, search, and a deletion that is undone."""

import re

from playwright.sync_api import expect

from tests.browser.test_writing import ANSWER_LIMIT_MS, OpenPage, answer, ask, wait_for_end
from tests.running import RunningHanmo


def test_an_answer_again_a_changed_question_and_a_deletion_undone(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    ask(page, "用一句话介绍西湖。")
    wait_for_end(page)
    page.get_by_test_id("regenerate").click()
    expect(page.get_by_test_id("versions")).to_contain_text("2 / 2", timeout=ANSWER_LIMIT_MS)
    wait_for_end(page)
    second = answer(page).locator(".prose").inner_text()
    page.get_by_test_id("versions").locator('[data-step="-1"]').click()
    expect(page.get_by_test_id("versions")).to_contain_text("1 / 2")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("versions")).to_contain_text("2 / 2")
    assert answer(page).locator(".prose").inner_text() == second

    page.get_by_test_id("message-user").hover()
    page.get_by_test_id("message-edit").click()
    page.get_by_test_id("message-editor-field").fill("用一句话介绍寒山寺。")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message-user")).to_have_text("用一句话介绍寒山寺。", timeout=ANSWER_LIMIT_MS)
    wait_for_end(page)

    with hanmo.client() as client:
        conversation = client.get(f"/api/conversations/{page.url.rsplit('/', 1)[-1]}").raise_for_status().json()
        first, again = [m for m in conversation["messages"] if m["parent_id"] == conversation["messages"][0]["id"]]
        (once,), (twice,) = first["generations"], again["generations"]
        assert twice["timings"]["prompt_tokens"] == once["timings"]["prompt_tokens"]
        assert twice["timings"]["cached_tokens"] >= twice["timings"]["prompt_tokens"] - 1

    page.get_by_test_id("new-conversation").click()
    page.get_by_test_id("search").fill("寒山")
    expect(page.get_by_test_id("hit").locator("mark").first).to_have_text("寒山")
    page.get_by_test_id("search").fill("西湖")
    expect(page.get_by_test_id("hit").locator("mark").first).to_have_text("西湖")
    page.locator("[data-kind=message] .snippet").filter(has_text="用一句话介绍西湖").click()
    expect(page.get_by_test_id("message-user")).to_have_text("用一句话介绍西湖。")
    page.get_by_test_id("search").press("Escape")

    page.get_by_test_id("message-user").hover()
    page.get_by_test_id("message-delete").first.click()
    expect(page.get_by_test_id("message-user")).to_have_text("用一句话介绍寒山寺。")
    page.get_by_test_id("offer-take").click()
    expect(page.get_by_test_id("message-user")).to_have_text("用一句话介绍西湖。")

    row = page.get_by_test_id("conversation-list").locator("li").filter(has_text=re.compile("西湖")).first
    row.hover()
    row.get_by_test_id("row-menu").click()
    page.get_by_test_id("row-delete").click()
    expect(page.get_by_test_id("offer")).to_contain_text("会话已删除")
    page.get_by_test_id("offer-take").click()
    expect(page.get_by_test_id("message-user")).to_have_text("用一句话介绍西湖。")
