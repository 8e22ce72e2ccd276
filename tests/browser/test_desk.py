"""What the desk does around the text, in the page on a real server: before a question is sent, with what the checks find, by key, on paper. No model
matters for it, so the engine is the fake one."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.articledesk import LIMIT_MS
from tests.browser.test_manuscript import editor, expect_saved
from tests.browser.test_writing import ask, prose, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk

OpenPage = Callable[..., Page]
TOLD = """
window.told = [];
class Stub {
  onclick = null;
  static permission = 'default';
  static requestPermission = () => Promise.resolve((Stub.permission = 'granted'));
  constructor(_, { body }) { if (Stub.permission === 'granted') window.told.push(body); }
}
window.Notification = Stub;
"""
HIDE = "Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("desk") / "data") as running:
        yield running


def sent(hanmo: FakeHanmo, page: Page) -> list[dict[str, Any]]:
    with hanmo.client() as client:
        found = client.get(f"/api/conversations/{page.url.rsplit('/', 1)[-1]}").raise_for_status().json()
    return list(found["messages"])


# --------------------------------------------------------------------------------------------------------- before it is sent


def test_what_may_be_wrong_is_said_and_mended_by_a_click(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    page.get_by_test_id("input").fill("写一篇讲茶的文章，要提到“明前")
    preview = page.get_by_test_id("preview")
    preview.locator("summary").first.click()
    preview.get_by_role("button", name="补上另一半").click()
    expect(page.get_by_test_id("input")).to_have_value("写一篇讲茶的文章，要提到“明前”")
    preview.get_by_role("button", name="资深编辑").click()
    expect(page.get_by_test_id("brief-role")).to_have_value("一位思路清晰、言之有物的资深编辑")
    page.get_by_test_id("input").press("Enter")
    wait_for_end(page)
    asked = sent(hanmo, page)[0]
    assert (asked["brief"]["role"], asked["brief"]["text"]) == (
        "一位思路清晰、言之有物的资深编辑",
        "写一篇讲茶的文章，要提到“明前”",
    )


def test_what_is_private_or_open_or_too_long_is_said_before_it_is_sent(open_page: OpenPage) -> None:
    page = open_page()
    field, preview = page.get_by_test_id("input"), page.get_by_test_id("preview")

    def warned(code: str) -> Locator:
        return preview.locator(f"[data-code={code}]")

    field.fill("你是助教。看这段代码，有问题打电话给我：13907552846。\n```python\nprint(1)")
    preview.locator("summary").first.click()
    expect(warned("private_phone_number")).to_contain_text("像是手机号（1 处）")
    warned("private_phone_number").get_by_role("button", name="遮住").click()
    expect(field).to_have_value("你是助教。看这段代码，有问题打电话给我：***。\n```python\nprint(1)")
    warned("open_code").get_by_role("button", name="补上代码块的结尾").click()
    expect(field).to_have_value("你是助教。看这段代码，有问题打电话给我：***。\n```python\nprint(1)\n```\n")
    expect(preview.get_by_test_id("warnings")).to_have_count(0)

    field.fill("你是编辑。写一篇讲春茶的文章，1800 字。")
    expect(warned("length_over_tokens")).to_contain_text("要写约 1800 字")
    warned("length_over_tokens").get_by_role("button").click()
    expect(page.get_by_test_id("params-toggle")).to_have_text("对话 · 改了 1 项")
    expect(warned("length_over_tokens")).to_have_count(0)
    field.fill("你是编辑。写一篇讲春茶的文章，30000 字。")
    warned("length_needs_article").get_by_role("link", name="新文稿").click()
    expect(page.get_by_test_id("article-brief")).to_be_visible()


def test_a_missing_subject_is_asked_for_and_many_conditions_are_written_down_in_order(open_page: OpenPage) -> None:
    page = open_page()
    field, preview = page.get_by_test_id("input"), page.get_by_test_id("preview")
    field.fill("写一篇小说")
    preview.locator("summary").first.click()
    preview.locator("[data-code=vague_task]").get_by_test_id("warning-ask").click()
    questions = page.get_by_test_id("question")
    expect(questions).to_have_count(3)
    questions.nth(2).get_by_role("button", name="跳过这一问").click()
    expect(questions).to_have_count(2)
    questions.first.get_by_role("textbox").fill("雨夜的渡口")
    page.get_by_test_id("ask-add").click()
    expect(field).to_have_value(re.compile("雨夜的渡口"))
    expect(preview.locator("[data-code=vague_task]")).to_have_count(0)

    field.fill("你是编辑。写一段讲茶的话，语气正式，不超过 300 字，必须提到“龙井”，用第一人称，不要用“非常”。")
    preview.locator("[data-code=many_constraints]").get_by_test_id("mend").click()
    written = page.get_by_test_id("brief-requirements")
    expect(written).to_have_value(re.compile(r"语气正式\n[\s\S]*300 字\n"))
    first = page.get_by_test_id("constraints").locator("li").first
    page.get_by_role("button", name="前移：不超过 300 字").click()
    expect(first).to_contain_text("不超过 300 字")
    expect(written).to_have_value(re.compile(r"^不超过 300 字\n语气正式"))


def test_conditions_that_conflict_are_named_and_put_in_order(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_test_id("input").fill("写一段讲茶的话，语气正式，口语化，不超过 300 字。")
    page.get_by_test_id("preview").locator("summary").first.click()
    rows = page.get_by_test_id("constraints").locator("li")
    expect(rows).to_have_count(3)
    expect(page.get_by_test_id("constraints")).to_contain_text("冲突")
    page.get_by_role("button", name="前移：不超过 300 字").click()
    expect(rows.nth(1)).to_contain_text("不超过 300 字")


def test_what_is_left_out_is_asked_and_the_answer_is_added_where_it_can_be_seen(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    ask(page, "写一篇 3000 字的小说")
    question = page.get_by_test_id("question").first
    answer = question.locator(".answers button").first
    chosen = answer.inner_text()
    answer.click()
    page.get_by_test_id("ask-add").click()
    wait_for_end(page)
    assert chosen in sent(hanmo, page)[0]["text"]


def test_who_does_not_want_to_be_asked_skips_one_question_or_all_or_for_good(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    questions = page.get_by_test_id("question")
    ask(page, "写一篇 3000 字的小说，讲渡口。")
    expect(questions.first).to_be_visible()
    assert 1 <= questions.count() <= 3
    assert page.get_by_test_id("message-user").count() == 0
    page.get_by_test_id("ask-skip-all").click()
    wait_for_end(page)
    assert sent(hanmo, page)[0]["text"] == "写一篇 3000 字的小说，讲渡口。"
    ask(page, "再写一篇 3000 字的小说，讲桥。")
    page.get_by_test_id("ask-never").click()
    expect(page.get_by_test_id("message-user")).to_have_count(2)
    wait_for_end(page)
    ask(page, "再写一篇 3000 字的小说，讲山。")
    expect(page.get_by_test_id("message-user")).to_have_count(3)
    wait_for_end(page)
    page.get_by_test_id("params-toggle").click()
    expect(page.get_by_test_id("ask-back-setting")).not_to_be_checked()


def test_a_preset_suggests_itself_and_what_is_changed_of_it_is_kept_with_the_conversation(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_test_id("input").fill("写一个 Python 函数，判断一个数是不是质数")
    page.get_by_test_id("preset-use").click()
    page.get_by_test_id("params-toggle").click()
    field = page.get_by_test_id("knob-temperature").locator(".field")
    expect(field).to_have_value("0.3")
    field.fill("0.4")
    field.press("Tab")
    page.get_by_test_id("input").press("Enter")
    wait_for_end(page)
    page.reload()
    expect(page.get_by_test_id("params-toggle")).to_have_text("代码 · 改了 1 项")


# ------------------------------------------------------------------------------------------------------- what the checks find


def test_what_the_checks_find_is_underlined_mended_in_its_place_and_undone(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    with hanmo.client() as client:
        desk = Desk(client, "写一篇讲湖的短文。", words=60, seed=7)
        text = "# 湖上\n\n## 清晨\n\n老人把船推进水里,慢慢地划向湖心。雾还没有散。\n"
        desk.put("text", {"text": text, "base_revision": 0})
        page = open_page(f"/a/{desk.id}")
        content = editor(page)
        expect(content.locator("[data-finding]").first).to_be_visible(timeout=LIMIT_MS)
        content.press("F8")
        expect(page.get_by_test_id("finding-card")).to_be_visible()
        content.press("Control+Enter")
        page.keyboard.press("Enter")
        expect(content).to_contain_text("推进水里，慢慢地")
        expect_saved(page, "changed")
        expect_saved(page)
        assert desk.now()["text"] == text.replace(",", "，")
        content.press("Control+z")
        expect_saved(page, "changed")
        expect_saved(page)
        assert desk.now()["text"] == text


# ------------------------------------------------------------------------------------------------------------------- comfort


def test_the_tour_is_three_steps_and_the_keys_and_commands_are_found(open_page: OpenPage) -> None:
    page = open_page()
    for step in (1, 2, 3):
        expect(page.get_by_test_id("tour")).to_contain_text(f"{step} / 3")
        page.get_by_test_id("tour-next").click()
    expect(page.get_by_test_id("tour")).to_have_count(0)
    page.get_by_test_id("templates").focus()
    page.keyboard.press("?")
    expect(page.get_by_test_id("key-sheet")).to_contain_text("Ctrl")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-query").fill("模板 周报")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("template-use")).to_be_visible()
    page.reload()
    page.get_by_test_id("new-conversation").click()
    expect(page.get_by_test_id("tour")).to_have_count(0)


def test_the_end_of_long_work_is_told_while_the_page_is_hidden(open_page: OpenPage, tmp_path: Path) -> None:
    with fake_staying_up(tmp_path / "slow", step_s=0.005) as slow:
        page = open_page("/a", at=slow, expected="ERR_CONNECTION_REFUSED")  # it ends before the page does
        page.context.add_init_script(TOLD)
        page.reload()
        page.get_by_test_id("article-brief").fill("写一篇讲湖的散文。")
        page.get_by_test_id("article-words").fill("600")
        page.get_by_test_id("article-write").click()
        page.get_by_test_id("ask-skip-all").click()
        page.get_by_test_id("notify-yes").click()
        page.evaluate(HIDE)
        page.wait_for_function("() => window.told.length > 0", timeout=2 * LIMIT_MS)
        assert page.evaluate("window.told") == ["文稿写完了。"]


def test_on_paper_there_is_the_text_and_nothing_else_and_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page("/", reduced_motion="reduce")
    ask(page, "写一段讲湖的话。")
    wait_for_end(page)
    still = "[...document.querySelectorAll('*')].every((el) => parseFloat(getComputedStyle(el).animationDuration) < 0.02)"
    assert page.evaluate(still)
    page.emulate_media(media="print")
    expect(prose(page)).to_be_visible()
    for name in ("input", "status-line", "conversation-list", "finish-reason"):
        expect(page.get_by_test_id(name)).to_be_hidden()
