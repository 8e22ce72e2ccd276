"""A clause said again a moment later is found where it ends; what may come again is left."""

import pytest

from hanmo.core.echoes import echo


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("他找到了线索，他找到了线索。", "他找到了线索。"),
        ("杰克回到森林，他准备离开。他告诉众人，他要走了。他准备离开，", "他准备离开，"),
        ("第一段，他准备离开。\n\n第二段，他准备离开。他", "他准备离开。他"),
        ("He was ready to go, and she knew it. He was ready to go, ", " He was ready to go, "),
    ],
)
def test_an_echo_begins_at_its_clause(text: str, again: str) -> None:
    place = echo(text)
    assert place is not None
    assert text[place:] == again


@pytest.mark.parametrize(
    "text",
    [
        "",
        "他找到了线索，他找到了线索",  # not finished
        "不过，他走了。不过，他又回来了。",
        "他说：“我准备离开了。”她也说：“我准备离开了。”",
        "春风又绿江南岸，\n明月何时照我还。\n春风又绿江南岸，\n",
        "- 先把水烧开，\n- 先把水烧开，\n",
        "```python\nprint(a), print(a), print(a),\n",
        "他准备离开了。" + "".join(f"第{i}个人从桥上走过去，" for i in "一二三四五六七八九十百千万") + "他准备离开了。",
        "At the same time, he left. At the same time, she came. ",
    ],
)
def test_what_may_come_again_is_left(text: str) -> None:
    assert echo(text) is None
