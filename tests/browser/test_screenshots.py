"""The pictures in the README: the page as it is, with an answer that the starter model really wrote."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import IMAGES
from tests.models.real import real_model
from tests.running import RunningHanmo, whole_answer

ASKED = "写一份给新手的泡绿茶小记：以“# 泡一杯绿茶”开头，接着是一个“茶、水温、时间”的表格，再用两句话提醒。"
SAMPLING = {"temperature": 0.3, "seed": 1, "max_new_tokens": 400, "presence_penalty": 0.2}


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    real_model("qwen2.5-coder-1.5b")
    with RunningHanmo(tmp_path_factory.mktemp("starter") / "data", model="qwen2.5-coder-1.5b") as running:
        yield running.wait_ready()


def test_the_screenshots_of_the_readme_show_the_page_as_it_is(open_page: Callable[..., Page], hanmo: RunningHanmo) -> None:
    with hanmo.client() as client:
        turn = hanmo.send(client, ASKED, sampling=SAMPLING)
        assert whole_answer(client, turn["generation_id"])["text"]
    page = open_page(f"/c/{turn['conversation']}")
    expect(page.locator(".prose table")).to_be_visible()
    expect(page.get_by_test_id("model-state")).to_contain_text("就绪")
    IMAGES.mkdir(parents=True, exist_ok=True)
    for theme in ("dark", "light"):
        if theme == "light":
            page.get_by_test_id("theme-toggle").click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        page.mouse.move(0, 0)
        assert len(page.screenshot(path=IMAGES / f"page-{theme}.png", animations="disabled")) > 20_000
