"""Templates in the page, with the real server: one is made, found, filled, sent, and taken to another Hanmo as a file."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.running import fake_staying_up
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("templates") / "data") as running:
        yield running


def make(page: Page) -> None:
    """A template out of what stands in the input."""
    page.get_by_test_id("input").fill("写两句话介绍{{地方}}，语气{{语气}}。")
    page.get_by_test_id("template-menu").click()
    page.get_by_test_id("template-keep").click()
    page.get_by_test_id("template-name").fill("两句话")
    page.get_by_label("语气: 默认值").fill("平静")
    page.locator(".segments").get_by_text("创作").click()
    page.get_by_test_id("template-save").click()
    expect(page.get_by_test_id("template-use")).to_be_visible()


def test_a_template_is_made_filled_and_sent(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    make(page)
    page.get_by_test_id("templates").click()
    page.get_by_test_id("template-search").fill("两句")
    page.locator("[data-testid=template-list] a").first.click()
    page.get_by_test_id("template-value").first.fill("苏州")
    expect(page.get_by_test_id("template-text")).to_have_text("写两句话介绍苏州，语气平静。")
    page.get_by_test_id("template-use").click()
    expect(page.get_by_test_id("params-toggle")).to_have_text("创作")
    typed = page.get_by_test_id("input").input_value()
    assert typed.startswith("写两句话介绍苏州，语气平静。")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("finish-reason")).to_be_visible(timeout=30_000)
    with hanmo.client() as client:
        messages = client.get(f"/api/conversations/{page.url.rsplit('/', 1)[-1]}").raise_for_status().json()["messages"]
    assert messages[0]["text"] == typed


def test_a_built_in_template_becomes_a_new_article(open_page: OpenPage) -> None:
    page = open_page("/t/zh-popular-science")
    page.get_by_test_id("template-value").first.fill("为什么天是蓝的")
    expect(page.get_by_test_id("template-text")).to_contain_text("为什么天是蓝的")
    page.get_by_test_id("template-use").click()
    expect(page.get_by_test_id("article-words")).to_have_value("1500")
    expect(page.get_by_test_id("brief-task")).to_have_value(re.compile("为什么天是蓝的"))
    page.get_by_test_id("article-plan").click()
    expect(page.get_by_test_id("article-plan")).to_have_count(0, timeout=30_000)
    assert page.url.rsplit("/", 2)[-2] == "a"


def test_a_file_leaves_one_hanmo_and_comes_into_another(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = open_page("/t/zh-email")
    with page.expect_download() as waiting:
        page.get_by_test_id("template-export").click()
    path = waiting.value.path()
    assert json.loads(path.read_text("utf-8"))["templates"][0]["name"] == "邮件"
    with fake_staying_up(tmp_path_factory.mktemp("other") / "data") as other:
        there = open_page("/t", at=other)
        there.get_by_test_id("template-file").set_input_files(path)
        expect(there.get_by_test_id("template-said")).to_have_text("已导入 1 个模板。")
        expect(there.locator("[data-testid=template-list] section").first).to_contain_text("邮件")


def test_the_built_in_ones_are_there_in_both_languages_and_are_found_by_what_they_say(open_page: OpenPage) -> None:
    page = open_page("/t")
    cards = page.locator("[data-testid=template-list] a[data-id]")
    expect(cards.first).to_be_visible()
    chinese = cards.evaluate_all("all => all.map((one) => one.dataset.id).filter((id) => id.startsWith('zh-'))")
    page.locator(".library-of .segments").get_by_text("English").click()
    expect(page.locator("[data-id=en-email]")).to_be_visible()
    english = cards.evaluate_all("all => all.map((one) => one.dataset.id).filter((id) => id.startsWith('en-'))")
    assert len(chinese) == len(english) == 28
    page.get_by_test_id("template-search").fill("weekly")
    expect(cards).to_have_count(1)
    cards.first.click()
    for value in page.get_by_test_id("template-value").all():
        value.fill("Tea")
    page.get_by_test_id("template-use").click()
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message-user")).to_contain_text("Tea")


def test_a_built_in_one_is_copied_changed_duplicated_taken_away_and_put_back(open_page: OpenPage) -> None:
    page = open_page("/t/zh-weekly-report")
    expect(page.get_by_test_id("template-use")).to_be_visible()
    expect(page.get_by_test_id("template-edit")).to_have_count(0)
    page.get_by_test_id("template-copy").click()
    expect(page.get_by_test_id("template-name")).to_have_value("周报（我的）")
    page.get_by_test_id("template-name").fill("编辑部周报")
    page.get_by_test_id("template-save").click()
    page.get_by_test_id("template-edit").click()
    page.get_by_test_id("template-requirements").fill("只写{{几件}}件事")
    page.get_by_label("几件: 默认值").fill("三")
    page.get_by_test_id("template-save").click()
    expect(page.get_by_test_id("template-text")).to_contain_text("只写三件事")
    page.reload()
    expect(page.get_by_test_id("template-text")).to_contain_text("只写三件事")
    with page.expect_download() as waiting:
        page.get_by_test_id("template-export").click()
    exported = waiting.value.path()
    page.get_by_test_id("template-copy").click()
    page.get_by_test_id("template-name").fill("另一份周报")
    page.get_by_test_id("template-save").click()
    expect(page.get_by_test_id("template-edit")).to_be_visible()

    mine = page.get_by_test_id("template-list").locator("section").first
    page.get_by_test_id("template-remove").click()
    expect(page.get_by_test_id("template-said")).to_contain_text("已删除“另一份周报”")
    expect(mine).to_contain_text("编辑部周报")
    expect(mine).not_to_contain_text("另一份周报")
    page.get_by_test_id("template-undo").click()
    expect(mine).to_contain_text("另一份周报")
    page.get_by_test_id("template-file").set_input_files(exported)
    expect(page.get_by_test_id("template-said")).to_contain_text("另有 1 个原来就有")


def test_it_fits_a_phone(open_page: OpenPage) -> None:
    for path in ("/t", "/t/zh-unit-tests", "/t/new"):
        page = open_page(path, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        expect(page.locator("main h1")).not_to_be_empty()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
