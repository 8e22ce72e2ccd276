"""What a brief asks for in so many words (phrases, forms, numbers of paragraphs, marks): name of the check -> examples."""

from tests.core.checks.articles import Example, free, zh

HILL = "山脚下的小路绕过一片竹林，通到一座旧木桥。过了桥就是村子，炊烟从屋顶慢慢升起来。"
LANE = "书店在巷子的最深处，门口挂着一盏旧灯。下雨的夜里，灯光照在石板上，像一小片湖水。"
SEA = "The tide came in and covered the long grey beach. By noon the boats were afloat."
THREE = f"{HILL}\n\n{LANE}\n\n{HILL.replace('山', '水')}"
TIPS = "- 早睡\n- 早起\n- 多走路"

FLAG: dict[str, list[tuple[Example, str, str]]] = {
    "terms_asked": [
        (free(HILL, "写一段话，包含关键词：竹林、灯塔"), "term_missing", ""),
        (free(HILL, "写一段话，不要提到炊烟。"), "term_unwanted", "炊烟"),
        (free(SEA, 'Write about the sea. Include the words "lighthouse" and "beach".'), "term_missing", ""),
        (free(HILL, "写一段话，文中必须出现“灯塔”和“竹林”。"), "term_missing", ""),
        (free(HILL, "写一段话，不要使用“炊烟”一词。"), "term_unwanted", "炊烟"),
        (free(SEA, 'Write about the sea. It must include the phrase "salt wind".'), "term_missing", ""),
        (free(SEA, 'Write about the sea. Do not use the word "grey".'), "term_unwanted", "grey"),
        (free(HILL, "写一段话，不要包含“炊烟”。"), "term_unwanted", "炊烟"),
        (zh(HILL, brief="写一段话，务必提到“渡口”"), "term_missing", ""),
    ],
    "form_asked": [
        (free(HILL, "用表格对比两座桥。"), "form_table", ""),
        (free(HILL, "分点说明山村的特点。"), "form_list", ""),
        (free("{name: 1}", "只输出 JSON"), "form_json", ""),
        (free("## 桥\n\n" + HILL, "写一段介绍，不要使用 Markdown。"), "form_plain", ""),
        (free(HILL, "写一篇短文，要有小标题。"), "form_headings", ""),
        (free(HILL, "写一篇短文，分三个小标题。"), "form_headings", ""),
        (free(SEA, "Write an article in three sections, each with a heading."), "form_headings", ""),
        (free(SEA, "Compare the boats as a table."), "form_table", ""),
        (free(f"{HILL}\n\n{LANE}", "写一篇短文，分三段。"), "form_paragraphs", ""),
        (free(THREE, "用一段话介绍这座桥。"), "form_paragraphs", ""),
        (free(THREE, "写一篇短文，至少四个自然段"), "form_paragraphs", ""),
        (free(SEA, "Write about the sea in three paragraphs."), "form_paragraphs", ""),
        (free(f"{SEA}\n\n{SEA.upper()}", "Write a five-paragraph essay about the sea."), "form_paragraphs", ""),
        (free(THREE, "写一篇不分段的短文"), "form_paragraphs", ""),
        (free(f"{THREE}\n\n{LANE}", "不要超过三段"), "form_paragraphs", ""),
        (free(HILL, "介绍这座桥，附一张表格。"), "form_table", ""),
        (free(TIPS, "怕晚睡，写五点建议"), "form_points", ""),
        (free("1. Walk.\n2. Sleep.", "Give me five bullet points on health."), "form_points", ""),
        (free(HILL, "总结成三点"), "form_points", ""),
        (free("| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |", "比较两座桥，不要用表格。"), "form_no_table", ""),
        (free(TIPS, "不要分点，写成一段话"), "form_no_list", ""),
        (free(TIPS, "Tell me about sleep, without bullet points."), "form_no_list", ""),
        (free(f"# 桥\n\n## 木桥\n\n{HILL}", "写一篇短文，不要小标题"), "form_no_headings", ""),
    ],
    "marks_unwanted": [
        (free("快走！天要黑了。", "写一段话，不要用感叹号。"), "mark_unwanted", "！"),
        (free("We ran! It was dark.", "Write about a walk. No exclamation marks."), "mark_unwanted", "!"),
        (free("走了吗？没有。", "写一段话，不要用问号和感叹号"), "mark_unwanted", "？"),
        (free("他想了想……走了。", "别用省略号"), "mark_unwanted", "……"),
        (free("那座桥——没有了。", "不要出现破折号"), "mark_unwanted", "——"),
        (free("The bridge — is gone.", "Don't use em dashes."), "mark_unwanted", "—"),
        (free("那座桥（木桥）没有了。", "要求：\n1. 三句话\n2. 不用括号"), "mark_unwanted", "（"),
        (free("多谢 😊", "写一句感谢的话，不要加表情"), "mark_unwanted", "😊"),
        (free("Thank you ❤️ all.", "Thank them without any emojis."), "mark_unwanted", "❤️"),
        (zh("快走！天要黑了。", brief="写一篇小说，感叹号一律不要用"), "mark_unwanted", "！"),
    ],
}  # fmt: skip

PASS: dict[str, list[Example]] = {
    "terms_asked": [
        free(HILL, "文中必须出现“竹林”和“木桥”。"), free(HILL, "写到“灯塔”或“竹林”之一，必须包含“灯塔”或“竹林”"), free(HILL, "不要使用“灯塔”。"),
        free(HILL, "必须包含“灯塔”。", "length"), free(HILL, "不要使用网络用语，必须包含“竹林”"), free(HILL, "要写到村子，不要提到“灯塔”"),
        free(HILL, "他说“不要”，写一段话。"), free(SEA, 'It must mention "the long  grey beach".'),
        zh(HILL, brief="务必提到“渡口”", unwritten=1), free(HILL, "不要提到任何人名，包含以下词语：竹林，木桥。"),
    ],
    "form_asked": [
        free("| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |", "用表格对比甲和乙。"), free("1. 一\n2. 二", "分点说明。"), free('{"a": 1}', "只输出 JSON"),
        free('```json\n{"a": 1}\n```', "以 JSON 格式返回"), free(HILL, "写一段介绍，不要使用 Markdown。"), free("## 一\n\n" + HILL, "要有小标题"),
        free(HILL, "如何用表格对比两座桥？"), free(HILL, "介绍 JSON 的历史"), free(HILL, "用表格对比两座桥", "cancelled"),
        free(HILL, "比较两座桥，不要用表格。"), free(HILL, "不要分点说明，写得连贯些"), free(HILL, "不要输出 JSON"), free(HILL, "不要加小标题"),
        free(THREE, "写一篇短文，分三段。"), free(f"# 桥\n\n{THREE}", "分三段，500 字以内"), free(f"桥\n\n{THREE}\n\n李明", "写三个自然段"),
        free(f"尊敬的老师：\n\n{THREE}\n\n此致\n敬礼！\n\n李明", "写一封信，三段"), free(THREE.replace("\n\n", "\n"), "分成三段"),
        free(THREE, "写一篇短文，两到四段"), free(THREE, "不要超过三段"), free(HILL, "不分段，写得连贯些"), free(HILL, "做一个表格软件的介绍"),
        free(THREE, "概括下面的文章，第三段写得不好"), free(HILL, "这篇文章共三段，请概括大意。"),
        free(HILL, "写一段介绍"), free(THREE, "写一段介绍"), free(HILL, "写一个早上五点起床的故事，分别从两个人的角度"), free(HILL, "什么是三段论？"),
        free(SEA, "Summarize these three paragraphs."), free(SEA, "Write one short paragraph about the sea."),
        free(SEA, "Translate: Write three paragraphs."),
        free(f"{SEA}\n\n{SEA.upper()}\n\nThe end came quietly, and nobody on the long beach saw the boats go out.", "Write 3 short paragraphs."),
        free(TIPS, "写三点建议"), free(f"建议如下：\n\n{TIPS}\n\n坚持就好。", "列出三点"),
        free("首先，早睡。其次，早起。最后，多走路。", "分三点说明"),
        free("### 一、早睡\n\n好。\n\n### 二、早起\n\n- 六点\n\n### 三、走路\n\n好。", "列出三条建议"), free(TIPS, "最多写五点"),
        free("1. 甲\n   - 一\n   - 二\n2. 乙\n   - 三\n3. 丙", "总结成三点"), free("优点：\n\n- 甲\n- 乙\n\n缺点：\n\n- 丙\n- 丁", "各列两点"),
        free("First, walk. Second, sleep. Third, read.", "Answer in three points."), free(TIPS, "Give me three bullet points."),
        free("# 桥\n\n" + HILL, "不要小标题"),
    ],
    "marks_unwanted": [
        free("快走！天要黑了。", "不要用太多感叹号"), free("快走！", "不要用问号"), free("快走！", "可以不用感叹号"),
        free("快走！", "不要在标题里用感叹号"),
        free("为了显得克制！", "为什么小说里不要用感叹号？"), free("![桥](a.png)\n\n" + HILL, "不要用感叹号"),
        free("`a != b` 与 `!x`。", "不要用感叹号"),
        free("1) 洗净\n2) 切块\n（3）下锅", "不要用括号"), free("见[说明](https://example.com/?a=1)。", "不要用问号、括号"),
        free("9–17 点开门，长 3-5 米。", "不要用破折号"), free("✓ 完成\n★ 收藏", "不要用表情"), free("温度：5°C。", "No semicolons, please."),
    ],
}  # fmt: skip
