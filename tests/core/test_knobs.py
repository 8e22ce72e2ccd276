"""The parameters and their safe ranges, and which preset a brief suggests."""

import pytest

from hanmo.core.knobs import KNOBS, suggest_preset
from hanmo.core.presets import LIMITS, PRESETS

SUGGESTED: dict[str | None, list[str]] = {
    "qa": ["什么是量子纠缠？", "Python 的 GIL 是什么", "What is a monad?", "用 200 字解释什么是通货膨胀"],
    "creative": ["写一首关于秋天的诗。", "写一个 500 字的小故事", "给新茶写三条广告语", "Write a short story about a lighthouse."],
    "code": ["写一个 Python 函数，把列表去重。", "Write a SQL query for the highest salary per department.",
             "用 HTML 做一个贪吃蛇小游戏，2000 字以内"],
    "long": ["写一篇 3000 字的文章，讲茶的历史。", "写一部五千字的悬疑小说", "Write a 2,000-word essay on walking."],
    None: ["写一封辞职信", "润色下面这段话：今天天气好。", "把下面 3000 字的文章翻译成英文：……", "继续",
           "Write an email to my landlord.", "写一篇 300 字的短文"],
}  # fmt: skip


@pytest.mark.parametrize(("preset", "brief"), [(preset, brief) for preset, briefs in SUGGESTED.items() for brief in briefs])
def test_the_preset_suggests_itself_from_the_brief(preset: str | None, brief: str) -> None:
    assert suggest_preset(brief) == preset


def test_what_is_suggested_is_a_preset() -> None:
    assert {preset for preset in SUGGESTED if preset} < set(PRESETS)


def test_every_parameter_has_a_knob_and_every_preset_is_safe() -> None:
    assert {knob.name for knob in KNOBS} == set(LIMITS)
    for knob in KNOBS:
        assert knob.low <= knob.safe_low <= knob.safe_high <= knob.high
        for preset in PRESETS.values():
            value = getattr(preset, knob.name)
            assert value is None or knob.safe_low <= value <= knob.safe_high


def test_whole_numbers_have_whole_steps() -> None:
    assert all(knob.step == int(knob.step) for knob in KNOBS if knob.whole)
    assert {knob.name for knob in KNOBS if knob.whole} == {"max_new_tokens", "top_k", "seed"}
