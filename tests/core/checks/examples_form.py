"""What the checks of form must tell of and what they must pass: name of the check -> examples."""

from hanmo.core.checks.length import MISSING
from tests.core.checks.articles import Example, en, zh

HILL = "山脚下的小路绕过一片竹林，通到一座旧木桥。过了桥就是村子，炊烟从屋顶慢慢升起来。"
LONG = (
    "公园的东门外有一排老槐树，树下摆着十几张石桌。每天清晨，退休的老人们提着鸟笼来到这里，下棋、喝茶、谈论新闻。"
    "卖豆浆的小贩把车停在路口，热气一直飘到马路对面。"
)

FLAG: dict[str, list[tuple[Example, str, str | None]]] = {
    "article_length": [
        (zh(HILL, target=60), "article_too_short", ""),
        (zh(HILL, target=30), "article_too_long", ""),
        (en("The tide came in and covered the long grey beach.", target=20), "article_too_short", ""),
    ],
    "section_problems": [
        (zh(HILL, target=80, problem="too_short"), "section_too_short", ""),
        (zh(HILL, target=20, problem="too_long"), "section_too_long", ""),
        (zh(HILL, problem="repeats"), "section_repeats", ""),
        (zh("print(", format="code", problem="does_not_parse"), "section_does_not_parse", ""),
        *((zh(HILL, problem=problem), f"section_{problem}", "") for problem in MISSING),
    ],
    "repeats": [
        (zh(HILL, "天亮了。过了桥就是村子，炊烟从屋顶慢慢升起来。他醒了。"), "repeated_sentence", "过了桥就是村子，炊烟从屋顶慢慢升起来。"),
        (en("The road bends east and follows the old river wall. We slept.", "The road bends east and follows the old river wall. We ate."),
         "repeated_sentence", "The road bends east and follows the old river wall."),
        (zh(LONG, LONG.replace("十几", "几十").replace("豆浆", "豆腐")), "near_repeat", None),
        (zh(f"{LONG}\n\n{LONG}"), "near_repeat", LONG),
    ],
    "unfinished": [
        (zh(HILL + "第二天一早，他背起行李，沿着来时的路慢慢地往山"), "unfinished", None),
        (zh(HILL + "他想起了很多，"), "unfinished", None),
        (zh(HILL + "\n\n需要准备的东西如下："), "unfinished", None),
        (zh(HILL + "\n\n### 三、回家"), "unfinished", None),
        (zh("- 按时到岗，做好交接。\n- 填写日志，写明情况。\n- 下班以前检查门窗水电，并且把钥匙交给"), "unfinished", None),
        (en("The tide came in. By noon the whole of the long beach had gone under and the boats were"), "unfinished", None),
    ],
    "early_end": [
        (zh("总之，保护环境人人有责。", "绿色出行要从身边做起。"), "early_end", "总之"),
        (zh(HILL + "\n\n综上所述，村子很美。", "后来下雪了。"), "early_end", "综上所述"),
        (en("In conclusion, it works.", "Next we look at the costs."), "early_end", "In conclusion"),
    ],
    "open_code": [
        (zh("看这段代码：\n\n```python\nprint(1)\n"), "open_code", "```python"),
        (zh("```\na\n```\n\n~~~js\nlet b"), "open_code", "~~~js"),
    ],
    "open_bold": [
        (zh("**重点：请按时完成作业。"), "open_bold", "**"),
        (zh("- **时间**：上午\n- **地点：操场"), "open_bold", "**"),
    ],
    "open_formula": [(zh("质能方程如下。\n\n$$\nE = mc^2\n\n其中 c 是光速。"), "open_formula", "$$")],
    "broken_table": [
        (zh("| 项目 | 数量 |\n| --- | --- |\n| 桌子 | 3 |\n| 椅子 | 4 | 木 |\n"), "uneven_table", "| 椅子 | 4 | 木 |"),
        (en("a | b\n--- | ---\n1 | 2 | 3"), "uneven_table", "1 | 2 | 3"),
        (zh("甲 | 乙 | 丙\n:-- | --:\n1 | 2 | 3\n"), "uneven_table", ":-- | --:"),
        (en("| a | b\n|---|---\n| 1 | 2 | 3"), "uneven_table", "| 1 | 2 | 3"),
        (zh("| 项目 | 数量 |\n| 桌子 | 3 |\n"), "table_without_separator", "| 项目 | 数量 |"),
    ],
    "open_pair": [
        (zh("他说：“我们走吧。她点点头。"), "open_pair", "“"),
        (zh("她笑了笑，走吧。”然后转过身去。"), "open_pair", "”"),
        (zh("这座桥（建于清代，后来重修过。"), "open_pair", "（"),
        (zh("这座桥建于清代，后来重修过）。"), "open_pair", "）"),
    ],
    "prompt_leftovers": [
        (zh("天亮了。<|im_end|>"), "prompt_leftover", "<|im_end|>"),
        (zh("第 3 部分：\n\n天亮了。"), "prompt_leftover", "第 3 部分："),
        (zh("要点：天亮；下雨。\n\n天亮了。"), "prompt_leftover", "要点："),
        (zh(HILL + "\n\n（字数：1500字）"), "prompt_leftover", "（字数：1500字）"),
        (zh(HILL + "（约300字）"), "prompt_leftover", "（约300字）"),
        (zh("以下是本节的正文：\n\n天亮了。"), "prompt_leftover", "以下是本节的正文："),
        (zh("好的，以下是改好的一稿。\n\n天亮了。"), "prompt_leftover", "好的，以下"),
        (zh(HILL + "\n\n写作要求：语言优美。"), "prompt_leftover", "写作要求："),
        (zh(HILL + "\n\n请根据上述要求编写全文，包括标题。"), "prompt_leftover", "请根据上述要求编写"),
        (en("Sure, here is the text.\n\nThe tide came in."), "prompt_leftover", "Sure, here is"),
        (en("Part 3 - The tide\n\nThe tide came in."), "prompt_leftover", "Part 3 -"),
        (en("Here is the revised section:\n\nThe tide came in."), "prompt_leftover", "Here is the revised section:"),
    ],
    "assistant_talk": [
        (zh("作为一个AI语言模型，我没有去过那里。"), "assistant_talk", "作为一个AI语言模型，我"),
        (zh("我是一个人工智能助手，不会做饭。"), "assistant_talk", None),
        (zh(HILL + "如果你需要进一步的帮助，请告诉我。"), "assistant_talk", None),
        (en("As an AI language model, I have never seen the sea."), "assistant_talk", "As an AI language model, I"),
    ],
    "heading_repeated": [
        (zh("## 山中一日\n\n" + HILL, headings=("山中一日",)), "heading_repeated", "## 山中一日"),
        (zh("**一、山中一日：**\n\n" + HILL, headings=("山中一日",)), "heading_repeated", "**一、山中一日：**"),
        (zh("山中一日\n\n" + HILL, title="山中一日"), "heading_repeated", "山中一日"),
    ],
    "wrong_language": [
        (zh("这个方案 is very important for 我们的工作。"), "wrong_language", "is very important for"),
        (zh(HILL + "\n\nThe village was quiet and the smoke was rising slowly over the roofs of the houses."), "wrong_language", None),
        (zh("这种方法についての研究很多。"), "wrong_language", "についての"),
        (en("Convolutional Long-和 short memory is a kind of network."), "wrong_language", "-和"),
        (en("The model is trained. 这是一个非常重要的步骤。 Then it is tested."), "wrong_language", None),
    ],
    "broken_characters": [
        (zh("山脚下的小\ufffd\ufffd绕过竹林。"), "broken_characters", "\ufffd\ufffd"),
        (zh("山脚下的锟斤拷绕过竹林。"), "broken_characters", "锟斤拷"),
        (zh("山脚下的小□绕过竹林。"), "broken_characters", "□"),
        (en("It was a cafÃ© by the sea."), "broken_characters", "Ã©"),
        (zh("山脚下的ä¸\xadæ–‡ç¼–ç\xa0\x81，绕过竹林。"), "broken_characters", "ä¸\xadæ–‡ç¼–ç\xa0\x81"),
        (zh("门上写着涓栫晫浣犲ソ，绕过竹林。"), "broken_characters", "涓栫晫浣犲ソ"),
        (zh("山脚下的<0xE4>绕过竹林。"), "broken_characters", "<0xE4>"),
    ],
}  # fmt: skip

POEM = "轻轻地走在雨里，像走在你的梦里，\n路灯一盏一盏亮起。\n\n轻轻地走在雨里，像走在你的梦里，\n伞下只有我自己。"

PASS: dict[str, list[Example]] = {
    "article_length": [
        zh(HILL, target=40), zh(HILL, target=36), zh(HILL, target=500, unwritten=1), zh(HILL, target=900, format="code"),
        zh(HILL, "", target=36, skipped=frozenset({1})),
    ],
    "section_problems": [zh(HILL), zh(HILL, problem="compacted"), zh(HILL, problem="too_short", target=10)],
    "repeats": [
        zh(POEM),
        zh("- 第一组负责收集资料并整理成表格。\n- 第二组负责收集资料并整理成表格。\n- 第一组负责收集资料并整理成表格。"),
        zh("他说：“人不能两次踏进同一条河流里。”\n\n多年以后，她也说：“人不能两次踏进同一条河流里。”"),
        zh("“你来了。”他抬起头看着她慢慢说道。\n\n“外面下雪了。”他抬起头看着她慢慢说道。"),
        zh("```\nfor item in items_of_the_order: print(item)\n```\n\n再来一次。\n\n```\nfor item in items_of_the_order: print(item)\n```"),
        zh("本周工作安排与注意事项\n\n开会。\n\n本周工作安排与注意事项\n\n值班。"),
        zh("如果说春天是一首轻快的小诗，那么夏天就是一支热烈的舞曲。如果说秋天是一幅浓重的油画，那么冬天就是一封安静的长信。"),
        en("We came for the work, and we stayed for the people. We came for the money, and we stayed for the sea."),
    ],
    "unfinished": [
        zh(HILL), zh("尊敬的老师：\n\n我想请两天假。\n\n此致\n敬礼\n\n学生：李明\n2024年5月1日"), zh("- 苹果\n- 香蕉\n- 一袋大米"),
        zh("| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |"), zh("看代码：\n\n```\nx\n```"), zh(POEM.rstrip("。")), zh("快来试试吧～🎉"),
        zh("真好用！\n\n#好物分享 #学习方法"), zh("他笑了：“走吧。”"), zh("公式如下。\n\n$$\na = b\n$$"), zh(HILL + "\n\n（完）"),
        zh(HILL + "\n\n---"), zh("翰墨：写下去", target=10), zh(HILL + "\n\n联系地址：云南省普洱市孟连县城东路十八号三楼"), zh(HILL + "……"),
        zh("1. 打开电源\n2. 等待指示灯变成绿色以后再按下启动按钮"), zh("def f(", format="code"), zh(HILL + "\n\n![村口的桥](bridge.png)"),
        en("The tide came in.\n\nYours sincerely,\nAnna Wells"), en('He laughed. "Let us go."'),
    ],
    "early_end": [
        zh("绿色出行要从身边做起。", "总之，保护环境人人有责。"), zh("总之，人人有责。"), zh("他总之是来了。", "她走了。"),
        zh("总之，本章说明了三点。", "下一章。", headings=("本章小结",)), zh("- 总之，多喝水。", "早点睡。"),
        zh("总之，人人有责。", "", skipped=frozenset({1})),
    ],
    "open_code": [zh("```\na\n```\n\n```\nb\n```"), zh("````\n```\n````"), zh("行内的 `a` 不算。")],
    "open_bold": [
        zh("**重点**：按时完成。"), zh("结果是 2**10，等于 1024。"), zh("`**kwargs` 是参数。"), zh("电话 138****5678。"), zh("***又粗又斜***。"),
        zh("```\n**\n```"), zh("差异显著（p<0.01**）。"), zh("**一行\n两行**。"), zh("**型号 2507**，**2024**。"),
        zh("1. 寻找模型 **甲乙\n   丙丁**，然后下载。\n2. 装好。"),
    ],
    "open_formula": [zh("$$\na = b\n$$"), zh("$$a=b$$，其中 a 是面积。"), zh("人均消费 $$，很便宜。"), zh("`echo $$` 显示进程号 x=1。"),
                     zh("标记有 `` ``` ``、`$$` 和 `a_b`，共 3 个。")],
    "broken_table": [
        zh("| 甲 | 乙 |\n| :-- | --: |\n| `a|b` | 2 |\n"), zh("| 甲 | 乙 |\n|---|---|\n| a \\| b | 2 |\n"), zh("|x| 表示绝对值。"),
        zh("| 甲 |\n| --- |\n| 1 |\n"), zh("```\n| a |\n| b | c |\n```"),
        en("a | b\n--- | ---\n1 | 2\n3 |\n"), en("| Size | Price |\n|---|---|\n| Small: $5 | $6 |\n| $|x|$ | 2 |"),
        zh("|x| 表示绝对值。\n|y| 也是。"),
        zh("姓名 | 年龄\n-|-\n小明 | 8\n\n用 a | b 表示或。\n\n---\n\n好。"),
    ],
    "open_pair": [
        zh("他说：“她说过‘走吧’，我没听。”"), zh("“我先说第一点。\n\n“再说第二点。”他停下来。"), zh("碑文写道：“此桥建于清代。\n\n后来重修。”"),
        zh("方法如下：1）洗净；2）切块；（3）下锅。"), zh("a) 洗净\nb) 切块"), zh("今天很开心 :)"), zh("函数 `f(` 没写完。"), zh("（见图（一））。"),
        zh("他说：“你听过“三顾茅庐”吗？”"), zh("一）洗净\n二）切块"), en("It is (more or less) done; see a) and b)."),
        en("It was $5 (down from $6)."),
    ],
    "prompt_leftovers": [
        zh("第三部分介绍了方法。"), zh("课后作业：写一篇短文（约300字），题目自拟。"), zh("本课要点：字形与字义。"), zh("以下是几种常见的做法："),
        zh("对话模板里的 `<|im_end|>` 表示结束。"), zh("他回信说：“好的，以下是我的地址。”"),
        zh("第 3 部分\n\n天亮了。", headings=("第 3 部分 天亮",)),
        zh("要点：\n\n天亮了。", brief="写一份讲稿，分要点和正文"), zh("好的，妈妈说，那就去吧。"), zh("以下为实验的三个步骤。"),
        zh("人物小传（3000字）是他的作业。"), en("Part of the beach was gone."),
        en("Here is the harbour: two boats and a crane."), en("Sure, it rained."),
    ],
    "assistant_talk": [
        zh("作为一个AI语言模型，它能写文章。"), zh("如果您有任何问题，请随时联系我们。"), zh("他说：“我是人工智能助手。”"),
        zh("希望这些建议能落到实处。"),
        zh("如果你有空，请告诉我。"), en("As an AI researcher, I read a lot."),
        en("Let me know if you can come."),
    ],
    "heading_repeated": [
        zh("山中一日很短。" + HILL, headings=("山中一日",)), zh("## 清晨\n\n" + HILL, headings=("山中一日",)), zh(HILL, headings=("",)),
        zh(HILL, "山中一日\n\n" + HILL, title="山中一日"),
    ],
    "wrong_language": [
        zh("他们用 state of the art 的方法，结果很好。"), zh("论文 Attention Is All You Need 影响很大。"),
        zh("他唱起了“what is done can never be undone”。"),
        zh("所见即所得（what you see is what you get）是它的特点。"), zh("茶の味很好，还有 α 与 β。"),
        zh("> The tide is in and the boats are out on the long grey sea today."),
        zh("Dear Tom, I am writing to you because I have good news for all of us in the class.", brief="写一封英语书信"),
        zh("```\nthis is a comment that will not be seen by anyone at all here\n```"),
        zh("Abstract: The method is tested on three sets of data and the results are shown in this paper."),
        en("The word 翰墨 (hànmò) means writing."), en("She wrote 和 on the wall."), en("The tide was in."),
        en("The poem 床前明月光 is by Li Bai."), en("She typed 写一段江南的春天 and waited."),
    ],
    "broken_characters": [
        zh("性别：□男□女"), zh("□ 同意"), zh("屏幕上全是“锟斤拷”。"), zh("São Paulo 的冬天，20°C。"), en("A café in Zürich, naïve and cheap."),
        zh("`\ufffd` 是替换字符。"), zh("□是□否参加"), en("“Il a parlé…” et «café»… Noël, «là»… déjà… “Nescafé™”."),
        en("«Größe», “Spaß”… Maß–Müller, Äpfel»Öl."), zh("拼音“é”“è”“ê”，沙家浜的涓涓细流，王璇说。"), zh("“ä¸\xadæ–‡”是读错了编码。"),
    ],
}  # fmt: skip
