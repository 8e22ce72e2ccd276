"""Presets and every parameter, in the page on a real server: what each does, where it is safe, and that the answer is made with just these. No
model matters for it, so the engine is the fake one."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from hanmo.core.knobs import KNOBS
from hanmo.core.presets import LIMITS, PRESETS
from tests.browser.test_writing import ask, wait_for_end
from tests.fakes.running import FakeHanmo, fake_staying_up

OpenPage = Callable[..., Page]
CHANGED = {
    "max_new_tokens": 128,
    "temperature": 0.6,
    "top_p": 0.9,
    "top_k": 40,
    "min_p": 0.05,
    "repetition_penalty": 1.1,
    "presence_penalty": 0.3,
    "seed": 7,
}


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("parameters") / "data") as running:
        yield running


def knob(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"knob-{name}")


def turn(page: Page, name: str, value: float) -> None:
    field = knob(page, name).locator(".field")
    field.fill(str(value))
    field.press("Tab")


def made_with(hanmo: FakeHanmo) -> dict[str, Any]:
    """What the newest answer was sampled with."""
    with closing(sqlite3.connect(f"file:{hanmo.data_dir}/hanmo.db?mode=ro", uri=True)) as database:
        (found,) = database.execute("SELECT sampling FROM generations ORDER BY created_at DESC LIMIT 1").fetchone()
    return dict(json.loads(found))


def test_every_parameter_says_what_it_does_and_where_it_is_safe_and_is_what_the_answer_is_made_with(
    open_page: OpenPage, hanmo: FakeHanmo
) -> None:
    page = open_page()
    page.get_by_test_id("params-toggle").click()
    for one in KNOBS:
        said = knob(page, one.name).locator("p")
        assert len(said.inner_text()) > 15
        if one.name != "seed":
            expect(said).to_contain_text("稳妥范围")
    turn(page, "temperature", 1.4)
    expect(knob(page, "temperature")).to_contain_text("超出稳妥范围 0.2–1")
    turn(page, "top_k", 5000)
    expect(knob(page, "top_k").locator(".field")).to_have_value(str(int(LIMITS["top_k"][1])))
    for name, value in CHANGED.items():
        turn(page, name, value)
    expect(page.get_by_test_id("params-toggle")).to_have_text("对话 · 改了 8 项")
    ask(page, "写一段讲湖的话。")
    wait_for_end(page)
    expect(page.get_by_test_id("finish-reason")).to_contain_text("到达长度上限")
    assert made_with(hanmo) | CHANGED == made_with(hanmo)

    knob(page, "temperature").get_by_role("button").click()
    expect(knob(page, "temperature").locator(".field")).to_have_value("0.7")
    page.get_by_test_id("params-reset").click()
    expect(page.get_by_test_id("params-toggle")).to_have_text("对话")


def test_a_preset_sets_them_all_and_the_one_that_fits_suggests_itself(open_page: OpenPage, hanmo: FakeHanmo) -> None:
    page = open_page()
    page.get_by_test_id("params-toggle").click()
    for name, preset in PRESETS.items():
        page.get_by_test_id(f"preset-{name}").click()
        expect(page.get_by_test_id(f"preset-{name}")).to_have_attribute("aria-pressed", "true")
        for one in ("temperature", "max_new_tokens", "presence_penalty", "top_k"):
            expect(knob(page, one).locator(".field")).to_have_value(f"{getattr(preset, one):g}")
    page.get_by_test_id("preset-chat").click()
    hint = page.get_by_test_id("preset-hint")
    for asked, said in {
        "写一篇关于渡口的短篇小说，500 字": "创作",
        "写一篇 2000 字的文章，讲春茶": "长文",
        "写一个 Python 函数，判断一个数是不是质数": "代码",
    }.items():
        page.get_by_test_id("input").fill(asked)
        expect(hint).to_contain_text(f"这像是“{said}”")
    page.get_by_test_id("preset-keep").click()
    expect(hint).to_have_count(0)
    page.get_by_test_id("input").fill("写一首关于雨的诗")
    page.get_by_test_id("preset-use").click()
    page.get_by_test_id("input").press("Enter")
    wait_for_end(page)
    preset = PRESETS["creative"]
    assert (made_with(hanmo)["temperature"], made_with(hanmo)["presence_penalty"]) == (preset.temperature, preset.presence_penalty)
