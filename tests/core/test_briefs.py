"""What a brief asks for: lengths in the spellings that users write, languages, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Assignment
from hanmo.core.briefs import DEFAULT_WORDS, LONGEST, MATERIAL_CHARACTERS, SHORTEST, make_assignment, read_lengths
from hanmo.core.errors import InvalidRequest
from hanmo.core.text import Language

PLAIN = {
    "写游记，1000字左右，误差不超过50字": 1000,
    "写一篇800字的游记": 800,
    "写约 800 字的游记": 800,
    "写游记，８００字左右": 800,
    "写游记，八百字": 800,
    "写游记，一千二百字": 1200,
    "写游记，一千零五十字": 1050,
    "写游记，两千五百字": 2500,
    "写游记，一万二千字": 12_000,
    "写游记，3千字": 3000,
    "写游记，1.5万字": 15_000,
    "写游记，1,200字": 1200,
    "写游记，1，200字": 1200,
    "写游记，1000多字": 1000,
    "写游记，五百来字": 500,
    "写游记，800+字": 800,
    "寫遊記，500個字": 500,
    "写游记，3000汉字": 3000,
    "写游记，3000中文字": 3000,
    "写游记，几百字": 300,
    "写游记，五六百字": 600,
    "写游记，千字左右": 1000,
    "万字长文，写游记": 10_000,
    "写游记，800-1000字": 1000,
    "写游记，300到400字": 400,
    "写游记，一千至一千五百字": 1500,
    "写游记，1-2千字": 2000,
    "写游记，字数：800": 800,
    "写游记。字数要求：2000左右": 2000,
    "写游记，字数约800字": 800,
    "写游记，字数一千二百字": 1200,
    "写一篇300词的英语作文，谈茶": 300,
    "用120个单词写茶": 120,
    "Write 2000 words about tea": 2000,
    "Write an 800-word piece on tea": 800,
    "A 1,500 word report on tea": 1500,
    "A 2,000–2,500 word report on tea": 2500,
    "Between 500 and 700 words on tea": 700,
    "Write 1.5k words on tea": 1500,
    "Write 2k-3k words on tea": 3000,
    "Write five hundred words on tea": 500,
    "A two-thousand-word report on tea": 2000,
    "On tea. Word count: 900": 900,
    # The whole goes before its parts; parts are added up where nothing else is said.
    "写小说共5000字，分10章，每章500字左右": 5000,
    "写一篇论文，摘要200字，正文3000字": 3000,
    "标题不超过20字，写一篇800字新闻": 800,
    "写5篇日记，每篇400字": 2000,
    "创作五篇日记，每天一篇，每篇400字": 2000,
    "分三部分写茶，每部分约400字": 1200,
    "写小说的第三章，每节500字，共四节": 2000,
    "第一部分300字，第二部分500字，写茶": 800,
    "Write 3 sections of 400 words each on tea": 1200,
    "Four chapters on tea; every chapter should have around 1,000 words": 4000,
    # A book that is spoken of is not the text that is asked for.
    "读完这本70万字的长篇，写800字读后感": 800,
    "2023年9月23日，公司投入3000元，按此写800字新闻": 800,
}

BOUNDED = {
    "写游记，不少于800字": (800, None),
    "写游记，不能少于800字": (800, None),
    "写游记，不得少于800字": (800, None),
    "写游记，至少要800字": (800, None),
    "写游记，800字以上": (800, None),
    "写游记，800字或以上": (800, None),
    "写游记，超过800字": (800, None),
    "写游记，字数不少于800": (800, None),
    "At least 500 words about tea": (500, None),
    "No fewer than 500 words about tea": (500, None),
    "About tea, over 500 words": (500, None),
    "Tea in 500 words or more": (500, None),
    "写游记，800字以内": (None, 800),
    "About tea, never exceed 300 words": (None, 300),
    "About tea, 300 words max": (None, 300),
    "About tea, 500 words min": (500, None),
    "写游记，控制在800字之内": (None, 800),
    "写游记，不超过八百字": (None, 800),
    "写游记，不要超过800字": (None, 800),
    "写游记，少于800字": (None, 800),
    "写游记，最多800字": (None, 800),
    "About tea, no more than 300 words": (None, 300),
    "About tea in under 300 words": (None, 300),
    "Tea in 300 words or less": (None, 300),
    "About tea. Word limit: 300 words": (None, 300),
    "写游记，不少于800字，不超过1200字": (800, 1200),
}

NO_LENGTH = [
    "介绍宋体字体",
    "介绍26个字母",
    "写简介，500字符以内",
    "写简介，不超过100个字符",
    "正文用宋体14字号，写茶",
    "列出十个四字成语并造句",
    "介绍“一字之师”的故事",
    "用三个词概括苏州，再写成短文",
    "写一首诗，每句七个字",
    "介绍《千字文》",
    "每段不少于50字，写茶",
    "标题20字以内，写茶",
    "学会2500个常用汉字的方法",
    "手机卖3000元，写评测",
    "2023年的工作总结",
    "在这个90分钟的课上讲茶",
    "The meaning of the word tea",
    "Explain in a few words what happened in 1984",
    "篇幅：3页，写茶",
]


@pytest.mark.parametrize("brief", PLAIN)
def test_the_length_that_a_brief_names_is_the_one_that_is_written(brief: str) -> None:
    assert make_assignment(brief, seed=1).words == PLAIN[brief]


@pytest.mark.parametrize("brief", BOUNDED)
def test_a_bound_is_aimed_at_from_inside(brief: str) -> None:
    lengths, words = read_lengths(brief), make_assignment(brief, seed=1).words
    assert (lengths.at_least, lengths.at_most) == BOUNDED[brief]
    assert (lengths.at_least or 0) < words < (lengths.at_most or LONGEST)


@pytest.mark.parametrize("brief", NO_LENGTH)
def test_other_numbers_are_no_lengths(brief: str) -> None:
    assert read_lengths(brief).target is None
    assert make_assignment(brief, seed=1).words == DEFAULT_WORDS
    assert make_assignment(brief, words=800, seed=1).words == 800


@pytest.mark.parametrize(
    ("brief", "words"),
    [("写游记，800字左右，不少于800字", 824), ("写游记，1000字，不超过1000字", 950), ("写游记，不少于800字，不多于820字", 801)],
)
def test_a_plain_length_gives_way_to_a_bound(brief: str, words: int) -> None:
    assert make_assignment(brief, seed=1).words == words


@given(
    st.integers(SHORTEST, LONGEST),
    st.sampled_from(["写茶，{}字", "写茶，{} 字左右", "Write {} words on tea", "A {}-word text on tea"]),
)
def test_any_length_is_read_as_it_was_written(words: int, form: str) -> None:
    assert make_assignment(form.format(words), seed=1).words == words
    assert make_assignment(form.format(f"{words:,}"), seed=1).words == words


@given(st.text("字词千万k零一两百几 0123456789.,，-至不少于超过每第章words以内上个", max_size=30))
def test_no_brief_is_too_odd_to_be_read(brief: str) -> None:
    lengths = read_lengths(brief)
    assert all(value >= SHORTEST for value in (*lengths.plain, lengths.at_least or SHORTEST, lengths.at_most or SHORTEST))


@pytest.mark.parametrize(
    ("brief", "words", "code", "params"),
    [
        (" \n", None, "brief_empty", {}),
        ("？？！", None, "brief_without_task", {}),
        ("123", None, "brief_without_task", {}),
        ("写一篇关于茶的文章，0字", None, "words_out_of_range", {"words": 0, "low": SHORTEST, "high": LONGEST}),
        ("请写一篇文章", None, "brief_without_task", {}),
        ("帮我写一篇800字的作文，谢谢", None, "brief_without_task", {}),
        ("字数：800", None, "brief_without_task", {}),
        ("Please write me an essay of 500 words about something", None, "brief_without_task", {}),
        ("写茶，200万字", None, "words_out_of_range", {"words": 2_000_000, "low": SHORTEST, "high": LONGEST}),
        ("写茶", 19, "words_out_of_range", {"words": 19, "low": SHORTEST, "high": LONGEST}),
        ("写茶", LONGEST + 1, "words_out_of_range", {"words": LONGEST + 1, "low": SHORTEST, "high": LONGEST}),
        ("写茶", 0, "words_out_of_range", {"words": 0, "low": SHORTEST, "high": LONGEST}),
        ("写茶，不少于800字，不超过600字", None, "lengths_contradict", {"one": 800, "other": 600}),
        ("写茶，1000字，不少于2000字", None, "lengths_contradict", {"one": 1000, "other": 2000}),
        ("写茶，2000字，不超过1000字", None, "lengths_contradict", {"one": 2000, "other": 1000}),
        ("写茶，800字", 5000, "lengths_contradict", {"one": 5000, "other": 800}),
        ("写茶，不超过800字", 1500, "lengths_contradict", {"one": 1500, "other": 800}),
    ],
)
def test_what_cannot_be_met_is_refused(brief: str, words: int | None, code: str, params: dict[str, int]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make_assignment(brief, words=words, seed=1)
    assert (refused.value.code, refused.value.params) == (code, params)


@pytest.mark.parametrize(
    ("brief", "words"),
    [
        ("写茶，800字", 1000),
        ("写茶，不少于800字", 780),
        ("写茶，1000字，不少于1100字", None),
        ("写800字读后感，原著3万字", 800),
        ("续写", None),
        ("茶", None),
        ("写一首诗", None),
        ("Tea", None),
    ],
)
def test_what_can_be_met_is_not_refused(brief: str, words: int | None) -> None:
    assert make_assignment(brief, words=words, seed=1).brief == brief


@pytest.mark.parametrize("field", ["style", "glossary", "characters", "facts"])
def test_material_that_leaves_no_room_is_refused(field: str) -> None:
    assert getattr(make_assignment("写茶", seed=1, **{field: "字" * MATERIAL_CHARACTERS}), field)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest) as refused:
        make_assignment("写茶", seed=1, **{field: "字" * (MATERIAL_CHARACTERS + 1)})  # type: ignore[arg-type]
    assert refused.value.params == {"field": field, "characters": MATERIAL_CHARACTERS + 1, "limit": MATERIAL_CHARACTERS}


@pytest.mark.parametrize(
    ("brief", "lang"),
    [
        ("写一篇关于 FastAPI 和 Python 的博客", "zh"),
        ("Explain the history of 茶 in plain words", "en"),
        ("写一篇300词的英语作文，题目是 My Day", "en"),
        ("用英语介绍苏州", "en"),
        ("请写一封英文邮件，向客户致歉", "en"),
        ("Write about tea in Chinese", "zh"),
        ("Write in Chinese: the story of tea", "zh"),
        ("Write about tea, 用中文", "zh"),
        # The language is spoken about, not asked for.
        ("The role of tea in Chinese culture", "en"),
        ("写一份英语作文教学的教案", "zh"),
        ("报道我校的英语演讲比赛", "zh"),
        ("英语作文怎么写才能得高分", "zh"),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_brief(brief: str, lang: Language) -> None:
    assert make_assignment(brief, seed=1).lang == lang
    assert make_assignment(brief, lang="zh", seed=1).lang == "zh"


def test_everything_given_along_reaches_the_assignment() -> None:
    made = make_assignment(
        "写茶", words=600, lang="en", seed=7, form="code", style="文", glossary="语", characters="人", facts="实",
        preset="code", sampling={"top_k": 40},
    )  # fmt: skip
    assert made == Assignment("写茶", 600, "en", 7, "code", "文", "语", "人", "实", "code", {"top_k": 40})
