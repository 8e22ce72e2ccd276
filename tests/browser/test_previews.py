"""The preview of a prompt in parts, of a long conversation, of an article and of a changed question, in the page and with the real server: what is
shown is what is then sent. The fake engine says back, word for word, what it was given to read."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import standing_still
from tests.browser.test_writing import stored_answer, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import RECITE, dictate
from tests.running import whole_answer

OpenPage = Callable[..., Page]
LIMIT_MS = 30_000
PARTS = {
    "role": "一位语文老师",
    "task": "写一段讲江南雨的话",
    "audience": "初中一年级的学生",
    "requirements": "用一个比喻\n提到石桥",
    "structure": "先写声音，再写颜色",
    "example": "雨落在瓦上，像谁在数豆子。",
    "format": "一个自然段，不用标题",
    "language": "中文",
    "words": "120",
}
SAID_AS = (
    """角色：一位语文老师
任务：写一段讲江南雨的话
读者：初中一年级的学生
要求（按优先次序，有冲突时以前面的为准）：
1. 用一个比喻
2. 提到石桥
结构：先写声音，再写颜色
示例：雨落在瓦上，像谁在数豆子。
输出格式：一个自然段，不用标题
语言：中文
篇幅：约 120 字

雨是梅雨。"""
    + RECITE
)


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


def shown(preview: Locator, part: str = "preview-messages") -> list[str]:
    return preview.get_by_test_id(part).locator("p").all_inner_texts()


def joined(text: str) -> str:
    """Apart from where messages end, which is a mark of its own and no text."""
    return text.replace("\n", "")


def talked(hanmo: FakeHanmo, rounds: int) -> str:
    """A conversation of so many rounds; its id."""
    with hanmo.client() as client:
        turn: dict[str, str] = {}
        for n in range(1, rounds + 1):
            turn = hanmo.send(client, dictate(f"第{n}个回答。"), turn.get("conversation"))
            assert whole_answer(client, turn["generation_id"])["text"] == f"第{n}个回答。"
    return turn["conversation"]


def test_every_part_of_a_prompt_is_in_the_messages_that_are_shown_and_the_engine_reads_just_these(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    page = open_page()
    page.get_by_test_id("brief-toggle").click()
    for name, value in PARTS.items():
        page.get_by_test_id(f"brief-{name}").fill(value)
    page.get_by_test_id("input").fill("雨是梅雨。" + RECITE)
    preview = unfold(page)
    expect(preview.get_by_test_id("preview-messages").locator("p").last).to_have_text(SAID_AS, timeout=LIMIT_MS)
    messages = shown(preview)
    assert messages[1:] == [SAID_AS]
    preview.get_by_test_id("preview-prompt").locator("summary").click()
    raw = preview.get_by_test_id("preview-prompt").locator("pre").inner_text()
    assert all(message in raw for message in messages)
    page.get_by_test_id("send").click()
    wait_for_end(page)
    assert joined(stored_answer(hanmo, page)) == joined("".join(messages))
    sent = page.get_by_test_id("sent-brief")
    for value in PARTS.values():
        expect(sent).to_contain_text(value.splitlines()[0])
    page.get_by_test_id("brief-reuse").click()
    for name, value in PARTS.items():
        expect(page.get_by_test_id(f"brief-{name}")).to_have_value(value)


def test_what_of_the_history_goes_along_and_what_does_not_is_shown_limited_and_cleared(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    page = open_page(f"/c/{talked(hanmo, 9)}")
    expect(page.get_by_test_id("history")).to_have_text("带上前面 10 条")  # five rounds, unless one says otherwise
    expect(page.get_by_test_id("history-line")).to_have_text("以上 8 条不再送出")

    def look() -> list[str]:
        page.get_by_test_id("input").fill(RECITE)
        return shown(unfold(page))

    messages = look()
    assert len(messages) == 12
    preview = page.locator("main").get_by_test_id("preview")
    expect(preview).to_contain_text("要送出的 12 条")
    preview.get_by_test_id("preview-dropped").locator("summary").click()
    expect(preview.get_by_test_id("preview-dropped")).to_contain_text("较早的 8 条不再送出")
    dropped = shown(preview, "preview-dropped")
    assert dropped[1::2] == [f"第{n}个回答。" for n in range(1, 5)]
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message-user").last).to_have_text(RECITE)
    wait_for_end(page)
    recited = stored_answer(hanmo, page)
    assert joined(recited) == joined("".join(messages))
    assert "第5个回答。" in recited and "第4个回答。" not in recited

    page.get_by_test_id("history").click()
    page.get_by_test_id("rounds-1").click()
    expect(page.get_by_test_id("history")).to_have_text("带上前面 4 条")  # one round, and at most one more
    page.get_by_test_id("rounds-all").click()
    expect(page.get_by_test_id("history")).to_have_text("带上前面 20 条")
    expect(page.get_by_test_id("history-line")).to_have_count(0)
    page.get_by_test_id("clear-context").click()
    expect(page.get_by_test_id("history-line")).to_contain_text("上下文已清空 · 以上 20 条不再送出")
    assert len(look()) == 2
    page.get_by_test_id("history-undo").click()
    expect(page.get_by_test_id("history-line")).to_have_count(0)
    expect(preview).to_contain_text("要送出的 22 条", timeout=LIMIT_MS)


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
    shown = preview.get_by_test_id("preview-messages").locator("p").last.inner_text()
    with standing_still(page):
        page.get_by_test_id("article-plan").click()
        expect(page.get_by_test_id("ask-skip-all")).to_be_visible()
    with page.expect_response(re.compile("/api/articles$"), timeout=LIMIT_MS) as made:
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
