"""What an edit must keep, mistakes that need no model, and which sentences may be edited at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.keep import facts, lost_facts, names_in, numbers_in, what_changed
from hanmo.core.flows.mend import mended
from hanmo.core.flows.numbered import editable, portions
from hanmo.core.text import Language

CHANGES: list[tuple[Language, str, str, str]] = [
    ("zh", "他在2024年3月5日到了。", "他在2024年3月6日到了。", "number"),
    ("zh", "销量增长了12.5%。", "销量增长了125%。", "number"),
    ("zh", "他跑了5公里。", "他跑了5厘米。", "number"),
    ("zh", "我等了二十三分钟。", "我等了二十二分钟。", "number"),
    ("zh", "他有三个苹果和五个梨。", "他有五个苹果和三个梨。", "number"),
    ("zh", "百分之三十的人来了。", "百分之四十的人来了。", "number"),
    ("zh", "他们等了一个月。", "他们等了很久。", "number"),
    ("zh", "他昨天回家了。", "他今天回家了。", "date"),
    ("zh", "我们星期三开会。", "我们星期四开会。", "date"),
    ("zh", "他说：“我不去。”", "他说：“我去。”", "quotation"),
    ("zh", "他读完了《红楼梦》。", "他读完了《西游记》。", "quotation"),
    ("zh", "他读完了《红楼梦》。", "他读完了红楼梦。", "quotation"),
    ("zh", "他用 Python 写程序。", "他用 Java 写程序。", "name"),
    ("zh", "达尔文·查尔斯写了书。", "查尔斯写了书。", "name"),
    ("zh", "他不喜欢雨天。", "他喜欢雨天。", "negation"),
    ("zh", "他没有来。", "他来了。", "negation"),
    ("zh", "他来了。", "他还没来。", "negation"),
    ("zh", "见[说明](https://a.cn/b)。", "见[说明](https://a.cn/c)。", "mark"),
    ("zh", "运行 `make` 即可。", "运行 make 即可。", "mark"),
    ("zh", "这是**重点**内容。", "这是**重点内容。", "mark"),
    ("zh", "公式 $a+b$ 成立。", "公式 $a-b$ 成立。", "mark"),
    ("zh", "春天来了。", "Spring came.", "name"),
    ("en", "She paid 12 dollars.", "She paid 21 dollars.", "number"),
    ("en", "She has two cats.", "She has three cats.", "number"),
    ("en", "She does not know.", "She knows.", "negation"),
    ("en", "She never asked.", "She asked.", "negation"),
    ("en", "They met Anna in Paris.", "They met Anna in Rome.", "name"),
    ("en", "They met in the park on monday.", "They met in the park on friday.", "date"),
    ("en", 'He said "go now" to us.', 'He said "go away" to us.', "quotation"),
    ("en", "The ferry leaves.", "渡轮开走。", "language"),
    ("en", "See <b>this</b> one.", "See this one.", "mark"),
]
KEEPS: list[tuple[Language, str, str]] = [
    ("zh", "这里的风景非常美。", "这里的风景很美。"),
    ("zh", "这里特别安静。", "这里很安静。"),
    ("zh", "这是一个美丽的地方。", "这是个美丽的地方。"),
    ("zh", "不仅便宜，也好吃。", "便宜，也好吃。"),
    ("zh", "我们一起走吧。", "咱们一块儿走吧。"),
    ("zh", "他在2024年3月5日到了北京。", "2024年3月5日，他到了北京。"),
    ("en", "However, she did not come.", "But she didn't come."),
    ("en", "i live in paris.", "I live in Paris."),
    ("en", "The results was good in May.", "The results were good in May."),
]


@pytest.mark.parametrize(("lang", "before", "after", "what"), CHANGES)
def test_what_an_edit_changed_is_named(lang: Language, before: str, after: str, what: str) -> None:
    assert what_changed(before, after, lang) == what


@pytest.mark.parametrize(("lang", "before", "after"), KEEPS)
def test_an_edit_that_keeps_all_facts_passes(lang: Language, before: str, after: str) -> None:
    assert what_changed(before, after, lang) is None


def test_names_that_the_caller_knows_must_stay() -> None:
    assert what_changed("王小明回家了。", "他回家了。", "zh", ("王小明",)) == "name"
    assert what_changed("Green came home.", "She came home.", "en", ("Green",)) == "name"
    assert what_changed("The greenhouse is shut.", "The glasshouse is shut.", "en", ("Green",)) is None


def test_the_first_word_of_an_english_sentence_is_no_name() -> None:
    assert names_in("Then Anna left. Nobody saw NASA or the iPhone, and I went to Rome.", "en") == (
        "Anna",
        "NASA",
        "iPhone",
        "Rome",
    )


def test_what_only_looks_like_a_number_is_none() -> None:
    assert numbers_in("一起走，一定要去，十分高兴，万一下雨，千万别来，多半不会，有一点累，找零钱") == ()
    assert numbers_in("第一名，一半人，两天，半年，几十个，三千万元，初三，5 km") == (
        "第一",
        "一半",
        "两天",
        "半年",
        "几十",
        "三千万元",
        "初三",
        "5km",
    )


def test_what_a_rewriting_lost_is_listed_once() -> None:
    old = "2024年，Anna 读了《边城》，又读了《边城》，花了 30 元，见 [站](https://a.cn)。"
    assert lost_facts(old, "Anna 读了书，花了 30 元。", "zh") == ("2024年", "边城", "[站](https://a.cn)")


@given(st.text(alphabet="不没一二三百0123.,%年月天的人Aa“”《》《*`[]() 。", max_size=40), st.sampled_from(["zh", "en"]))
def test_a_sentence_keeps_itself_whatever_is_in_it(sentence: str, lang: Language) -> None:
    assert facts(sentence, lang) == facts(sentence, lang)
    assert what_changed(sentence, sentence, lang) is None


MENDED: list[tuple[Language, str, str]] = [
    ("zh", "春天来了,花开了!", "春天来了，花开了！"),
    ("zh", "你去吗?", "你去吗？"),
    ("zh", "他说:我去;你也去。", "他说：我去；你也去。"),
    ("zh", "他说:“走,快走。”", "他说：“走,快走。”"),
    ("zh", "天黑了.", "天黑了。"),
    ("zh", "天黑了。。", "天黑了。"),
    ("zh", "天黑了，，我们回家。", "天黑了，我们回家。"),
    ("zh", "这是我的的书。", "这是我的书。"),
    ("zh", "他看到了了一只鸟。", "他看到了一只鸟。"),
    ("zh", "今天 早上下雨了。", "今天早上下雨了。"),
    ("zh", "天黑了 ，我们回家。", "天黑了，我们回家。"),
    ("zh", "樱花己经开了。", "樱花已经开了。"),
    ("zh", "我门都去。", "我们都去。"),
    ("zh", "说说而己。", "说说而已。"),
    ("zh", "笑声此起彼服。", "笑声此起彼伏。"),
    ("zh", "他买了苹果.又买了梨。", "他买了苹果。又买了梨。"),
    ("en", "It was good,they said.", "It was good, they said."),
    ("en", "We left.They stayed.", "We left. They stayed."),
    ("en", "“Good,”she said.", "“Good,” she said."),
    ("en", "He saw the the cat.", "He saw the cat."),
    ("en", "The the cat sat.", "The cat sat."),
    ("en", "It was a a mistake.", "It was a mistake."),
    ("en", "They recieved it.", "They received it."),
]
LEFT: list[tuple[Language, str]] = [
    ("en", "Sort by name,age; the words are a,an,the and node.js is one."),
    ("zh", "我等了……"),
    ("zh", "天黑了。。。"),
    ("zh", "快跑！！"),
    ("zh", "真的？？"),
    ("zh", "除了了解情况，他什么也没做。"),
    ("zh", "为了了解真相。"),
    ("zh", "他受不了了。"),
    ("zh", "这事总算了了。"),
    ("zh", "他看到了了不起的成就。"),
    ("zh", "他的的确确来过。"),
    ("zh", "这是他去的目的的一部分。"),
    ("zh", "他的的士停在门口。"),
    ("zh", "打的的费用由公司出。"),
    ("zh", "运行 `a,b` 和 f(x,y)。"),
    ("zh", "见 https://a.cn/一,二?三 的说明。"),
    ("zh", "比分是三:二。"),
    ("zh", "增长1,000,约3:2。"),
    ("zh", "公式$甲,乙$成立。"),
    ("zh", "《甲,乙》是一本书。"),
    ("zh", "床前明月光 疑是地上霜。"),
    ("zh", "请张三 李四发言。"),
    ("zh", "目 录"),
    ("zh", "他自己经历过。"),
    ("zh", "敲我门的人走了。"),
    ("zh", "以经济建设为中心。"),
    ("zh", "他研究竞争。"),
    ("en", "He had had enough, and I know that that is so."),
    ("en", "What it is is a mistake."),
    ("en", "He likes the The as a band."),
    ("en", "Run `the the` again."),
    ("en", 'He said "the the" twice.'),
    ("en", "We gave to the-the reader."),
    ("en", "Hello, world; it is 3:2."),
]


@pytest.mark.parametrize(("lang", "wrong", "right"), MENDED)
def test_a_certain_mistake_is_mended(lang: Language, wrong: str, right: str) -> None:
    assert mended(wrong, lang) == right
    assert mended(right, lang) == right


@pytest.mark.parametrize(("lang", "text"), LEFT)
def test_what_may_be_meant_so_is_left(lang: Language, text: str) -> None:
    assert mended(text, lang) == text


@given(st.text(alphabet="的了除解看到，。,:;!? 天人三A3\ue000`《》“”.theThe", max_size=30), st.sampled_from(["zh", "en"]))
def test_mending_is_settled_after_a_few_times_and_keeps_quotations(text: str, lang: Language) -> None:
    once = mended(text, lang)
    assert facts(once, lang).quotations == facts(text, lang).quotations
    assert len(once.replace(" ", "")) <= len(text.replace(" ", ""))


TEXT = """# 标题

春天来了，花都开了。他说：“你好吗。我很好。”然后走了三公里。

- 第一项要写清楚一点。
1. 第二项也要写清楚一点。

> 引用的话不能改动它。

| 甲 | 乙丙丁戊 |
|---|---|

```python
print("这里是代码，不能改。")
```

    x = compute(y, z)

好。最后一句话也在这里"""


def test_only_sentences_of_prose_and_lists_may_be_edited() -> None:
    places = editable(TEXT)
    assert [place.text for place in places] == [
        "春天来了，花都开了。",
        "然后走了三公里。",
        "第一项要写清楚一点。",
        "第二项也要写清楚一点。",
        "最后一句话也在这里",
    ]
    assert all(TEXT[place.start : place.end] == place.text for place in places)


def test_an_abbreviation_ends_no_sentence() -> None:
    assert [place.text for place in editable("We met Mr. Green and Dr. Brown there. They had been late.")] == [
        "We met Mr. Green and Dr. Brown there.",
        "They had been late.",
    ]


@given(st.lists(st.integers(4, 300), max_size=30), st.integers(1, 12), st.integers(50, 500))
def test_portions_are_whole_and_no_larger_than_they_may_be(sizes: list[int], most: int, most_words: int) -> None:
    places = editable("".join("字" * size + "。" for size in sizes))
    ranges = list(portions(places, most, most_words))
    assert [i for portion in ranges for i in portion] == list(range(len(places)))
    for portion in ranges:
        words = sum(len(places[i].text) - 1 for i in portion)
        assert len(portion) <= most
        assert words <= most_words or len(portion) == 1
