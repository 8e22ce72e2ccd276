"""What the checks find in an answer and in an article, each with what can be done about it, in the page on a real server. The fake engine says what
it is told to: answers and texts with known faults."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.articledesk import LIMIT_MS
from tests.browser.hands import standing_still
from tests.browser.test_manuscript import editor, expect_saved
from tests.browser.test_writing import answer, ask, stored_answer, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import PAUSE, dictate
from tests.outside.articles import Desk

OpenPage = Callable[..., Page]
CODE = "```python\nfor i in range(3)\n    print(i)\n```"
ANSWER = f"先看一段,再说别的。\n\n{CODE}\n\n这样就好。"
TWICE = "老人把船推进水里，慢慢地划向湖心去看那一盏灯。"
TABLE = "| 日子 | 水位 | 开船 |\n| --- | --- | --- |\n| 初一 | 二尺 | 开 |\n| 十五 | 五尺 |"
FAULTY = f"# 湖上\n\n## 清晨\n\n{TWICE}雾还没有散。\n\n{TABLE}\n\n## 黄昏\n\n作为一个AI语言模型，我很高兴为你写作。钟声从对岸传来。{TWICE}\n"


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("findings") / "data") as running:
        yield running


def unfold(page: Page) -> Locator:
    checks: Locator = answer(page).get_by_test_id("answer-checks")
    checks.locator("summary").click()
    return checks


def test_what_is_wrong_in_an_answer_is_copied_mended_and_one_block_is_asked_for_again(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, dictate(ANSWER))
    wait_for_end(page)
    checks = unfold(page)
    expect(checks.locator("summary")).to_have_text("检查：2 处需要看一看")
    with standing_still(page):
        page.get_by_test_id("answer-mended").click()
        expect(page.get_by_test_id("answer-mended")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == ANSWER.replace("段,", "段，")
    assert stored_answer(hanmo, page) == ANSWER, "an answer is not changed"
    checks.locator("li").filter(has_text="语法错误").get_by_test_id("answer-ask").click()
    field = page.get_by_test_id("input")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile(r"^上一个回答里有一处要改：.*语法错误.*只把下面这一块改好"))
    assert field.input_value().endswith(CODE)
    field.press("Enter")
    expect(page.get_by_test_id("message-user")).to_have_count(2)
    expect(page.get_by_test_id("message-user").last).to_contain_text("for i in range(3)")


def test_an_answer_that_the_model_left_unfinished_goes_on_from_its_line(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    ask(page, dictate(f"出门要带的东西有：{PAUSE}一把伞和一双雨靴。"))
    wait_for_end(page)
    expect(unfold(page)).to_contain_text("可能未写完")
    page.get_by_test_id("answer-continue").click()
    expect(answer(page)).to_contain_text("一把伞和一双雨靴。")
    wait_for_end(page)
    assert stored_answer(hanmo, page) == "出门要带的东西有：一把伞和一双雨靴。"
    expect(answer(page).get_by_test_id("answer-checks")).to_have_count(0)


def test_what_is_wrong_in_an_article_is_cut_out_or_said_otherwise_or_written_again(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    with hanmo.client() as client:
        desk = Desk.opened(client, FAULTY)
        page = open_page(f"/a/{desk.id}")
        content = editor(page)
        page.get_by_test_id("findings-toggle").click()
        panel = page.get_by_test_id("findings-panel")

        def mend(words: str) -> None:
            panel.locator("li").filter(has_text=words).first.get_by_test_id("finding-mend").click()

        expect(panel.locator("li").filter(has_text="格")).to_be_visible(timeout=LIMIT_MS)
        mend("AI 助手的口吻")
        expect(content).not_to_contain_text("作为一个AI语言模型")
        expect_saved(page)
        expect(panel).not_to_contain_text("AI 助手的口吻")

        mend("这句话前面已经写过")
        expect(page.get_by_test_id("suggestion").first).to_be_visible(timeout=LIMIT_MS)
        page.keyboard.press("Alt+Enter")
        expect(panel).not_to_contain_text("这句话前面已经写过", timeout=LIMIT_MS)
        assert str(desk.now()["text"]).count(TWICE) == 1

        panel.get_by_test_id("panel-finding").filter(has_text="格").click()
        expect(page.get_by_test_id("finding-card")).to_contain_text("格")
        mend("格")
        expect(page.get_by_test_id("suggestion").first).to_be_visible(timeout=LIMIT_MS)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("suggestion")).to_have_count(0)
        assert TABLE in desk.now()["text"]
