"""The repetition guard: what it must catch, what it must leave, and that how the text arrived makes no difference."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hanmo.core.guard import Guard

PARK = (
    "公园的东门外有一排老槐树，树下摆着十几张石桌。每天清晨，退休的老人们提着鸟笼来到这里，下棋、喝茶、谈论新闻。"
    "卖豆浆的小贩把车停在路口，热气一直飘到马路对面。等到太阳爬上楼顶，孩子们背着书包从树荫里跑过，惊起一群麻雀。"
)
PARK_AGAIN = PARK.replace("十几张", "几十张").replace("清晨", "早上").replace("豆浆", "豆腐").replace("麻雀", "鸽子")
HARBOUR = (
    "The old harbour lies two miles east of the town, behind a wall of grey stone. Fishermen mend their nets on the quay while "
    "the tide goes out and gulls quarrel over what is left. In the afternoon the ferry brings a handful of visitors from the "
    "mainland, who buy postcards and walk up to the lighthouse."
)
HARBOUR_AGAIN = HARBOUR.replace("grey", "dark").replace("afternoon", "evening").replace("postcards", "souvenirs")

CATCH = {
    "words again and again": ("我们要努力学习，努力学习，努力学习，努力学习，努力学习", "loop", "我们"),
    "clauses, the sentence unfinished": ("他走上山坡。风很大，吹得树叶哗哗响，吹得树叶哗哗响，吹得树叶哗哗响", "loop", "风很大"),
    "a loop in English": ("The plan was clear. It was good and it was good and it was good and it was good and", "loop", "It was"),
    "a loop in a finished sentence": ("他说不出话，只是哭，只是哭，只是哭，只是哭，只是哭。然后天亮了。", "loop", "他说不出"),
    "short sentences in turn": ("他笑了。她也笑了。" * 5, "loop", "他笑了。她也笑了。" * 4),
    "short sentences, each a paragraph": ("天黑了。\n\n路很远。\n\n" * 6, "loop", None),
    "the same words between quotation marks": ("“我不知道。”他说。“你知道的。”她说。" * 5, "loop", "“我不知道。”"),
    "a loop in a quotation that is not closed": ("她喊道：“快跑" + "快跑" * 12, "loop", "她喊道"),
    "a list of one item": ("- 提高工作效率\n" * 4, "loop", "- 提高工作效率\n" * 3),
    "a numbered list of one item": ("1. 提高效率\n2. 提高效率\n3. 提高效率\n4. 提高效率\n", "loop", "2. 提高效率"),
    "a list of two items": ("- 按时完成\n- 保证质量\n" * 4, "loop", "- 按时完成\n- 保证质量\n" * 3),
    "a list item without an end": ("- 要点是提高，要点是提高，要点是提高", "loop", "- 要点"),
    "a code line again and again": ("```python\n" + "print(total, count)\n" * 20, "loop", "print(total, count)\n" * 19),
    "a code line without an end": ("```\nx = [" + "a, b, " * 40, "loop", "x = ["),
    "a sentence that stands in the same paragraph": (
        "雨后的街道像一面镜子。行人撑着伞走过。雨后的街道像一面镜子。", "sentence", "雨后的街道像一面镜子。"),
    "a sentence that stands much earlier": (PARK + "\n\n" + HARBOUR + "\n\n转眼到了冬天。" + PARK[:24], "sentence", PARK[:24]),
    "a sentence behind another connective": (
        PARK + "\n\n另外，我还需要补充一点。\n\n同时，我需要补充一点。", "sentence", "同时，我需要补充一点。"),
    "a sentence behind another connective, in English": (
        HARBOUR + "\n\nIn addition, we need more boats. So it is.\n\nMoreover, we also need more boats. Well.", "sentence",
        "Moreover, we also need more boats. Well."),
    "a sentence in English": (HARBOUR + "\n\nSo be it. The old harbour lies two miles east of the town, behind a wall of grey stone.\n", "sentence",
                              "The old harbour lies two miles east of the town, behind a wall of grey stone.\n"),
    "a sentence with a term in quotation marks": (
        "这种“内卷”让每个人都感到疲惫不堪。人们想停下来。这种“内卷”让每个人都感到疲惫不堪。", "sentence", "这种“内卷”"),
    "a long sentence around other quotations": (
        "会议结束以后校长走到台前对全体师生说：“加油！”他下台了。会议结束以后校长走到台前对全体师生说：“努力！”", "sentence",
        "会议结束以后校长走到台前对全体师生说：“努力！”"),
    "a line of verse too often": (
        "".join(f"风从海上来，吹过我的窗，\n{line}。\n\n" for line in ("灯还亮着", "书还开着", "花还香着", "人还等着", "夜还长着")),
        "sentence", "风从海上来，吹过我的窗，\n夜还长着"),
    "a saying that is quoted a third time": (
        "他说：“路要一步一步地走下去。”她记住了。\n\n墙上也写着：“路要一步一步地走下去。”\n\n临走时他又说：“路要一步一步地走下去。”\n",
        "sentence", "临走时他又说：“路要一步一步地走下去。”\n"),
    "a line of dialogue again": (
        'Nick said: "Oh no, what happened here last night?"\n\nFear.\n\nNick said: "Oh no, what happened here last night?"\n', "sentence",
        'Nick said: "Oh no, what happened here last night?"\n'),
    "a saying by somebody else": (
        "“你好，我是你最好的朋友。”帮助者对他说。\n\n夜深了。\n\n“你好，我是你最好的朋友。”女人对他说。\n", "sentence",
        "“你好，我是你最好的朋友。”女人"),
    "a sentence of a saying in another one": (
        '1. Nick:\n"Ha! I just had to laugh at that joke. It was so funny!"\n\n2. Judy:\n"I just had to laugh at that joke. Sorry."\n',
        "sentence", '"I just had to laugh at that joke. Sorry."\n'),
    "dialogue in one line that goes round in circles": (
        "他激动地说：“我失去的记忆消失了。”助手问：“您是否知道我在寻找什么？”杰克回答：“我正在寻找我的记忆。”助手问：“您是否知道我在寻找什么？”"
        "杰克问：“那么你是谁？”助手不答。他走", "sentence", "助手问：“您是否知道我在寻找什么？”杰克问"),
    "a list item with a saying again": (
        '1. "I just had to smile at that! It is so happy!"\n2. "Where are we going now?"\n'
        '3. "I just had to smile at that! It is so happy!"\n', "sentence", '3. "I just'),
    "a long list item again": (
        "1. **作品展示**：\n   - 通过学生的作品展示来评估学习效果。\n   - 通过学生的作品展示来评估学习效果。\n", "sentence",
        "   - 通过学生的作品展示来评估学习效果。\n"),
    "a long list item again, under another number": (
        "1. Keep a list of the books that you have read.\n2. Ask.\n3. Keep a list of the books that you have read.\n", "sentence",
        "3. Keep"),
    "a long sentence in nearly the same words": (
        "在这个信息爆炸的时代，人们每天都要面对成千上万条消息，很难静下心来读完一本书。书还在架上。"
        "在这个信息爆炸的年代，人们每天都要面对成千上万条消息，很难静下心来读完一本书。", "near", "在这个信息爆炸的年代"),
    "a paragraph with a few words changed": (PARK + "\n\n" + PARK_AGAIN, "near", None),
    "a paragraph in English with a few words changed": (HARBOUR + "\n\n" + HARBOUR_AGAIN, "near", None),
}  # fmt: skip

LEAVE = {
    "verse with a refrain": "轻轻地走在雨里，像走在你的梦里，\n路灯一盏一盏亮起。\n\n轻轻地走在雨里，像走在你的梦里，\n伞下只有我自己。\n\n"
    "轻轻地走在雨里，像走在你的梦里，\n雨停时天也亮起。\n",
    "verse whose first line comes back at once": "明天的太阳依旧照着故乡，\n明天的太阳依旧照着故乡，\n我在远方。\n",
    "verse in English": "O carry me down to the green river side,\nwhere the willows are tall.\n\n"
    "O carry me down to the green river side,\nbefore the leaves fall.\n",
    "a chorus in quotation marks": "歌声又响了起来：“长亭外的青草年年绿，送别的人啊年年归。”他放下碗。"
    "远处的人也跟着唱：“长亭外的青草年年绿，送别的人啊年年归。”",
    "a quotation repeated on purpose": "碑上刻着「前人种下的树，后人才有荫凉可乘」。他默念着：「前人种下的树，后人才有荫凉可乘。这话不假。」"
    "多年以后，他又说起这句「前人种下的树，后人才有荫凉可乘」。",
    "a quotation of two sentences": "父亲常说：“路要一步一步走。饭要一口一口吃。”我没有听。如今我对儿子说：“路要一步一步走。饭要一口一口吃。”",
    "straight quotation marks": 'She read the sign: "No one may enter the garden after eight in the evening." He laughed. Then he read it too: '
    '"No one may enter the garden after eight in the evening."',
    "list items alike in form": "- 第一组负责收集资料并整理成表格\n- 第二组负责收集资料并整理成报告\n- 第三组负责收集资料并整理成图片\n",
    "the same list item three times": "- 课堂练习\n- 作业讲评\n- 课堂练习\n- 单元测验\n- 课堂练习\n",
    "a line of indented code twice": "- 两处都这样写：\n\n        for each in the_orders_of_the_day: print(each, end)\n\n"
    "        for each in the_orders_of_the_day: print(each, end)\n",
    "table rows": "| 时间 | 内容 |\n| --- | --- |\n" + "| 上午 | 自习与答疑，地点在三号教学楼 |\n" * 5,
    "code lines": "```c\n" + "    {0, 0, 0, 0, 0, 0, 0, 0, 0},\n" * 9 + "```\n",
    "code twice": "先看第一种写法。\n```python\nfor item in items_of_the_order: print(item)\n```\n"
    "再看改进之后：\n```python\nfor item in items_of_the_order: print(item)\n```\n",
    "parallel sentences": "有人把青春写进实验室的灯光里，换来一张张清晰的图谱；有人把青春种进大西北的沙土里，换来一排排挺拔的白杨。"
    "有人把青春交给三尺讲台，看一届届学生走出大山。有人把青春留在边防哨所，听一阵阵风雪敲打门窗。",
    "parallel sentences on one frame": "如果说春天是一首轻快的小诗，那么夏天就是一支热烈的舞曲。"
    "如果说秋天是一幅浓重的油画，那么冬天就是一封安静的长信。",
    "he said, again and again": "“你来了。”他说。“我来了。”她说。“路上好走吗？”他说。“还好。”她说。“坐吧。”他说。“不坐了。”她说。",
    "a long tag beside different words": "“你来了。”他抬起头看着她慢慢说道。“坐一会儿再走吧。”他抬起头看着她慢慢说道。“外面下雪了。”",
    "the same short answer": "“是。”“还有呢？”“没有了。”“真的？”“是。”“那就好。”“是。”",
    "headings": "## 练习与思考题以及参考答案说明\n\n第一题较难。\n\n## 练习与思考题以及参考答案说明\n\n第二题较易。\n",
    "bold headings": "**本周工作安排与注意事项**\n\n开会。\n\n**本周工作安排与注意事项**\n\n值班。\n",
    "a plain line as a heading": "本周工作安排与注意事项\n\n开会，写总结。\n\n本周工作安排与注意事项\n\n值班，交报告。\n",
    "enumerations": "第一，要认真听讲，把疑问记下来。第二，要按时复习，把笔记理清楚。第三，要动手练习，把错题做一遍。",
    "an epithet in different sentences": "那个总是戴着一顶灰色毡帽的老人坐在码头上。海鸥落在他脚边。"
    "没有人知道那个总是戴着一顶灰色毡帽的老人从哪里来。"
    "到了傍晚，那个总是戴着一顶灰色毡帽的老人收起渔竿，慢慢走回山上。",
    "a long name in different sentences": "中华人民共和国第十四届全国人民代表大会第一次会议在北京召开。代表们从各地赶来。"
    "记者从中华人民共和国第十四届全国人民代表大会第一次会议秘书处获悉，议程共有九项。",
    "a book's title": "《关于进一步加强农村义务教育学生营养改善工作的通知》已经印发。"
    "各地都在学习《关于进一步加强农村义务教育学生营养改善工作的通知》。",
    "an exclamation": "“哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈！”他笑得直不起腰。",
    "numbers in a row": "1998年、1999年、2000年、2001年、2002年、2003年、2004年，他年年都来。",
    "an anaphora in English": "We came for the work, and we stayed for the people. We came for the money, and we stayed for the sea. "
    "We came for one winter, and we stayed for thirty years.",
    "the same short sentence, and behind a connective something else": "我需要补充一点。路上要带伞。另外，我需要补充一句。夜里也要带灯。",
    "short sentences": "他等着。雨还在下。他等着。灯灭了。他等着。",
    "quoted Markdown": "> 不积跬步无以至千里，不积小流无以成江海。\n\n荀子这样说。\n\n> 不积跬步无以至千里，不积小流无以成江海。\n",
    "a formula": "$$\n" + "a + b + c = d + e + f + g + h\n" * 2 + "$$\n",
    "a decimal at the start of a line": "3.5 公里的路走了一个小时。\n\n3.8 公里的路却只走了半个小时。\n",
}  # fmt: skip


@pytest.mark.parametrize("name", CATCH)
def test_it_catches(name: str) -> None:
    text, kind, rest = CATCH[name]
    found = Guard().watch(text)
    assert found is not None
    assert found.kind == kind
    if rest is not None:
        assert text[found.start :].startswith(rest)


@pytest.mark.parametrize("name", LEAVE)
def test_it_leaves(name: str) -> None:
    text = LEAVE[name]
    guard = Guard()
    assert [guard.watch(text[:end]) for end in range(1, len(text) + 1) if guard.watch(text[:end])] == []
    assert guard.watch(text + "\n") is None


@pytest.mark.parametrize(
    ("text", "start"),
    [(PARK, 0), (PARK_AGAIN, 23), ("晚上下起了雨。" + PARK[PARK.index("等到") :], 7), (HARBOUR_AGAIN, 0), ("## 冬\n\n" + PARK, 6)],
)  # fmt: skip
def test_what_was_added_may_not_be_said_again(text: str, start: int) -> None:
    guard = Guard()
    guard.add(PARK)
    guard.add(HARBOUR)
    found = guard.watch(text)
    assert found is not None
    assert found.start == start


def test_what_was_added_does_not_loop_with_what_follows() -> None:
    guard = Guard()
    guard.add("他笑了。她也笑了。" * 4)
    assert guard.watch("他笑了。她也笑了。") is None


def test_a_near_paragraph_is_caught_before_it_is_written_to_its_end() -> None:
    guard = Guard()
    guard.add(PARK)
    assert any(guard.watch(PARK_AGAIN[:end]) for end in range(len(PARK_AGAIN) * 3 // 4))


def test_an_unfinished_sentence_is_no_repetition_yet() -> None:
    guard = Guard()
    guard.add("他推开门，看见桌上放着一封信。")
    assert guard.watch("他推开门，看见桌上放着一封信") is None
    assert guard.watch("他推开门，看见桌上放着一封信，还有一把钥匙。") is None
    assert guard.watch("他推开门，看见桌上放着一封信。") is not None


def test_writing_goes_on_from_before_a_repetition() -> None:
    guard = Guard()
    text = "雨后的街道像一面镜子。行人撑着伞走过。"
    found = guard.watch(text + "雨后的街道像一面镜子。")
    assert found is not None
    assert guard.watch(text + "雨后的街道像一面镜子。") == found
    assert guard.watch(text[: found.start] + "孩子们踩着水花跑过去，笑声很响。") is None


def test_the_text_may_be_written_anew_from_any_place() -> None:
    guard = Guard()
    assert guard.watch(PARK + "\n\n") is None
    assert guard.watch(PARK[:30] + "改写之后，这里没有一句是旧的，连石桌也搬走了。\n") is None
    assert guard.watch(PARK) is None


SEA = "The rain is over the long grey sea. "
BITS = [*"他她笑了。，“”\"\n", "雨后的街道像一面镜子", "3.", "…",
        "看着窗外的人群说道", "。", "！”", "```\n", "- ", "| 甲 |", SEA]  # fmt: skip


@settings(max_examples=300)
@example([SEA, "```\n", SEA, "雨后的街道像一面镜子", "看着窗外的人群说道"], [85])  # a line of verse that grows too long to be one
@given(st.lists(st.sampled_from(BITS), max_size=40), st.lists(st.integers(1, 200), max_size=8))
def test_how_the_text_arrived_makes_no_difference(bits: list[str], cuts: list[int]) -> None:
    text = "".join(bits)
    guard = Guard()
    early = [guard.watch(text[:cut]) for cut in sorted(cuts) if cut < len(text)]
    if not any(early):
        assert guard.watch(text) == Guard().watch(text)
