"""The pictures in the README: the main views as they are, in both themes, with what the starter model really wrote. `make pictures` keeps them."""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.articledesk import LIMIT_MS, Paper
from tests.browser.conftest import IMAGES
from tests.browser.test_manuscript import editor
from tests.models.real import real_model
from tests.outside.articles import Desk
from tests.running import RunningHanmo, whole_answer

OpenPage = Callable[..., Page]
ASKED = "写一份给新手的泡绿茶小记：以“# 泡一杯绿茶”开头，接着是一个“茶、水温、时间”的表格，再用两句话提醒。"
SAMPLING = {"temperature": 0.3, "seed": 1, "max_new_tokens": 400, "presence_penalty": 0.2}
ARTICLE = "写一篇 1600 字的科普文章，讲为什么泡绿茶不能用开水。"
OWN = """# 渡口

## 雾

清晨的渡口还浸在雾里，卖菜的船从芦苇后面摇出来。老周把烟袋磕在船帮上，说今年的水比去年高了三尺。
我问他看见阿宁没有。他摇摇头,说雾太大，只听见有人唱歌。阿宁唱歌的时候，总爱把最后一个字拖得很长。

| 日子 | 水位 | 开船 |
| --- | --- | --- |
| 三月初一 | 二尺 | 开 |
| 三月十五 | 五尺 |

## 信

信是从城里寄来的，纸已经发黄。阿宁在信里说，等桥修好了就回来，回来教孩子们唱歌。桥修好那年，渡口停了船。
阿宁没有回来。老周把烟袋磕在船帮上，说今年的水比去年高了三尺。

## 桥

桥通车以后，渡口就没有船了，只有**阿凝的名字还刻在石阶上，被脚步磨得看不真切
"""
TALL = ViewportSize(width=1280, height=1120)
QUALITY = 82
"""Of a WebP picture."""


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    real_model("qwen2.5-coder-1.5b")
    with RunningHanmo(tmp_path_factory.mktemp("starter") / "data", model="qwen2.5-coder-1.5b") as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def article(hanmo: RunningHanmo) -> Iterator[Desk]:
    """One with a plan."""
    with hanmo.client() as client:
        desk = Desk(client, ARTICLE, seed=3)
        desk.job("plan")
        yield desk


@pytest.fixture(scope="module")
def own(hanmo: RunningHanmo) -> Iterator[Desk]:
    """A text that its writer wrote, with what a hurry leaves in it."""
    with hanmo.client() as client:
        yield Desk.opened(client, OWN)


@pytest.fixture
def take(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Page, str], None]:
    """`take(page, name)` takes a picture in each theme; into the README's where they are to be kept."""
    where = IMAGES if request.config.getoption("--pictures") else tmp_path

    def take(page: Page, name: str) -> None:
        expect(page.get_by_test_id("model-state")).to_have_attribute("data-state", re.compile("ready|busy"), timeout=LIMIT_MS)
        shutter = page.context.new_cdp_session(page)
        for theme in ("dark", "light"):
            if theme == "light":
                page.get_by_test_id("theme-toggle").click()
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            page.mouse.move(0, 0)
            page.evaluate("() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => 0)))")
            picture = base64.b64decode(shutter.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})["data"])
            assert len(picture) > 10_000
            (where / f"{name}-{theme}.webp").write_bytes(picture)

    return take


def test_an_answer_in_a_conversation(open_page: OpenPage, hanmo: RunningHanmo, take: Callable[[Page, str], None]) -> None:
    with hanmo.client() as client:
        turn = hanmo.send(client, ASKED, sampling=SAMPLING)
        assert whole_answer(client, turn["generation_id"])["text"]
    page = open_page(f"/c/{turn['conversation']}")
    expect(page.locator(".prose table")).to_be_visible()
    take(page, "conversation")


def test_a_prompt_of_parts_and_its_preview(open_page: OpenPage, take: Callable[[Page, str], None]) -> None:
    page = open_page(viewport=TALL)
    page.get_by_test_id("brief-toggle").click()
    page.get_by_test_id("brief-role").fill("一位爱喝茶的科普作者")
    page.get_by_test_id("brief-task").fill("写一段讲绿茶水温的话")
    page.get_by_test_id("brief-requirements").fill("语气亲切\n不超过 200 字\n要提到“儿茶素")
    page.get_by_test_id("preview").locator("summary").first.click()
    expect(page.get_by_role("button", name="补上另一半")).to_be_visible(timeout=LIMIT_MS)
    take(page, "prompt")


def test_the_template_library(open_page: OpenPage, take: Callable[[Page, str], None]) -> None:
    page = open_page("/t")
    expect(page.get_by_role("link", name="科普文章").first).to_be_visible()
    take(page, "templates")


def test_a_plan(open_page: OpenPage, article: Desk, take: Callable[[Page, str], None]) -> None:
    page = open_page(f"/a/{article.id}")
    expect(page.get_by_test_id("plan-heading").first).to_be_visible()
    take(page, "plan")


def test_an_article_while_it_is_written(
    open_page: OpenPage, hanmo: RunningHanmo, article: Desk, take: Callable[[Page, str], None]
) -> None:
    page = open_page(f"/a/{article.id}")
    article.begin("write")
    page.reload()
    paper = Paper(page, hanmo)
    paper.wait_for_text(0, words=60)
    take(page, "board")
    article.post("pause")


def test_a_manuscript_with_what_the_checks_find(open_page: OpenPage, own: Desk, take: Callable[[Page, str], None]) -> None:
    page = open_page(f"/a/{own.id}")
    expect(editor(page)).to_contain_text("清晨的渡口")
    page.get_by_test_id("findings-toggle").click()
    expect(page.get_by_test_id("panel-finding").first).to_be_visible()
    take(page, "manuscript")


def test_what_the_model_proposes(open_page: OpenPage, own: Desk, hanmo: RunningHanmo, take: Callable[[Page, str], None]) -> None:
    own.job("sections/s3/rewrite", kind="rephrase")
    page = open_page(f"/a/{own.id}")
    Paper(page, hanmo).show("修改")
    expect(page.get_by_test_id("edit").first).to_be_visible()
    take(page, "edits")
