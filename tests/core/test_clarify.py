"""What is asked back, by examples in both languages: must ask, and must not."""

import json
from importlib.resources import files

import pytest

from hanmo.core.brief_fields import BriefFields
from hanmo.core.clarify import GAPS, MOST_QUESTIONS, SUBJECTS, gaps
from hanmo.core.text import language_of

ASKED: list[tuple[str, bool, list[str]]] = [
    ("写一篇小说，3000 字。", False, ["genre", "hero", "ending"]),
    ("写一篇悬疑小说，3000 字。", False, ["hero", "ending"]),
    ("写一部五千字的爱情小说，主角是一个修伞的匠人，结局要团圆。", False, []),
    ("Write a 2,000-word story.", False, ["genre", "hero", "ending"]),
    ("Write a 2,000-word ghost story about a lighthouse keeper with a twist at the end.", False, []),
    ("写一篇关于茶的文章。", True, ["audience", "length", "angle"]),
    ("写一篇关于茶的文章，1500 字，面向初学者。", True, ["angle"]),
    ("从农民的角度写一篇关于茶的文章，给城里的孩子看，2000 字。", True, []),
    ("茶的历史", True, ["audience", "length", "angle"]),
    ("Write an article about tea.", True, ["audience", "length", "angle"]),
    ("Write a 1,200-word article about tea for beginners, focusing on brewing.", True, []),
    ("写一份 1000 字的产品文案。", False, ["selling", "channel"]),
    ("Write 900 words of marketing copy.", False, ["product", "selling", "channel"]),
    ("写一封 1000 字的信。", False, ["recipient", "reason", "tone"]),
    ("写一封 1000 字的道歉信给老师，语气诚恳。", False, []),
    ("写一个程序。", True, ["language", "input", "output"]),
    ("用 Python 写一个程序，读取 CSV，输出平均值。", True, []),
    ("出一套数学试题。", True, ["level", "number", "type"]),
    ("给小学三年级出 10 道选择题。", True, []),
    ("Create a quiz on the French Revolution.", True, ["level", "number", "type"]),
    ("写一篇小说。", False, []),
    ("什么是量子纠缠？", False, []),
    ("写一首诗。", True, []),
    ("把下面 3000 字的文章翻译成英文：……", False, []),
    ("继续", False, []),
    ("", True, []),
]


@pytest.mark.parametrize(("brief", "article", "names"), ASKED)
def test_what_is_missing_is_asked_and_nothing_else(brief: str, article: bool, names: list[str]) -> None:
    assert [gap.name for gap in gaps(BriefFields(text=brief), language_of(brief), article=article)] == names


def test_what_stands_in_a_field_is_not_asked() -> None:
    fields = BriefFields(task="写一篇关于茶的文章", audience="新茶客", words=1500, requirements="从采茶人的角度谈")
    assert gaps(fields, "zh", article=True) == ()


def test_the_role_of_the_writer_is_no_character_of_the_story() -> None:
    fields = BriefFields(role="悬疑作家", task="写一篇小说，结局要反转", words=3000)
    assert [gap.name for gap in gaps(fields, "zh")] == ["genre", "hero"]


def test_an_article_of_code_is_asked_about_as_code() -> None:
    asked = gaps(BriefFields(text="一个记账的小工具"), "zh", article=True, form="code")
    assert [gap.name for gap in asked] == ["language", "input", "output"]


def test_a_length_given_beside_the_brief_is_not_asked() -> None:
    asked = gaps(BriefFields(text="写一篇关于茶的文章。"), "zh", article=True, words=800)
    assert [gap.name for gap in asked] == ["audience", "angle"]


@pytest.mark.parametrize(
    ("brief", "names"),
    [
        ("写一篇小说。", ["subject", "genre", "hero"]),
        ("写一首诗。", ["subject"]),
        ("随便写点东西", ["subject"]),
        ("Write a short story.", ["subject", "genre", "hero"]),
        ("写个程序", ["subject", "language", "input"]),
        ("出一套试题", ["subject", "level", "number"]),
        ("写一封信", ["recipient", "reason", "tone"]),
        ("写文案", ["product", "selling", "channel"]),
        ("写一首写秋天的诗。", []),
        ("什么是茶？", []),
    ],
)
def test_who_wants_to_be_asked_is_asked_of_a_short_text_too_and_first_what_it_is_about(brief: str, names: list[str]) -> None:
    assert [gap.name for gap in gaps(BriefFields(text=brief), language_of(brief), anyway=True)] == names


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_question_has_words_a_label_and_answers(lang: str) -> None:
    said = json.loads((files("hanmo.i18n") / f"{lang}.json").read_text("utf-8"))
    expected = {
        f"question.{gap.kind}.{gap.name}{part}"
        for gap in (*(gap for kind in GAPS.values() for gap in kind), *SUBJECTS.values())
        for part in ("", ".label", ".answers")
    }
    assert {key for key in said if key.startswith("question.")} == expected
    for key in expected:
        assert said[key].strip()
        if key.endswith(".answers"):
            assert 2 <= len(said[key].split("|")) <= 5
    assert all(len(kind) <= MOST_QUESTIONS for kind in GAPS.values())
