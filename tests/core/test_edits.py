"""Polishing and proofreading: what of a model's answer becomes an edit, and what never does."""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Edit, SectionText, accept
from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.flows.content import lost_detail
from hanmo.core.flows.edits import MOST_SENTENCES, edits_grammar, read_edits, suggest_edits
from hanmo.core.flows.keep import facts
from hanmo.core.flows.refusal import Correcting, Judge, is_small, reason, says_again
from hanmo.core.text import Language
from tests.core.flow_scripts import drive, one_by_one

SENTENCES = (
    "在现在这个社会当中，人们的生活方式发生了很大的变化和改变。",
    "老板娘把刚出锅的油条码进竹筐，热气顺着棚檐往上走。",
    "他在2024年3月花了三千元，却没有告诉王小明。",
    "妈妈叮嘱我一定要安时吃饭。",
)
TEXT = "".join(SENTENCES)
SHORT = "现在，人们的生活方式发生了很大的变化。"


def section(text: str = TEXT) -> SectionText:
    return SectionText("s2", 3, text, 100, (), "written")


def said(*edits: tuple[int, str]) -> str:
    return json.dumps([{"n": n, "text": text} for n, text in edits], ensure_ascii=False, separators=(",", ":"))


def edits_for(
    answers: list[Answer | str], kind: Correcting = "polish", text: str = TEXT, lang: Language = "zh", **more: Any
) -> tuple[Edit, ...]:
    return drive(suggest_edits(section(text), kind, lang, seed=7, **more), one_by_one(answers))[0]


def test_a_better_sentence_becomes_an_edit_where_it_stands() -> None:
    assert edits_for([said((1, SHORT))]) == (
        Edit("polish-s2-3-0", "s2", 3, 0, len(SENTENCES[0]), SENTENCES[0], SHORT, "polish", reason="精简"),
    )


@pytest.mark.parametrize(
    "answer", ["[]", "", "[", "好的，以下是", '{"n":1}', '[{"n":1,"text":"没有写完的', "null", said(), "\x00" * 50]
)
def test_an_empty_or_unreadable_answer_leaves_the_text_as_it_is(answer: str) -> None:
    assert edits_for([answer]) == ()
    assert edits_for([Answer(answer, "length")]) == ()


def test_of_an_answer_that_was_cut_off_the_whole_objects_count() -> None:
    cut = said((1, SHORT), (4, "妈妈叮嘱我按时吃饭。"))[:-12]
    assert [edit.after for edit in edits_for([Answer(cut, "length")])] == [SHORT]


def test_a_number_that_is_not_there_makes_no_edit_and_spoils_none() -> None:
    answer = said((0, "多出来的一句话。"), (9, "多出来的另一句话。"), (1, SHORT))
    assert [edit.after for edit in edits_for([answer])] == [SHORT]


def test_a_bad_escape_spoils_only_its_own_sentence() -> None:
    answer = f'[{{"n":4,"text":"妈妈\\q"}},{{"n":1,"text":"{SHORT}"}}]'
    assert read_edits(answer) == [(1, SHORT)]


def test_a_sentence_under_the_wrong_number_goes_where_its_words_come_from() -> None:
    (edit,) = edits_for([said((2, "妈妈叮嘱我一定要按时吃饭。"))], "proofread")
    assert edit.before == SENTENCES[3]


REFUSED = [
    (1, SENTENCES[0]),
    (1, SENTENCES[1]),
    (2, "老板娘把油条码进竹筐。她很忙。" * 4),
    (2, "热气往上走。"),
    (2, "老板娘把刚出锅的油条码进竹筐，热气顺着棚檐往上走！"),
    (2, "The woman puts the fried dough into a basket, and steam rises."),
    (2, "老板娘把刚出锅的油条码进3个竹筐，热气顺着棚檐往上走。"),
    (2, "老板娘把刚出锅的油条码进竹筐，热气没有顺着棚檐往上走。"),
    (2, "老板娘把“刚出锅”的油条码进竹筐，热气顺着棚檐往上走。"),
    (2, "老板娘把**刚出锅**的油条码进竹筐，热气顺着棚檐往上走。"),
    (2, "老板娘把刚出锅的油条\n码进竹筐，热气顺着棚檐往上走。"),
    (2, "老板娘把刚出锅的的油条码进竹筐，热气顺着棚檐往上走走走走走走走走走走走走走。"),
    (3, "他在2023年3月花了三千元，却没有告诉王小明。"),
    (3, "他在2024年3月花了两千元，却没有告诉王小明。"),
    (3, "他在2024年3月花了三千元，却告诉了王小明。"),
    (3, "他在2024年3月花了三千元，却没有告诉他的朋友。"),
    (4, "会议改到下周举行，请各位准时参加。"),
]


@pytest.mark.parametrize("kind", ["polish", "proofread"])
@pytest.mark.parametrize(("n", "hostile"), REFUSED)
def test_a_sentence_that_breaks_a_rule_is_never_proposed(kind: Correcting, n: int, hostile: str) -> None:
    assert edits_for([said((n, hostile))], kind, names=("王小明",)) == ()


def test_proofreading_takes_a_correction_and_no_rewriting() -> None:
    corrected = "妈妈叮嘱我一定要按时吃饭。"
    (edit,) = edits_for([said((1, SHORT), (4, corrected))], "proofread")
    assert (edit.after, edit.reason, edit.id) == (corrected, "错别字", f"proofread-s2-3-{TEXT.index('妈妈')}")


@pytest.mark.parametrize(
    ("lang", "before", "after", "small"),
    [
        ("zh", "他以经走了半个小时。", "他已经走了半个小时。", True),
        ("zh", "他门走了很远。", "他们走了很远。", True),
        ("zh", "他穿着一件灰色上衣和一顶蓝帽子。", "他穿着一件灰色上衣，戴着一顶蓝帽子。", True),
        ("zh", "通过这次活动，使我明白了团结。", "这次活动使我明白了团结。", True),
        ("zh", "他非常高兴地回家了。", "他十分高兴地回家了。", False),
        ("zh", "他回家的路上买了一些水果。", "买水果的时候他正往家里走。", False),
        ("en", "The library open at nine.", "The library opens at nine.", True),
        ("en", "They was late for school.", "They were late for school.", True),
        ("en", "Some bring there own books.", "Some bring their own books.", True),
        ("en", "It is a apple from the tree.", "It is an apple from the tree.", True),
        ("en", "She wrote alot of letters.", "She wrote a lot of letters.", True),
        ("en", "He is a happy man.", "He is a cheerful man.", False),
        ("en", "He walked home in the evening rain.", "Through evening rain he made his way home.", False),
    ],
)
def test_a_correction_is_small(lang: Language, before: str, after: str, small: bool) -> None:
    assert is_small(before, after, lang) is small


def test_proofreading_needs_no_model_for_certain_mistakes() -> None:
    (edit,) = edits_for(["[]"], "proofread", text="春天来了,花也都开了。。我们一起去看吧。")
    assert (edit.before, edit.after, edit.reason) == ("春天来了,花也都开了。。", "春天来了，花也都开了。", "标点")
    assert edits_for(["[]"], "polish", text="春天来了,花也都开了。。我们一起去看吧。") == ()


def test_certain_mistakes_and_the_models_own_make_one_edit() -> None:
    (edit,) = edits_for([said((1, "妈妈叮嘱我，一定要按时吃饭。"))], "proofread", text="妈妈叮嘱我,一定要安时吃饭。")
    assert (edit.before, edit.after) == ("妈妈叮嘱我,一定要安时吃饭。", "妈妈叮嘱我，一定要按时吃饭。")


def test_a_refused_sentence_is_asked_for_once_more_alone_with_the_reason() -> None:
    wrong, right = "他在2023年3月花了三千元，却没有告诉王小明。", "他在2024年3月花了三千元，却没告诉王小明。"
    corrected = "妈妈叮嘱我一定要按时吃饭。"
    found, asks = drive(
        suggest_edits(section(), "proofread", "zh", seed=7), one_by_one([said((3, wrong), (4, corrected)), said((3, right))])
    )
    assert [edit.after for edit in found] == [right, corrected]
    assert len(asks) == 2
    assert "数字要照抄" in asks[1].messages[-1].text
    assert SENTENCES[0] not in asks[1].messages[-1].text


def test_a_sentence_refused_twice_is_left() -> None:
    wrong = "他在2023年3月花了三千元，却没有告诉王小明。"
    found, asks = drive(suggest_edits(section(), "proofread", "zh", seed=7), one_by_one([said((3, wrong))]))
    assert (found, len(asks)) == ((), 2)


@pytest.mark.parametrize(
    ("lang", "before", "after", "gone"),
    [
        ("zh", "老板娘把刚出锅的油条码进竹筐，热气顺着棚檐往上走。", "老板娘把油条码进竹筐，热气往上走。", True),
        ("zh", "清晨六点，巷口的豆浆铺已经亮起了灯。", "早晨六点，豆浆铺亮起了灯。", True),
        ("zh", "比如说有的人因为长时间看手机的原因而导致视力下降了。", "有的人因为长时间看手机，视力下降了。", False),
        ("zh", "大家都对于这件事情进行了热烈的讨论的活动。", "大家热烈地讨论了这件事。", False),
        ("en", "Anna stands at the rail with her collar up.", "Anna stands at the rail.", False),
        ("en", "By then the fishmongers have packed up, and gulls argue over scraps.", "By then the fishmongers have gone.", True),
        (
            "en",
            "Many people make use of their phones in order to do shopping.",
            "Many people use their phones for shopping.",
            False,
        ),
    ],
)
def test_polishing_takes_words_away_and_no_details(lang: Language, before: str, after: str, gone: bool) -> None:
    assert lost_detail(before, after, lang) is gone


def test_two_sentences_never_become_the_same() -> None:
    found = edits_for(
        [said((1, "花园里的花都开了，颜色很好看。"), (2, "花园里的花都开了，颜色很好看。"))],
        text="花园里面的花全都已经开了，颜色很好看。花园里的那些花也都开了，颜色是很好看的。",
    )
    assert len({edit.after for edit in found}) == len(found) == 1


def test_saying_again_needs_most_of_a_sentence() -> None:
    assert says_again(SENTENCES[1], "今天早上，" + SENTENCES[1])
    assert not says_again(SENTENCES[1], SENTENCES[2])
    assert not says_again("天黑了。", "天黑了很久，我们才回家。")


def test_the_mark_at_the_end_stays_where_the_model_forgets_or_adds_it() -> None:
    assert edits_for([said((1, SHORT[:-1]))])[0].after == SHORT
    (edit,) = edits_for([said((1, "把事情要说清楚，说明白。"))], text="- 把事情要说得清清楚楚，说得明明白白")
    assert edit.after == "把事情要说清楚，说明白"


def test_an_english_sentence_keeps_its_capital() -> None:
    assert (
        edits_for([said((1, "the ferry leaves the harbour at seven."))], text="The ferry leaves the harbour at seven.", lang="en")
        == ()
    )


def test_the_prompt_holds_a_few_sentences_and_the_grammar_only_their_numbers() -> None:
    text = "".join(f"这里是第{i}句要看的话，内容各不相同。" for i in range(30))
    _, asks = drive(suggest_edits(section(text), "proofread", "zh", seed=7, front="总是在前"), one_by_one(["[]"]))
    assert len(asks) == 3
    for k, ask in enumerate(asks):
        assert ask.messages[0].text.endswith("\n\n总是在前")
        assert ask.free
        numbers = range(10 * k + 1, 10 * k + 11)
        assert ask.grammar == edits_grammar(tuple(numbers))
        assert all(f"\n{n}. " in "\n" + ask.messages[1].text for n in numbers)
    assert MOST_SENTENCES["polish"] <= MOST_SENTENCES["proofread"] <= 12


def test_a_text_without_prose_asks_nothing() -> None:
    assert drive(
        suggest_edits(section("```\nprint(1)\n```\n\n| 甲 | 乙 |\n|---|---|"), "polish", "zh", seed=7), one_by_one(["[]"])
    ) == ((), [])


@pytest.mark.parametrize(
    ("kind", "lang", "before", "after", "why"),
    [
        ("proofread", "zh", "天黑了,走吧。", "天黑了，走吧。", "标点"),
        ("proofread", "zh", "这是我的的书。", "这是我的书。", "重复的字"),
        ("proofread", "zh", "他以经走了。", "他已经走了。", "错别字"),
        ("proofread", "zh", "大约三百人左右。", "大约三百人。", ""),
        ("proofread", "en", "He saw the the cat.", "He saw the cat.", "repeated word"),
        ("proofread", "en", "They recieved it.", "They received it.", "spelling"),
        ("proofread", "en", "She go home.", "She goes home.", ""),
        ("polish", "en", "In order to see it we went to the house.", "To see it we went to the house.", "shorter"),
    ],
)
def test_the_reason_is_said_where_python_can_tell(kind: Correcting, lang: Language, before: str, after: str, why: str) -> None:
    assert reason(before, after, kind, lang) == why


PARTS = [
    "春天",
    "他",
    "不",
    "没有",
    "特别",
    "“好的”",
    "《边城》",
    "12.5%",
    "三千元",
    "2024年",
    "喜欢",
    "走路",
    "，",
    "Python",
    "`x=1`",
    "一起",
    "的的",
    ",",
    "王小明",
]
zh_sentences = st.lists(st.sampled_from(PARTS), min_size=3, max_size=14).map(lambda parts: "".join(parts) + "。")
kinds = st.sampled_from(["polish", "proofread"])


@given(st.lists(zh_sentences, min_size=1, max_size=9), st.lists(zh_sentences, min_size=1, max_size=9), kinds)
def test_no_edit_changes_a_number_name_quotation_or_negation(sentences: list[str], proposed: list[str], kind: Correcting) -> None:
    answer = said(*((i + 1, text) for i, text in enumerate(proposed)))
    found, _ = drive(suggest_edits(section("".join(sentences)), kind, "zh", seed=7, names=("王小明",)), one_by_one([answer]))
    for edit in found:
        assert facts(edit.before, "zh", ("王小明",)) == facts(edit.after, "zh", ("王小明",))


@given(st.lists(zh_sentences, min_size=2, max_size=4, unique=True), st.permutations(range(4)), kinds)
def test_accepting_all_edits_in_any_order_gives_the_same_text(sentences: list[str], shuffled: list[int], kind: Correcting) -> None:
    text = "".join(sentences)
    answer = said(*((i + 1, sentence.replace("喜欢", "爱").replace("春天", "春日里", 1)) for i, sentence in enumerate(sentences)))
    found, _ = drive(suggest_edits(section(text), kind, "zh", seed=7), one_by_one([answer]))
    results = set()
    for order in permutations(range(len(found))):
        now, edits = text, found
        for i in order:
            now, edits = accept(now, edits, found[i].id)
        assert {edit.state for edit in edits} <= {"accepted"}
        results.add(now)
    assert len(results) == 1


@given(st.lists(zh_sentences, min_size=1, max_size=14), st.lists(st.text(max_size=60), min_size=1, max_size=4), kinds)
def test_the_same_answers_make_the_same_requests(sentences: list[str], answers: list[str], kind: Correcting) -> None:
    runs = [drive(suggest_edits(section("".join(sentences)), kind, "zh", seed=7), one_by_one(list(answers))) for _ in range(2)]
    assert runs[0] == runs[1]


@given(st.text(max_size=300))
def test_whatever_the_model_says_can_be_read(answer: str) -> None:
    assert all(isinstance(n, int) and isinstance(text, str) for n, text in read_edits(answer))


def test_an_edit_into_a_mistake_is_refused() -> None:
    judge = Judge("polish", "zh")
    assert judge.refusal("昨天晚上下了一场很大的雨，水满了街。", "昨天晚上下了了一场大雨，水满了街。", ()) == "mistake"


def test_an_ask_keeps_the_models_ways_apart_by_kind() -> None:
    asked: list[Ask] = []
    for kind in ("polish", "proofread"):
        asked += drive(suggest_edits(section(), kind, "zh", seed=7), one_by_one(["[]"]))[1]
    assert {ask.sampling.temperature for ask in asked} == {0.5, 0.2}
    assert all(ask.sampling.presence_penalty <= 0.2 for ask in asked)
