"""Rewriting: lengths, wrapping, pieces that stay, what was lost, and a model that only repeats what it was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.asks import Answer, Limit
from hanmo.core.flows.pieces import pieces
from hanmo.core.flows.rewrite import RewriteKind, rewrite, shortened, wanted_words
from hanmo.core.flows.unwrap import unwrapped
from hanmo.core.text import count_words, ends_sentence
from tests.core.flow_scripts import drive, one_by_one

TEXT = "王小明在2024年搬到了海边。他每天早上去码头看渔船回来，晚上在灯下读《边城》。日子过得很慢，他却觉得正好。"
OTHER = "2024年，王小明把家安在了海边。清早他到码头等渔船靠岸，入夜便点灯读《边城》。这样的日子不紧不慢，正合他意。"
KINDS: list[RewriteKind] = ["expand", "shorten", "rephrase", "tone", "translate", "anew", "continue", "own"]


def test_another_wording_is_taken_as_it_comes() -> None:
    done, asks = drive(rewrite(TEXT, "rephrase", "zh", instruction="", seed=3), one_by_one([OTHER]))
    assert (done.text, done.problem, done.lost) == (OTHER, "", ())
    assert len(asks) == 1


def test_what_was_lost_is_told() -> None:
    bare = "他把家安在了海边。清早他到码头等渔船靠岸，入夜便点灯读书。这样的日子不紧不慢，正合他意。"
    done, _ = drive(rewrite(TEXT, "tone", "zh", instruction="亲切", seed=3), one_by_one([bare]))
    assert done.lost == ("2024年", "边城")


@pytest.mark.parametrize("kind", ["rephrase", "tone"])
def test_a_model_that_repeats_its_input_is_asked_once_more_and_then_given_up(kind: RewriteKind) -> None:
    done, asks = drive(rewrite(TEXT, kind, "zh", instruction="", seed=3), one_by_one([TEXT]))
    assert (done.text, done.problem) == (TEXT, "unchanged")
    assert len(asks) == 2
    assert "不要照抄原文" in asks[1].messages[-1].text
    assert asks[0].sampling.seed != asks[1].sampling.seed
    assert asks[1].avoid == (TEXT[:8],)
    done, _ = drive(rewrite(TEXT, kind, "zh", instruction="", seed=3), one_by_one([TEXT, OTHER]))
    assert (done.text, done.problem) == (OTHER, "")


def test_at_each_copied_sentence_another_way_is_taken() -> None:
    one, two = OTHER[:20], OTHER[20:]
    answers = [Answer(TEXT, "stop"), Answer(one, "repeat", repeated="他每天早上"), Answer(two, "stop")]
    done, asks = drive(rewrite(TEXT, "rephrase", "zh", instruction="", seed=3), one_by_one(answers))
    assert (done.text, done.problem) == (OTHER, "")
    assert [ask.avoid for ask in asks] == [(), (TEXT[:8],), ("他每天早上",)]
    assert asks[2].opening == one
    assert TEXT in asks[2].against
    _, asks = drive(
        rewrite(TEXT, "rephrase", "zh", instruction="", seed=3), one_by_one([TEXT, Answer("", "repeat", repeated="他")])
    )
    assert len(asks) <= 9
    stuck: list[Answer | str] = [TEXT, Answer("2024年，他搬家了。", "repeat", repeated="他"), Answer("", "repeat", repeated="他")]
    done, _ = drive(rewrite(TEXT, "rephrase", "zh", instruction="", seed=3), one_by_one(stuck))
    assert (done.text, done.problem) == (TEXT, "unchanged")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ["", "   \n", "好的，以下是改写后的文字：", "```markdown\n```", "……"])
def test_an_empty_answer_leaves_the_text(kind: RewriteKind, answer: str) -> None:
    done, asks = drive(rewrite(TEXT, kind, "zh", instruction="", seed=3), one_by_one([answer]))
    assert done.problem in ("unchanged", "too_short")
    assert len(asks) <= 4
    if not answer.strip():
        assert (done.text, done.problem) == (TEXT, "unchanged")


def test_expanding_opens_again_what_ended_too_early() -> None:
    first, second = "王小明在2024年搬到了海边的小镇上。", "那里的人不多，街道很窄，傍晚的时候整条街都是饭菜的香味。" * 3
    answers = [Answer(first, "stop"), Answer(second, "enough")]
    done, asks = drive(rewrite(TEXT, "expand", "zh", instruction="", seed=3), one_by_one(answers))
    assert done.text == first + second
    assert [ask.more for ask in asks] == [False, True]
    assert asks[1].opening == first
    assert asks[0].messages == asks[1].messages
    assert asks[0].limit == Limit.around(round(1.6 * count_words(TEXT)))


def test_expanding_that_stays_short_says_so() -> None:
    done, asks = drive(rewrite(TEXT, "expand", "zh", instruction="", seed=3), one_by_one(["他住在海边。", ""]))
    assert done.problem == "too_short"
    assert len(asks) <= 4


def test_shortening_that_was_cut_off_is_asked_for_once_more() -> None:
    short = "2024年，王小明搬到海边，看渔船，读《边城》，觉得正好。"
    done, asks = drive(
        rewrite(TEXT, "shorten", "zh", instruction="", seed=3), one_by_one([Answer(OTHER, "enough"), Answer(short, "stop")])
    )
    assert (done.text, done.problem, len(asks)) == (short, "", 2)
    assert "上次写得太长" in asks[1].messages[-1].text


@pytest.mark.parametrize(
    ("kind", "instruction", "words"),
    [
        ("expand", "扩写到300字", 300),
        ("expand", "", 80),
        ("shorten", "缩写到20字以内", 19),
        ("shorten", "", 25),
        ("tone", "更正式", 50),
        ("anew", "写500字", 500),
        ("continue", "", 80),
        ("continue", "再写200字", 200),
        ("own", "改成第一人称", 50),
    ],
)
def test_a_number_in_the_instruction_goes_before_the_usual_length(kind: RewriteKind, instruction: str, words: int) -> None:
    assert wanted_words("字" * 50, kind, instruction) == words


def test_the_instruction_and_the_surroundings_are_in_the_prompt_and_the_request_comes_last() -> None:
    context = ("很远的话。" * 100 + "紧挨着的上文。", "紧挨着的下文。" + "更远的话。" * 100)
    _, asks = drive(
        rewrite(TEXT, "tone", "zh", instruction="像写信一样。", context=context, seed=3, front="总是在前"), one_by_one([OTHER])
    )
    assert asks[0].messages[0].text.endswith("\n\n总是在前")
    prompt = asks[0].messages[1].text
    assert prompt.index("紧挨着的上文") < prompt.index(TEXT) < prompt.index("紧挨着的下文") < prompt.index("像写信一样")
    assert count_words(prompt) < 400
    assert prompt.endswith("只输出改后的文字。")
    assert any("紧挨着的上文" in text for text in asks[0].against)


def test_surroundings_are_whole_sentences() -> None:
    before, behind = shortened(("一二三四五。" * 60, "六七八九十。" * 60))
    assert before.startswith("一二三四五。")
    assert ends_sentence(behind)
    assert shortened(("", "")) == ("", "")


def test_a_selection_inside_a_sentence_stays_inside_its_line() -> None:
    context = ("他走进了", "，停下来。")
    done, _ = drive(
        rewrite("美丽的花园", "rephrase", "zh", instruction="", context=context, seed=3), one_by_one(["开满鲜花的\n\n院子。"])
    )
    assert done.text == "开满鲜花的院子"


CODE = "```python\nprint('原样')\n```"


@pytest.mark.parametrize("kind", ["expand", "shorten", "rephrase", "tone", "translate", "own"])
def test_code_never_leaves_python(kind: RewriteKind) -> None:
    text = f"{TEXT}\n\n{CODE}\n\n{TEXT}\n"
    done, asks = drive(rewrite(text, kind, "zh", instruction="", seed=3), one_by_one([OTHER]))
    assert CODE in done.text
    assert done.text.endswith("\n")
    assert all("print(" not in ask.messages[-1].text for ask in asks)


def test_a_table_is_translated_and_otherwise_left() -> None:
    table = "| 名 | 数 |\n|---|---|\n| 甲 | 3 |"
    cases: tuple[tuple[RewriteKind, bool], ...] = (("translate", True), ("rephrase", False))
    for kind, seen in cases:
        _, asks = drive(rewrite(f"{TEXT}\n\n{table}", kind, "zh", instruction="", seed=3), one_by_one([OTHER]))
        assert any(table in ask.messages[-1].text for ask in asks) is seen


def test_the_language_of_the_text_says_what_it_is_translated_into() -> None:
    _, asks = drive(
        rewrite(TEXT, "translate", "en", instruction="", seed=3), one_by_one(["In 2024 Wang Xiaoming moved to the sea."])
    )
    assert "译成英文" in asks[0].messages[-1].text
    assert asks[0].free
    assert asks[0].limit is None
    _, asks = drive(rewrite("The sea is calm today.", "translate", "zh", instruction="", seed=3), one_by_one(["今天海很平静。"]))
    assert "into Chinese" in asks[0].messages[-1].text
    _, asks = drive(rewrite(TEXT, "translate", "zh", instruction="翻译成日语", seed=3), one_by_one(["海。"]))
    assert "译成英文" not in asks[0].messages[-1].text


def test_a_translation_with_chinese_left_in_it_is_asked_for_once_more() -> None:
    mixed, clean = "In 2024 the 豆浆铺 opened, and people came.", "In 2024 the soy milk shop opened, and people came."
    done, asks = drive(
        rewrite("2024年豆浆铺开了，人们都来了。", "translate", "zh", instruction="", seed=3), one_by_one([mixed, clean])
    )
    assert (done.text, len(asks)) == (clean, 2)
    done, _ = drive(
        rewrite("2024年豆浆铺开了，人们都来了。", "translate", "zh", instruction="", seed=3),
        one_by_one([mixed, "豆浆铺, " + mixed]),
    )
    assert done.text == mixed


def test_numbers_and_links_lost_in_translation_are_told() -> None:
    text = "2024年有 30 人，见[站](https://a.cn/x)。"
    done, _ = drive(rewrite(text, "translate", "zh", instruction="", seed=3), one_by_one(["In 2024 there were thirty people."]))
    assert done.lost == ("30", "https://a.cn/x")


MORE = "冬天来得早。码头结了薄冰，渔船歇在岸边，他便在屋里写信，写给城里的朋友，说说这里的风。" * 2


def test_going_on_leaves_the_text_and_adds_to_it() -> None:
    context = ("很远的话。" * 100 + "紧挨着的上文。", "\n\n紧挨着的下文。")
    done, asks = drive(
        rewrite(TEXT, "continue", "zh", instruction="写到冬天", context=context, seed=3), one_by_one([Answer(MORE, "enough")])
    )
    assert (done.text, done.problem) == (TEXT + MORE, "")
    (ask,) = asks
    assert ask.opening.endswith("紧挨着的上文。" + TEXT) and ask.more, "the model has written it, and writes on"
    assert ask.limit == Limit.around(count_words(ask.opening) + 80)
    prompt = ask.messages[-1].text
    assert "紧挨着的下文" in prompt and "写到冬天" in prompt and TEXT not in prompt


def test_going_on_is_opened_again_where_it_ended_too_early_and_ends_with_a_sentence() -> None:
    answers = [Answer("\n\n冬天来得早。", "stop"), Answer(MORE + "没有写完的", "enough")]
    done, asks = drive(rewrite(TEXT, "continue", "zh", instruction="", seed=3), one_by_one(answers))
    assert done.text == TEXT + "\n\n冬天来得早。" + MORE
    assert asks[1].opening == TEXT + "\n\n冬天来得早。"


def test_going_on_inside_a_line_stays_in_it_and_english_gets_a_space() -> None:
    answers = [Answer("One more.\n\nAnd another.", "enough")]
    done, _ = drive(
        rewrite("The sea is calm.", "continue", "en", instruction="", context=("", " The end."), seed=3), one_by_one(answers)
    )
    assert done.text == "The sea is calm. One more. And another."


def test_what_the_writer_asks_for_may_be_a_small_change() -> None:
    small = TEXT.replace("渔船", "帆船")
    done, asks = drive(rewrite(TEXT, "own", "zh", instruction="渔船改成帆船", seed=3), one_by_one([small]))
    assert (done.text, done.problem, len(asks)) == (small, "", 1)
    assert asks[0].limit is None
    assert "渔船改成帆船" in asks[0].messages[-1].text
    done, asks = drive(rewrite(TEXT, "own", "zh", instruction="扩写到300字", seed=3), one_by_one([Answer(OTHER * 6, "enough")]))
    assert asks[0].limit == Limit.around(300)


WRAPPED = [
    f"好的，以下是改写后的文字：\n\n{OTHER}",
    f"以下是扩写后的内容：\n{OTHER}",
    f"改写后：{OTHER}",
    f"**改写后的文字：**\n\n{OTHER}",
    f"译文：\n{OTHER}",
    f"“{OTHER}”",
    f'"{OTHER}"',
    f"```markdown\n{OTHER}\n```",
    f"```\n改写后：\n{OTHER}\n```",
    f"当然可以！以下是改写后的文字：\n\n{OTHER}\n\n希望这对你有帮助！",
    f"{OTHER}\n\n（全文约60字）",
    f"{OTHER}\n\n注：以上改写保留了原意。",
    f"Sure! Here is the rewritten text:\n\n{OTHER}\n\nLet me know if you want more.",
]


@pytest.mark.parametrize("answer", WRAPPED)
def test_what_a_model_puts_around_the_text_is_taken_off(answer: str) -> None:
    assert unwrapped(answer, TEXT) == OTHER


@pytest.mark.parametrize(
    "text",
    [
        "好的东西，大家都想要。",
        "“走吧。”他说。“天黑了。”",
        "改变：从今天开始。\n\n我们都要早起。",
        "```python\nx = 1\n```\n\n这是代码。",
        "希望这个词，他写了一遍又一遍。",
        "以下是他的信：\n\n妈妈，我很好。",
    ],
)
def test_a_text_that_has_it_itself_keeps_it(text: str) -> None:
    assert unwrapped(text, text) == text


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# 标题\n",
            "\n",
            "一句话在这里。\n",
            "另一句话。\n",
            "```\n代码\n```\n",
            "| 甲 | 乙 |\n",
            "- 一项\n",
            "---\n",
            "$$\nx\n$$\n",
        ]
    ),
    max_size=30,
).map("".join)


@given(MARKDOWN, st.integers(5, 60), st.booleans())
def test_the_pieces_are_the_text(text: str, most: int, translated: bool) -> None:
    found = pieces(text, most, translated=translated)
    assert "".join(piece.text for piece in found) == text
    assert not any("代码" in piece.text for piece in found if not piece.stays)


@given(MARKDOWN, st.sampled_from(KINDS), st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_the_same_answers_make_the_same_requests(text: str, kind: RewriteKind, answers: list[str]) -> None:
    runs = [drive(rewrite(text, kind, "zh", instruction="", seed=3), one_by_one(list(answers))) for _ in range(2)]
    assert runs[0] == runs[1]


@given(
    st.lists(st.sampled_from([TEXT, OTHER, "好的，", "改写后：", "\n", "没有写完的"]), min_size=1, max_size=5).map("".join),
    st.sampled_from(KINDS[:4]),
)
def test_the_result_ends_where_a_sentence_does(answer: str, kind: RewriteKind) -> None:
    done, _ = drive(rewrite(TEXT, kind, "zh", instruction="", seed=3), one_by_one([Answer(answer, "length")]))
    if OTHER in answer or TEXT in answer:
        assert ends_sentence(done.text)
