"""What is said of a brief before it is sent: must flag, and must pass, in both languages; and every mend mends."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any, cast

import pytest

from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.lint import ROLES, Caution, Setting, lint
from hanmo.core.values import Sampling
from tests.core.checks.examples_input import ID, KEY, PHONE

FIRST = Setting(Sampling())
LATER = Setting(Sampling(), first=False)

FLAG: dict[str, list[BriefFields]] = {
    "no_role": [
        BriefFields(text="写一篇悬疑小说，讲一座灯塔。"),
        BriefFields(task="Write a cover letter to a museum"),
        BriefFields(text="Write a Python script that renames photos."),
    ],
    "no_task": [BriefFields(role="编辑"), BriefFields(requirements="语气平和", words=300)],
    "vague_task": [
        BriefFields(text="写一篇文章。"),
        BriefFields(text="帮我写个故事"),
        BriefFields(text="写一篇 800 字的作文"),
        BriefFields(text="随便写点东西，关于春天也行"),
        BriefFields(task="Write a short story."),
        BriefFields(text="Write something nice"),
    ],
    "conflict": [
        BriefFields(text="写一段介绍龙井茶的话，语气正式，又要口语化。"),
        BriefFields(task="Introduce our tea", requirements="concise\nin detail"),
    ],
    "many_constraints": [
        BriefFields(text="写一段龙井茶的介绍，不超过 300 字，语气正式，必须提到“春茶”，不要出现“养生”。"),
        BriefFields(task="Introduce our tea, in a formal tone", requirements="no prices\nmention spring\nend with a question"),
    ],
    "length_over_tokens": [
        BriefFields(text="写一篇 2000 字的游记，写苏州的园林。"),
        BriefFields(task="Write about walking", words=1500),
        BriefFields(text="Write 1,500 words about walking."),
    ],
    "length_needs_article": [
        BriefFields(text="写一部 5 万字的小说，讲一座灯塔。"),
        BriefFields(text="Write a novel of 30,000 words on a lighthouse."),
    ],
    "open_code": [
        BriefFields(text="解释这段代码：\n```python\nprint(1)\n\nprint(2)"),
        BriefFields(task="改这段", example="~~~js\nx()"),
    ],
    "open_pair": [
        BriefFields(text="请把“一个人的村庄改写成诗。"),
        BriefFields(text="请把一个人的村庄”改写成诗。"),
        BriefFields(text='Explain what "carpe diem means.'),
        BriefFields(text="按「甲乙丙的次序排。\n再写一句。"),
    ],
    "private_phone_number": [BriefFields(text=f"给 {PHONE} 写一条短信，说我晚到。")],
    "private_id_number": [BriefFields(task="写一份委托书", requirements=f"身份证号是 {ID}")],
    "private_secret_key": [BriefFields(text=f"用这个密钥 {KEY} 调接口。")],
}

PASS: dict[str, list[BriefFields]] = {
    "no_role": [
        BriefFields(text="什么是量子纠缠？"), BriefFields(text="你是一位小说家。写一篇悬疑小说，讲一座灯塔。"),
        BriefFields(text="润色这段话：今天天气好。"),
        BriefFields(role="小说家", task="写一篇悬疑小说，讲一座灯塔"), BriefFields(text="You are an editor. Write an article on bread."),
        BriefFields(text="你好"), BriefFields(text="As a senior engineer, write a function that parses dates."),
    ],
    "no_task": [BriefFields(role="编辑", text="写一封信给老师"), BriefFields(task="写一封信给老师")],
    "vague_task": [
        BriefFields(text="写一篇关于茶的文章。"), BriefFields(text="写一首诗，写秋天"), BriefFields(text="继续"), BriefFields(text="怎么写文章？"),
        BriefFields(text="帮我改一下"), BriefFields(text="Write a story about a fox."), BriefFields(text="Write a poem for my mother"),
        BriefFields(text="写一封辞职信"), BriefFields(task="写个贪吃蛇", requirements="用 HTML"), BriefFields(text="Thanks"),
    ],
    "conflict": [BriefFields(text="写一段介绍龙井茶的话，语气正式，简洁。"), BriefFields(text="把这段翻译成英文，用中文解释，用英文写译文。")],
    "many_constraints": [
        BriefFields(text="写一段龙井茶的介绍，不超过 300 字，语气正式。"), BriefFields(text="什么是 JSON？"),
        BriefFields(task="Introduce our tea", requirements="warm\nno prices\nmention spring\nend with a question"),
    ],
    "length_over_tokens": [
        BriefFields(text="写一段 300 字的游记，写苏州的园林。"), BriefFields(text="写四字成语五个"),
        BriefFields(text="Write 400 words about walking."),
    ],
    "length_needs_article": [BriefFields(text="写一篇 2000 字的游记，写苏州的园林。")],
    "open_code": [BriefFields(text="解释：\n```python\nprint(1)\n```\n谢谢")],
    "open_pair": [
        BriefFields(text="请把“一个人的村庄”改写成诗。"), BriefFields(text='A 27" screen and a 5" one, and a 3" gap.'),
        BriefFields(text='Say "hello" twice.'),
        BriefFields(text='```c\nputs("a);\n```'), BriefFields(text="1) 甲\n2) 乙"), BriefFields(text="Run `echo \"` once."),
        BriefFields(text="好 :)"),
    ],
    "private_phone_number": [BriefFields(text="写一篇 1500 字的文章，讲 2024 年 5 月 1 日的海。")],
    "private_id_number": [BriefFields(text="110105194912310021 不是身份证号。")],
    "private_secret_key": [BriefFields(text="把 sk-xxxxxxxxxxxxxxxxxxxxxxxx 换成你的密钥。")],
}  # fmt: skip


def cautions(fields: BriefFields, setting: Setting = FIRST) -> list[Caution]:
    return list(lint(fields, setting).cautions)


@pytest.mark.parametrize(("kind", "fields"), [(kind, each) for kind, some in FLAG.items() for each in some])
def test_what_must_be_said_is_said(kind: str, fields: BriefFields) -> None:
    assert kind in [each.kind for each in cautions(fields)]


@pytest.mark.parametrize(("kind", "fields"), [(kind, each) for kind, some in PASS.items() for each in some])
def test_what_is_well_is_left_alone(kind: str, fields: BriefFields) -> None:
    assert kind not in [each.kind for each in cautions(fields)]


@pytest.mark.parametrize(("kind", "fields"), [(kind, each) for kind, some in FLAG.items() for each in some])
def test_every_mend_mends(kind: str, fields: BriefFields) -> None:
    found = next(each for each in cautions(fields) if each.kind == kind)
    if not found.mends:
        assert kind in ("no_task", "vague_task", "length_needs_article")
    for mend in found.mends:
        mended = replace(fields, **cast("dict[str, Any]", mend.fields))
        setting = Setting(replace(Sampling(), **mend.sampling))
        assert kind not in [each.kind for each in cautions(mended, setting)]


def test_of_two_that_conflict_either_may_stay() -> None:
    (conflict,) = [each for each in cautions(BriefFields(text="写一段茶的介绍，语气正式，又要口语化。")) if each.kind == "conflict"]
    assert [(mend.code, dict(mend.fields)) for mend in conflict.mends] == [
        ("keep_one", {"text": "写一段茶的介绍，语气正式。"}),
        ("keep_other", {"text": "写一段茶的介绍，又要口语化。"}),
    ]
    fields = BriefFields(text="写一段茶的介绍。", requirements="1. 语气活泼\n2. 不超过 300 字", words=900)
    (conflict,) = [each for each in cautions(fields) if each.kind == "conflict"]
    assert [dict(mend.fields) for mend in conflict.mends] == [{"words": None}, {"requirements": "1. 语气活泼"}]


def test_the_order_of_many_conditions_becomes_the_requirements_and_a_numbered_list_of_the_brief() -> None:
    fields = BriefFields(text="写一段龙井茶的介绍，不超过 300 字，语气正式，必须提到“春茶”，不要出现“养生”。")
    (many,) = [each for each in cautions(fields) if each.kind == "many_constraints"]
    (mend,) = many.mends
    assert mend.fields == {"requirements": "不超过 300 字\n语气正式\n必须提到“春茶”\n不要出现“养生”"}
    assert "\n1. 不超过 300 字\n2. 语气正式\n3. 必须提到“春茶”\n" in to_text(replace(fields, **mend.fields), "zh")  # type: ignore[arg-type]


def test_a_hundred_conditions_that_conflict_are_told_in_time() -> None:
    fields = BriefFields(
        task="写茶", requirements="\n".join(f"{n}. {'正式' if n % 2 else '口语化'}的第 {n} 条" for n in range(100))
    )
    assert all(not each.mends for each in cautions(fields) if each.kind == "conflict")


def test_of_an_article_nothing_is_said_of_the_room_of_an_answer() -> None:
    brief = BriefFields(role="作家", text="写一部 5 万字的小说，讲一座灯塔。")
    assert cautions(brief, replace(FIRST, article=True)) == []


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("请把“一个人的村庄改写成诗。", "请把“一个人的村庄改写成诗”。"),
        ("请把一个人的村庄”改写成诗。", "请把一个人的村庄改写成诗。"),
        ('Explain what "carpe diem means.', 'Explain what "carpe diem means".'),
        ("解释：\n````md\n```\n", "解释：\n````md\n```\n````\n"),
        (f"给 {PHONE} 和 {PHONE} 发短信。", "给 *** 和 *** 发短信。"),
    ],
)
def test_marks_are_closed_where_they_belong_and_private_things_hidden(text: str, mended: str) -> None:
    mends = [mend for each in cautions(BriefFields(text=text)) for mend in each.mends if "text" in mend.fields]
    assert mends[0].fields == {"text": mended}


def test_no_caution_repeats_what_is_private() -> None:
    for found in cautions(BriefFields(text=f"{PHONE}，{ID}，{KEY}")):
        assert not any(secret in str(found.params) for secret in (PHONE, ID, KEY))


def test_a_turn_that_leans_on_the_ones_before_may_be_short_and_without_a_role() -> None:
    assert cautions(BriefFields(text="写一篇文章。"), LATER) == []


def test_the_length_is_measured_with_this_machines_tokens_and_context() -> None:
    brief = BriefFields(text="写一篇 1000 字的游记，写苏州的园林。")
    assert [each.kind for each in cautions(brief, replace(LATER, tokens_per_word=0.6))] == []
    (over,) = cautions(brief, replace(LATER, tokens_per_word=1.2))
    assert (over.kind, over.mends[0].sampling) == ("length_over_tokens", {"max_new_tokens": 1536})
    (article,) = cautions(brief, replace(LATER, n_ctx=1024))
    assert (article.kind, article.params["limit"]) == ("length_needs_article", 768)


def test_nothing_is_said_of_nothing() -> None:
    assert lint(BriefFields(text=" \n"), FIRST).cautions == ()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_caution_and_every_mend_has_words(lang: str) -> None:
    said = json.loads((files("hanmo.i18n") / f"{lang}.json").read_text("utf-8"))
    for kind, some in FLAG.items():
        assert said[f"caution.{kind}"].strip()
        for mend in (mend for each in cautions(some[0]) for mend in each.mends):
            assert said[f"caution.mend.{mend.code}"].strip()


def test_both_languages_have_the_same_roles() -> None:
    assert set(ROLES["zh"]) == set(ROLES["en"])
