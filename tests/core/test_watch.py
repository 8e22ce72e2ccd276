"""An answer judged while it grows: where it is long enough, and where it goes astray."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.asks import Limit
from hanmo.core.flows.watch import Verdict, Watch, clean_ends, inside_a_block
from hanmo.core.text import count_words, ends_sentence

TEN = "一二三四五六七八九十。"
LIMIT = Limit(20, 30)


def judged(
    text: str, limit: Limit | None = LIMIT, opening: str = "", *, against: tuple[str, ...] = (), **how: bool
) -> tuple[str, str] | None:
    """How the answer ends, and what of it stands."""
    verdict = Watch(opening, against).look(opening + text, limit, ended=how.get("ended", False), enough=how.get("enough", False))
    return None if verdict is None else (verdict.end, (opening + text)[len(opening) : verdict.keep])


def distinct(count: int, words: int = 10) -> str:
    """Sentences that say nothing twice."""
    return "".join("".join(chr(0x5000 + 97 * i + 7 * j) for j in range(words)) + "。" for i in range(count))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (distinct(1), None),
        (distinct(2), None),  # closing marks may follow
        (distinct(2) + "又", distinct(2)),
        (distinct(1) + "他说：“甲乙丙丁戊己庚辛。”又", distinct(1) + "他说：“甲乙丙丁戊己庚辛。”"),
        (distinct(1) + "甲乙丙丁戊己庚辛子丑", None),
        (distinct(1) + "甲乙丙丁戊己庚辛子丑寅卯。又", distinct(1) + "甲乙丙丁戊己庚辛子丑寅卯。"),
        (distinct(1) + "\n\n1. 甲乙丙丁戊己庚辛子丑\n2. ", None),
        (distinct(1) + "甲" + "乙丙丁戊己庚辛子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙", distinct(1)),
    ],
)
def test_it_is_long_enough_at_the_first_sentence_end_after_its_share(text: str, kept: str | None) -> None:
    assert judged(text) == (None if kept is None else ("enough", kept))


def test_the_end_of_a_sentence_is_known_once_nothing_follows() -> None:
    assert judged(distinct(2), ended=True) == ("enough", distinct(2))
    assert judged(distinct(1), ended=True) is None


def test_english_ends_behind_its_quotation_marks_and_not_at_a_title() -> None:
    assert judged('She looked at the sea and said "We go." And', Limit(7, 40)) == (
        "enough",
        'She looked at the sea and said "We go."',
    )
    assert judged("It was found at last by Dr. Smith, who", Limit(5, 40)) is None


def test_what_stands_before_counts_and_is_never_given_up() -> None:
    opening = "## 节\n\n" + distinct(2)
    assert judged("甲乙。", opening=opening) is None
    assert judged("甲乙。又", opening=opening) == ("enough", "甲乙。")
    assert judged("甲乙，" + "天地玄黄宇宙洪荒日月盈昃辰宿列张", opening=opening) == (
        "enough",
        "甲乙，天地玄黄宇宙洪荒日月盈昃辰宿列张",
    )


@pytest.mark.parametrize("limit", [LIMIT, None])
def test_enough_said_by_the_user_keeps_every_whole_sentence_and_no_half_one(limit: Limit | None) -> None:
    assert judged("春天来了", limit, enough=True) is None
    assert judged("春天来了。", limit, enough=True) is None
    assert judged("春天来了\n花开了\n鸟", limit, enough=True) == ("enough", "春天来了\n花开了")
    assert judged("春天来了", limit, enough=True, ended=True) == ("enough", "春天来了")
    assert judged("春天来了。花", limit, enough=True) == ("enough", "春天来了。")
    assert judged("春天来了。花开了！鸟", limit, enough=True) == ("enough", "春天来了。花开了！")
    assert judged(distinct(3) + "又", limit, enough=True) == ("enough", distinct(3))


TABLE = "| 茶 | 说明 |\n| --- | --- |\n| 绿茶 | 他喝了一口。她也喝。 |\n| 红茶 | 天地玄黄宇宙洪荒。日月。 |\n"
CODE = "```python\n# 读入天地玄黄宇宙洪荒\nname = 1\n# 写出日月盈昃辰宿列张。好。\n```\n"


@pytest.mark.parametrize("block", [TABLE, CODE])
def test_a_text_never_ends_inside_a_table_or_code(block: str) -> None:
    text = distinct(1) + "\n\n" + block
    for end in range(len(distinct(1)) + 2, len(text)):
        assert judged(text[:end], Limit(12, 15)) is None
    assert judged(text + "\n茶", Limit(12, 15)) == ("enough", text)


@given(
    st.lists(
        st.sampled_from([TEN, "花开，", "\n", "| 甲。乙。 |\n", "```\n", "1. ", "He left. ", "Dr. ", "”", "## "]), max_size=20
    ).map("".join)
)
def test_every_place_where_a_text_may_end_is_one(text: str) -> None:
    for end in clean_ends(text):
        assert not inside_a_block(text[:end])
        assert ends_sentence(text[:end]) or text[:end].rstrip("\n").endswith(("|", "```"))


@pytest.mark.parametrize(
    ("cut", "repeated"),
    [
        ("\n\n## 下一节\n", "## "),
        ("\n\n### 小节", "### "),
        ("\n\n**第二节 起源**", "**第二节"),
        ("\n\n第三部分：结语", "第三部分："),
        ("\n\nPart 2: more", "Part 2:"),
        ("\n（约300字）", "（约300字"),
        ("（全文共812字）", "（全文共812字"),
        ("\n（字数：812）", "（字数"),
        ("\n**字数：** 812", "**字数："),
        ("\n字数：300", "字数："),
        ("\n(Word count: 300)", "(Word count"),
        ("<|im_end|>", "<|"),
    ],
)
def test_headings_and_talk_about_the_task_are_cut_off(cut: str, repeated: str) -> None:
    text = "春天来了。"
    assert Watch("", ()).look(text + cut, LIMIT, ended=False, enough=False) == Verdict("heading", len(text), repeated)


@pytest.mark.parametrize(
    "text",
    [
        "如下。\n\n```python\n# 安装\nimport os\n",
        "写入（约 4 字节）的数据",
        "他用了(共 3 个)杯子",
        "今天是 #春天 的节日",
        "在第三部分：这里",
        "每页字数：三百",
        "## 不在行首 ##"[3:],
    ],
)
def test_what_only_looks_like_them_stands(text: str) -> None:
    assert judged(text) is None


def test_structured_answers_may_have_headings_and_say_things_again() -> None:
    watch = Watch("", (TEN,), free=True)
    assert watch.look("## 节\n" + TEN, None, ended=True, enough=False) is None


def test_a_heading_said_again_at_once_leaves_the_opening_as_it_is() -> None:
    assert judged("## 春天\n\n花", opening="## 春天\n\n") == ("heading", "")


OLD = "清晨的阳光照进老城区的每一条小巷，卖早点的人已经支起了炉子。"


def test_a_phrase_of_another_section_is_cut_where_its_clause_begins() -> None:
    assert judged("到了春天，清晨的阳光照进老城区的屋", against=(OLD,)) == ("repeat", "到了春天，")
    assert judged("到了春天，清晨的阳光照进屋", against=(OLD,)) is None


def test_an_old_phrase_is_let_through_where_there_was_no_other_way() -> None:
    text = "清晨的阳光照进老城区的屋"
    assert Watch("", (OLD,), lenient=16).look(text, LIMIT, ended=False, enough=False) is None
    assert Watch("", (OLD,)).look(text, LIMIT, ended=False, enough=False) is not None


def test_a_term_of_the_brief_is_let_through_there_however_long_it_is() -> None:
    term = "中国孟连牛油果集配中心供应链能力提升与冷链物流效率改进工程"
    text = f"{term}已经启用"
    for terms, keep in ((("采访" + term + "的负责人",), None), ((), 0)):
        verdict = Watch("", (f"{term}在普洱。",), lenient=16, terms=terms).phrase(text)
        assert (verdict and verdict.keep) == keep
    assert Watch("", (f"{term}在普洱。",), terms=(term,)).phrase(text) is not None


@pytest.mark.parametrize(
    ("avoid", "text", "flees"),
    [
        (("清晨的阳光",), " sunlight", True),
        (("清晨的阳光",), "Утро", True),
        (("清晨的阳光",), "黎明 Sunlight", False),
        (("the old harbour",), "sunlight", False),
        ((), "Python 很好", False),
    ],
)
def test_fleeing_from_a_phrase_into_another_script_is_no_way(avoid: tuple[str, ...], text: str, flees: bool) -> None:
    verdict = Watch("他说，", (), avoid=avoid).look("他说，" + text, LIMIT, ended=False, enough=False)
    assert (verdict is not None) == flees
    if verdict is not None:
        assert (verdict.end, verdict.keep, verdict.repeated) == ("repeat", 3, text)


@given(
    st.lists(
        st.sampled_from([distinct(1), distinct(2)[11:], "花开，", "\n\n", TABLE, "## 节", OLD, "He left. ", "字数：", "```\n"]),
        max_size=10,
    ).map("".join),
    st.integers(1, 60),
    st.booleans(),
)
def test_a_verdict_keeps_the_opening_and_never_more_than_there_is(text: str, words: int, ended: bool) -> None:
    opening = "## 春\n\n" + TEN
    verdict = Watch(opening, (OLD,)).look(opening + text, Limit.around(words), ended=ended, enough=False)
    if verdict is not None:
        assert len(opening) <= verdict.keep <= len(opening + text)
        if verdict.end == "enough":
            assert count_words((opening + text)[: verdict.keep]) >= min(Limit.around(words).enough, count_words(opening))


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("随后对项目的 quality进行检查", " quality"),
        ("随后，对项目的 quality进行检查", " quality"),
        ("随后用 OKR 与 Python 写成计划", ""),
        ("随后检查了项目。又谈到 quality 一词", ""),
    ],
)
def test_a_flight_into_another_language_is_taken_back_where_words_are_held_off(text: str, repeated: str) -> None:
    verdict = Watch("会上，", (), avoid=("项目的质量",)).phrase("会上，" + text)
    assert (verdict.repeated if verdict else "") == repeated
    assert Watch("会上，", ()).phrase("会上，" + text) is None


@pytest.mark.parametrize(
    "said", ["总的来说，", "通过以上步骤，", "通过对上述措施的实施，", "In conclusion, ", "By following these steps, "]
)
def test_a_text_that_goes_on_does_not_conclude(said: str) -> None:
    text = f"{distinct(1)}\n\n{said}说到这里。"
    verdict = Watch("", (), goes_on=True).look(text, LIMIT, ended=False, enough=False)
    assert verdict is not None
    assert (verdict.end, verdict.keep) == ("repeat", len(distinct(1)) + 2)
    assert Watch("", ()).look(text, LIMIT, ended=False, enough=False) is None
    again = f"{distinct(1)}\n\n{said}{distinct(1)[:20]}"
    early = Watch("", (), goes_on=True).phrase(again)
    assert early is not None and early.keep == len(distinct(1)) + 2, "what an old phrase follows at once is no beginning that stays"
    assert Watch("", (), goes_on=True).look(f"{distinct(1)}{said}说到这里。", LIMIT, ended=False, enough=False) is None
